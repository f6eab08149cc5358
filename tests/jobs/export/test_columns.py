"""Which columns an export has, whatever things are called, and which rows."""

import csv
import io
from typing import Any

import pytest

from jobs import export
from jobs.export import Choice
from jobs.models import Job, Proof, RowState
from jobs.results import output_columns
from tests.support import a_destination, csv_of, fresh, running

NESTED = Choice(nested=True)


def enriched(*results: dict[str, Any], text: str = "") -> Job:
    """A job whose first rows came back with these results."""
    job = running(a_destination(), text or csv_of(len(results)))
    for number, result in enumerate(results, start=1):
        done = {"state": RowState.ENRICHED, "proof": Proof.SENT, "result": result}
        job.rows.filter(number=number).update(**done)
    output_columns.learn(job.pk, results)
    return fresh(job)


def read(job: Job, choice: Choice = NESTED) -> list[dict[str, str]]:
    raw = b"".join(export.csv_lines(job, choice)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(raw, newline="")))


@pytest.mark.django_db
def test_nested_values_become_columns_and_lists_stay_json() -> None:
    job = enriched({"company": {"name": "North", "tags": ["a", "b"]}}, {"title": "CTO", "company": None})
    first, second = read(job)
    assert list(first)[3:] == ["company.name", "company.tags", "title", "clay_status", "clay_error"]
    assert (first["company.name"], first["company.tags"]) == ("North", '["a", "b"]')
    assert (second["title"], second["company.name"]) == ("CTO", "")


@pytest.mark.django_db
def test_unasked_nested_values_stay_json() -> None:
    job = enriched({"company": {"name": "North"}})
    assert read(job, Choice())[0]["company"] == '{"name": "North"}'


@pytest.mark.django_db
def test_columns_of_one_output_stand_together_however_late_they_came() -> None:
    job = enriched({"a": {"x": 1}, "b": 2}, {"a": {"y": 3}})
    assert export.columns(job, NESTED)[3:6] == ["a.x", "a.y", "b"]


@pytest.mark.django_db
def test_an_output_that_is_sometimes_nested_loses_nothing() -> None:
    job = enriched({"company": "North"}, {"company": {"name": "South"}})
    first, second = read(job)
    assert (first["company"], first["company.name"]) == ("North", "")
    assert (second["company"], second["company.name"]) == ("", "South")


@pytest.mark.django_db
def test_a_dot_in_a_name_is_no_nesting() -> None:
    job = enriched({"a.b": 1, "a": {"b": 2}, "c\\.d": {"e.f": 3}})
    row = read(job)[0]
    assert list(row)[3:6] == ["a.b", "a.b (Clay)", "c\\.d.e.f"]
    assert [row[name] for name in list(row)[3:6]] == ["1", "2", "3"]


@pytest.mark.django_db
def test_what_has_no_column_of_its_own_is_in_the_output_s_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output_columns, "MAX_PATHS", 3)
    job = enriched({"a": {str(n): n for n in range(5)}}, {"a": {"0": 7}})
    first, second = read(job)
    assert list(first)[3:7] == ["a.0", "a.1", "a.2", "a"]
    assert first["a"] == '{"0": 0, "1": 1, "2": 2, "3": 3, "4": 4}'
    assert (second["a.0"], second["a"]) == ("7", "")


@pytest.mark.django_db
def test_what_a_later_output_is_called_never_hides_another() -> None:
    job = enriched({"email": 1, "clay_status": 2, "": 3}, text="email,email (Clay)\na@b.test,x\n")
    assert export.columns(job) == [
        "email",
        "email (Clay)",
        "email (Clay 2)",
        "clay_status (Clay)",
        "unnamed",
        "clay_status",
        "clay_error",
    ]


@pytest.mark.django_db
def test_an_export_that_is_uploaded_again_has_the_new_status_under_the_usual_name() -> None:
    job = running(a_destination(), "email,clay_status\na@b.test,dead\n")
    row = read(job)[0]
    assert (row["clay_status (uploaded)"], row["clay_status"]) == ("dead", "waiting")


@pytest.mark.django_db
def test_only_rows_of_a_state() -> None:
    job = enriched({"title": "CTO"}, {"title": "CEO"}, text=csv_of(2500))
    assert [row["title"] for row in read(job, Choice("enriched"))] == ["CTO", "CEO"]
    assert len(read(job, Choice("waiting"))) == 2498


@pytest.mark.parametrize(
    ("name", "state", "file"),
    [
        ("leads.csv", "", "leads-enriched.csv"),
        ("leads.XLSX", "dead", "leads-dead.csv"),
        ("Launch v1.2", "in_flight", "Launch v1.2-in-flight.csv"),
        ("Q4 / all\n.csv", "", "Q4 - all-enriched.csv"),
        (".csv", "", "rows-enriched.csv"),
    ],
)
def test_the_file_is_named_after_the_job(name: str, state: str, file: str) -> None:
    assert export.filename(Job(name=name), Choice(state)) == file
