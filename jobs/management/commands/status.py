"""`manage.py status`: how everything stands."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from jobs.status import status


class Command(BaseCommand):
    help = "Shows jobs, budget, providers, dead letters, stuck runs, workers and alerts."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="as one JSON document for other programs")

    def handle(self, *args: Any, **options: Any) -> None:
        now = status()
        if options["json"]:
            self.stdout.write(json.dumps(now, indent=2))
            return
        day = now["budget"]
        self.stdout.write(
            f"Credits {day['day']}: {day['spent']:,} spent, {day['reserved']:,} reserved of {day['limit']:,};"
            f" breaker {day['breaker']}"
        )
        for job in now["jobs"]:
            rows = ", ".join(f"{count:,} {state}" for state, count in job["rows"].items() if count)
            held = f" ({job['hold']})" if job["hold"] else ""
            self.stdout.write(
                f"Job {job['id']} {job['name']} → {job['destination']}: {job['state']}{held} · {rows}"
            )
        self.stdout.write(
            f"{len(now['dead_letters'])} dead letters · {now['workers']['alive']} workers alive"
        )
        for alert in now["alerts"]:
            self.stdout.write(f"! {alert['text']}")
