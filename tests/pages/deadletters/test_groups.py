"""Dead letters by cause: counts, costs, days, what helps, the owner's note, and how few queries it takes."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from jobs.models import Cause, Charge, DeadLetter, Destination, Job, LetterState
from jobs.review import grouping
from jobs.review.grouping import Group, grouped
from tests.support import a_destination, a_letter, csv_of, running

REQUIRED = "Clay rejected the request (400): field “domain” is required"
LOST = "Clay did not answer within 30 seconds."


@pytest.fixture
def job(people: Destination) -> Job:
    return running(people, csv_of(12))


def groups(client: Client, query: str = "") -> list[Group]:
    return [group for group, _ in client.get(f"/deadletters?{query}").context["lines"]]


def text(client: Client, query: str = "") -> str:
    return client.get(f"/deadletters?{query}").content.decode()


def test_letters_that_failed_alike_are_one_line(client: Client, job: Job) -> None:
    a_letter(job, [1, 2], REQUIRED)
    a_letter(job, [3], REQUIRED.replace("domain", "email"))
    a_letter(job, [4, 5, 6, 7], LOST, Charge.POSSIBLY)
    first, second = groups(client)
    assert (first.cause.text, first.letters, first.rows) == ("Clay did not answer within … seconds.", 1, 4)
    assert (second.letters, second.rows, second.credits) == (2, 3, Decimal(6))


def test_the_same_cause_at_another_destination_is_another_line(client: Client, job: Job) -> None:
    a_letter(job, [1], LOST, Charge.POSSIBLY)
    a_letter(running(a_destination("Companies")), [], LOST, Charge.POSSIBLY)
    assert {str(group.cause.destination) for group in groups(client)} == {"People", "Companies"}


def test_it_says_what_helps_and_what_a_retry_costs(client: Client, job: Job) -> None:
    a_letter(job, [1, 2], REQUIRED)
    page = text(client)
    assert "Edit the rows, or map a column to it, then retry" in page
    assert "HTTP 400" in page
    assert "Retry costs up to" in page
    assert "4 credits" in page


def test_the_charges_of_a_group_are_the_dearest_first(client: Client, job: Job) -> None:
    a_letter(job, [1], LOST, Charge.NO, http_status=None)
    a_letter(job, [2], LOST, Charge.POSSIBLY)
    (group,) = groups(client)
    assert group.charges == ["possibly", "no"]
    assert group.letters == 2


def test_what_is_sent_already_costs_no_retry(client: Client, job: Job) -> None:
    letter = a_letter(job, [1], REQUIRED)
    letter.rows.update(state="discarded", letter=None)
    DeadLetter.objects.update(state=LetterState.DISCARDED)
    (group,) = groups(client, "state=discarded")
    assert (group.rows, group.credits) == (1, Decimal(0))


def test_first_and_last_seen(client: Client, job: Job) -> None:
    now = timezone.now()
    early, late = now - timedelta(days=3), now - timedelta(hours=1)
    a_letter(job, [1], REQUIRED, created_at=early, seen_at=late)
    a_letter(job, [2], REQUIRED, created_at=now - timedelta(days=2), seen_at=now - timedelta(days=2))
    (group,) = groups(client)
    assert (group.first, group.last) == (early, late)


def test_letters_a_day(job: Job) -> None:
    now = timezone.now()
    for number, ago in enumerate([0, 0, 1, 13, 14, 40], start=1):
        a_letter(job, [number], REQUIRED, created_at=now - timedelta(days=ago))
    (group,) = grouped(DeadLetter.objects.all()).shown
    assert group.days == [1, *[0] * 11, 1, 2]
    assert group.days_told == "4 new letters in the last 14 days, most of them today: 2"
    assert [height for _, _, height in group.bars] == [8, *[1] * 11, 8, 16]


def test_a_count_leads_to_the_list_it_counts(client: Client, job: Job) -> None:
    a_letter(job, [1], REQUIRED)
    a_letter(job, [2], LOST, Charge.POSSIBLY)
    answer = client.get("/deadletters?charge=no&state=all")
    ((group, address),) = answer.context["lines"]
    assert address == f"/deadletters/letters?state=all&charge=no&cause={group.cause.pk}"
    assert len(client.get(address).context["page"].items) == group.letters == 1


def test_states_are_counted_over_the_same_filter(client: Client, job: Job) -> None:
    a_letter(job, [1], REQUIRED)
    a_letter(job, [2], LOST, Charge.POSSIBLY, state=LetterState.APPROVED)
    a_letter(job, [3], LOST, Charge.POSSIBLY)
    tabs = client.get("/deadletters?charge=possibly").context["tabs"]
    counts = {tab.state: tab.count for tab in tabs}
    assert counts == {"open": 1, "approved": 1, "retrying": 0, "resolved": 0, "discarded": 0, "all": 2}
    assert tabs[1].address == "/deadletters?state=approved&charge=possibly"


def test_many_groups_take_no_more_queries_than_one(client: Client, job: Job) -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as found:
            client.get("/live/deadletters")
        return len(found)

    a_letter(job, [1], "only")
    few = queries()
    for number, word in enumerate(["one", "two", "three", "four", "five"], start=2):
        letter = a_letter(job, [number], word)
        letter.group.write_note(f"note {word}", None)
    assert queries() == few


def test_of_too_many_causes_the_largest_are_listed(
    client: Client, job: Job, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grouping, "MOST", 1)
    a_letter(job, [1], "small")
    a_letter(job, [2, 3], "large")
    assert [group.cause.text for group in groups(client)] == ["large"]
    page = text(client)
    assert "2 causes: 2 letters with 3 rows" in page
    assert "to see the other 1" in page


def test_letters_of_a_deleted_job_are_not_listed(client: Client, job: Job) -> None:
    a_letter(job, [1], REQUIRED)
    Job.objects.filter(pk=job.pk).update(deleted_at=timezone.now())
    assert "No dead letters" in text(client)


# -- nothing to show ----------------------------------------------------------------------------------
def test_before_anything_failed(client: Client, db: None) -> None:
    page = text(client)
    assert "No dead letters" in page
    assert "So far there are none" in page
    assert 'name="q"' not in page


def test_nothing_open_says_where_the_others_are(client: Client, job: Job) -> None:
    a_letter(job, [1], LOST, Charge.POSSIBLY, state=LetterState.APPROVED)
    page = text(client)
    assert "1 approved letter waits for a retry" in page
    assert "1 approved" in page


def test_no_match_says_the_filter_and_the_way_out(client: Client, job: Job) -> None:
    a_letter(job, [1], REQUIRED)
    page = text(client, "charge=yes&q=nowhere")
    assert "There are no open letters, charged: yes, with “nowhere”." in page
    assert "Clear the filter" in page


# -- what it offers -----------------------------------------------------------------------------------
def test_ticked_causes_lead_to_the_confirmation(boss_client: Client, job: Job) -> None:
    letter = a_letter(job, [1, 2], REQUIRED)
    a_letter(job, [3], "another")
    given = {
        "verb": "retry",
        "cause": letter.group_id,
        "filter": "charge=no",
        "next": "/deadletters?charge=no",
    }
    answer = boss_client.post("/deadletters/do", given, follow=True)
    assert answer.context["bulk"].letters == 1
    assert answer.context["bulk"].query == f"charge=no&cause={letter.group_id}"
    assert "cause “" in answer.context["bulk"].words
    assert answer.context["back"] == "/deadletters?charge=no"


def test_nothing_ticked_comes_back_to_the_same_filter(boss_client: Client, job: Job) -> None:
    a_letter(job, [1], REQUIRED)
    form = text(boss_client, "charge=no").split('id="letters-form"')[1]
    assert '<input type="hidden" name="next" value="/deadletters?charge=no">' in form
    assert '<input type="hidden" name="filter" value="charge=no">' in form
    given = {"verb": "retry", "filter": "charge=no", "next": "/deadletters?charge=no"}
    answer = boss_client.post("/deadletters/do", given, follow=True)
    assert answer.redirect_chain == [("/deadletters?charge=no", 302)]
    assert "Tick what you mean first." in answer.content.decode()


def test_all_that_match(boss_client: Client, job: Job) -> None:
    a_letter(job, [1], REQUIRED)
    a_letter(job, [2], LOST, Charge.POSSIBLY)
    assert "All 2 that match" in text(boss_client)
    given = {"verb": "discard", "all": "1", "filter": "charge=possibly"}
    assert boss_client.post("/deadletters/do", given, follow=True).context["bulk"].letters == 1


def test_who_may_not_sees_why(client: Client, job: Job) -> None:
    a_letter(job, [1], REQUIRED)
    page = text(client)
    assert 'value="retry" data-key="r" disabled title="You may not retry dead letters.' in page
    assert 'value="assign">Assign' in page


def test_what_is_over_has_nothing_to_tick(client: Client, job: Job) -> None:
    letter = a_letter(job, [1], REQUIRED)
    letter.rows.update(state="discarded", letter=None)
    DeadLetter.objects.update(state=LetterState.RESOLVED)
    page = text(client, "state=resolved")
    assert 'type="checkbox"' not in page
    assert 'name="verb"' not in page


# -- notes --------------------------------------------------------------------------------------------
@pytest.fixture
def cause(job: Job) -> Cause:
    return a_letter(job, [1], REQUIRED).group


def test_anybody_may_write_a_note_and_it_says_who(client: Client, cause: Cause, ana: User) -> None:
    given = {"note": "Ben looks after it", "seen": "", "next": "/deadletters?charge=no"}
    answer = client.post(f"/deadletters/causes/{cause.pk}/note", given, follow=True)
    assert answer.redirect_chain == [("/deadletters?charge=no", 302)]
    page = answer.content.decode()
    assert "Ben looks after it" in page
    assert "<small>ana, <time" in page


def test_a_note_is_taken_away(client: Client, cause: Cause, ana: User) -> None:
    cause.write_note("old", ana)
    seen = client.get(f"/deadletters/causes/{cause.pk}/note").context["form"].initial["seen"]
    client.post(f"/deadletters/causes/{cause.pk}/note", {"note": " ", "seen": seen})
    cause.refresh_from_db()
    assert cause.note == ""


def test_a_note_that_somebody_wrote_meanwhile_is_not_lost(client: Client, cause: Cause, boss: User) -> None:
    cause.write_note("Bea knows", boss)
    answer = client.post(f"/deadletters/causes/{cause.pk}/note", {"note": "mine", "seen": ""})
    assert answer.status_code == 422
    page = answer.content.decode()
    assert "bea has changed it meanwhile: “Bea knows”" in page
    assert "mine</textarea>" in page
    cause.refresh_from_db()
    assert cause.note == "Bea knows"
    again = {"note": "mine", "seen": answer.context["form"].data["seen"]}
    client.post(f"/deadletters/causes/{cause.pk}/note", again)
    cause.refresh_from_db()
    assert cause.note == "mine"


def test_a_note_on_nothing(client: Client, db: None) -> None:
    assert client.get("/deadletters/causes/4711/note").status_code == 404


def test_a_note_never_leads_to_another_site(client: Client, cause: Cause) -> None:
    given = {"note": "x", "seen": "", "next": "https://evil.test/"}
    answer = client.post(f"/deadletters/causes/{cause.pk}/note", given)
    assert answer["Location"] == f"/deadletters/letters?cause={cause.pk}"
