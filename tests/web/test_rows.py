import pytest
from django.test import Client

from jobs.models import Destination, Job, Proof, RowState
from jobs.views import job as views
from tests.support import csv_of, running


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
