"""`manage.py watch`: keeps the record of alerts, and has people told, whatever else stands still."""

from typing import Any

from django.core.management.base import BaseCommand

from jobs.alerting import watching


class Command(BaseCommand):
    help = (
        "Looks every few seconds at what is wrong, and puts it on record. Needs neither Redis nor a worker: "
        "of those it tells, too. `up` runs it."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        watching.watch()
