from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from budget import credits
from clayops.base import text_search
from clayops.pages.jobs import rows as views
from jobs import steering
from jobs.intake.check import left_out
from jobs.intake.check.findings import Entry, Words
from jobs.intake.decisions import decide
from jobs.intake.rows import ingest, storing
from jobs.models import (
    BatchState,
    Charge,
    Destination,
    Finding,
    Job,
    Outcome,
    Proof,
    RowState,
    RunState,
    Submission,
)
from jobs.reading.reader import Record
from tests.support import a_letter, csv_of, draft, fresh, running


def test_a_row_shows_inputs_result_and_what_is_kept(client: Client, job: Job) -> None:
    job.rows.filter(number=1).update(
        state=RowState.ENRICHED, proof=Proof.SENT, result={"title": "CTO", "tried": [{"name": "hunter"}]}
    )
    page = client.get(f"/jobs/{job.pk}/rows").content.decode()
    for text in ("ana1@north1.test", "CTO", "[{&quot;name&quot;: &quot;hunter&quot;}]", "Ana 1"):
        assert text in page


def test_rows_of_one_state(client: Client, job: Job) -> None:
    job.rows.filter(number=2).update(state=RowState.ENRICHED, proof=Proof.SENT, result={"title": "CTO"})
    page = client.get(f"/jobs/{job.pk}/rows?state=enriched")
    assert [line.row.number for line in page.context["lines"]] == [2]


def test_an_empty_state_says_so(client: Client, job: Job) -> None:
    assert (
        "No row of this job is in this state now"
        in client.get(f"/jobs/{job.pk}/rows?state=dead").content.decode()
    )


@pytest.mark.parametrize(
    "query", ["state=odd", "after=x", "after=-1", "before=9999999999999999999", "after=²"]
)
def test_nonsense_in_the_address_is_ignored(client: Client, job: Job, query: str) -> None:
    page = client.get(f"/jobs/{job.pk}/rows?{query}")
    assert len(page.context["lines"]) == 3


def test_pages_keep_the_filter(client: Client, people: Destination, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "ROWS", 2)
    job = running(people, csv_of(5))
    seen, query = [], "?state=waiting"
    while query:
        page = client.get(f"/jobs/{job.pk}/rows{query}").context["page"]
        seen.append([row.number for row in page.items])
        query = page.following
    assert seen == [[1, 2], [3, 4], [5]]


def test_a_ragged_row_is_shown_all_the_same(client: Client, job: Job) -> None:
    job.rows.filter(number=1).update(cells=["only a name"])
    assert "only a name" in client.get(f"/jobs/{job.pk}/rows").content.decode()


def test_a_draft_has_no_rows_yet(client: Client, leads: Job) -> None:
    assert client.get(f"/jobs/{leads.pk}/rows").status_code == 302


# -- search ------------------------------------------------------------------------------------------
NAMES = [
    "Zoë",
    "ZOË",
    "O'Brien",
    "50% off",
    "a\\b",
    'the "best"',
    "東京",
    "Москва",
    "under_score",
    "😀",
    "a.b",
]


@pytest.fixture
def cells(job: Job) -> Job:
    """A job whose rows have the odd names, beside the numbers 1, 2, 3 …"""
    row = job.rows.get(number=1)
    for number, name in enumerate(NAMES, start=1):
        row.pk = None if number > 3 else job.rows.get(number=number).pk
        row.number, row.cells = number, [name, f"m{number}@x.test", "x.test"]
        row.save()
    Job.objects.filter(pk=job.pk).update(row_count=len(NAMES), ingested_rows=len(NAMES))
    return fresh(job)


@pytest.mark.parametrize(
    ("term", "found"),
    [
        ("zoë", ["Zoë", "ZOË"]),
        ("Ë", ["Zoë", "ZOË"]),
        ("o'b", ["O'Brien"]),
        ("%", ["50% off"]),
        ("_", ["under_score"]),
        ("\\", ["a\\b"]),
        ('"', ['the "best"']),
        ("京", ["東京"]),
        ("МОСК", ["Москва"]),
        ("😀", ["😀"]),
        ("A.B", ["a.b"]),
        ("u00eb", []),
        ("eb", []),
        ('", "', []),
        ("[", []),
        ("ſs\u212a", []),
        ("m3@", ["O'Brien"]),
        ("  m3@  ", ["O'Brien"]),
        ("\0m3", ["O'Brien"]),
    ],
)
def test_any_cell_is_found_whatever_is_in_it(client: Client, cells: Job, term: str, found: list[str]) -> None:
    page = client.get(f"/jobs/{cells.pk}/rows", {"q": term})
    assert [line.row.cells[0] for line in page.context["lines"]] == found


