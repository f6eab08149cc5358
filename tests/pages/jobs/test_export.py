"""The downloads of a job."""

import io
import zipfile

import pytest
from django.db import connection
from django.http import StreamingHttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from jobs.export import sheet
from jobs.models import Job


def body(answer: object) -> bytes:
    assert isinstance(answer, StreamingHttpResponse)
    return b"".join(answer)


def test_a_csv_of_all_rows(client: Client, job: Job) -> None:
    answer = client.get(f"/jobs/{job.pk}/export.csv")
    assert answer["Content-Disposition"] == 'attachment; filename="leads-enriched.csv"'
    assert body(answer).count(b"\r\n") == 4


@pytest.mark.parametrize(("state", "rows"), [("waiting", 3), ("dead", 0)])
def test_a_workbook_of_one_state(client: Client, job: Job, state: str, rows: int) -> None:
    answer = client.get(f"/jobs/{job.pk}/export.xlsx?state={state}&nested=columns")
    assert answer["Content-Disposition"] == f'attachment; filename="leads-{state}.xlsx"'
    assert answer["Content-Type"].endswith("spreadsheetml.sheet")
    book = zipfile.ZipFile(io.BytesIO(body(answer)))
    assert book.read("xl/worksheets/sheet1.xml").count(b"<row ") == 1 + rows


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.parametrize("query", ["state=nonsense", "nested=x&state=", "state=dead&state=odd", "a=%00"])
def test_what_nobody_knows_counts_as_not_said(client: Client, job: Job, kind: str, query: str) -> None:
    answer = client.get(f"/jobs/{job.pk}/export.{kind}?{query}")
    assert answer["Content-Disposition"] == f'attachment; filename="leads-enriched.{kind}"'
    assert body(answer)


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_a_draft_s_export_is_its_setup(client: Client, leads: Job, kind: str) -> None:
    assert client.get(f"/jobs/{leads.pk}/export.{kind}")["Location"] == f"/jobs/{leads.pk}/setup"


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_nothing_but_looking(client: Client, stranger: Client, job: Job, kind: str) -> None:
    assert client.post(f"/jobs/{job.pk}/export.{kind}").status_code == 405
    assert client.get(f"/jobs/4711/export.{kind}").status_code == 404
    assert stranger.get(f"/jobs/{job.pk}/export.{kind}")["Location"].startswith("/signin")


def test_too_many_columns_are_a_sentence(client: Client, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheet, "MAX_COLUMNS", 3)
    answer = client.get(f"/jobs/{job.pk}/export.xlsx", follow=True)
    assert "The export has 5 columns; Excel takes 3. Take the CSV." in answer.content.decode()


def test_a_name_that_no_header_takes(client: Client, job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(name='Über\n"alles".csv')
    disposition = client.get(f"/jobs/{job.pk}/export.xlsx")["Content-Disposition"]
    assert disposition == "attachment; filename*=utf-8''%C3%9Cber-alles-enriched.xlsx"


def test_no_row_is_read_before_the_first_byte_is_wanted(client: Client, job: Job) -> None:
    with CaptureQueriesContext(connection) as seen:
        client.get(f"/jobs/{job.pk}/export.csv")
    assert not [each for each in seen if "jobs_row" in each["sql"]]


def test_the_menu_offers_each_state_with_its_count(client: Client, job: Job) -> None:
    page = client.get(f"/jobs/{job.pk}").content.decode()
    assert f'action="/jobs/{job.pk}/export.xlsx"' in page
    assert 'value="waiting" id="export-waiting"><span>waiting</span><span class="count">3</span>' in page
