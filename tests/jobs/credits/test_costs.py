"""What rows cost: what results tell, what a run makes of it, and how the ledger gets to know."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from budget import credits as budget
from budget.models import Basis, Correction, Entry, EntryState
from clayops.clay import ResultItem
from clayops.sandbox.server import Sandbox
from jobs.credits import costs
from jobs.models import Charge, DeadLetter, Destination, Job, Outcome, Row, RunState, Submission
from jobs.results import applying
from jobs.sending import outcomes
from jobs.upkeep import tick
from tests.budget.conftest import check_agreement
from tests.support import bring_home, row, running, send

pytestmark = pytest.mark.django_db(transaction=True)


# -- what a result tells -------------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("cell", "credits"),
    [
        (3, 3),
        (2.5, 2.5),
        (0, 0),
        ("4", 4),
        (" 1.25 ", 1.25),
        ("0.1" + "0" * 60, 0.1),
        (0.129999, 0.13),
        (10_000, 10_000),
        ("1e2", 100),
    ],
)
def test_a_number_or_the_text_of_one_is_taken(cell: object, credits: float) -> None:
    assert costs.reported_credits({"credits": cell}, "credits") == Decimal(str(credits))


NONSENSE: list[object] = [
    *("[object Object]", "", "two", "2 credits", "1,5", "NaN", "Infinity", "-1", "1e99", "1" * 60),
    *(None, True, False, -1, -0.01, float("nan"), float("inf"), 1e99, 10_001, 10**5000),
    *({"credits": 2}, {"value": 2}, [2], [[2]], []),
]


@pytest.mark.parametrize("cell", NONSENSE, ids=lambda cell: str(type(cell).__name__))
def test_nonsense_tells_nothing(cell: object) -> None:
    assert costs.reported_credits({"credits": cell}, "credits") is None


def test_nothing_is_never_less_than_nothing() -> None:
    assert str(costs.reported_credits({"credits": "-0"}, "credits")) == "0.00"


def test_the_output_has_the_name_that_the_destination_says() -> None:
    result = {"cost": 3, "credits": 7}
    assert costs.reported_credits(result, "cost") == 3
    assert costs.reported_credits(result, "") is None


def test_what_its_providers_name_is_only_a_part_of_it() -> None:
    attempts = [{"provider": "hunter", "credits": 1}, {"provider": "prospeo", "credits": 2}]
    assert costs.reported_credits({"provider_attempts": attempts}, "credits") is None
    assert costs.reported_credits({"provider_attempts": attempts, "credits": 5}, "credits") == 5


# -- what a run cost -----------------------------------------------------------------------------------
def item(row_id: int, status: str = "complete", **found: Any) -> ResultItem:
    return ResultItem(str(row_id), status, found or None, None, {"id": str(row_id), "status": status})


@pytest.fixture
def job(clay: Sandbox, people: Destination) -> Job:
    """Three rows in flight, six credits reserved."""
    job = running(people)
    send(people)
    return job


@pytest.fixture
def run(job: Job) -> Submission:
    return Submission.objects.select_related("batch__job", "destination").get()


@pytest.fixture
def misses_are_free(people: Destination) -> None:
    Destination.objects.update(charges_misses=False)


def line() -> tuple[object, ...]:
    """The ledger’s only line: its state, what was spent, how that is known."""
    entry = Entry.objects.get()
    return entry.state, entry.spent, entry.basis


def today() -> list[int]:
    """Spent and reserved."""
    return [int(budget.today().spent), int(budget.today().reserved)]


def test_what_all_rows_told_is_what_it_cost(run: Submission) -> None:
    applying.apply(run, [item(pk, credits=3) for pk in run.row_ids])
    assert line() == (EntryState.SETTLED, 9, Basis.REPORTED)
    assert set(Row.objects.values_list("credits", flat=True)) == {3}
    assert today() == [9, 0]
    check_agreement()


def test_what_some_told_is_estimated_for_the_rest(run: Submission) -> None:
    first, *rest = run.row_ids
    applying.apply(run, [item(first, credits="0.5"), *(item(pk, x=1) for pk in rest)])
    assert line() == (EntryState.SETTLED, Decimal("4.5"), Basis.PARTLY)


def test_where_none_told_the_estimate_counts(run: Submission) -> None:
    applying.apply(run, [item(pk, credits="[object Object]") for pk in run.row_ids])
    assert line() == (EntryState.SETTLED, 6, Basis.ESTIMATED)


def test_a_miss_is_charged(run: Submission) -> None:
    first, second, third = run.row_ids
    applying.apply(run, [item(first, credits=1), item(second, "failed"), item(third, credits=1)])
    assert line() == (EntryState.SETTLED, 4, Basis.PARTLY)
    assert DeadLetter.objects.get().charge == Charge.POSSIBLY


def test_a_miss_is_free_where_clay_does_not_charge_it(misses_are_free: None, run: Submission) -> None:
    first, second, third = run.row_ids
    applying.apply(run, [item(first, credits=1), item(second, "failed"), item(third, credits=1)])
    assert line() == (EntryState.SETTLED, 2, Basis.PARTLY)
    assert DeadLetter.objects.get().charge == Charge.NO


def test_nothing_but_misses_costs_nothing_then(misses_are_free: None, run: Submission) -> None:
    applying.apply(run, [item(pk, "failed") for pk in run.row_ids])
    assert line() == (EntryState.SETTLED, 0, Basis.ESTIMATED)
    assert today() == [0, 0]


def test_what_did_not_come_back_may_have_been_charged(misses_are_free: None, run: Submission) -> None:
    applying.apply(run, [item(run.row_ids[0], credits=1)])
    assert line() == (EntryState.SETTLED, 5, Basis.PARTLY)
    assert DeadLetter.objects.get().charge == Charge.POSSIBLY


def test_a_status_that_we_do_not_know_is_no_miss(misses_are_free: None, run: Submission) -> None:
    applying.apply(run, [item(pk, "skipped") for pk in run.row_ids])
    assert line() == (EntryState.SETTLED, 6, Basis.ESTIMATED)
    assert DeadLetter.objects.get().charge == Charge.POSSIBLY


def test_a_row_that_came_back_and_failed_is_no_miss(misses_are_free: None, run: Submission) -> None:
    first, *rest = run.row_ids
    answers = [item(first, "failed"), item(first, credits=3), *(item(pk, credits=1) for pk in rest)]
    applying.apply(run, answers)
    assert line() == (EntryState.SETTLED, 5, Basis.REPORTED)


def test_results_that_come_twice_are_paid_once(run: Submission) -> None:
    applying.apply(run, [item(pk, credits=3) for pk in run.row_ids])
    applying.apply(run, [item(pk, credits=5) for pk in run.row_ids])
    assert line() == (EntryState.SETTLED, 9, Basis.REPORTED)


def test_the_sandbox_tells_what_its_rows_cost(clay: Sandbox, people: Destination) -> None:
    clay.settings(report_credits=1.0)
    running(people)
    send(people)
    bring_home()
    told = [credits for credits in Row.objects.values_list("credits", flat=True) if credits is not None]
    assert len(told) == 3
    assert line() == (EntryState.SETTLED, sum(told), Basis.REPORTED)


def test_a_row_s_number_is_what_it_told(run: Submission, job: Job) -> None:
    applying.apply(run, [item(pk, credits=number) for number, pk in enumerate(run.row_ids)])
    assert row(job, 3).credits == 2


# -- settling, by what became of it --------------------------------------------------------------------
def refused(run: Submission) -> None:
    Submission.objects.update(outcome=Outcome.REFUSED, run_state="")


def finished(run: Submission) -> None:
    Submission.objects.update(run_state=RunState.FINISHED, spent=Decimal(5), reported=2)


def finished_before_runs_told(run: Submission) -> None:
    Submission.objects.update(run_state=RunState.FINISHED, spent=None)


def unknown(run: Submission) -> None:
    Submission.objects.update(outcome=Outcome.UNKNOWN, run_state="")


def given_up(run: Submission) -> None:
    Submission.objects.update(run_state=RunState.GIVEN_UP)


def out(run: Submission) -> None:
    """Nothing is known yet."""


@pytest.mark.breaks_a_promise
@pytest.mark.parametrize(
    ("became", "state", "spent", "basis"),
    [
        (refused, EntryState.RELEASED, None, ""),
        (finished, EntryState.SETTLED, 5, Basis.PARTLY),
        (finished_before_runs_told, EntryState.SETTLED, 6, Basis.ESTIMATED),
        (unknown, EntryState.SETTLED, 6, Basis.UNKNOWN),
        (given_up, EntryState.SETTLED, 6, Basis.UNKNOWN),
        (out, EntryState.RESERVED, None, ""),
    ],
)
def test_each_outcome_closes_its_credits(
    run: Submission, became: Callable[[Submission], None], state: str, spent: int | None, basis: str
) -> None:
    became(run)
    run.refresh_from_db()
    for _ in range(2):
        costs.settle(run)
        assert line() == (state, spent, basis)
    check_agreement()


# -- crashes, and what comes late ----------------------------------------------------------------------
class Killed(BaseException):
    """The process dies here."""


@pytest.fixture
def dies_before_settling(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    def die(submission: Submission) -> None:
        raise Killed

    monkeypatch.setattr(costs, "settle", die)
    return monkeypatch.undo


def test_a_crash_before_settling_is_made_good_with_what_was_told(
    run: Submission, dies_before_settling: Callable[[], None]
) -> None:
    with pytest.raises(Killed):
        applying.apply(run, [item(pk, credits=3) for pk in run.row_ids])
    dies_before_settling()
    assert line()[0] == EntryState.RESERVED
    Entry.objects.update(reserved_at=timezone.now() - timedelta(minutes=2))
    tick.repair_credits()
    assert line() == (EntryState.SETTLED, 9, Basis.REPORTED)
    check_agreement()


def test_a_late_result_corrects_what_was_unknown_on_record(run: Submission) -> None:
    outcomes.give_up(run, None)
    assert line() == (EntryState.SETTLED, 6, Basis.UNKNOWN)
    check_agreement()
    run.refresh_from_db()
    applying.apply(run, [item(pk, credits=1) for pk in run.row_ids])
    assert line() == (EntryState.SETTLED, 3, Basis.REPORTED)
    change = Correction.objects.get()
    assert [int(change.old), int(change.new)] == [6, 3]
    assert (change.old_basis, change.by) == (Basis.UNKNOWN, None)
    assert budget.today().spent == 3
    check_agreement()


def test_a_late_result_that_tells_nothing_is_an_estimate(run: Submission) -> None:
    outcomes.give_up(run, None)
    run.refresh_from_db()
    applying.apply(run, [item(pk, x=1) for pk in run.row_ids])
    assert line() == (EntryState.SETTLED, 6, Basis.ESTIMATED)


def test_a_crash_before_that_correction_is_made_good_too(
    run: Submission, dies_before_settling: Callable[[], None]
) -> None:
    outcomes.give_up(run, None)
    run.refresh_from_db()
    with pytest.raises(Killed):
        applying.apply(run, [item(pk, credits=1) for pk in run.row_ids])
    dies_before_settling()
    for _ in range(2):
        tick.repair_credits()
    assert line() == (EntryState.SETTLED, 3, Basis.REPORTED)
    assert Correction.objects.count() == 1
    check_agreement()