def test_a_term_may_be_long(client: Client, cells: Job) -> None:
    assert client.get(f"/jobs/{cells.pk}/rows", {"q": "é%\\" * 5000}).status_code == 200


def test_search_and_state_together_and_over_pages(
    client: Client, cells: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "ROWS", 3)
    cells.rows.filter(number__in=[2, 5]).update(state=RowState.SKIPPED, error="x")
    seen, query = [], "?state=waiting&q=x.TEST"
    while query:
        page = client.get(f"/jobs/{cells.pk}/rows{query}").context["page"]
        seen.append([row.number for row in page.items])
        query = page.following
    assert seen == [[1, 3, 4], [6, 7, 8], [9, 10, 11]]


def test_without_a_match_it_says_what_was_looked_for(client: Client, job: Job) -> None:
    page = client.get(f"/jobs/{job.pk}/rows?q=nobody&state=waiting").content.decode()
    assert "No waiting row has “nobody” in one of its cells." in " ".join(page.split())
    assert f"/jobs/{job.pk}/rows?q=nobody" in page


def test_the_states_above_keep_what_was_looked_for(client: Client, job: Job) -> None:
    page = client.get(f"/jobs/{job.pk}/rows?q=a%26b").content.decode()
    assert "?state=dead&amp;q=a%26b" in page
    live = client.get(f"/jobs/{job.pk}/live?part=head&q=a%26b&state=waiting").content.decode()
    assert "?state=dead&amp;q=a%26b" in live


def test_a_letter_whose_other_case_is_plain_ascii_is_no_trouble() -> None:
    assert text_search.likely("\u212a", ascii_only=True) == "%%%"


# -- left out ----------------------------------------------------------------------------------------
ODD = """email,domain
ana@north.test,north.test
ANA@north.test,north.test
,north.test
nonsense,north.test
li@north.test,no domain
mia@gmail.com,gmail.com
"""


def test_rows_left_out_are_counted_by_reason_and_found_by_it(client: Client, people: Destination) -> None:
    job = draft(people, ODD)
    decide(job, leave_out=[each.value for each in Finding])
    steering.jobs.start(job)
    ingest.ingest(job.pk)
    whys = {why.finding: why.count for why in left_out.whys(fresh(job))}
    assert whys == dict.fromkeys(
        [
            Finding.DUPLICATE,
            Finding.MISSING,
            Finding.INVALID_EMAIL,
            Finding.INVALID_DOMAIN,
            Finding.FREE_MAIL,
        ],
        1,
    )
    for finding in whys:
        assert len(client.get(f"/jobs/{job.pk}/rows?why={finding.value}").context["lines"]) == 1
    assert f"/jobs/{job.pk}/rows?why=duplicate" in client.get(f"/jobs/{job.pk}").content.decode()


QUOTES = """email,domain
Left out (twice in the file): same as row 1,north.test
x is blank; is not a domain: could not be read:,north.test
ana@north.test,is a free-mail domain
x,y,z
"""


def test_a_cell_that_has_another_reason_s_words_is_found_by_its_own(
    client: Client, people: Destination
) -> None:
    job = draft(people, QUOTES)
    decide(job, leave_out=["unreadable", "invalid_email"])
    steering.jobs.start(job)
    ingest.ingest(job.pk)
    found = {each: job.rows.filter(left_out.because_of(each)).count() for each in Finding}
    assert {each: count for each, count in found.items() if count} == {
        Finding.UNREADABLE: 1,
        Finding.INVALID_EMAIL: 2,
    }


@pytest.mark.parametrize("finding", [each for each in Finding if each is not Finding.UNREADABLE])
def test_each_reason_is_found_by_how_it_begins(job: Job, finding: Finding) -> None:
    said = Words(job).left_out(Record(2, ["", "foo", "gmail.com"]), Entry(1, 2, finding.bit, 1), finding.bit)
    job.rows.filter(number=1).update(state=RowState.SKIPPED, error=said)
    job.batches.update(size=2)
    found = [each for each in Finding if job.rows.filter(left_out.because_of(each)).exists()]
    assert found == [finding]


