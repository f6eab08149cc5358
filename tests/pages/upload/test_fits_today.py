"""Starting only what fits today, and making room for all of it."""

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.contrib.messages import get_messages
from django.test import Client

from budget import credits
from budget.models import LimitChange
from clayops.base import redis
from jobs.models import Destination, Job, JobState
from jobs.sending import completion, wake
from tests.support import csv_of, draft, fresh, running

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer


def limit(amount: int, scope: str = "") -> None:
    credits.set_limit(Decimal(amount), None, scope=scope)


def said(answer: "Answer") -> str:
    return " ".join(str(message) for message in get_messages(answer.wsgi_request))


@pytest.fixture
def leads(people: Destination) -> Job:
    """Thirty people, sixty credits; forty are left today."""
    limit(40)
    return draft(people, csv_of(30))


# -- only what fits ----------------------------------------------------------------------------------------
def test_only_what_fits_is_sent_first(client: Client, leads: Job, ana: User) -> None:
    answer = client.post(f"/jobs/{leads.pk}/start", {"fits": "20"})
    started = fresh(leads)
    assert (started.state, started.trial_rows, started.trial_fits) == (JobState.READY, 20, True)
    assert said(answer) == "Started: 20 rows go to People, then it pauses."
    event = started.events.get(kind="started")
    assert (event.by, event.text) == (
        ana,
        "Started: 30 rows to People, for now only the first 20: so many fit into the day’s credits",
    )


def test_fewer_fit_by_now(client: Client, leads: Job) -> None:
    limit(30)
    answer = client.post(f"/jobs/{leads.pk}/start", {"fits": "20"})
    assert fresh(leads).trial_rows == 15
    assert "20 fitted when the page was shown, fewer do by now." in said(answer)


def test_more_fit_by_now(client: Client, leads: Job) -> None:
    limit(1000)
    answer = client.post(f"/jobs/{leads.pk}/start", {"fits": "20"})
    assert fresh(leads).trial_rows == 20
    assert "By now 30 would fit; Resume sends the rest." in said(answer)


def test_nothing_fits_any_more(client: Client, leads: Job) -> None:
    limit(1)
    answer = client.post(f"/jobs/{leads.pk}/start", {"fits": "20"})
    assert fresh(leads).state == JobState.DRAFT
    assert "By now nothing fits into what is left today." in said(answer)


@pytest.mark.parametrize("typed", ["", "0", "-5", "many", "999999999999999999999"])
def test_a_number_of_nobody_s_starts_nothing(client: Client, leads: Job, typed: str) -> None:
    client.post(f"/jobs/{leads.pk}/start", {"fits": typed})
    assert fresh(leads).state == JobState.DRAFT


def test_where_all_are_asked_for_and_fit_it_is_no_part(client: Client, people: Destination) -> None:
    job = draft(people)
    answer = client.post(f"/jobs/{job.pk}/start", {"fits": "3"})
    assert (fresh(job).trial_rows, fresh(job).trial_fits) == (0, False)
    assert said(answer) == "Started: 3 rows go to People."


def test_pressed_twice_it_starts_once(client: Client, leads: Job) -> None:
    for _ in range(2):
        client.post(f"/jobs/{leads.pk}/start", {"fits": "20"})
    assert leads.events.filter(kind="started").count() == 1


