"""Dead letters, one by one: columns, order, pages, one cause."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clayops.pages.deadletters import listing
from jobs.models import Charge, DeadLetter, Destination, Job, LetterState
from tests.support import a_letter, csv_of, running

REQUIRED = "Clay rejected the request (400): field “domain” is required"


@pytest.fixture
def job(people: Destination) -> Job:
    return running(people, csv_of(12))


def listed(client: Client, query: str = "") -> list[int]:
    return [letter.pk for letter in client.get(f"/deadletters/letters?{query}").context["page"].items]


def text(client: Client, query: str = "") -> str:
    return client.get(f"/deadletters/letters?{query}").content.decode()


def test_a_line_says_cause_place_rows_charge_cost_and_whose_it_is(
    client: Client, job: Job, ana: User
) -> None:
    letter = a_letter(job, [1, 2], REQUIRED, assigned_to=ana, attempts=3)
    page = text(client)
    assert f'<a class="row-name" href="/deadletters/{letter.pk}">{REQUIRED}</a>' in page
    assert "leads.csv</a>, batch 1" in page
    assert 'data-label="Retry costs up to">4 credits' in page
    assert 'data-label="Attempts">3' in page
    assert 'data-label="Assigned to">ana' in page


@pytest.mark.parametrize(
    ("order", "wanted"),
    [("", [3, 2, 1]), ("oldest", [1, 2, 3]), ("rows", [2, 3, 1]), ("seen", [1, 3, 2])],
)
def test_orders(client: Client, job: Job, order: str, wanted: list[int]) -> None:
    now = timezone.now()
    made = [
        a_letter(job, [1], "one", seen_at=now),
        a_letter(job, [2, 3, 4], "two", seen_at=now - timedelta(days=2)),
        a_letter(job, [5, 6], "three", seen_at=now - timedelta(days=1)),
    ]
    assert listed(client, f"order={order}") == [made[number - 1].pk for number in wanted]


@pytest.mark.parametrize("order", ["", "oldest", "rows", "seen"])
def test_pages_show_each_letter_once_also_where_values_are_equal(
    client: Client, job: Job, monkeypatch: pytest.MonkeyPatch, order: str
) -> None:
    monkeypatch.setattr(listing, "SIZE", 2)
    at = timezone.now()
    made = {a_letter(job, [number], f"c{number}", seen_at=at).pk for number in range(1, 6)}
    seen: list[int] = []
    address = f"?order={order}"
    while address:
        page = client.get(f"/deadletters/letters{address}").context["page"]
        seen += [letter.pk for letter in page.items]
        address = page.following
    assert sorted(seen) == sorted(made)


def test_a_head_sorts_and_says_so(client: Client, job: Job) -> None:
    a_letter(job, [1])
    assert 'href="/deadletters/letters?order=rows">Rows' in text(client)
    page = text(client, "order=rows&charge=no")
    assert 'aria-sort="descending"><a class="head" href="/deadletters/letters?charge=no">Rows' in page


def test_one_cause_shows_its_note_and_what_helps(client: Client, job: Job, ana: User) -> None:
    letter = a_letter(job, [1, 2], REQUIRED)
    a_letter(job, [3], "another")
    letter.group.write_note("Ask Ben", ana)
    page = text(client, f"cause={letter.group_id}")
    assert "Ask Ben" in page
    assert "What helps:" in page
    assert "1 letter with 2 rows · a retry of all costs up to 4 credits" in page
    assert listed(client, f"cause={letter.group_id}") == [letter.pk]


def test_the_note_of_a_cause_is_there_when_its_letters_are_not(client: Client, job: Job, ana: User) -> None:
    letter = a_letter(job, [1], REQUIRED)
    letter.group.write_note("Ask Ben", ana)
    page = text(client, f"state=resolved&cause={letter.group_id}")
    assert "Ask Ben" in page
    assert "No letter matches" in page


def test_a_deleted_job_s_letters_are_not_there(client: Client, job: Job) -> None:
    a_letter(job, [1])
    Job.objects.update(deleted_at=timezone.now())
    assert "No dead letters" in text(client)


def test_many_letters_take_no_more_queries_than_one(client: Client, job: Job, ana: User) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            client.get("/live/deadletters/letters")
        return len(found)

    a_letter(job, [1], "only")
    few = queries()
    for number in range(2, 8):
        a_letter(job, [number], f"word {'x' * number}", assigned_to=ana)
    assert queries() == few


def test_ticked_letters_lead_to_the_confirmation(boss_client: Client, job: Job) -> None:
    first, second = a_letter(job, [1]), a_letter(job, [2])
    a_letter(job, [3])
    given = {"verb": "approve", "letter": [first.pk, second.pk], "filter": ""}
    assert boss_client.post("/deadletters/do", given, follow=True).context["bulk"].letters == 2


def test_a_letter_is_assigned_to_who_was_chosen(client: Client, job: Job, ana: User) -> None:
    letter = a_letter(job, [1])
    given = {"verb": "assign", "letter": letter.pk, "assignee": ana.pk}
    assert client.post("/deadletters/do", given, follow=True).context["bulk"].assignee == ana


def test_the_live_part_is_the_list_alone(client: Client, job: Job) -> None:
    letter = a_letter(job, [1], charge=Charge.POSSIBLY)
    DeadLetter.objects.update(state=LetterState.APPROVED)
    page = client.get("/live/deadletters/letters?state=approved").content.decode()
    assert f'id="letter-{letter.pk}"' in page
    assert "<html" not in page
    assert 'href="/deadletters/letters?state=all"' in page
