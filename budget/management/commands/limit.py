"""`manage.py limit CREDITS`: the daily limit of the workspace, or of one destination."""

from argparse import ArgumentParser
from decimal import Decimal, DecimalException
from typing import Any

from django.apps import apps
from django.core.management.base import BaseCommand

from budget import credits, limits
from budget.terms import shown
from clayops.commands import bad_input


class Command(BaseCommand):
    help = "Sets the daily credit limit of the workspace, or of one destination, from now on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("credits", metavar="CREDITS", help="credits a day, zero or more")
        parser.add_argument("--destination", metavar="NAME", help="the destination whose own limit is meant")
        parser.add_argument("--note", metavar="TEXT", default="", help="why, for the record")

    def handle(self, *args: Any, **options: Any) -> None:
        amount = _amount(options["credits"])
        if options["destination"] is None:
            self.stdout.write(_of_workspace(amount, options["note"]))
        else:
            self.stdout.write(_of_destination(options["destination"], amount, options["note"]))


def _amount(text: str) -> Decimal:
    try:
        return limits.checked(Decimal(text.replace(",", "").replace("_", "")))
    except DecimalException:
        raise bad_input(f"CREDITS must be a number of credits, not {text!r}") from None
    except ValueError as error:
        raise bad_input(f"{error}, not {text!r}") from None


def _of_workspace(amount: Decimal, note: str) -> str:
    old = credits.current_limit()
    credits.set_limit(amount, by=None, note=note)
    day = credits.today()
    used = f"{shown(day.spent)} spent and {shown(day.reserved)} reserved today."
    return f"Daily limit: {shown(old)} -> {shown(amount)} credits. {used}"


def _of_destination(name: str, amount: Decimal, note: str) -> str:
    # The model is looked up by name: the code of budget knows nothing of jobs.
    destinations: Any = apps.get_model("jobs", "Destination")
    found = destinations.objects.filter(name=name).first()
    if found is None:
        raise bad_input(f"There is no destination named {name!r}")
    old, found.daily_limit = found.daily_limit, amount
    found.save(update_fields=["daily_limit"])
    limits.record_change(old, amount, None, note, f"destination:{found.pk}")
    before = "none" if old is None else shown(old)
    return f"Daily limit of {name}: {before} -> {shown(amount)} credits."
