"""A person's pause and the holds that come and go by themselves."""

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from budget import credits as budget
from clayops.sandbox.server import Sandbox
from jobs import steering
from jobs.models import Destination, Hold, NotPossible
from jobs.sending import lane
from tests.support import a_destination, csv_of, fresh, running, send, states


@pytest.fixture
def ana(transactional_db: None) -> User:
    return User.objects.create_user("ana")


@pytest.fixture
def people(transactional_db: None) -> Destination:
    return a_destination()


def again(destination: Destination) -> Destination:
    return Destination.objects.get(pk=destination.pk)


def test_a_paused_lane_sends_nothing(clay: Sandbox, people: Destination, ana: User) -> None:
    job = running(people)
    steering.destinations.pause(people, ana, "New prompt")
    send(people)
    assert (states(job), fresh(job).hold, lane.with_work()) == ({"waiting": 3}, "paused", [])
    steering.destinations.resume(people, ana)
    send(people)
    assert states(job) == {"in_flight": 3}


def test_a_pause_between_look_and_leap_counts(people: Destination, ana: User) -> None:
    job = running(people)
    sure = Destination.objects.get(pk=people.pk)
    steering.destinations.pause(people, ana, "Now")
    assert not sure.take_turn(timezone.now())
    assert states(job) == {"waiting": 3}


@pytest.mark.parametrize("hold", [each for each in Hold if each != Hold.PAUSED])
def test_no_hold_takes_the_place_of_a_pause(people: Destination, ana: User, hold: Hold) -> None:
    steering.destinations.pause(people, ana, "New prompt")
    assert not people.put_on_hold(hold, "by itself")
    assert (again(people).hold, again(people).hold_reason) == ("paused", "ana: New prompt")


@pytest.mark.parametrize("hold", [each for each in Hold if each != Hold.PAUSED])
def test_a_pause_outlives_the_hold_it_came_upon(people: Destination, ana: User, hold: Hold) -> None:
    people.put_on_hold(hold, "by itself")
    assert steering.destinations.pause(people, ana, "New prompt")
    assert not people.lift_hold()
    assert not people.lift_hold(Hold.CLAY_DOWN, Hold.BUDGET, Hold.NO_PROVIDER)
    assert again(people).hold == "paused"


def test_a_batch_that_was_out_does_not_lift_it(clay: Sandbox, people: Destination, ana: User) -> None:
    job = running(people, csv_of(60))
    stale = Destination.objects.get(pk=people.pk)
    lane.Lane(people.pk, "lease").step()
    steering.destinations.pause(people, ana, "New prompt")
    stale.lift_hold(Hold.CLAY_DOWN, Hold.BUDGET, Hold.NO_PROVIDER)
    assert (states(job), again(people).hold) == ({"in_flight": 50, "waiting": 10}, "paused")


def test_check_again_leaves_it(people: Destination, ana: User) -> None:
    steering.destinations.pause(people, ana, "New prompt")
    assert (
        steering.destinations.check_again(people, ana)
        == "People is paused (ana: New prompt). Press Resume to go on."
    )
    stale = Destination(pk=people.pk, name="People", hold="")
    steering.destinations.check_again(stale, ana)
    assert again(people).hold == "paused"


def test_a_raised_limit_leaves_it(people: Destination, ana: User) -> None:
    steering.destinations.pause(people, ana, "New prompt")
    budget.close_breaker(by=ana, note="x")
    assert again(people).hold == "paused"


def test_its_jobs_tell_the_story(people: Destination, ana: User) -> None:
    open_job, done = running(people), running(people, name="done.csv")
    steering.jobs.cancel(done)
    steering.destinations.pause(people, ana, "New prompt")
    steering.destinations.resume(people, ana)
    told = [(event.kind, event.text, event.by) for event in open_job.events.all()[:2]]
    assert told == [
        ("lane_resumed", "People resumed", ana),
        ("lane_paused", "People paused: New prompt", ana),
    ]
    assert not done.events.filter(kind__startswith="lane_").exists()


@pytest.mark.parametrize("verb", ["pause", "resume"])
def test_twice_is_once(people: Destination, ana: User, verb: str) -> None:
    job = running(people)
    words: list[Any] = [ana, "why"] if verb == "pause" else [ana]
    if verb == "resume":
        steering.destinations.pause(people, ana, "why")
    assert getattr(steering.destinations, verb)(people, *words)
    assert not getattr(steering.destinations, verb)(people, *words)
    assert job.events.filter(kind=f"lane_{verb}d").count() == 1


def test_archived_only_when_nothing_is_under_way(people: Destination) -> None:
    job = running(people)
    with pytest.raises(NotPossible, match="1 job is not finished"):
        steering.destinations.archive(people)
    steering.jobs.cancel(job)
    assert steering.destinations.archive(people)
    assert not steering.destinations.archive(people)
    assert list(Destination.objects.open()) == []
    assert steering.destinations.restore(people)
    assert not steering.destinations.restore(people)
