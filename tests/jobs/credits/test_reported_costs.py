"""What a row costs by what came back, and what a job cost by the ledger."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from budget import credits as budget
from budget.credits import Basis
from clayops.sandbox.server import Sandbox
from jobs.credits import costs
from jobs.models import Destination, Outcome, Row, RunState, Submission
from jobs.results import applying
from jobs.sending import completion, outcomes
from tests.jobs.credits.test_costs import item
from tests.support import a_destination, csv_of, fresh, running, send

pytestmark = pytest.mark.django_db(transaction=True)


# -- the last 500 rows that told -----------------------------------------------------------------------
def came_home(destination: Destination, told: list[Any], days_ago: float = 0) -> None:
    """A job whose rows came back, each with what it cost, or with nothing."""
    job = running(destination, csv_of(len(told)))
    at = timezone.now() - timedelta(days=days_ago)
    ids = list(job.rows.values_list("pk", flat=True))
    for pk, credits in zip(ids, told, strict=True):
        Row.objects.filter(pk=pk).update(
            state="enriched", proof="sent", result={}, enriched_at=at, credits=credits
        )
    budget.reserve(f"batch:{job.pk}", Decimal(2 * len(ids)), [destination.scope])
    budget.settle(f"batch:{job.pk}")
    Submission.objects.create(
        destination=destination,
        batch=job.batches.get(),
        attempt=1,
        runner="x",
        row_ids=ids,
        holder=f"batch:{job.pk}",
        credits=2 * len(ids),
        outcome=Outcome.ACCEPTED,
        run_id="run",
        run_state=RunState.FINISHED,
        reported=sum(credits is not None for credits in told),
        created_at=at,
        finished_at=at,
    )
    job.batches.update(state="finished")
    completion.finish_if_settled(fresh(job))


def test_the_average_and_the_highest_of_those_that_told(people: Destination) -> None:
    came_home(people, [1, None, 2.5, None, 4])
    assert costs.last_reported(people) == costs.Reported(3, Decimal("2.50"), Decimal(4))


def test_none_told(people: Destination) -> None:
    came_home(people, [None, None])
    assert costs.last_reported(people) is None


def test_the_newest_ones_count(people: Destination, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(costs, "SAMPLE", 4)
    came_home(people, [9, 9, 9, 9], days_ago=3)
    came_home(people, [1, 1, None], days_ago=1)
    came_home(people, [3, 3], days_ago=2)
    assert costs.last_reported(people) == costs.Reported(4, Decimal(2), Decimal(3))


def test_another_routine_s_rows_do_not_count(people: Destination) -> None:
    came_home(people, [9], days_ago=3)
    people.routine_since = timezone.now() - timedelta(days=2)
    people.save()
    assert costs.last_reported(people) is None
    came_home(people, [2])
    assert costs.last_reported(people) == costs.Reported(1, Decimal(2), Decimal(2))


def test_many_take_no_more_questions_than_one(
    people: Destination, django_assert_num_queries: Callable[..., Any]
) -> None:
    many = [people, *(a_destination(f"Other {n}") for n in range(5))]
    for number, each in enumerate(many, start=1):
        came_home(each, [number, number])
    for some in (many[:1], many):
        with django_assert_num_queries(3):
            found = costs.reported_by(some)
        assert {pk: told.average for pk, told in found.items()} == {
            each.pk: number for number, each in enumerate(some, start=1)
        }


@pytest.mark.parametrize(
    ("estimate", "average", "better"),
    [("2", "2.31", "2.31"), ("2", "2.10", None), ("2", "1.89", "1.89"), ("0", "1", "1"), ("2", "0", None)],
)
def test_a_better_estimate_is_one_that_is_off_by_more_than_5_percent(
    estimate: str, average: str, better: str | None
) -> None:
    price = costs.Price(Decimal(estimate), costs.Reported(500, Decimal(average), Decimal(6)))
    assert price.better == (None if better is None else Decimal(better))


# -- what a job cost -----------------------------------------------------------------------------------
def test_a_job_s_credits_by_how_they_are_known(clay: Sandbox) -> None:
    people = a_destination(batch_size=1)
    job = running(people, csv_of(4))
    send(people)
    first, second, third, _ = Submission.objects.select_related("batch__job", "destination").order_by("pk")
    applying.apply(first, [item(first.row_ids[0], credits=3)])
    applying.apply(second, [item(second.row_ids[0], x=1)])
    outcomes.give_up(third, None)
    found = costs.of_job(fresh(job))
    assert [int(found.estimate), int(found.spent), int(found.reserved)] == [8, 7, 2]
    assert found.by_basis == {Basis.REPORTED: 3, Basis.ESTIMATED: 2, Basis.UNKNOWN: 2}


def test_a_job_that_sent_nothing_cost_nothing(people: Destination) -> None:
    found = costs.of_job(running(people))
    assert [int(found.estimate), int(found.spent), int(found.reserved)] == [6, 0, 0]
    assert found.parts == []
