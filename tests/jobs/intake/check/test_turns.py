"""Who waits for whom: a small job for no large one, and nobody for all that somebody else uploads."""

from collections.abc import Callable

import django_rq
import pytest
from django.contrib.auth.models import User

from jobs import steering
from jobs.intake.check import checking
from jobs.models import Destination, Job
from jobs.upkeep import tick
from tests.support import a_destination, csv_of, draft

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people() -> Destination:
    return a_destination()


@pytest.fixture
def large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is uploaded counts as large."""
    monkeypatch.setattr(checking, "SMALL", 0)
    monkeypatch.setattr(checking, "STORED_SOON", 0)


@pytest.fixture
def upload(people: Destination, large: None) -> Callable[..., Job]:
    def of(by: User) -> Job:
        job = draft(people, csv_of(3))
        Job.objects.filter(pk=job.pk).update(created_by=by, checked="")
        return job

    return of


def queued(queue: str) -> list[tuple[str, int]]:
    return [(str(job.func_name), job.args[0]) for job in django_rq.get_queue(queue).jobs]


def test_a_small_job_begins_whatever_waits_to_be_checked(
    people: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = draft(people)
    with monkeypatch.context() as now:
        now.setattr(checking, "SMALL", 0)
        waiting = [draft(people, csv_of(4 + n)).pk for n in range(3)]
    steering.jobs.start(small)
    assert queued("long") == [("jobs.tasks.check", pk) for pk in waiting]
    assert queued("work") == [("jobs.tasks.ingest", small.pk)]


def test_a_large_one_that_is_started_goes_before_what_is_only_checked(
    people: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = draft(people)
    monkeypatch.setattr(checking, "STORED_SOON", 0)
    monkeypatch.setattr(checking, "SMALL", 0)
    other = draft(people, csv_of(4))
    steering.jobs.start(job)
    assert queued("long") == [("jobs.tasks.ingest", job.pk), ("jobs.tasks.check", other.pk)]
    assert queued("work") == []


def test_the_tick_puts_each_into_its_queue(people: Destination, upload: Callable[..., Job]) -> None:
    job = upload(User.objects.create_user("ana"))
    django_rq.get_queue("long").empty()  # type: ignore[no-untyped-call]
    django_rq.get_queue("work").enqueue_call("jobs.tasks.notify")
    tick.start_checks()
    assert queued("long") == [("jobs.tasks.check", job.pk)]


def test_people_take_turns(upload: Callable[..., Job]) -> None:
    ana, bea = User.objects.create_user("ana"), User.objects.create_user("bea")
    messages = [upload(ana).pk for _ in range(3)] + [upload(bea).pk]
    done: list[int] = []
    for pk in messages:
        before = {draft.pk for draft in checking.undone()}
        checking.check_by_worker(pk)
        done += before - {draft.pk for draft in checking.undone()}
    first, second, third, hers = messages
    assert done == [first, hers, third, second]


def test_who_is_alone_is_served_as_the_messages_come(upload: Callable[..., Job]) -> None:
    ana = User.objects.create_user("ana")
    first, second = upload(ana).pk, upload(ana).pk
    checking.check_by_worker(second)
    assert [draft.pk for draft in checking.undone()] == [first]
    checking.check_by_worker(second)  # once more: nothing is left of it, and another's turn has come
    assert checking.undone() == []
