"""Bulk actions: a frozen set, its cost, one letter and its outcome together, Stop, one first."""

from datetime import timedelta

import django_rq
import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from clayops.sandbox.server import Sandbox
from jobs import steering
from jobs.models import (
    AuditRun,
    BulkAction,
    BulkItem,
    BulkState,
    Charge,
    DeadLetter,
    Destination,
    Job,
    JobState,
    LetterEvent,
    NotPossible,
    ReviewPolicy,
    Row,
    Verb,
)
from jobs.review import verbs
from jobs.review.bulk import actions, items, preview, stop
from jobs.upkeep import tick
from tests.support import a_letter, bring_home, csv_of, running, send, states

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def five(clay: Sandbox, people: Destination) -> Job:
    """Five letters of one row each, the last two of which may have been charged."""
    job = running(people, csv_of(5))
    for number in range(1, 6):
        a_letter(job, [number], charge=Charge.NO if number < 4 else Charge.POSSIBLY)
    return job


def asked(verb: Verb, by: User | None, **kwargs: object) -> BulkAction:
    return actions.ask(verb, DeadLetter.objects.all(), by, **kwargs)  # type: ignore[arg-type]


def done(action: BulkAction, note: str = "", **kwargs: bool) -> BulkAction:
    actions.confirm(action, note, **kwargs)
    actions.run(action.pk)
    return BulkAction.objects.get(pk=action.pk)


def outcomes(action: BulkAction) -> list[tuple[str, str]]:
    return list(action.items.order_by("pk").values_list("outcome", "text"))


# -- what is asked -----------------------------------------------------------------------------------
def test_the_set_its_rows_and_its_cost_are_frozen(five: Job, ana: User) -> None:
    action = asked(Verb.APPROVE_RETRY, ana, query="charge=no", words="open letters")
    assert (action.letters, action.rows, int(action.credits)) == (5, 5, 10)
    a_letter(running(five.destination), cause="later")
    done(action, "fine")
    assert action.items.count() == 5
    assert DeadLetter.objects.filter(cause="later", state="open").exists()


def test_nothing_happens_before_it_is_confirmed(five: Job, ana: User) -> None:
    action = asked(Verb.RETRY, ana)
    actions.run(action.pk)
    tick.tick()
    assert states(five) == {"dead": 5}


def test_the_preview_tells_what_stays_and_why(five: Job, ana: User) -> None:
    seen = preview.preview(asked(Verb.RETRY, ana))
    assert (seen.letters, seen.rows, int(seen.credits)) == (3, 3, 6)
    assert seen.refused == {"Clay may have charged for it: it needs an approval first.": 2}


def test_the_preview_tells_what_would_wait(five: Job, ana: User) -> None:
    Job.objects.update(state=JobState.PAUSED)
    assert list(preview.preview(asked(Verb.RETRY, ana)).waits.values()) == [3]


def test_what_may_be_paid_twice_needs_a_note(five: Job, ana: User) -> None:
    action = asked(Verb.APPROVE_RETRY, ana)
    assert preview.preview(action).paid_twice == 2
    with pytest.raises(NotPossible, match="A note is needed"):
        actions.confirm(action)
    assert BulkAction.objects.get().state == BulkState.ASKED


def test_an_empty_set_is_refused(people: Destination, ana: User) -> None:
    with pytest.raises(NotPossible, match="No letter is left"):
        asked(Verb.RETRY, ana)


def test_a_set_of_which_nothing_can_be_done_is_refused(five: Job, ana: User) -> None:
    action = asked(Verb.RESTORE, ana)
    with pytest.raises(NotPossible, match="None of these letters"):
        actions.confirm(action)


# -- what is done ------------------------------------------------------------------------------------
def test_all_go_and_come_home(clay: Sandbox, five: Job, ana: User) -> None:
    action = done(asked(Verb.APPROVE_RETRY, ana), "They are not in the table")
    assert (action.state, action.counts()["done"]) == (BulkState.DONE, 5)
    send(five.destination)
    bring_home()
    assert states(five) == {"enriched": 5}
    assert set(clay.counts()["accepted"].values()) == {1}


def test_each_letter_keeps_who_and_in_which_action(five: Job, ana: User) -> None:
    action = done(asked(Verb.DISCARD, ana), "old")
    events = LetterEvent.objects.filter(kind="discarded")
    told = {(each.by, each.bulk, each.note) for each in events.select_related("by", "bulk")}
    assert told == {(ana, action, "old")}


