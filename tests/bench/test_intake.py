"""Intake beside a bare loop and beside django-import-export: time for 50,000 rows, memory for 1,000,000.

`make test` runs the same at a size that measures nothing and only shows that the three store the same rows:
it is `make bench` that names this folder, and so asks for the figures.
"""

import csv
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tablib  # type: ignore[import-untyped]
from import_export import fields, resources  # type: ignore[import-untyped]

from jobs import intake, steering
from jobs.intake.rows import ingest
from jobs.models import Destination, Job, Row
from tests.support import a_destination

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(3600),
    pytest.mark.breaks_a_promise,  # the others' rows belong to no intake
]

COLUMNS = ["name", "email", "domain", "company", "city", "country", "phone", "note"]


@pytest.fixture
def rows(measuring: bool) -> int:
    return 50_000 if measuring else 300


def people(count: int, note: str) -> Iterator[list[str]]:
    for n in range(count):
        yield [f"Ana {n}", f"ana{n}@north{n}.test", f"north{n}.test", "North", "Oslo", "NO", "5550100", note]


def written(path: Path, count: int, note: str = "met") -> Path:
    with path.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(COLUMNS)
        writer.writerows(people(count, note))
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


class RowResource(resources.ModelResource):  # type: ignore[misc]
    """django-import-export at its fastest: bulk, nothing looked up, no diff and no report kept."""

    cells = fields.Field(attribute="cells", column_name="cells")

    class Meta:
        model = Row
        fields = ("job_id", "number", "line", "cells")
        import_id_fields: list[str] = []
        use_bulk = True
        batch_size = 1000
        force_init_instance = True
        skip_diff = True
        report_skipped = False
        clean_model_instances = False

    def __init__(self, job: Job) -> None:
        super().__init__()
        self.job = job

    def init_instance(self, row: dict[str, Any] | None = None) -> Row:
        return Row(job=self.job)

    def before_import_row(self, row: dict[str, Any], **kwargs: Any) -> None:
        """The cells as one value, as our table has them."""
        number = kwargs["row_number"]
        row["cells"] = [row[name] for name in COLUMNS]
        row["number"], row["line"] = number, number + 1


def import_export(path: Path, job: Job) -> None:
    with path.open(newline="") as file:
        dataset = tablib.Dataset().load(file, format="csv")
    result = RowResource(job).import_data(dataset, raise_errors=True, use_transactions=True)
    assert not result.has_errors()


def ours(path: Path, destination: Destination) -> None:
    job = intake.read_path(path, destination)
    steering.jobs.start(job)
    ingest.ingest(job.pk)


def best(works: dict[str, Callable[[], object]], times: int, rows: int) -> dict[str, float]:
    """Seconds of each, run in turns on an empty table; the best of each counts, as other work only adds."""
    took: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(times):
        for name, work in works.items():
            took[name].append(seconds(work))
            assert Row.objects.count() == rows, name
            Row.objects.all().delete()
    return {name: min(each) for name, each in took.items()}


def told(capsys: pytest.CaptureFixture[str], text: str, **figures: float) -> None:
    with capsys.disabled():
        print(f"\n{text}")
        print(json.dumps({name: round(value, 2) for name, value in figures.items()}))


def test_time(tmp_path: Path, rows: int, measuring: bool, capsys: pytest.CaptureFixture[str]) -> None:
    destination = a_destination()
    file = written(tmp_path / "leads.csv", rows)
    job = intake.read_path(written(tmp_path / "one.csv", 1), a_destination("Others"))
    works: dict[str, Callable[[], object]] = {
        "bare": lambda: bare(file, job),
        "import_export": lambda: import_export(file, job),
        "ours": lambda: ours(file, destination),
    }
    took = best(works, 3 if measuring else 1, rows)
    if not measuring:
        return
    text = "intake of {:,} rows × 8, checked and stored: {ours:.2f} s; a bare loop: {bare:.2f} s; "
    text += "django-import-export: {import_export:.2f} s"
    ratio, against = took["bare"] / took["ours"], took["import_export"] / took["ours"]
    told(capsys, text.format(rows, **took), intake_ratio=ratio, import_export_ratio=against)
    assert ratio >= 0.8
    assert against >= 2.7


def in_a_worker(which: str, file: Path) -> dict[str, float]:
    """What `memory.py` measures in a process of its own, with a database of its own."""
    command = [sys.executable, "-m", "tests.bench.memory", which, str(file)]
    environment = {**os.environ, "DJANGO_SETTINGS_MODULE": "tests.settings"}
    environment.pop("TEST_DATABASE_URL", None)
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=1500)
    assert done.returncode == 0, done.stderr
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def test_memory(tmp_path: Path, measuring: bool, capsys: pytest.CaptureFixture[str]) -> None:
    count, note = (1_000_000, "m" * 130) if measuring else (500, "met")
    file = written(tmp_path / "leads.csv", count, note)
    mine = in_a_worker("ours", file)
    assert mine["rows"] == count
    if not measuring:
        return
    plain = in_a_worker("bare", file)
    text = "{:,} rows, {:.0f} MB: {:.0f} MB of memory at most ({:.0f} before), in {:.0f} s; "
    text += "a bare loop: {:.0f} MB, in {:.0f} s"
    figures = [mine[name] for name in ("mb_peak", "mb_before", "seconds")]
    megabytes = file.stat().st_size / 1e6
    text = text.format(count, megabytes, *figures, plain["mb_peak"], plain["seconds"])
    told(capsys, text, intake_mb=mine["mb_peak"], bare_mb=plain["mb_peak"], intake_seconds=mine["seconds"])
    assert megabytes > 199
    assert mine["mb_peak"] < 150