def test_the_job_s_page_says_what_is_sent_and_what_is_left(client: Client, job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(trial_rows=2, trial_batches=1, trial_fits=True)
    page = client.get(f"/jobs/{job.pk}").content.decode()
    assert "Only what fits today: the first 2 rows." in page
    job.batches.update(state="finished")
    completion.end_trial(fresh(job))
    job.batches.update(state="waiting")
    page = client.get(f"/jobs/{job.pk}").content.decode()
    assert "What fitted into the day’s credits is sent." in page
    assert "Resume sends the other 3" in page


# -- raising the limit -------------------------------------------------------------------------------------
def test_the_limit_is_raised_for_today_and_nothing_starts(
    boss_client: Client, boss: User, leads: Job
) -> None:
    answer = boss_client.post(f"/jobs/{leads.pk}/raise", {"raise": "20"})
    assert answer["Location"] == f"/jobs/{leads.pk}/setup#setup-start"
    change = LimitChange.objects.latest("pk")
    assert (change.old, change.new) == (Decimal(40), Decimal(60))
    assert (change.by, change.note) == (boss, "For leads.csv")
    assert (credits.limit_of().for_today, credits.limit_of().standing) == (True, Decimal(40))
    assert fresh(leads).state == JobState.DRAFT
    assert 'id="later"' not in boss_client.get(f"/jobs/{leads.pk}/setup").content.decode()


def test_raised_twice_is_raised_once(boss_client: Client, leads: Job) -> None:
    for _ in range(2):
        answer = boss_client.post(f"/jobs/{leads.pk}/raise", {"raise": "20"})
    assert credits.limit_of().amount == 60
    assert "The limit is as it was. By now all rows fit" in said(answer)


def test_no_more_than_is_needed_by_now(boss_client: Client, leads: Job) -> None:
    answer = boss_client.post(f"/jobs/{leads.pk}/raise", {"raise": "500"})
    assert credits.limit_of().amount == 60
    assert "500 more were asked for, but fewer will do by now." in said(answer)


def test_no_more_than_was_said(boss_client: Client, leads: Job, people: Destination) -> None:
    running(people, csv_of(50), "other.csv")
    boss_client.post(f"/jobs/{leads.pk}/raise", {"raise": "20"})
    assert credits.limit_of().amount == 60


def test_the_destination_s_own_limit_is_raised_where_that_is_short(
    boss_client: Client, leads: Job, people: Destination
) -> None:
    limit(1000)
    limit(10, people.scope)
    boss_client.post(f"/jobs/{leads.pk}/raise", {"raise_own": "50"})
    assert (people.daily_limit, credits.limit_of().amount) == (Decimal(60), Decimal(1000))


@pytest.mark.django_db(transaction=True)
def test_held_lanes_are_woken(boss_client: Client, leads: Job) -> None:
    before = wake.times_woken()
    boss_client.post(f"/jobs/{leads.pk}/raise", {"raise": "20"})
    assert redis.client().ping()
    assert wake.times_woken() != before


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "The limit is as it was."),
        ("-1", "zero or more"),
        ("NaN", "must be a number"),
        ("900000000", "at most 100,000,000"),
    ],
)
def test_what_makes_no_sense_raises_nothing(boss_client: Client, leads: Job, typed: str, says: str) -> None:
    answer = boss_client.post(f"/jobs/{leads.pk}/raise", {"raise": typed})
    assert credits.limit_of().amount == 40
    assert says in said(answer)


def test_a_limit_beyond_all_sense_is_refused_with_the_reason(
    boss_client: Client, people: Destination
) -> None:
    Destination.objects.update(credits_per_row=Decimal(999_999))
    job = draft(fresh(draft(people)).destination, csv_of(150), "dear.csv")
    answer = boss_client.post(f"/jobs/{job.pk}/raise", {"raise": "100000000"})
    assert "The limit must be at most 100,000,000 credits a day" in said(answer)
    assert credits.limit_of().amount == 10_000


def test_who_may_not_change_the_limit(client: Client, stranger: Client, leads: Job) -> None:
    assert client.post(f"/jobs/{leads.pk}/raise", {"raise": "20"}).status_code == 403
    assert stranger.post(f"/jobs/{leads.pk}/raise")["Location"].startswith("/signin")
    assert credits.limit_of().amount == 40


def test_the_wrong_method_a_started_job_and_none(boss_client: Client, job: Job) -> None:
    assert boss_client.get(f"/jobs/{job.pk}/raise").status_code == 405
    assert boss_client.post(f"/jobs/{job.pk}/raise", {"raise": "5"})["Location"] == f"/jobs/{job.pk}"
    assert boss_client.post("/jobs/4711/raise").status_code == 404


def test_what_was_typed_meanwhile_is_kept(boss_client: Client, leads: Job) -> None:
    boss_client.post(f"/jobs/{leads.pk}/raise", {"raise": "20", "input-0": "1", "input-1": "0"})
    assert fresh(leads).mapping == {"email": 1, "domain": 0}
