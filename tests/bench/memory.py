"""A process like a worker's: Django loaded, a file checked and stored; prints what it took as JSON.

python -m tests.bench.memory ours|bare FILE
"""

import csv
import json
import os
import resource
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path


def resident() -> float:
    """MB of memory that this process has now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def measured(work: Callable[[], int]) -> dict[str, float]:
    """Rows, seconds, MB before, and MB at the highest, looked at 20 times a second."""
    before, highest, over = resident(), [resident()], threading.Event()

    def watch() -> None:
        while not over.wait(0.05):
            highest[0] = max(highest[0], resident())

    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    began = time.perf_counter()
    rows = work()
    seconds = time.perf_counter() - began
    over.set()
    watcher.join()
    peak = max(highest[0], resident())
    whole = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    figures = {"seconds": seconds, "mb_before": before, "mb_peak": peak, "mb_peak_of_process": whole}
    return {"rows": rows, **{name: round(value, 1) for name, value in figures.items()}}


def ours(path: Path) -> int:
    from jobs import intake, steering
    from jobs.intake.rows import ingest
    from jobs.models import Destination

    job = intake.read_path(path, Destination.objects.get())
    steering.jobs.start(job)
    ingest.ingest(job.pk)
    job.refresh_from_db()
    return job.ingested_rows


def bare(path: Path) -> int:
    """The same parse and one bulk_create, fed by a generator."""
    from jobs.models import Destination, Job, Row

    job = Job.objects.create(name="bare", destination=Destination.objects.get(), file=path.name)
    with path.open(newline="") as file:
        reader = csv.reader(file)
        next(reader)
        rows = (Row(job=job, number=n, line=n + 1, cells=cells) for n, cells in enumerate(reader, start=1))
        return len(Row.objects.bulk_create(rows, batch_size=500))


def main(which: str, path: str) -> None:
    import django

    django.setup()
    from django.conf import settings
    from django.core.management import call_command

    from clayops.up import redis_server as servers

    call_command("migrate", verbosity=0)
    server = servers.start_for_tests()
    settings.REDIS_URL = server.url
    for queue in settings.RQ_QUEUES.values():
        queue["URL"] = server.url
    from tests.support import a_destination

    a_destination()
    try:
        print(json.dumps(measured(lambda: {"ours": ours, "bare": bare}[which](Path(path)))))
    finally:
        server.stop()


if __name__ == "__main__":
    main(*sys.argv[1:])
