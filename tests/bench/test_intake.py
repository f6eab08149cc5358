"""Intake of 50,000 rows × 8 columns beside a bare loop that does the same parse and one bulk_create."""

import csv
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from jobs import ingest, intake
from jobs.models import Destination, Job, Row
from tests.support import a_destination

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(600)]

ROWS = 50_000


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "leads.csv"
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["name", "email", "domain", "company", "city", "country", "phone", "note"])
        for n in range(ROWS):
            cells = [f"Ana {n}", f"ana{n}@north.test", "north.test", "North", "Oslo", "NO", "5550100", "met"]
            writer.writerow(cells)
    return path


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def bare(path: Path, job: Job) -> None:
    """Parse, and one bulk_create of the same rows; no batches, no check, no way to go on after a crash."""

    def rows() -> Iterator[Row]:
        with path.open(newline="") as file:
            reader = csv.reader(file)
            next(reader)
            for number, cells in enumerate(reader, start=1):
                yield Row(job=job, number=number, line=number + 1, cells=cells)

    Row.objects.bulk_create(rows(), batch_size=500)


def ours(path: Path, destination: Destination) -> None:
    job = intake.read_path(path, destination)
    job.start()
    ingest.ingest(job.pk)


@pytest.mark.breaks_a_promise
def test_intake_beside_a_bare_loop(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    destination = a_destination()
    job = intake.read_path(file, destination)
    plain = seconds(lambda: bare(file, job))
    whole = seconds(lambda: ours(file, destination))
    with capsys.disabled():
        print(f"\nintake of {ROWS:,} rows × 8: {whole:.2f} s, a bare loop: {plain:.2f} s")
        print(json.dumps({"intake_ratio": round(plain / whole, 2)}))
    assert Row.objects.count() == 2 * ROWS
