from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client

from budget import credits
from budget.models import LimitChange
from jobs.models import Job, Outcome, Submission


def test_ana_changes_the_limit_and_it_is_on_record(client: Client, ana: User) -> None:
    assert client.post("/budget", {"credits": "2500", "note": "Campaign"})["Location"] == "/budget"
    assert credits.today().limit == Decimal(2500)
    change = LimitChange.objects.get()
    assert (change.by, change.note) == (ana, "Campaign")
    page = client.get("/budget").content.decode()
    assert "stops at 2,500" in page
    assert "Campaign" in page


@pytest.mark.parametrize("wrong", ["", "-1", "many", "1.234", "9" * 20, "NaN"])
def test_a_wrong_number_is_said_and_changes_nothing(client: Client, wrong: str) -> None:
    assert client.post("/budget", {"credits": wrong}).status_code == 422
    assert not LimitChange.objects.exists()


def test_checking_again_closes_the_breaker(client: Client) -> None:
    credits.open_breaker("Clay reports no credits left")
    assert "Clay reports no credits left" in client.get("/").content.decode()
    assert client.post("/budget/check", {"next": "/"})["Location"] == "/"
    assert credits.today().breaker == "closed"
    assert client.get("/budget/check").status_code == 405


def test_what_deleted_jobs_cost_stays_in_the_sum(client: Client, job: Job) -> None:
    for holder, cost in (("batch:1:a", 6), ("batch:2:b", 4)):
        credits.reserve(holder, Decimal(cost))
        credits.settle(holder)
    Submission.objects.create(
        destination=job.destination,
        batch=job.batches.get(),
        attempt=1,
        runner="r",
        row_ids=[],
        holder="batch:1:a",
        credits=6,
        outcome=Outcome.REFUSED,
    )
    lines = client.get("/budget").context["lines"]
    assert [(line.destination, line.spent) for line in lines] == [("People", 6), ("deleted jobs", 4)]


def test_without_deleted_jobs_there_is_no_such_line(client: Client) -> None:
    assert client.get("/budget").context["lines"] == []
