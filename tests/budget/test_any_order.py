"""Any order of reserving, settling, releasing, wiping and rebuilding: Redis equals the ledger."""

from decimal import Decimal

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from budget import credits
from budget.credits import Refused
from budget.models import Breaker, BreakerEvent, Entry, EntryState, LimitChange
from clayops.base import redis
from tests.budget.conftest import check_agreement
from tests.examples import examples

HOLDERS = st.sampled_from(["ana", "ben", "cem", "dua", "eva"])
AMOUNTS = st.integers(0, 6_000).map(lambda cents: Decimal(cents) / 100)
LIMIT, OF_SEVEN = Decimal(100), Decimal(50)
SEVEN = "destination:7"


class Budget(RuleBasedStateMachine):
    """Beside the engine, the simplest model of it: what is out, and what was spent."""

    def __init__(self) -> None:
        super().__init__()
        for model in (Entry, Breaker, BreakerEvent, LimitChange):
            model.objects.all().delete()
        redis.client().flushall()
        credits.set_limit(LIMIT, by=None)
        credits.set_limit(OF_SEVEN, by=None, scope=SEVEN)
        self.out: dict[str, tuple[Decimal, bool]] = {}
        self.spent: dict[str, tuple[Decimal, bool]] = {}

    @rule(holder=HOLDERS, amount=AMOUNTS, in_seven=st.booleans())
    def reserve(self, holder: str, amount: Decimal, in_seven: bool) -> None:
        if holder in self.spent:
            return
        before = self.out.pop(holder, None)
        if before and before[0] >= amount:
            self.out[holder] = before
        credits.close_breaker()
        credits.close_breaker(scope=SEVEN)
        fits = self.fits(amount, in_seven)
        try:
            credits.reserve(holder, amount, [SEVEN] if in_seven else [])
        except Refused:
            assert holder not in self.out
            assert not fits
        else:
            assert holder in self.out or fits
            self.out.setdefault(holder, (amount, in_seven))

    def fits(self, amount: Decimal, in_seven: bool) -> bool:
        return self.total() + amount <= LIMIT and (not in_seven or self.total(True) + amount <= OF_SEVEN)

    def total(self, of_seven: bool = False) -> Decimal:
        counted = [*self.out.values(), *self.spent.values()]
        return sum((amount for amount, in_seven in counted if in_seven or not of_seven), Decimal(0))

    @rule(holder=HOLDERS, share=st.sampled_from([Decimal(0), Decimal("0.5"), Decimal(1), None]))
    def settle(self, holder: str, share: Decimal | None) -> None:
        found = self.out.pop(holder, None)
        amount = Decimal(0)
        if found:
            amount = found[0] if share is None else (found[0] * share).quantize(Decimal("0.01"))
            self.spent[holder] = amount, found[1]
        credits.settle(holder, None if share is None else amount)

    @rule(holder=HOLDERS)
    def release(self, holder: str) -> None:
        self.out.pop(holder, None)
        credits.release(holder)

    @rule()
    def wipe(self) -> None:
        redis.client().flushall()

    @rule()
    def rebuild(self) -> None:
        credits.rebuild()

    @rule()
    def reconcile(self) -> None:
        assert credits.reconcile() == credits.Report()

    @precondition(lambda self: len(self.spent) > 2)
    @rule()
    def forget(self) -> None:
        """Settled holders make room for new reservations of theirs."""
        Entry.objects.filter(state=EntryState.SETTLED).delete()
        self.spent.clear()
        credits.rebuild()

    @invariant()
    def all_agree(self) -> None:
        check_agreement()
        day = credits.today()
        assert day.spent == sum(amount for amount, _ in self.spent.values())
        assert day.reserved == sum(amount for amount, _ in self.out.values())
        assert day.spent + day.reserved <= LIMIT


@pytest.mark.long
@pytest.mark.django_db(transaction=True)
def test_any_order() -> None:
    run_state_machine_as_test(
        Budget,
        settings=settings(
            max_examples=examples(15),
            stateful_step_count=25,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )
