"""What another limit would mean, counted."""

import random
import time
from collections import defaultdict
from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from budget import credits
from budget.models import Entry
from budget.terms import day_of
from clayops.pages.budget.ledger.lines import sums_of
from jobs import steering
from jobs.credits import costs, fits_today, forecast
from jobs.credits.forecast import Meaning, Pile
from jobs.credits.scopes import Scope
from jobs.models import Destination, Hold, Job, JobState
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
    return forecast.meaning_of(None if amount is None else Decimal(amount), scope)


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
    assert forecast.leaving([large, small], Decimal(60), {}).total == 0
    assert forecast.leaving([large, small], Decimal(100), {}).total == 50


def test_without_room_of_its_own_a_lane_stops_alone() -> None:
    large = Pile(1, 1, 0, Decimal(2), held=True, batches=((50, 1),))
    small = Pile(2, 2, 0, Decimal(2), held=True, batches=((5, 1),))
    assert forecast.leaving([large, small], Decimal(100), {1: Decimal(0)}).total == 5


def walked(piles: list[Pile], room: Decimal, own: dict[int, Decimal]) -> tuple[dict[int, int], Decimal]:
    """The same batch by batch, as the lanes do it."""

    def lane(destination: int) -> Iterator[tuple[Pile, int]]:
        here = [pile for pile in piles if pile.destination == destination]
        for priority in sorted({pile.priority for pile in here}, reverse=True):
            level = sorted((pile for pile in here if pile.priority == priority), key=lambda pile: pile.job)
            queues = [(pile, [size for size, n in pile.batches for _ in range(n)]) for pile in level]
            for turn in range(max(len(sizes) for _, sizes in queues)):
                yield from ((pile, sizes[turn]) for pile, sizes in queues if turn < len(sizes))

    lanes = {there: lane(there) for there in sorted({pile.destination for pile in piles})}
    rows: dict[int, int] = defaultdict(int)
    spent, taken = Decimal(0), defaultdict[int, Decimal](Decimal)
    while lanes:
        for there in list(lanes):
            pile, size = next(lanes[there], (None, 0))
            if pile is None:
                del lanes[there]
                continue
            cost = size * pile.price
            if spent + cost > room:
                return dict(rows), spent
            if taken[there] + cost > own.get(there, forecast.ENDLESS):
                del lanes[there]
                continue
            rows[pile.job] += size
            spent, taken[there] = spent + cost, taken[there] + cost
    return dict(rows), spent


def test_counting_rounds_comes_to_the_same_as_walking_them() -> None:
    chance = random.Random(4)
    for _ in range(1000):
        prices = [Decimal(chance.choice([0, 50, 200, 333])) / 100 for _ in range(4)]
        piles = []
        for job in range(chance.randint(0, 7)):
            there = chance.randrange(4)
            sizes = sorted(chance.sample(range(1, 12), chance.randint(1, 3)), reverse=True)
            batches = tuple((size, chance.randint(1, 6)) for size in sizes)
            piles.append(Pile(job, there, chance.randint(0, 1), prices[there], held=False, batches=batches))
        room = chance.choice([forecast.ENDLESS, Decimal(chance.randint(-5, 400))])
        own = {there: Decimal(chance.randint(-5, 150)) for there in range(4) if chance.random() < 0.5}
        found = forecast.leaving(piles, room, own)
        assert (dict(found.rows), found.credits) == walked(piles, room, own)


def test_a_million_batches_are_counted_at_once() -> None:
    piles = [Pile(n, n % 10, 0, Decimal(2), held=False, batches=((50, 10_000),)) for n in range(100)]
    began = time.perf_counter()
    assert forecast.leaving(piles, forecast.ENDLESS, {}).total == 50_000_000
    assert forecast.leaving(piles, Decimal(7_777_777), {3: Decimal(12_345)}).credits == 7_777_700
    assert time.perf_counter() - began < 0.3


def test_a_poll_reads_no_findings(people: Destination) -> None:
    running(people, csv_of(3))
    with CaptureQueriesContext(connection) as asked:
        meaning(10)
    read = [each["sql"] for each in asked]
    assert [sql for sql in read if '"findings"' in sql or '"unreadable"' in sql] == []


def test_sums_are_exact(people: Destination) -> None:
    """SQLite adds in binary: ten times 0.1 would be less than 1."""
    for number in range(10):
        purpose = credits.Purpose(destination=people.pk, job=7)
        credits.reserve(f"a{number}", Decimal("0.1"), [people.scope], purpose)
    for number in range(3):
        credits.settle(f"a{number}")
    spent, reserved = forecast.used_today()[people.scope]
    assert (str(spent), str(reserved)) == ("0.30", "0.70")
    assert str(fits_today._used(day_of(timezone.now()))[people.pk]) == "1.00"
    job = costs.of_job(Job(pk=7, destination=people))
    assert (str(job.spent), str(job.reserved)) == ("0.30", "0.70")
    sums = sums_of(Entry.objects.all())
    assert (str(sums.spent), str(sums.reserved), str(sums.estimated)) == ("0.30", "0.70", "1.00")


@pytest.mark.parametrize("hold", [Hold.PAUSED, Hold.KEY_REJECTED, Hold.CLAY_DOWN])
def test_what_waits_for_something_else_is_told_apart(people: Destination, hold: Hold) -> None:
    running(people, csv_of(35))
    people.put_on_hold(hold, "For another reason")
    found = meaning(1000)
    assert (found.elsewhere, found.waiting_rows) == (1, 0)


def test_a_job_that_is_still_being_stored_counts(people: Destination) -> None:
    job = draft(people, csv_of(35))
    steering.jobs.start(job)
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
