#!/usr/bin/env python
"""ClayOps on the command line: `manage.py up` starts everything, `manage.py --help` lists the rest."""

import os
import sys


def main() -> None:
    """Run one command. A broken environment variable ends in one line, never in a traceback."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "clayops.settings")
    try:
        from django.conf import settings  # noqa: PLC0415  a missing package is said in one line
        from django.core.management import execute_from_command_line  # noqa: PLC0415  a missing package, too
    except ImportError as error:
        sys.exit(f"clayops: {error}. Make the environment: make .venv; then .venv/bin/python manage.py …")
    from clayops.base.environment import BrokenVariable  # noqa: PLC0415  only where Django is there

    try:
        settings.configured or settings.DEBUG  # noqa: B018  read the settings now, where we can say what is wrong
    except BrokenVariable as error:
        sys.stderr.write(f"clayops: {error}\n")
        sys.exit(2)
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
