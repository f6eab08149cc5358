"""Two at once: the job's lock comes before everything that decides about a letter and its rows."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

import pytest
from django.contrib.auth.models import User
from django.db import connections, transaction

from clayops.clay import ResultItem
from clayops.sandbox.server import Sandbox
from jobs import steering
from jobs.models import (
    BatchState,
    BulkAction,
    Charge,
    DeadLetter,
    Destination,
    Job,
    NotPossible,
    Submission,
    Verb,
)
from jobs.results import applying
from jobs.review import editing, verbs
from jobs.review.bulk import actions
from jobs.sending import attempt, dead_lettering, outcomes
from jobs.sending.load import cut
from tests.support import a_letter, csv_of, row, running, states, step

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def beside(work: Callable[[], object]) -> Iterator[None]:
    """Do it in a thread of its own, which is over at the end of the block."""

    def do() -> None:
        try:
            work()
        finally:
            connections.close_all()

    thread = threading.Thread(target=do)
    thread.start()
    yield
    thread.join(20)


def test_what_is_edited_under_a_bulk_action_is_not_sent(job: Job, ana: User, ben: User) -> None:
    letter = a_letter(job, charge=Charge.POSSIBLY)
    action = actions.ask(Verb.APPROVE_RETRY, DeadLetter.objects.all(), ana)
    actions.confirm(action, "I have looked at it")
    entered = threading.Event()

    def edit() -> None:
        with transaction.atomic():
            editing.edit(letter, ben, {row(job, 1).pk: {"email": "unseen@north.test"}})
            entered.set()
            time.sleep(0.6)

    with beside(edit):
        assert entered.wait(10)
        actions.run_here(action.pk)
    assert BulkAction.objects.get().counts()["refused"] == 1
    assert (DeadLetter.objects.get().state, states(job)) == ("open", {"dead": 3})


def test_two_ends_of_one_retry_leave_two_right_letters(
    clay: Sandbox, people: Destination, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half of it fails at Clay, free of charge, in the moment in which the other half may have been lost."""
    Destination.objects.update(charges_misses=False)
    job = running(people, csv_of(4))
    verbs.retry(a_letter(job), ana)
    cut(job.batches.get(state=BatchState.WAITING), 2)
    clay.settings(next_stuck=1)
    step(people)
    monkeypatch.setattr(attempt, "make", lambda *_: None)
    step(people)
    at_clay, sending = Submission.objects.select_related("batch__job", "destination").order_by("pk")
    together = threading.Barrier(2)
    find = dead_lettering._letter

    def slowly(*args: object) -> DeadLetter:
        """Wait for the other one, which only comes where nothing keeps it out."""
        with suppress(threading.BrokenBarrierError):
            together.wait(0.5)
        return find(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(dead_lettering, "_letter", slowly)
    failed = [ResultItem(str(pk), "failed", None, "no such person", {}) for pk in at_clay.row_ids]
    with beside(lambda: outcomes.unknown(sending, "Clay hung up", None)):
        applying.apply(at_clay, failed)
    letters = DeadLetter.objects.values_list("cause", "charge", "size", "state")
    assert sorted(letters) == [("Clay hung up", "possibly", 2, "open"), ("no such person", "no", 2, "open")]


def test_a_late_acceptance_beside_a_retry(lost: DeadLetter, ana: User, people: Destination) -> None:
    """Whoever comes second finds what the first one left: the rows are in flight, or wait, never both."""
    verbs.approve(lost, ana, "x")
    sent = Submission.objects.select_related("batch__job").get()
    with beside(lambda: outcomes.accept(sent, "run_9", people.timeout)):
        try:
            verbs.retry(lost, ana)
        except NotPossible as gone:
            assert "left it" in str(gone) or "resolved" in str(gone)
    assert states(lost.job) in ({"in_flight": 3}, {"waiting": 3})
    for each in Submission.objects.out():
        steering.runs.give_up(each)
