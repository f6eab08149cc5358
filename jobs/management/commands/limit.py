"""`manage.py limit CREDITS`: the daily limit of the workspace, or of one destination."""

from argparse import ArgumentParser
from decimal import Decimal
from typing import Any

from django.core.management.base import BaseCommand

from budget import credits, limits
from budget.terms import WORKSPACE, shown
from clayops.base.commands import bad_input
from jobs.credits import forecast
from jobs.models import Destination
from jobs.sending import wake


class Command(BaseCommand):
    help = "Sets the daily credit limit of the workspace, or of one destination, from now on."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "credits", metavar="CREDITS", help="credits a day, zero or more; 0 stops all sending"
        )
        parser.add_argument("--destination", metavar="NAME", help="the destination whose own limit is meant")
        parser.add_argument("--note", metavar="TEXT", default="", help="why, for the record")
        parser.add_argument("--today", action="store_true", help="until midnight only")

    def handle(self, *args: Any, **options: Any) -> None:
        amount, name = _amount(options["credits"]), options["destination"]
        scope = WORKSPACE if name is None else _destination(name).scope
        before = credits.limit_of(scope)
        credits.set_limit(amount, None, options["note"], scope, today_only=options["today"])
        wake.wake()
        whose = "Daily limit" if name is None else f"Daily limit of {name}"
        until = " until midnight" if options["today"] else ""
        old = "none" if before.amount is None else shown(before.amount)
        said = [f"{whose}: {old} -> {shown(amount)} credits{until}.", _used(scope)]
        if before.for_today and before.amount is not None and not options["today"]:
            said.append(f"The limit of {shown(before.amount)} for today ends with it.")
        if not amount:
            said.append("All sending stops." if name is None else f"All sending to {name} stops.")
        self.stdout.write(" ".join(said))


def _amount(text: str) -> Decimal:
    try:
        return limits.parsed(text)
    except ValueError as error:
        raise bad_input(str(error)) from None


def _destination(name: str) -> Destination:
    found = Destination.objects.filter(name=name).first()
    if found is None:
        raise bad_input(f"There is no destination named {name!r}")
    return found


def _used(scope: str) -> str:
    spent, reserved = forecast.used_today()[scope]
    return f"{shown(spent)} spent and {shown(reserved)} reserved today."
