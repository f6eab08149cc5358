"""`manage.py destination`: create a destination, or change what is given."""

from argparse import ArgumentParser
from decimal import Decimal, InvalidOperation
from typing import Any

from django.core.management.base import BaseCommand

from clayops.commands import bad_input
from jobs.models import Destination, Kind


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
        parser.add_argument("--batch-size", type=int, metavar="50", help="rows a batch, 1 to 100 (50)")
        parser.add_argument("--pause", type=float, metavar="2", help="seconds from batch to batch (2)")
        parser.add_argument("--timeout-minutes", type=float, metavar="30", help="when a run is stuck (30)")
        parser.add_argument(
            "--daily-limit", metavar="N", help="credits a day for this destination; none: no limit"
        )
        parser.add_argument(
            "--waterfall", metavar="hunter,prospeo", help="providers in the order Clay asks them"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        existing = Destination.objects.filter(name=options["name"]).first()
        destination = existing or Destination(name=_name(options["name"]))
        _place(destination, options)
        _numbers(destination, options)
        if options["inputs"] is not None:
            destination.inputs = parse_inputs(options["inputs"])
        if options["waterfall"] is not None:
            destination.waterfall = names(options["waterfall"])
        if not destination.inputs:
            raise bad_input(
                "--inputs is needed: the names of the routine's inputs, such as --inputs email,domain"
            )
        destination.save()
        verb = "changed" if existing else "created"
        self.stdout.write(
            f"Destination {destination.name} {verb}: {destination.routine_id or destination.webhook_url}"
        )


def _name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > 100:
        raise bad_input("The name must have 1 to 100 characters.")
    return name


def _place(destination: Destination, options: dict[str, Any]) -> None:
    if options["routine"] and options["webhook"]:
        raise bad_input("Give --routine or --webhook, not both.")
    if options["webhook"]:
        raise bad_input("Sending to table webhooks is not built yet; use --routine function:t_x.")
    if options["routine"]:
        if not options["routine"].startswith(("function:", "workflow:")) or len(options["routine"]) > 64:
            raise bad_input(
                f"--routine must look like function:t_x or workflow:x, not {options['routine']!r}"
            )
        destination.kind, destination.routine_id = Kind.ROUTINE, options["routine"]
    elif not destination.routine_id:
        raise bad_input("A new destination needs --routine function:t_x.")
    if options["table"] is not None:
        destination.table = options["table"]
    if options["token"] is not None:
        destination.webhook_token = options["token"]


def _numbers(destination: Destination, options: dict[str, Any]) -> None:
    if options["credits_per_row"] is not None:
        destination.credits_per_row = amount("--credits-per-row", options["credits_per_row"])
    if options["daily_limit"] is not None:
        limit = options["daily_limit"]
        destination.daily_limit = None if limit == "none" else amount("--daily-limit", limit)
    ranges = {"batch_size": (1, 100), "pause": (0, 3600), "timeout_minutes": (0.001, 100_000)}
    for option, (low, high) in ranges.items():
        value = options[option]
        if value is None:
            continue
        if not low <= value <= high:
            raise bad_input(f"--{option.replace('_', '-')} must be from {low:g} to {high:g}, not {value:g}")
        setattr(destination, "pause_seconds" if option == "pause" else option, value)


def amount(option: str, raw: str) -> Decimal:
    """A number of credits, zero or more, with at most two decimals."""
    try:
        value = Decimal(raw)
    except InvalidOperation:
        raise bad_input(f"{option} must be a number of credits, not {raw!r}") from None
    if not value.is_finite() or not 0 <= value < 1_000_000 or value != round(value, 2):
        raise bad_input(f"{option} must be zero or more, with at most two decimals, not {raw!r}")
    return value


def names(raw: str) -> list[str]:
    """The names of a list separated by commas, each once."""
    return list(dict.fromkeys(name.strip() for name in raw.split(",") if name.strip()))


def parse_inputs(raw: str) -> list[dict[str, Any]]:
    """`email,company?` as `[{"name": "email", "required": true}, {"name": "company", "required": false}]`."""
    given = names(raw)
    return [{"name": name.removesuffix("?").strip(), "required": not name.endswith("?")} for name in given]
