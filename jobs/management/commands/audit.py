"""`manage.py audit`: prove that every row, and every credit, is accounted for."""

import time
from typing import Any

from django.core.management.base import BaseCommand
from redis import RedisError

from budget import credits as budget
from budget.models import Entry
from clayops.base.commands import NEEDS_A_PERSON
from jobs.models import Job, Row
from jobs.upkeep import audit, audit_runs


class Command(BaseCommand):
    help = (
        "Checks that every row and every credit is accounted for, and that none was sent twice; "
        "exits 1, naming them, where not. Where Redis differs from the ledger it is counted anew."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        began = time.monotonic()
        found = [*self._credits(), *audit.findings()]
        audit_runs.keep(found, time.monotonic() - began)
        for line in found:
            self.stderr.write(line)
        if found:
            raise SystemExit(NEEDS_A_PERSON)
        rows, jobs = Row.objects.count(), Job.objects.count()
        lines = Entry.objects.count()
        self.stdout.write(
            "All is well: every row and every credit is accounted for "
            f"(rows: {rows:,}, jobs: {jobs:,}, ledger lines: {lines:,})."
        )

    def _credits(self) -> list[str]:
        """Where Redis differed from the ledger; it is mended by now."""
        try:
            recounted = budget.reconcile().recounted
        except RedisError:
            self.stdout.write("Redis is away: its counters are made anew from the ledger when it is back.")
            return []
        return [f"credits of {each.day}: {each.why}. Counted anew from the ledger." for each in recounted]