def test_a_row_whose_earlier_result_is_gone_is_found_as_enriched_before(job: Job) -> None:
    job.rows.filter(number=1).update(state=RowState.SKIPPED, error=storing.GONE)
    assert job.rows.filter(left_out.because_of(Finding.ENRICHED_BEFORE)).count() == 1


# -- one row -----------------------------------------------------------------------------------------
def test_a_row_s_page_shows_what_was_sent_and_every_column(client: Client, people: Destination) -> None:
    job = running(people, "name,email,domain,,\nAna,ana@north.test,north.test,x,y\n")
    Job.objects.filter(pk=job.pk).update(constants={"domain": "fixed.test"}, cleanups={"email": ["domain"]})
    page = client.get(f"/jobs/{job.pk}/rows/1")
    assert page.context["inputs"] == [("domain", "fixed.test"), ("email", "north.test")]
    assert page.context["columns"][3:] == [("Column 4", "x"), ("Column 5", "y")]
    assert "It has not been sent." in page.content.decode()


def test_nested_results_are_readable_and_never_markup(client: Client, job: Job) -> None:
    deep: object = "<b>end</b>"
    for _ in range(300):
        deep = [deep]
    result = {"company": {"name": "Contoso", "tags": ["a", {"b": True}]}, "none": None, "deep": deep}
    job.rows.filter(number=1).update(state=RowState.ENRICHED, proof=Proof.SENT, result=result)
    page = client.get(f"/jobs/{job.pk}/rows/1").content.decode()
    assert "<dt>name</dt><dd>Contoso</dd>" in page
    assert "<dt>b</dt><dd>yes</dd>" in page
    assert "<b>end" not in page


def test_a_row_s_history_is_every_attempt_that_had_it(client: Client, job: Job) -> None:
    batch, row = job.batches.get(), job.rows.get(number=1)
    job.batches.update(state=BatchState.FINISHED)

    def attempt(number: int, ids: list[int], **fields: object) -> Submission:
        same = {"destination": job.destination, "batch": batch, "runner": "r", "credits": 2}
        return Submission.objects.create(attempt=number, row_ids=ids, holder=f"h{number}", **same, **fields)

    attempt(1, [row.pk], outcome=Outcome.REFUSED, http_status=503, message="Clay is busy")
    attempt(2, [row.pk * 10 + 1], outcome=Outcome.REFUSED, message="another row")
    credits.reserve("h3", Decimal(2))
    credits.settle("h3")
    last = attempt(3, [row.pk], outcome=Outcome.ACCEPTED, run_id="run_9", run_state=RunState.FINISHED)
    letter = a_letter(job, [], "No such person", Charge.POSSIBLY, submission=last)
    job.rows.update(proof=Proof.SENT)
    page = client.get(f"/jobs/{job.pk}/rows/1").content.decode()
    for text in ("HTTP 503", "Clay is busy", "run_9", "No such person", f"/deadletters/{letter.pk}"):
        assert text in page
    assert "another row" not in page


def test_a_reused_result_names_its_row(client: Client, people: Destination, job: Job) -> None:
    other = running(people, name="other.csv")
    job.rows.filter(number=1).update(
        state=RowState.ENRICHED,
        result={"title": "CTO"},
        enriched_at="2026-01-01T00:00Z",
        reused_from=other.rows.get(number=2).pk,
    )
    assert f'href="/jobs/{other.pk}/rows/2"' in client.get(f"/jobs/{job.pk}/rows/1").content.decode()
    Job.objects.filter(pk=other.pk).update(deleted_at="2026-01-01T00:00Z")
    assert "has since been deleted" in client.get(f"/jobs/{job.pk}/rows/1").content.decode()


def test_a_row_knows_its_neighbours(client: Client, job: Job) -> None:
    around = [(page.context["previous"], page.context["following"]) for page in _pages(client, job)]
    assert around == [(None, 2), (1, 3), (2, None)]


def _pages(client: Client, job: Job) -> list[Any]:
    return [client.get(f"/jobs/{job.pk}/rows/{number}") for number in (1, 2, 3)]


@pytest.mark.parametrize("number", [0, 4, 10**30])
def test_a_row_that_is_not_there_is_a_404(client: Client, job: Job, number: int) -> None:
    assert client.get(f"/jobs/{job.pk}/rows/{number}").status_code == 404
