"""Deciding what Clay charged where nobody knows: one line, and many."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client

from budget import credits
from budget.credits import Basis
from budget.models import Correction, Entry
from clayops.base import redis
from clayops.sandbox.server import Sandbox
from jobs import steering
from jobs.models import Submission
from jobs.sending import wake
from tests.budget.conftest import check_agreement
from tests.clayops.up.product import eventually
from tests.pages.budget.ledger.test_ledger import settle, take, text_of
from tests.support import a_destination, ask, running, send, states

pytestmark = pytest.mark.django_db(transaction=True)

NO = {"charged": "none", "note": "Not on the usage page"}
ALL = {"charged": "all", "note": "It is on the usage page"}


@pytest.fixture
def lost(db: None) -> Entry:
    """100 credits of which nobody knows whether Clay charged them."""
    take("lost")
    settle("lost", "100", Basis.UNKNOWN)
    return Entry.objects.get()


def decide(browser: Client, entry: Entry, given: dict[str, str], query: str = "") -> tuple[int, str]:
    """The answer's status and, as a person reads it, what the page says then."""
    answer = browser.post(f"/budget/ledger/{entry.pk}/decide{query}", given, follow=True)
    return answer.status_code, answer.content.decode()


@pytest.mark.parametrize(
    ("given", "spent"),
    [
        (NO, "0"),
        (ALL, "100"),
        ({"charged": "some", "amount_charged": "12.5", "note": "Half of the rows"}, "12.50"),
    ],
)
def test_a_decision_is_kept_with_who_and_why(
    boss_client: Client, boss: User, lost: Entry, given: dict[str, str], spent: str
) -> None:
    status, page = decide(boss_client, lost, given)
    lost.refresh_from_db()
    assert (status, lost.spent, lost.basis) == (200, Decimal(spent), Basis.DECIDED)
    change = Correction.objects.get()
    assert (change.by, change.note) == (boss, given["note"])
    assert (change.old, change.new) == (Decimal(100), Decimal(spent))
    assert given["note"] in page


def test_it_goes_back_to_the_line_with_the_filter(boss_client: Client, lost: Entry) -> None:
    answer = boss_client.post(f"/budget/ledger/{lost.pk}/decide?basis=unknown&evil=1", NO)
    assert answer["Location"] == f"/budget/ledger/{lost.pk}?basis=unknown"


def test_twice_changes_nothing_and_says_so(boss_client: Client, lost: Entry) -> None:
    decide(boss_client, lost, NO)
    _, page = decide(boss_client, lost, NO)
    assert "Nothing was changed" in page
    assert Correction.objects.count() == 1


def test_deciding_again_undoes_it(boss_client: Client, lost: Entry) -> None:
    decide(boss_client, lost, NO)
    _, page = decide(boss_client, lost, ALL)
    assert [str(each) for each in Correction.objects.all()] == ["0.00 → 100.00", "100.00 → 0.00"]
    assert "To undo what was decided, decide again" in page


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"charged": "none"}, "note"),
        ({"charged": "none", "note": "   "}, "note"),
        ({"charged": "none", "note": "x" * 501}, "note"),
        ({"note": "n"}, "charged"),
        ({"charged": "perhaps", "note": "n"}, "charged"),
        ({"charged": "some", "note": "n"}, "amount_charged"),
        ({"charged": "some", "amount_charged": "-1", "note": "n"}, "amount_charged"),
        ({"charged": "some", "amount_charged": "NaN", "note": "n"}, "amount_charged"),
        ({"charged": "some", "amount_charged": "1.234", "note": "n"}, "amount_charged"),
        ({"charged": "some", "amount_charged": "1000.01", "note": "n"}, "amount_charged"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    boss_client: Client, lost: Entry, given: dict[str, str], field: str
) -> None:
    answer = boss_client.post(f"/budget/ledger/{lost.pk}/decide", given)
    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert not Correction.objects.exists()


@pytest.mark.parametrize("basis", [Basis.REPORTED, Basis.ESTIMATED, Basis.PARTLY])
def test_what_is_known_cannot_be_decided(boss_client: Client, basis: Basis) -> None:
    take("a")
    settle("a", "90", basis)
    entry = Entry.objects.get()
    status, page = decide(boss_client, entry, NO)
    entry.refresh_from_db()
    assert (status, entry.spent) == (200, Decimal(90))
    assert "what this cost is known by now" in page