def test_what_needs_an_approval_is_refused_and_the_others_go(five: Job, ana: User) -> None:
    action = done(asked(Verb.RETRY, ana))
    assert action.counts() == {"": 0, "done": 3, "refused": 2, "left": 0}
    assert states(five) == {"waiting": 3, "dead": 2}


def test_what_changed_meanwhile_is_left_alone(five: Job, ana: User, ben: User) -> None:
    action = asked(Verb.APPROVE_RETRY, ana)
    DeadLetter.objects.filter(charge=Charge.POSSIBLY).update(version=2)  # failed anew, or was edited
    assert preview.preview(action).refused == {preview.CHANGED: 2}
    assert done(action, "I know").counts()["refused"] == 2
    assert states(five) == {"waiting": 3, "dead": 2}


def test_what_somebody_else_retried_goes_once(five: Job, ana: User, ben: User) -> None:
    mine, his = asked(Verb.APPROVE_RETRY, ana), asked(Verb.APPROVE_RETRY, ben)
    done(mine, "x")
    with pytest.raises(NotPossible):
        actions.confirm(his, "x")
    assert Row.objects.filter(state="waiting").count() == 5


def test_four_eyes_refuse_what_one_approved_oneself(five: Job, ana: User, ben: User) -> None:
    ReviewPolicy.set_four_eyes(True, ana)
    done(asked(Verb.APPROVE, ana), "x")
    assert done(asked(Verb.RETRY, ana)).counts()["refused"] == 2
    assert done(asked(Verb.RETRY, ben)).counts()["done"] == 2


def test_confirmed_twice_it_goes_once(five: Job, ana: User) -> None:
    action = asked(Verb.APPROVE_RETRY, ana)
    actions.confirm(action, "first")
    actions.confirm(action, "second")
    actions.run(action.pk)
    actions.run(action.pk)
    actions.confirm(action, "third")
    assert BulkAction.objects.get().note == "first"
    assert Row.objects.filter(state="waiting").count() == 5


