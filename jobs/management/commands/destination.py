"""`manage.py destination`: create a destination, or change what is given."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from clayops.base.commands import bad_input
from jobs.destinations import rules
from jobs.destinations.refusals import Refused
from jobs.models import Destination

OPTIONS = {
    "routine": "routine_id",
    "table": "table",
    "credits_per_row": "credits_per_row",
    "charges_misses": "charges_misses",
    "credits_output": "credits_output",
    "batch_size": "batch_size",
    "pause": "pause_seconds",
    "timeout_minutes": "timeout_minutes",
    "daily_limit": "daily_limit",
    "waterfall": "waterfall",
}
"""Which field an option sets."""


class Command(BaseCommand):
    help = "Creates a destination, or changes what is given of one that exists."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--routine", metavar="function:t_x", help="a routine's id, as Clay shows it")
        parser.add_argument("--webhook", metavar="URL", help="a table's webhook (not sent to yet)")
        parser.add_argument("--token", help="the webhook's token")
        parser.add_argument("--table", metavar="ID", help="the table's id, where it is not in the routine's")
        parser.add_argument(
            "--inputs",
            metavar="email,domain",
            help="the routine's inputs; a ? behind a name makes it optional: email,company?",
        )
        parser.add_argument("--credits-per-row", metavar="2", help="estimated credits a row (2)")
        parser.add_argument(
            "--charges-misses",
            metavar="yes|no",
            help="whether Clay charges rows that it says failed; no: their credits are free again (yes)",
        )
        parser.add_argument(
            "--credits-output",
            metavar="NAME",
            help="the output in which the routine says what a row cost (credits)",
        )
        parser.add_argument("--batch-size", metavar="50", help="rows a batch, 1 to 100 (50)")
        parser.add_argument("--pause", metavar="2", help="seconds from batch to batch (2)")
        parser.add_argument("--timeout-minutes", metavar="30", help="when a run is stuck (30)")
        parser.add_argument(
            "--daily-limit", metavar="N", help="credits a day for this destination; none: no limit"
        )
        parser.add_argument(
            "--waterfall", metavar="hunter,prospeo", help="providers in the order Clay asks them"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        called = options["name"].strip()
        existing = Destination.objects.filter(name=called).first()
        destination = existing or Destination(name=_read("name", called, "The name"))
        values = _values(options)
        if not existing and "routine_id" not in values:
            raise bad_input("A new destination needs --routine function:t_x.")
        if not values.get("inputs", destination.inputs):
            raise bad_input(
                "--inputs is needed: the names of the routine's inputs, such as --inputs email,domain"
            )
        try:
            said = rules.save(destination, values)
        except Refused as problem:
            raise bad_input(str(problem)) from None
        verb = "changed" if existing else "created"
        self.stdout.write(f"Destination {destination.name} {verb}: {destination.routine_id}")
        for each in said:
            self.stderr.write(each)


def _values(options: dict[str, Any]) -> dict[str, Any]:
    """What is given, as fields of a destination."""
    if options["routine"] and options["webhook"]:
        raise bad_input("Give --routine or --webhook, not both.")
    if options["webhook"]:
        raise bad_input(f"{rules.NO_WEBHOOKS}; use --routine function:t_x.")
    values = {
        field: _read(field, str(options[option]), f"--{option.replace('_', '-')}")
        for option, field in OPTIONS.items()
        if options[option] is not None
    }
    if options["token"] is not None:
        values["webhook_token"] = options["token"]
    if options["inputs"]:
        values["inputs"] = _inputs(options["inputs"])
    return values


def _read(field: str, raw: str, called: str) -> Any:
    try:
        return rules.READERS[field](raw.strip())
    except rules.Wrong as problem:
        raise bad_input(problem.said_of(called)) from None


def _inputs(raw: str) -> rules.Inputs:
    try:
        return rules.inputs(rules.parse_inputs(raw))
    except rules.Wrong as problem:
        raise bad_input(f"--inputs {problem}.") from None