def test_ana_may_look_but_not_decide(client: Client, lost: Entry) -> None:
    page = client.get(f"/budget/ledger/{lost.pk}").content.decode()
    assert "Only who may change the limits can decide this" in page
    assert '<fieldset class="stack" disabled' in page
    assert client.post(f"/budget/ledger/{lost.pk}/decide", NO).status_code == 403
    assert not Correction.objects.exists()


def test_what_is_not_there_and_wrong_ways(boss_client: Client, stranger: Client, lost: Entry) -> None:
    address = f"/budget/ledger/{lost.pk}/decide"
    assert boss_client.get(address)["Location"] == f"/budget/ledger/{lost.pk}"
    assert boss_client.put(address).status_code == 405
    assert boss_client.post("/budget/ledger/4711/decide", NO).status_code == 404
    assert stranger.post(address, NO)["Location"].startswith("/signin?next=")


def test_held_lanes_are_woken_only_by_a_change(boss_client: Client, lost: Entry) -> None:
    before = wake.times_woken()
    decide(boss_client, lost, NO)
    after = wake.times_woken()
    decide(boss_client, lost, NO)
    assert before != after == wake.times_woken()


def test_what_did_not_fit_fits_afterwards(boss_client: Client) -> None:
    credits.set_limit(Decimal(100), by=None)
    credits.reserve("lost", Decimal(90))
    credits.settle("lost", basis=Basis.UNKNOWN)
    with pytest.raises(credits.Refused):
        credits.reserve("next", Decimal(50))
    decide(boss_client, Entry.objects.get(), NO)
    credits.reserve("next", Decimal(50))
    check_agreement()
    assert (credits.today().spent, credits.today().reserved) == (Decimal(0), Decimal(50))


def test_a_held_job_goes_on_after_a_decision(boss_client: Client, clay: Sandbox) -> None:
    credits.set_limit(Decimal(8), by=None)
    clay.settings(next_vanish=1)
    people = a_destination()
    running(people)
    send(people)  # 6 credits, and nobody knows
    lost = Entry.objects.get()
    running(people, name="more.csv")
    send(people)
    people.refresh_from_db()
    assert people.hold == "budget"
    decide(boss_client, lost, NO)
    send(people)
    assert Entry.objects.exclude(pk=lost.pk).get().credits == 6
    check_agreement()


def test_with_redis_away_the_ledger_is_right_all_the_same(boss_client: Client, lost: Entry) -> None:
    redis.client().flushall()
    decide(boss_client, lost, NO)
    assert credits.on_day(lost.day).spent == 0
    check_agreement()


def test_a_result_that_comes_later_is_told(boss_client: Client, clay: Sandbox) -> None:
    clay.settings(base_seconds=0.3)
    people = a_destination()
    running(people)
    send(people)
    run = Submission.objects.get()
    steering.runs.give_up(run)
    entry = Entry.objects.get()
    decide(boss_client, entry, NO)

    def is_home() -> bool:
        ask()
        return states(run.batch.job) == {"enriched": 3}

    assert eventually(is_home)
    page = text_of(boss_client, f"/budget/ledger/{entry.pk}")
    assert "Its results came home after all, and say 6 credits." in page
    entry.refresh_from_db()
    assert (entry.spent, Basis(entry.basis)) == (Decimal(0), Basis.DECIDED)


# -- many -----------------------------------------------------------------------------------------
@pytest.fixture
def three(db: None) -> list[Entry]:
    for name in "abc":
        take(name, "100", label=f"leads.csv, batch {name}")
        settle(name, "100", Basis.UNKNOWN)
    return list(Entry.objects.order_by("pk"))


def test_the_note_on_top_names_lines_and_credits(client: Client, three: list[Entry]) -> None:
    page = client.get("/budget/ledger?day=2026-11-20")
    assert "3 lines, 300 credits may or may not have been charged" in page.content.decode()
    assert 'href="?day=2026-11-20&amp;basis=unknown"' in page.content.decode()
    assert 'type="checkbox" name="line"' not in page.content.decode()


