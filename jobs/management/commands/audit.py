"""`manage.py audit`: prove that every row is accounted for."""

from typing import Any

from django.core.management.base import BaseCommand

from clayops.commands import NEEDS_A_PERSON
from jobs import audit
from jobs.models import Job, Row


class Command(BaseCommand):
    help = "Checks that every row is accounted for and none was sent twice; exits 1, naming rows, where not."

    def handle(self, *args: Any, **options: Any) -> None:
        found = list(audit.findings())
        for line in found:
            self.stderr.write(line)
        if found:
            raise SystemExit(NEEDS_A_PERSON)
        rows, jobs = Row.objects.count(), Job.objects.count()
        self.stdout.write(f"All is well: every row is accounted for (rows: {rows:,}, jobs: {jobs:,}).")
