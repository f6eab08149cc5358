"""`manage.py enrich`: the main job from the shell."""

import sys
import time
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.utils.timezone import localtime
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from budget.terms import shown
from clayops.base import process_health
from clayops.base.commands import NEEDS_A_PERSON, bad_input, names
from jobs import export, intake, steering
from jobs.credits import fits_today
from jobs.mapping.guess import plain
from jobs.models import Destination, Finding, Hold, Job, JobState, NotPossible, RowState

POLL_SECONDS = 0.5
GRACE_SECONDS = 10.0
"""How long a hold may last before `--wait` gives the word back to a person."""
ENDED = {JobState.DONE, JobState.CANCELLED}


class Command(BaseCommand):
    help = "Uploads a CSV, starts it, and with --wait shows it run; workers must be running (make up)."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--to", required=True, metavar="NAME", help="the destination")
        parser.add_argument(
            "--map",
            action="append",
            default=[],
            metavar='"Work Email=email"',
            help="this column is that input; others are guessed from their names",
        )
        parser.add_argument(
            "--leave-out",
            default="",
            metavar="duplicate,missing",
            help=f"skip rows of which the check says: {', '.join(Finding.values)}",
        )
        parser.add_argument(
            "--wait", action="store_true", help="until it is done; exit 1 where rows need a person"
        )
        parser.add_argument("--export", type=Path, metavar="OUT.csv", help="write the enriched file (waits)")

    def handle(self, *args: Any, **options: Any) -> None:
        job = self._draft(options)
        too_much = _too_much(job)
        try:
            steering.jobs.start(job)
        except NotPossible as error:
            steering.jobs.delete_draft(job)
            raise bad_input(str(error)) from None
        self._say_findings(job)
        cost = job.destination.cost_of(job.sendable_rows).normalize()
        self.stdout.write(
            f"Job {job.pk}: {job.sendable_rows:,} rows of {job.name} to {job.destination},"
            f" about {cost:,f} credits"
        )
        if too_much:
            self.stderr.write(too_much)
        if not options["wait"] and not options["export"]:
            return
        needs_a_person = not self._wait(job)
        if options["export"]:
            self._export(job, options["export"])
        if needs_a_person:
            raise SystemExit(NEEDS_A_PERSON)

    def _say_findings(self, job: Job) -> None:
        for kind, found in job.findings.items():
            what = "left out" if kind in job.leave_out else "sent all the same"
            self.stderr.write(f"{found['count']:,} rows: {Finding(kind).label} ({what})")

    def _draft(self, options: dict[str, Any]) -> Job:
        destination = Destination.objects.filter(name=options["to"]).first()
        if destination is None:
            known = ", ".join(Destination.objects.open().values_list("name", flat=True)) or "none yet"
            raise bad_input(f"There is no destination {options['to']!r}. Known: {known}.")
        if destination.archived_at:
            raise bad_input(f"{destination} is archived. Restore it in the browser, or name another.")
        if options["export"] and not options["export"].resolve().parent.is_dir():
            raise bad_input(f"{options['export'].parent} is no folder to write to.")
        try:
            job = intake.read_path(options["file"], destination)
        except intake.Unreadable as error:
            raise bad_input(str(error)) from None
        try:
            intake.set_up(job, mapping=_mapping(job, options["map"]), leave_out=names(options["leave_out"]))
            _say_unreadable(job)
        except (NotPossible, ValueError) as error:
            steering.jobs.delete_draft(job)
            raise bad_input(str(error)) from None
        return job

    def _wait(self, job: Job) -> bool:
        """Show progress until the job has ended. True where all of it went well."""
        held_since: float | None = None
        bar = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*bar, console=Console(stderr=True), disable=not sys.stderr.isatty()) as progress:
            task = progress.add_task(job.name, total=job.row_count)
            while True:
                job = Job.objects.select_related("destination").get(pk=job.pk)
                progress.update(task, completed=job.settled_rows, description=f"{job.name} {job.shown_state}")
                if job.state in ENDED:
                    break
                held_since = (held_since or time.monotonic()) if self._stands_still(job) else None
                if held_since and time.monotonic() - held_since > GRACE_SECONDS:
                    return self._gave_up(job)
                time.sleep(POLL_SECONDS)
        return self._ended(job)

    def _stands_still(self, job: Job) -> bool:
        return (
            bool(job.hold and job.hold != Hold.CLAY_DOWN)
            or not process_health.workers().alive
            or _only_stuck(job)
        )

    def _gave_up(self, job: Job) -> bool:
        why = job.destination.hold_reason if job.hold else ""
        if not process_health.workers().alive:
            why = "no worker is running; start them with: make up"
        elif _only_stuck(job):
            why = "the runs that are out are stuck; see the alerts on the job's page"
        self.stderr.write(f"Job {job.pk} waits: {why or job.hold}. It goes on by itself once that is mended.")
        return False

    def _ended(self, job: Job) -> bool:
        counts = ", ".join(f"{count:,} {state.label}" for state, count in job.counts.items() if count)
        self.stdout.write(f"Job {job.pk} {job.state}: {counts}")
        if job.counts[RowState.DEAD]:
            self.stderr.write(
                f"{job.counts[RowState.DEAD]:,} rows are in dead letters: manage.py deadletters"
            )
        return job.state == JobState.DONE and not job.counts[RowState.DEAD]

    def _export(self, job: Job, path: Path) -> None:
        job = Job.objects.select_related("destination").get(pk=job.pk)
        part = path.with_name(path.name + ".part")
        with part.open("wb") as file:
            file.writelines(export.csv_lines(job))
        part.replace(path)
        self.stdout.write(f"{path}: {job.row_count:,} rows")