def test_lines_can_be_ticked_where_only_such_are_listed(
    client: Client, boss_client: Client, three: list[Entry]
) -> None:
    mine, hers = (each.get("/budget/ledger?basis=unknown").content.decode() for each in (boss_client, client))
    assert mine.count('type="checkbox" name="line"') == 3
    assert "disabled" not in mine[mine.index('name="line"') :]
    assert hers[hers.index('name="line"') :].count("disabled") >= 4
    assert "Only who may change the limits can decide this" in hers


def test_the_confirmation_names_lines_and_credits(boss_client: Client, three: list[Entry]) -> None:
    first, second, _ = three
    page = text_of(boss_client, f"/budget/ledger/decide?line={first.pk}&line={second.pk}")
    assert "Were 2 lines, 200 credits charged?" in page
    every = ",".join(str(each.pk) for each in three)
    assert "Were 3 lines" in text_of(boss_client, f"/budget/ledger/decide?shown={every}")


def test_the_ticked_ones_are_decided_and_no_other(boss_client: Client, three: list[Entry]) -> None:
    keys = [each.pk for each in three[:2]]
    given = {**NO, "line": keys, "next": "/budget/ledger?basis=unknown&day=2026-11-20"}
    answer = boss_client.post("/budget/ledger/decide", given, follow=True)
    assert answer.redirect_chain == [("/budget/ledger?basis=unknown&day=2026-11-20", 302)]
    assert "Decided for 2 lines: 0 of 200 credits were charged." in answer.content.decode()
    assert list(Entry.objects.order_by("pk").values_list("spent", flat=True)) == [0, 0, 100]
    assert Correction.objects.count() == 2


def test_many_twice_changes_nothing_and_says_so(boss_client: Client, three: list[Entry]) -> None:
    given = {**NO, "line": [each.pk for each in three]}
    boss_client.post("/budget/ledger/decide", given)
    answer = boss_client.post("/budget/ledger/decide", given | {"charged": "all"}, follow=True)
    assert "Nothing was changed" in answer.content.decode()
    assert Correction.objects.count() == 3
    assert credits.on_day(three[0].day).spent == 0


def test_lines_that_are_known_by_now_are_left_out(boss_client: Client, three: list[Entry]) -> None:
    decide(boss_client, three[0], ALL)
    every = ",".join(str(each.pk) for each in three)
    page = text_of(boss_client, f"/budget/ledger/decide?shown={every}")
    assert "Were 2 lines, 200 credits charged?" in page
    assert "1 line that you ticked is decided or known by now" in page


def test_many_need_a_note_and_a_choice(boss_client: Client, three: list[Entry]) -> None:
    answer = boss_client.post("/budget/ledger/decide", {"line": three[0].pk, "charged": "some"})
    assert answer.status_code == 422
    assert set(answer.context["form"].errors) == {"charged", "note"}
    assert not Correction.objects.exists()


@pytest.mark.parametrize("given", [{}, {"line": "x"}, {"line": "9" * 40}, {"shown": ",,²,-1"}])
def test_ticking_nothing_is_said(boss_client: Client, three: list[Entry], given: dict[str, str]) -> None:
    answer = boss_client.get("/budget/ledger/decide", given, follow=True)
    assert "Tick the lines first" in answer.content.decode()


def test_many_are_not_anas_to_decide(client: Client, stranger: Client, three: list[Entry]) -> None:
    given = {**NO, "line": [each.pk for each in three]}
    assert client.get(f"/budget/ledger/decide?line={three[0].pk}").status_code == 403
    assert client.post("/budget/ledger/decide", given).status_code == 403
    assert stranger.post("/budget/ledger/decide", given)["Location"].startswith("/signin?next=")
    assert not Correction.objects.exists()


def test_never_to_another_site(boss_client: Client, three: list[Entry]) -> None:
    given = {**NO, "line": three[0].pk, "next": "https://evil.test/"}
    answer = boss_client.post("/budget/ledger/decide", given)
    assert answer["Location"] == "/budget/ledger?basis=unknown"
