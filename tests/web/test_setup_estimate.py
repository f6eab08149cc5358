"""What Start would cost, and when it would be done."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from budget import credits
from jobs.models import Destination, Job
from jobs.views import setup_estimate
from tests.support import a_destination, csv_of, draft, fresh, running, send

pytestmark = pytest.mark.django_db


def test_rows_times_credits(people: Destination) -> None:
    estimate = setup_estimate.panel(draft(people, csv_of(30)))
    assert (estimate.rows, estimate.cost, estimate.rows_today) == (30, Decimal(60), 30)


def test_it_is_done_at_the_lane_s_pace() -> None:
    slow = a_destination(pause_seconds=600.0, batch_size=10)
    done = setup_estimate.panel(draft(slow, csv_of(25))).done_at
    assert done and abs(done - timezone.now() - timedelta(minutes=30)) < timedelta(seconds=30)


def test_what_does_not_fit_today_goes_on_later_days(people: Destination) -> None:
    credits.set_limit(Decimal(20), by=None)
    estimate = setup_estimate.panel(draft(people, csv_of(35)))
    assert (estimate.rows_today, estimate.rows_later) == (10, 25)
    assert estimate.done_at == estimate.resets_at + timedelta(days=2)


def test_the_page_says_so(client: Client, people: Destination) -> None:
    credits.set_limit(Decimal(20), by=None)
    page = client.get(f"/jobs/{draft(people, csv_of(11)).pk}/setup").content.decode()
    assert "10 rows fit into today’s credits; 1 row goes from" in page


def test_a_limit_below_the_price_of_a_row_is_said(client: Client, people: Destination) -> None:
    credits.set_limit(Decimal(1), by=None)
    page = client.get(f"/jobs/{draft(people).pk}/setup").content.decode()
    assert "A row costs more than the daily limit allows" in page


def test_the_destination_s_own_limit_counts(clay: object) -> None:
    people = a_destination(daily_limit=Decimal(10))
    running(people)
    send(people)
    estimate = setup_estimate.panel(draft(people, csv_of(30), "more.csv"))
    assert (estimate.left_today, estimate.rows_today) == (Decimal(4), 2)


def test_an_open_breaker_is_said(client: Client, people: Destination) -> None:
    credits.open_breaker("Clay reports no credits left")
    job = draft(people)
    assert setup_estimate.panel(job).rows_later == 3
    page = client.get(f"/jobs/{job.pk}/setup").content.decode()
    assert "Sending is stopped for today: Clay reports no credits left." in page


def test_rows_that_cost_nothing(client: Client) -> None:
    free = a_destination(credits_per_row=Decimal(0))
    credits.set_limit(Decimal(0), by=None)
    estimate = setup_estimate.panel(draft(free))
    assert (estimate.cost, estimate.rows_later) == (Decimal(0), 0)


def test_the_words_of_one_row(client: Client, people: Destination) -> None:
    job = draft(people, csv_of(1))
    page = client.get(f"/jobs/{job.pk}/setup").content.decode()
    assert "1 row × 2" in page
    assert "Start: send 1 row<" in page
    client.post(f"/jobs/{job.pk}/start", {})
    assert fresh(job).events.get(kind="started").text == "Started: 1 row to People"
    assert "Started: 1 row goes to People." in client.get(f"/jobs/{job.pk}").content.decode()
    assert Job.objects.count() == 1
