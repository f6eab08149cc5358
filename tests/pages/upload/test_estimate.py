"""What Start would cost, what of it fits today, and when it would be done."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from budget import credits
from clayops.pages.upload import estimate as setup_estimate
from jobs import steering
from jobs.credits import fits_today
from jobs.models import Destination, Hold, Job
from tests.support import a_destination, csv_of, draft, fresh, running, send

pytestmark = pytest.mark.django_db


def limit(amount: int, scope: str = "", *, today_only: bool = False) -> None:
    credits.set_limit(Decimal(amount), None, scope=scope, today_only=today_only)


def note(client: Client, job: Job) -> str:
    """The start panel, as words with single blanks."""
    page = client.get(f"/jobs/{job.pk}/setup").content.decode()
    return " ".join(page[page.index('id="setup-start"') :].split())


def test_rows_times_credits(people: Destination) -> None:
    estimate = setup_estimate.panel(draft(people, csv_of(30)))
    assert (estimate.rows, estimate.cost, estimate.fit.fits) == (30, Decimal(60), 30)


def test_it_is_done_at_the_lane_s_pace() -> None:
    slow = a_destination(pause_seconds=600.0, batch_size=10)
    done = setup_estimate.panel(draft(slow, csv_of(25))).done_at
    assert done and abs(done - timezone.now() - timedelta(minutes=30)) < timedelta(seconds=30)


def test_what_does_not_fit_today_goes_on_later_days() -> None:
    limit(20)
    estimate = setup_estimate.panel(draft(a_destination(batch_size=5), csv_of(35)))
    assert (estimate.fit.today, estimate.fit.later, estimate.fit.days) == (10, 25, 3)
    assert estimate.done_at == estimate.fit.resets_at + timedelta(days=2)


def test_batches_go_whole_or_not_at_all() -> None:
    limit(50)
    fit = fits_today.fit_of(draft(a_destination(batch_size=10), csv_of(60)))
    assert (fit.fits, fit.today, fit.later, fit.days) == (25, 20, 40, 2)


def test_the_days_after_have_the_standing_limit() -> None:
    limit(20)
    limit(60, today_only=True)
    fit = fits_today.fit_of(draft(a_destination(batch_size=5), csv_of(50)))
    assert (fit.today, fit.days) == (30, 2)


def test_the_page_says_what_fits_and_when_the_rest_goes(client: Client) -> None:
    limit(20)
    words = note(client, draft(a_destination(batch_size=5), csv_of(35)))
    assert "<strong>10 of 35 rows fit</strong> into what is left today (20 credits); the other 25 go" in words
    assert "00:00</time> on, over 3 days." in words


def test_the_page_says_that_batches_go_whole(client: Client) -> None:
    limit(50)
    words = note(client, draft(a_destination(batch_size=10), csv_of(60)))
    assert "25 of 60 rows fit" in words
    assert "with Start 20 of them leave today, as batches of 10 go whole, and the other 40 from" in words


def test_what_fits_needs_no_words(client: Client, people: Destination) -> None:
    words = note(client, draft(people))
    for mark in ('id="later"', 'id="start-fits"', "ask-raise", 'name="raise"'):
        assert mark not in words


def test_where_nothing_fits_there_is_nothing_to_send_now(client: Client) -> None:
    limit(20)
    limit(1, today_only=True)
    words = note(client, draft(a_destination(batch_size=5), csv_of(35)))
    assert "<strong>No row fits</strong> into what is left today (1 credit" in words
    for mark in ('id="start-fits"', 'id="trial"'):
        assert mark not in words
    assert "Start: send 35 rows" in words
    assert "Ask for 69 more" in words


def test_a_limit_below_the_price_of_a_row_is_said(client: Client, people: Destination) -> None:
    limit(1)
    assert "A row costs more than the daily limit allows" in note(client, draft(people))


def test_a_limit_below_the_price_of_a_batch_is_said(client: Client, people: Destination) -> None:
    limit(20)
    words = note(client, draft(people, csv_of(35)))
    assert "These rows would never go." in words
    assert "A batch of 35 rows costs 70 credits and goes whole; the daily limit is 20." in words
    assert '<dd id="done-at">never</dd>' in words


def test_an_open_breaker_is_said(client: Client, people: Destination) -> None:
    credits.open_breaker("Clay reports no credits left")
    job = draft(people)
    assert setup_estimate.panel(job).fit.later == 3
    words = note(client, job)
    assert "Sending is stopped for today: Clay reports no credits left." in words
    assert "Ask for" not in words


def test_rows_that_cost_nothing() -> None:
    limit(0)
    estimate = setup_estimate.panel(draft(a_destination(credits_per_row=Decimal(0))))
    assert (estimate.cost, estimate.fit.later) == (Decimal(0), 0)


# -- what others want ------------------------------------------------------------------------------------
def test_what_another_job_still_wants_is_spoken_for(client: Client, people: Destination) -> None:
    limit(300)
    running(people, csv_of(70))
    words = note(client, draft(people, csv_of(200), "more.csv"))
    assert "80 of 200 rows fit" in words
    assert "140 credits are spoken for by 1 running job," in words
    assert '<dd id="spoken-for">about 140</dd>' in words


def test_at_other_destinations_too_but_not_of_a_destination_s_own_limit(people: Destination) -> None:
    limit(300)
    limit(200, people.scope)
    running(a_destination("Other", credits_per_row=Decimal(1)), csv_of(70))
    whole, own = fits_today.fit_of(draft(people)).rooms
    assert [int(whole.spoken), whole.jobs, int(own.spoken), own.jobs] == [70, 1, 0, 0]


def test_a_job_that_is_being_stored_wants_its_rows(people: Destination) -> None:
    steering.jobs.start(draft(people, csv_of(40), "earlier.csv"))
    assert fits_today.fit_of(draft(people)).tightest.spoken == 80


def test_a_trial_wants_its_own_rows_only(people: Destination) -> None:
    steering.jobs.start(draft(people, csv_of(40), "earlier.csv"), trial_rows=10)
    assert fits_today.fit_of(draft(people)).tightest.spoken == 20


def test_others_get_no_more_than_their_destination_s_limit(people: Destination) -> None:
    running(a_destination("Other", daily_limit=30), csv_of(70))
    assert fits_today.fit_of(draft(people)).tightest.spoken == 30


@pytest.mark.parametrize("how", ["paused", "behind", "held"])
def test_who_sends_nothing_before_wants_nothing(people: Destination, how: str) -> None:
    there = people if how == "behind" else a_destination("Other")
    other = running(there, csv_of(70))
    if how == "paused":
        steering.jobs.pause(other)
    if how == "behind":
        Job.objects.filter(pk=other.pk).update(priority=-1)
    if how == "held":
        there.put_on_hold(Hold.KEY_REJECTED, "401")
    assert fits_today.fit_of(draft(people)).tightest.spoken == 0


# -- the destination's own limit ---------------------------------------------------------------------------
def test_the_destination_s_own_limit_counts(clay: object) -> None:
    people = a_destination(daily_limit=Decimal(10))
    running(people)
    send(people)
    room = fits_today.fit_of(draft(people, csv_of(30), "more.csv")).tightest
    assert (room.left, room.is_own) == (Decimal(4), True)


def test_the_limit_that_is_short_is_the_one_to_raise(client: Client, people: Destination) -> None:
    limit(40, people.scope)
    job = draft(people, csv_of(30))
    (short,) = fits_today.fit_of(job).short
    assert (short.room.scope, int(short.by), int(short.to)) == (people.scope, 20, 60)
    words = note(client, job)
    assert "Left of its own limit" in words
    assert f"/budget/ask?credits=20&amp;why=leads.csv&amp;scope=destination%3A{people.pk}" in words


def test_where_both_are_short_both_are_to_raise(people: Destination) -> None:
    limit(40)
    limit(50, people.scope)
    shorts = fits_today.fit_of(draft(people, csv_of(30))).short
    assert [(short.room.scope, int(short.by)) for short in shorts] == [("", 20), (people.scope, 10)]


# -- who may what ------------------------------------------------------------------------------------------
def test_who_may_not_raise_the_limit_asks(client: Client, people: Destination) -> None:
    limit(40)
    words = note(client, job := draft(people, csv_of(30)))
    assert f'href="/budget/ask?credits=20&amp;why=leads.csv&amp;next=/jobs/{job.pk}"' in words
    assert 'name="raise"' not in words


def test_who_may_raise_it_does_so(boss_client: Client, people: Destination) -> None:
    limit(40)
    words = note(boss_client, draft(people, csv_of(30)))
    assert 'name="raise" value="20"' in words
    assert "To 60 credits until midnight" in words
    assert "/budget/ask" not in words


def test_the_words_of_one_row(client: Client, people: Destination, ana: User) -> None:
    job = draft(people, csv_of(1))
    page = client.get(f"/jobs/{job.pk}/setup").content.decode()
    assert "1 row × 2" in page
    assert "Start: send 1 row<" in page
    client.post(f"/jobs/{job.pk}/start", {})
    assert fresh(job).events.get(kind="started").text == "Started: 1 row to People"
    assert "Started: 1 row goes to People." in client.get(f"/jobs/{job.pk}").content.decode()
    assert Job.objects.count() == 1
