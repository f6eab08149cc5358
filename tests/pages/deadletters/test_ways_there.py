"""How dead letters are reached: from the dashboard by cause, down to a letter."""

import pytest
from django.test import Client

from jobs.models import DeadLetter, Job, LetterState, RowState
from tests.support import a_letter


@pytest.fixture
def letter(job: Job) -> DeadLetter:
    """All three rows of the job, refused."""
    return a_letter(job, [], "Clay answered 400: field “domain” is required")


def test_the_list_says_cause_rows_and_charge(client: Client, letter: DeadLetter) -> None:
    answer = client.get("/deadletters")
    assert "Clay answered 400" in answer.content.decode()
    ((group, _),) = answer.context["lines"]
    assert (group.rows, group.charges) == (3, ["no"])


def test_other_states_are_one_click_away(client: Client, letter: DeadLetter) -> None:
    assert not client.get("/deadletters?state=resolved").context["lines"]
    letter.rows.update(state=RowState.DISCARDED, letter=None)
    DeadLetter.objects.update(state=LetterState.DISCARDED)
    assert client.get("/deadletters?state=discarded").context["lines"]


def test_from_the_dashboard_to_a_letter(client: Client, letter: DeadLetter) -> None:
    dashboard = client.get("/").content.decode()
    address = f"/deadletters/letters?cause={letter.group_id}&amp;charge=no"
    assert f'href="{address}">Clay answered 400: field … is required</a>' in dashboard
    assert "1 letter · 3 rows" in dashboard
    assert f'href="/deadletters/{letter.pk}"' in client.get(address.replace("amp;", "")).content.decode()


def test_a_letter_shows_its_rows_and_that_nothing_was_charged(client: Client, letter: DeadLetter) -> None:
    page = client.get(f"/deadletters/{letter.pk}").content.decode()
    assert "ana3@north3.test" in page
    assert "did not charge" in page
