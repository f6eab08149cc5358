"""1,000,000 rows exported as CSV and xlsx beside bare loops of the same rows: time, growth of memory."""

import csv
import io
import json
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from django.db import connection

from jobs import export
from jobs.models import Job, Proof, Row, RowState
from tests.support import a_destination, draft

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(1800)]

PATTERN = 10_000
"""So many rows differ; they are repeated."""
COLUMNS = ["name", "email", "domain", "company", "city", "country", "phone", "note"]
OUTPUTS = ["title", "employees", "company_info"]


@pytest.fixture
def rows(measuring: bool) -> int:
    return 1_000_000 if measuring else PATTERN


@pytest.fixture
def job(rows: int) -> Job:
    """A job whose rows are all enriched, copied straight in the table."""
    made = draft(a_destination())
    Job.objects.filter(pk=made.pk).update(columns=COLUMNS, outputs=OUTPUTS, paths=OUTPUTS, state="running")
    Row.objects.bulk_create(_row(made, number) for number in range(1, PATTERN + 1))
    fields = [str(each.column) for each in Row._meta.local_concrete_fields if not each.primary_key]
    copied = ", ".join("number + %s" if name == "number" else name for name in fields)
    copy = f"insert into jobs_row ({', '.join(fields)}) select {copied} from jobs_row where number <= %s"  # noqa: S608
    with connection.cursor() as cursor:
        for offset in range(PATTERN, rows, PATTERN):
            cursor.execute(copy, [offset, PATTERN])
    return Job.objects.get(pk=made.pk)


def _row(job: Job, n: int) -> Row:
    cells = [f"Ana {n}", f"ana{n}@north.test", "north.test", "North", "Oslo", "NO", "00555", "met in May"]
    result = {"title": "CTO", "employees": n, "company_info": {"name": "North", "tags": ["a", "b"]}}
    done = {"state": RowState.ENRICHED, "proof": Proof.SENT, "enriched_at": datetime(2026, 1, 1, tzinfo=UTC)}
    return Row(job=job, number=n, line=n + 1, cells=cells, result=result, **done)


def measured(work: Callable[[], object]) -> tuple[float, float]:
    """Seconds, and megabytes by which the process's peak grew."""
    Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew (Linux, proc(5))
    before, began = _kilobytes("VmRSS"), time.perf_counter()
    work()
    return time.perf_counter() - began, (_kilobytes("VmHWM") - before) / 1024


def _kilobytes(name: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def rows_of(job: Job) -> Iterator[list[Any]]:
    """What a bare loop writes: the rows with one open cursor, their JSON read, nothing checked or defused."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select cells, result, state, error from jobs_row where job_id = %s order by number", [job.pk]
        )
        for cells, result, state, error in iter(cursor.fetchone, None):
            found = json.loads(result)
            nested = json.dumps(found["company_info"])
            yield [*json.loads(cells), found["title"], found["employees"], nested, state, error]


def bare_csv(job: Job) -> None:
    out = io.StringIO()
    writer = csv.writer(out)
    for count, row in enumerate(rows_of(job)):
        writer.writerow(row)
        if count % 1000 == 0:
            out.getvalue().encode()
            out.seek(0)
            out.truncate()


def bare_xlsx(job: Job, path: Path) -> None:
    """XlsxWriter at its leanest; the file is whole on a disk before its first byte could be sent."""
    book = xlsxwriter.Workbook(path, {"constant_memory": True, "in_memory": False})
    sheet = book.add_worksheet()
    for number, row in enumerate(rows_of(job)):
        sheet.write_row(number, 0, row)
    book.close()


def drain(parts: Iterator[bytes]) -> int:
    return sum(map(len, parts))


@pytest.mark.breaks_a_promise
@pytest.mark.skipif(connection.vendor != "sqlite", reason="the bare loop reads JSON as SQLite stores it")
def test_export_beside_a_bare_loop(
    job: Job, rows: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    drain(export.csv_lines(job, export.Choice(state="dead")))  # whatever is loaded once
    found = {
        "csv": measured(lambda: drain(export.csv_lines(job))),
        "csv, bare loop": measured(lambda: bare_csv(job)),
        "xlsx": measured(lambda: drain(export.xlsx_parts(job))),
        "xlsx, XlsxWriter": measured(lambda: bare_xlsx(job, tmp_path / "bare.xlsx")),
    }
    ratios = {
        "export_csv_ratio": round(found["csv, bare loop"][0] / found["csv"][0], 2),
        "export_xlsx_ratio": round(found["xlsx, XlsxWriter"][0] / found["xlsx"][0], 2),
    }
    with capsys.disabled():
        print(f"\nexport of {rows:,} rows × {len(COLUMNS) + len(OUTPUTS) + 2}:")
        for name, (seconds, megabytes) in found.items():
            print(f"  {name:<17} {seconds:6.1f} s, memory grew by {megabytes:5.1f} MB at its peak")
        print(json.dumps(ratios))
    assert found["csv"][1] < 50
    assert found["xlsx"][1] < 50
