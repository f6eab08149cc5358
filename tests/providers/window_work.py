"""A process of `test_processes`: records what it is given, and tells in which order Redis took it.

python -m tests.providers.window_work REDIS_URL < plan      a plan is JSON, see `work`
"""

import json
import os
import sys
from datetime import UTC, datetime
from typing import Any

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)


def work(updates: list[dict[str, str]]) -> list[dict[str, Any]]:
    """Each update has outcomes by provider (`{"hunter": "sxe"}`). Returns the versions that it made."""
    from providers import windows
    from providers.models import Provider
    from providers.terms import Attempt, Outcome

    told = []
    for number, update in enumerate(updates):
        made = {
            Provider(pk=index, name=name): [Attempt(name, Outcome.of(letter)) for letter in letters]
            for index, (name, letters) in enumerate(sorted(update.items()), start=1)
        }
        found = windows.record(made, NOW, f"{os.getpid()}:{number}")
        assert windows.record(made, NOW, f"{os.getpid()}:{number}") == [], "the same again counts once"
        versions = {row.name: window.version for row, window in zip(made, found, strict=True)}
        told.append({"outcomes": update, "versions": versions})
    return told


if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")
    import django

    django.setup()
    from django.conf import settings

    settings.REDIS_URL = sys.argv[1]
    print("ready", flush=True)
    for line in sys.stdin:
        print(json.dumps(work(json.loads(line))), flush=True)