def _too_much(job: Job) -> str:
    """What is to be said where not all rows fit into the day's credits; empty where they do."""
    if not job.is_checked or not (fit := fits_today.fit_of(job)).later:
        return ""
    said = f"{fit.today:,} of {fit.rows:,} rows fit today"
    if fit.stopped:
        said += f" ({fit.stopped})"
    if fit.days is None:
        return (
            f"{said}. The daily limit of {shown(fit.lowest)} credits is below the price of a batch"
            f" ({shown(fit.batch_cost)}): raise it, or no other row will go."
        )
    days = f", over {fit.days} days" if fit.days > 1 else ""
    return (
        f"{said}; the others go from {localtime(fit.resets_at):%H:%M} on{days}, or once the limit is raised."
    )


def _only_stuck(job: Job) -> bool:
    """Nothing waits or is sent, and every run that is out needs a person."""
    if job.counts[RowState.WAITING] or job.counts[RowState.SENDING] or not job.counts[RowState.IN_FLIGHT]:
        return False
    runs = job.batches.filter(submissions__run_state="out")
    return not runs.filter(submissions__trouble="").exists()


def _say_unreadable(job: Job) -> None:
    if job.unreadable_count and Finding.UNREADABLE not in job.leave_out:
        first = "; ".join(f"line {bad['line']}: {bad['reason']}" for bad in job.unreadable[:5])
        raise NotPossible(
            f"{job.unreadable_count:,} lines of {job.name} cannot be read ({first}). "
            "Mend them, or leave them out: --leave-out unreadable"
        )


def _mapping(job: Job, given: list[str]) -> dict[str, int]:
    """The guessed mapping with `Column=input` pairs laid over it. Raises `ValueError` with a sentence."""
    mapping = dict(job.mapping)
    for pair in given:
        column, separator, name = pair.rpartition("=")
        if not separator or not column or not name:
            raise ValueError(f'--map takes "Column=input", not {pair!r}')
        if name not in job.destination.input_names:
            raise ValueError(
                f"{job.destination} has no input {name!r}; it has {', '.join(job.destination.input_names)}"
            )
        index = _column(job, column)
        mapping = {known: at for known, at in mapping.items() if at != index or known == name}
        mapping[name] = index
    return mapping


def _column(job: Job, wanted: str) -> int:
    if wanted in job.columns:
        return list(job.columns).index(wanted)
    for index, column in enumerate(job.columns):
        if plain(column) == plain(wanted):
            return index
    raise ValueError(f"{job.name} has no column {wanted!r}; it has {', '.join(job.columns)}")
