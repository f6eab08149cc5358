"""What another limit would mean, counted."""

from decimal import Decimal

import pytest

from budget import credits
from jobs import foresight
from jobs.foresight import Meaning, Pile
from jobs.models import Destination, Hold, Job, JobState
from jobs.scopes import Scope
from tests.support import a_destination, csv_of, draft, running, send

pytestmark = pytest.mark.django_db(transaction=True)

EVERYTHING = Scope("")


@pytest.fixture
def people() -> Destination:
    """Two credits a row, ten rows a batch."""
    return a_destination(batch_size=10)


def limit(amount: int, destination: Destination | None = None) -> None:
    credits.set_limit(Decimal(amount), None, scope=destination.scope if destination else "")


def use(amount: int, destination: Destination, holder: str = "earlier") -> None:
    purpose = credits.Purpose(destination=destination.pk)
    credits.reserve(holder, Decimal(amount), [destination.scope], purpose)


def meaning(amount: int | None, destination: Destination | None = None) -> Meaning:
    scope = Scope(destination.scope, destination) if destination else EVERYTHING
    return foresight.meaning_of(None if amount is None else Decimal(amount), scope)


def held(destination: Destination, rows: int) -> Job:
    job = running(destination, csv_of(rows))
    destination.put_on_hold(Hold.BUDGET, "The daily limit is reached")
    return job


def test_a_raised_limit_lets_held_jobs_go_on(people: Destination) -> None:
    limit(20)
    use(20, people)
    held(people, 35)
    found = meaning(1000)
    assert (found.held, found.further) == (1, 0)
    assert (found.more_rows, found.more_credits, found.left_behind) == (35, Decimal(70), 0)


def test_rows_go_in_whole_batches(people: Destination) -> None:
    limit(20)
    use(20, people)
    held(people, 35)
    assert [meaning(each).more_rows for each in (39, 40, 59, 60)] == [0, 10, 10, 20]


def test_it_agrees_with_what_the_lane_then_does(people: Destination, clay: object) -> None:
    limit(20)
    use(20, people)
    job = running(people, csv_of(35))
    send(people)
    people.refresh_from_db()
    assert people.hold == Hold.BUDGET
    foreseen = meaning(70).more_rows
    limit(70)
    send(people)
    assert job.rows.exclude(state="waiting").count() == foreseen == 20


def test_a_running_job_that_would_run_into_the_limit_gets_further(people: Destination) -> None:
    limit(40)
    running(people, csv_of(35))
    found = meaning(1000)
    assert (found.held, found.further, found.more_rows) == (0, 1, 15)


def test_a_lowered_limit_stops_jobs(people: Destination) -> None:
    limit(100)
    use(20, people)
    running(people, csv_of(35))
    found = meaning(44)
    assert (found.then.total, found.stopped, found.more_rows, found.room) == (10, 1, -25, Decimal(24))


def test_below_what_is_used_nothing_leaves(people: Destination) -> None:
    limit(100)
    use(50, people)
    running(people, csv_of(35))
    found = meaning(30)
    assert (found.then.total, found.room, found.reserved) == (0, Decimal(-20), Decimal(50))


def test_a_destination_keeps_to_its_own_limit(people: Destination) -> None:
    limit(20)
    limit(20, people)
    running(people, csv_of(35))
    running(a_destination("Phones", batch_size=10), csv_of(20))
    assert meaning(1000).then.total == 10 + 20


def test_the_workspace_s_limit_holds_for_a_destination_s(people: Destination) -> None:
    limit(40)
    limit(20, people)
    running(people, csv_of(35))
    found = meaning(None, people)
    assert (found.now.total, found.then.total, found.room) == (10, 20, None)


def test_other_destinations_do_not_use_up_a_destination_s_limit(people: Destination) -> None:
    other = a_destination("Phones", batch_size=10)
    use(500, other)
    running(people, csv_of(35))
    assert meaning(20, people).then.total == 10
    assert meaning(20, people).used == 0


def test_jobs_of_a_lane_take_turns(people: Destination) -> None:
    limit(0)
    held(people, 30)
    held(people, 30)
    found = meaning(40)
    assert (found.held, found.more_rows) == (2, 20)


def test_one_of_higher_priority_goes_first(people: Destination) -> None:
    limit(0)
    held(people, 30)
    first = held(people, 30)
    Job.objects.filter(pk=first.pk).update(priority=1)
    assert dict(meaning(40).then.rows) == {first.pk: 20}


def test_the_first_batch_without_room_stops_all_lanes() -> None:
    large = Pile(1, 1, 0, Decimal(2), held=True, batches=((50, 1),))
    small = Pile(2, 2, 0, Decimal(2), held=True, batches=((5, 1),))
    assert foresight.leaving([large, small], Decimal(60), {}).total == 0
    assert foresight.leaving([large, small], Decimal(100), {}).total == 50


def test_without_room_of_its_own_a_lane_stops_alone() -> None:
    large = Pile(1, 1, 0, Decimal(2), held=True, batches=((50, 1),))
    small = Pile(2, 2, 0, Decimal(2), held=True, batches=((5, 1),))
    assert foresight.leaving([large, small], Decimal(100), {1: Decimal(0)}).total == 5


@pytest.mark.parametrize("hold", [Hold.PAUSED, Hold.KEY_REJECTED, Hold.CLAY_DOWN])
def test_what_waits_for_something_else_is_told_apart(people: Destination, hold: Hold) -> None:
    running(people, csv_of(35))
    people.put_on_hold(hold, "For another reason")
    found = meaning(1000)
    assert (found.elsewhere, found.waiting_rows) == (1, 0)


def test_a_job_that_is_still_being_stored_counts(people: Destination) -> None:
    job = draft(people, csv_of(35))
    job.start()
    assert Job.objects.get().state == JobState.READY
    assert meaning(60).then.total == 30


def test_without_credits_at_clay_nothing_goes_on(people: Destination) -> None:
    credits.open_breaker("Clay reports no credits left")
    held(people, 35)
    found = meaning(100_000)
    assert (found.clay_empty, found.then.total) == (True, 0)


def test_an_enough_limit_lets_all_go(people: Destination) -> None:
    limit(20)
    use(20, people)
    held(people, 35)
    assert meaning(30).enough == 90
    assert meaning(90).left_behind == 0
