"""What the product stands on: Redis, workers, the scheduler, the disk, and the audit's last word."""

import shutil
from collections.abc import Iterator

from django.conf import settings
from django.utils.text import get_text_list

from clayops.base import disk, process_health
from jobs.alerting.alert import Alert
from jobs.models.alert import AuditRun
from jobs.upkeep import audit_runs

LITTLE = 2**30
"""Bytes: with less room uploads and the database may soon fail."""
LITTLE_SHARE = 0.03
"""Or so much of the disk, where that is more."""


def alerts() -> Iterator[Alert]:
    yield from _workers()
    yield from _disk()
    yield from _audit()


def _workers() -> Iterator[Alert]:
    state = process_health.workers()
    if not state.redis:
        detail = "Nothing is sent until it is back; nothing is lost. What you see is read from the database."
        yield Alert("redis", "bad", "Redis is away", detail)
        return
    if missing := state.missing:
        text = f"No worker is running for {get_text_list(missing, 'and')}"
        start = f"Start one with: manage.py rqworker {missing[0]}"
        more = ", and one for each other" if len(missing) > 1 else ""
        yield Alert("worker", "bad", text, start + more, count=len(missing), weight=len(missing))
    if not state.scheduler_alive:
        detail = "Stuck runs go unseen until it is back. Start it with: manage.py rqcron clayops.cron"
        yield Alert("scheduler", "bad", "The scheduler has stopped", detail)
    elif not state.is_ticking and state.results:
        detail = "The worker of results is busy with something else, or hangs. Look at Workers."
        text = "Stuck runs go unseen: the scheduler runs, but what it asks for is not done"
        yield Alert("scheduler", "bad", text, detail)
    if not state.is_watched and (state.alive or state.scheduler_alive):
        detail = "Nobody is told of alerts, and none is put on record. Start it with: manage.py watch"
        yield Alert("watch", "bad", "The watch has stopped", detail)


def _disk() -> Iterator[Alert]:
    try:
        room = shutil.disk_usage(settings.DATA_DIR)
    except OSError as error:
        yield Alert("disk", "bad", "The data folder cannot be read", str(error))
        return
    if disk.is_full():
        detail = (
            "Nothing is sent, and little can be written down. Give it room (old logs, backups, what other"
            " programs keep): all goes on by itself, and nothing is lost."
        )
        yield Alert("disk", "bad", "The disk is full", detail)
        return
    if room.free < max(LITTLE, room.total * LITTLE_SHARE):
        free, whole = room.free / 2**30, room.total / 2**30
        detail = f"{free:.1f} of {whole:.0f} GB are free. Uploads, exports and the database need room."
        yield Alert("disk", "bad", "The disk is nearly full", detail)


def _audit() -> Iterator[Alert]:
    last = AuditRun.objects.first()
    if since := audit_runs.missing_since(last):
        detail = "Rows and credits are not checked. Look at the worker of long, and try: manage.py audit"
        yield Alert("audit", "warn", "No audit comes to its end", detail, since)
        return
    if last and last.findings:
        text = "The audit failed: not every row or credit is accounted for"
        detail = f"{last.first} · {last.findings} in all; see manage.py audit"
        yield Alert("audit", "bad", text, detail, last.at, count=last.findings)
