import pytest
from django.test import Client

from jobs.models import Charge, DeadLetter, Job, LetterState, Proof, RowState


@pytest.fixture
def letter(job: Job) -> DeadLetter:
    """All three rows of the job, refused."""
    batch = job.batches.get()
    made = DeadLetter.objects.create(
        job=job,
        batch=batch,
        cause="Clay answered 400: field “domain” is required",
        cause_group="Clay answered …",
        charge=Charge.NO,
    )
    batch.rows.update(state=RowState.DEAD, letter=made, proof=Proof.NOT_SENT, error=made.cause)
    return made


def test_the_list_says_cause_rows_and_charge(client: Client, letter: DeadLetter) -> None:
    page = client.get("/deadletters")
    assert "Clay answered 400" in page.content.decode()
    assert [each.row_count for each in page.context["page"].items] == [3]


def test_other_states_are_one_click_away(client: Client, letter: DeadLetter) -> None:
    assert not client.get("/deadletters?state=resolved").context["page"].items
    letter.rows.update(state=RowState.DISCARDED, letter=None)
    DeadLetter.objects.update(state=LetterState.DISCARDED)
    assert client.get("/deadletters?state=discarded").context["page"].items


def test_one_cause(client: Client, letter: DeadLetter) -> None:
    assert client.get("/deadletters", {"cause": "Clay answered …"}).context["page"].items
    assert not client.get("/deadletters", {"cause": "another"}).context["page"].items


def test_the_dashboard_counts_by_cause_and_links_to_them(client: Client, letter: DeadLetter) -> None:
    page = client.get("/").content.decode()
    assert "/deadletters?cause=Clay%20answered%20%E2%80%A6" in page
    assert "1 letter · 3 rows" in page


def test_a_letter_shows_its_rows_and_that_nothing_was_charged(client: Client, letter: DeadLetter) -> None:
    page = client.get(f"/deadletters/{letter.pk}").content.decode()
    assert "ana3@north3.test" in page
    assert "surely did not charge" in page


def test_it_offers_nothing_that_is_not_built(client: Client, letter: DeadLetter) -> None:
    pages = (
        client.get("/deadletters").content.decode() + client.get(f"/deadletters/{letter.pk}").content.decode()
    )
    assert "Retry" not in pages.replace("Retrying", "")
    assert "Approve" not in pages.replace("Approved", "")
