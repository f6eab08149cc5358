"""What was spent turns out to be another amount: on record, and Redis follows."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.utils import timezone

from budget import counters, credits
from budget.credits import Basis, Refused
from budget.models import Correction, Entry
from budget.steering.corrections import correct_unknown
from budget.terms import day_of
from clayops.up.redis_server import OwnRedis
from tests.budget.conftest import check_agreement

pytestmark = pytest.mark.django_db(transaction=True)

Limit = Callable[[int], None]
Agree = Callable[[], None]
WHY = "Not on the usage page"


def unknown(holder: str = "lost", amount: int = 100, scope: str = "destination:7") -> Entry:
    credits.reserve(holder, Decimal(amount), [scope])
    credits.settle(holder, basis=Basis.UNKNOWN)
    return Entry.objects.get(holder=holder)


def spent() -> Decimal:
    return credits.today().spent


@pytest.mark.parametrize("amount", ["0", "12.5", "100"])
def test_a_decision_is_what_counts(olga: User, agree: Agree, amount: str) -> None:
    entry = unknown()
    assert credits.decide(entry, Decimal(amount), olga, WHY)
    assert (spent(), entry.spent, Basis(entry.basis)) == (Decimal(amount), Decimal(amount), Basis.DECIDED)


def test_who_when_from_to_and_why_are_kept(olga: User) -> None:
    before = timezone.now()
    credits.decide(unknown(), Decimal(0), olga, WHY)
    change = Correction.objects.get()
    assert (change.by, change.note, Basis(change.old_basis)) == (olga, WHY, Basis.UNKNOWN)
    assert str(change) == "100.00 → 0.00"
    assert before <= change.at <= timezone.now()


def test_it_counts_for_the_day_on_which_it_was_reserved(olga: User, agree: Agree) -> None:
    yesterday = timezone.now() - timedelta(days=1)
    credits.reserve("old", Decimal(100), now=yesterday)
    credits.settle("old", basis=Basis.UNKNOWN, now=yesterday)
    credits.reserve("new", Decimal(5))
    credits.decide(Entry.objects.get(holder="old"), Decimal(30), olga, WHY)
    assert credits.on_day(day_of(yesterday)).spent == 30
    assert spent() == 0


def test_twice_is_once(olga: User, agree: Agree) -> None:
    entry = unknown()
    assert credits.decide(entry, Decimal(0), olga, WHY)
    assert not credits.decide(entry, Decimal(0), olga, WHY)
    assert Correction.objects.count() == 1


def test_deciding_that_all_of_it_was_charged_is_a_decision_too(olga: User, agree: Agree) -> None:
    entry = unknown()
    assert credits.decide(entry, Decimal(100), olga, WHY)
    assert Basis(entry.basis) == Basis.DECIDED


def test_it_is_undone_by_deciding_again(olga: User, agree: Agree) -> None:
    entry = unknown()
    for amount in (0, 100, 40):
        assert credits.decide(entry, Decimal(amount), olga, WHY)
    assert [str(each) for each in Correction.objects.all()] == [
        "100.00 → 40.00",
        "0.00 → 100.00",
        "100.00 → 0.00",
    ]
    assert spent() == 40


def test_of_two_at_once_the_first_counts(olga: User, agree: Agree) -> None:
    mine, theirs = unknown(), Entry.objects.get()
    assert credits.decide(mine, Decimal(0), olga, WHY)
    assert not credits.decide(theirs, Decimal(100), olga, WHY)
    assert (spent(), Correction.objects.count()) == (Decimal(0), 1)


@pytest.mark.parametrize("amount", ["-1", "1000.01", "NaN", "Infinity", "1e12"])
def test_an_amount_that_makes_no_sense_is_refused(olga: User, agree: Agree, amount: str) -> None:
    entry = unknown()
    with pytest.raises(ValueError, match="credits"):
        credits.decide(entry, Decimal(amount), olga, WHY)
    assert (spent(), Correction.objects.count()) == (Decimal(100), 0)


@pytest.mark.parametrize("note", ["", "  "])
def test_without_a_reason_nothing_is_decided(olga: User, note: str) -> None:
    entry = unknown()
    with pytest.raises(ValueError, match="Say how you know"):
        credits.decide(entry, Decimal(0), olga, note)
    assert spent() == 100


@pytest.mark.parametrize("basis", [Basis.ESTIMATED, Basis.REPORTED, Basis.PARTLY])
def test_what_is_known_is_not_decided(olga: User, basis: Basis) -> None:
    credits.reserve("a", Decimal(100))
    credits.settle("a", Decimal(90), basis)
    with pytest.raises(ValueError, match="known already"):
        credits.decide(Entry.objects.get(), Decimal(0), olga, WHY)


def test_what_is_open_or_released_is_not_decided(olga: User) -> None:
    credits.reserve("a", Decimal(100))
    for _ in range(2):
        with pytest.raises(ValueError, match="known already"):
            credits.decide(Entry.objects.get(), Decimal(0), olga, WHY)
        credits.release("a")


# -- a late result --------------------------------------------------------------------------------
def test_a_late_result_corrects_what_nobody_knew(agree: Agree) -> None:
    unknown()
    credits.settle("lost", Decimal(46), Basis.REPORTED)
    change = Correction.objects.get()
    assert (change.by, change.note, spent()) == (None, "A late result told it", Decimal(46))


def test_a_late_result_does_not_undo_what_a_person_decided(olga: User, agree: Agree) -> None:
    credits.decide(unknown(), Decimal(0), olga, WHY)
    credits.settle("lost", Decimal(46), Basis.REPORTED)
    assert spent() == 0


def test_a_person_who_comes_after_the_result_is_told(olga: User, agree: Agree) -> None:
    entry = unknown()
    credits.settle("lost", Decimal(46), Basis.REPORTED)
    assert not credits.decide(entry, Decimal(0), olga, WHY)  # as it was read before
    entry.refresh_from_db()
    with pytest.raises(ValueError, match="known already"):
        credits.decide(entry, Decimal(0), olga, WHY)
    assert spent() == 46


def test_what_is_known_is_not_corrected() -> None:
    credits.reserve("a", Decimal(100))
    credits.settle("a", Decimal(90), Basis.REPORTED)
    assert not correct_unknown(Entry.objects.get(), Decimal(1), Basis.REPORTED)


# -- and Redis ------------------------------------------------------------------------------------
def test_what_did_not_fit_fits_afterwards(limit: Limit, seven: str, olga: User, agree: Agree) -> None:
    limit(100)
    entry = unknown("lost", 40, seven)
    with pytest.raises(Refused):
        credits.reserve("next", Decimal(20), [seven])  # of 50 a day
    credits.decide(entry, Decimal(0), olga, WHY)
    credits.reserve("next", Decimal(20), [seven])
    assert (spent(), credits.today().reserved) == (Decimal(0), Decimal(20))


def test_deciding_that_more_was_charged_takes_the_room_away_again(
    limit: Limit, olga: User, agree: Agree
) -> None:
    limit(100)
    entry = unknown("lost", 90)
    credits.decide(entry, Decimal(0), olga, WHY)
    credits.decide(entry, Decimal(90), olga, WHY)
    with pytest.raises(Refused):
        credits.reserve("next", Decimal(50))


def test_what_is_reserved_stays_reserved(olga: User, agree: Agree) -> None:
    entry = unknown()
    credits.reserve("out", Decimal(30))
    credits.decide(entry, Decimal(0), olga, WHY)
    credits.reserve("more", Decimal(1))
    seen = counters.snapshot(entry.day)
    assert seen is not None
    assert (set(seen.held), seen.spent.get("", 0)) == ({"out", "more"}, 0)


def test_the_next_look_finds_no_difference(olga: User, agree: Agree) -> None:
    credits.decide(unknown(), Decimal(0), olga, WHY)
    assert credits.reconcile().recounted == []


def test_with_redis_away_it_is_decided_and_redis_follows(olga: User, redis_server: OwnRedis) -> None:
    entry = unknown()
    counters.load(entry.day)
    redis_server.kill()
    try:
        assert credits.decide(entry, Decimal(0), olga, WHY)
    finally:
        redis_server.restart()
    assert spent() == 0
    credits.reconcile()  # a difference, or nothing at all: what Redis kept is up to its own file
    check_agreement()
