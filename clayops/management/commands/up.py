"""`manage.py up`."""

import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from clayops.up import StartError
from clayops.up.run import run


class Command(BaseCommand):
    """Everything in one terminal; Ctrl-C stops it."""

    help = "Starts everything (Redis, database, web, workers, scheduler, sandbox) and runs it until Ctrl-C."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--verbose", action="store_true", help="show all that the parts say, not only warnings and errors"
        )

    def handle(self, *args: Any, verbose: bool, **options: Any) -> None:
        try:
            code = run(verbose)
        except StartError as error:
            self.stderr.write(f"clayops: {error}")
            code = 2
        if code:
            sys.exit(code)