def test_a_crash_repeats_nothing(five: Job, ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a letter became, and that it was its turn, are written together."""
    action = asked(Verb.APPROVE_RETRY, ana)
    actions.confirm(action, "x")
    keep, kept = items.keep, []

    def dies(item: BulkItem, *args: object) -> None:
        kept.append(item)
        if len(kept) == 3:
            raise SystemExit
        keep(item, *args)  # type: ignore[arg-type]

    monkeypatch.setattr(items, "keep", dies)
    with pytest.raises(SystemExit):
        actions.run(action.pk)
    assert states(five) == {"waiting": 2, "dead": 3}
    monkeypatch.setattr(items, "keep", keep)
    actions.run(action.pk)
    assert states(five) == {"waiting": 5}
    assert DeadLetter.objects.filter(events__kind="retried").count() == 5


def test_a_slice_that_is_over_goes_on_with_the_next(five: Job, ana: User) -> None:
    action = asked(Verb.APPROVE_RETRY, ana)
    actions.confirm(action, "x")
    for _ in range(8):
        actions.run(action.pk, 0.001)
    assert BulkAction.objects.get().state in {BulkState.RUNNING, BulkState.DONE}
    actions.run(action.pk)
    assert BulkAction.objects.get().state == BulkState.DONE


def test_the_tick_starts_what_a_lost_message_left(five: Job, ana: User) -> None:
    action = asked(Verb.APPROVE_RETRY, ana)
    actions.confirm(action, "x")
    queue = django_rq.get_queue("work")
    queue.empty()  # type: ignore[no-untyped-call]
    tick.start_reviews()
    tick.start_reviews()
    assert [job.args for job in queue.jobs] == [(action.pk,)]


def test_each_tick_looks_for_it(five: Job, ana: User) -> None:
    AuditRun.objects.create(findings=0, seconds=0)  # no other work is due
    action = asked(Verb.APPROVE_RETRY, ana)
    actions.confirm(action, "x")
    queue = django_rq.get_queue("work")
    queue.empty()  # type: ignore[no-untyped-call]
    tick.tick()
    assert (action.pk,) in [job.args for job in queue.jobs]


# -- stop --------------------------------------------------------------------------------------------
def test_stop_leaves_the_rest(five: Job, ana: User, ben: User) -> None:
    action = asked(Verb.APPROVE_RETRY, ana)
    actions.confirm(action, "x")
    first = action.items.order_by("pk")[0]
    items.do(BulkAction.objects.get(), first)
    assert stop.stop(action, ben)
    actions.run(action.pk)
    now = BulkAction.objects.get()
    assert (now.state, now.stopped_by, now.counts()) == (
        "stopped",
        ben,
        {"": 0, "done": 1, "refused": 0, "left": 4},
    )
    assert states(five) == {"waiting": 1, "dead": 4}
    assert not stop.stop(action, ben)


def test_stop_comes_before_the_letter_whose_turn_it_is(five: Job, ana: User) -> None:
    action = asked(Verb.APPROVE_RETRY, ana)
    actions.confirm(action, "x")
    stale = BulkAction.objects.get()
    stop.stop(action, ana)
    items.do(stale, action.items.order_by("pk")[0])
    assert states(five) == {"dead": 5}


# -- one first ---------------------------------------------------------------------------------------
@pytest.fixture
def pair(clay: Sandbox, people: Destination) -> Job:
    """Two letters of three rows each."""
    job = running(people, csv_of(6))
    a_letter(job, [1, 2, 3])
    a_letter(job, [4, 5, 6], charge=Charge.POSSIBLY)
    return job


def test_one_row_goes_first_and_then_the_rest(clay: Sandbox, pair: Job, ana: User) -> None:
    action = done(asked(Verb.APPROVE_RETRY, ana), "x", one_first=True)
    assert (action.state, states(pair)) == (BulkState.TRYING, {"waiting": 1, "dead": 5})
    actions.run(action.pk)
    assert states(pair) == {"waiting": 1, "dead": 5}
    send(pair.destination)
    bring_home()
    actions.run(action.pk)
    send(pair.destination)
    bring_home()
    assert states(pair) == {"enriched": 6}
    assert BulkAction.objects.get().state == BulkState.DONE
    assert set(clay.counts()["accepted"].values()) == {1}


def test_when_the_first_fails_nothing_else_goes(clay: Sandbox, pair: Job, ana: User) -> None:
    clay.settings(next_refusals=1, refusal_status=422)
    action = done(asked(Verb.APPROVE_RETRY, ana), "x", one_first=True)
    send(pair.destination)
    actions.run(action.pk)
    now = BulkAction.objects.get()
    assert now.state == BulkState.STOPPED
    assert "The first row failed again: Clay rejected the request (422)" in now.stop_reason
    assert (now.counts()["left"], states(pair)) == (2, {"dead": 6})


def test_the_tick_goes_on_once_the_first_is_home(pair: Job, ana: User) -> None:
    action = done(asked(Verb.APPROVE_RETRY, ana), "x", one_first=True)
    assert list(actions.due()) == []
    send(pair.destination)
    bring_home()
    assert list(actions.due()) == [action.pk]


def test_a_first_that_cannot_go_gives_way_to_the_next(pair: Job, ana: User) -> None:
    first = DeadLetter.objects.order_by("pk")[0]
    action = asked(Verb.APPROVE_RETRY, ana)
    verbs.discard(first, ana, "x")
    action = done(action, "x", one_first=True)
    assert action.first is not None
    assert action.first.parent_id == DeadLetter.objects.order_by("pk")[1].pk
    assert outcomes(action)[0] == ("refused", "It is discarded. Restore it first.")


def test_a_letter_of_one_row_is_the_first_itself(five: Job, ana: User) -> None:
    action = done(asked(Verb.APPROVE_RETRY, ana), "x", one_first=True)
    assert outcomes(action)[0] == ("done", "Sent first")
    assert states(five) == {"waiting": 1, "dead": 4}


def test_a_first_that_somebody_discards_stops_it(pair: Job, ana: User) -> None:
    action = done(asked(Verb.APPROVE_RETRY, ana), "x", one_first=True)
    steering.jobs.cancel(Job.objects.get(), ana)
    actions.run(action.pk)
    now = BulkAction.objects.get()
    assert (now.state, "was discarded" in now.stop_reason) == (BulkState.STOPPED, True)


# -- forgetting --------------------------------------------------------------------------------------
def test_what_nobody_confirms_is_forgotten_after_a_day(five: Job, ana: User) -> None:
    old, new = asked(Verb.RETRY, ana), asked(Verb.RETRY, ana)
    BulkAction.objects.filter(pk=old.pk).update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    actions.forget_unconfirmed()
    assert list(BulkAction.objects.all()) == [new]
    assert set(BulkItem.objects.values_list("bulk", flat=True)) == {new.pk}
