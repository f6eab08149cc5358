"""`manage.py deadletters`: what failed and why."""

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from clayops.commands import NEEDS_A_PERSON
from jobs import status


class Command(BaseCommand):
    help = "Lists the dead letters that are open; exits 1 where there are any."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--json", action="store_true", help="as JSON, like dead_letters of `status --json`"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        letters = status.open_letters()
        if options["json"]:
            self.stdout.write(json.dumps([status.letter_status(letter) for letter in letters], indent=2))
        else:
            for letter in letters:
                rows = f"{letter.row_count:>5} rows  charged {letter.charge:<8}"
                self.stdout.write(f"{letter.pk:>6}  job {letter.job_id:<5} {rows}  {letter.cause}")
            self.stdout.write(f"{len(letters)} dead letters." if letters else "No dead letters.")
        if letters:
            raise SystemExit(NEEDS_A_PERSON)
