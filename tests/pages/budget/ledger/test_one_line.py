"""One line of the ledger: what it was for, and how its amount came about."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from budget import credits
from budget.credits import Basis
from budget.models import Entry
from clayops.sandbox.server import Sandbox
from jobs.models import DeadLetter, Job, Row, RowState, Submission
from jobs.results import applying
from tests.jobs.results.test_results import item
from tests.pages.budget.ledger.test_ledger import NOON, settle, take, text_of
from tests.support import a_destination, bring_home, csv_of, running, send

pytestmark = pytest.mark.django_db(transaction=True)


def line_of(holder: str) -> str:
    return f"/budget/ledger/{Entry.objects.get(holder=holder).pk}"


def sent(clay: Sandbox, count: int = 50, **changes: Any) -> Submission:
    """A batch in flight, to a destination that costs 2 credits a row."""
    place = a_destination(**changes)
    running(place, csv_of(count))
    send(place)
    return Submission.objects.select_related("batch__job", "destination").get()


def home(run: Submission, costs: list[object], failed: int = 0) -> None:
    """The first rows fail, each of the others tells its cost; None tells nothing."""
    bad = [item(pk, "failed", error="Invalid row") for pk in run.row_ids[:failed]]
    good = [item(pk, credits=cost) for pk, cost in zip(run.row_ids[failed:], costs, strict=True)]
    applying.apply(run, [*bad, *good])


def words_of(client: Client, run: Submission) -> list[str]:
    words: list[str] = client.get(line_of(run.holder)).context["cost"].words
    return words


# -- how the amount came about --------------------------------------------------------------------
def test_rows_that_told_and_rows_that_did_not(client: Client, clay: Sandbox) -> None:
    run = sent(clay)
    home(run, [*[2.3] * 47, None, None, None])
    assert words_of(client, run) == [
        "47 rows told 2.30 credits each",
        "3 rows × 2 credits, estimated: Clay did not tell",
    ]
    assert Entry.objects.get().spent == Decimal("114.10")


def test_rows_that_told_many_amounts(client: Client, clay: Sandbox) -> None:
    run = sent(clay, 6)
    home(run, [1, 2, 3, 4, 5, 5])
    assert words_of(client, run) == ["6 rows told 1 to 5 credits, 20 together"]


def test_failed_rows_that_clay_does_not_charge(client: Client, clay: Sandbox) -> None:
    run = sent(clay, 5, charges_misses=False)
    home(run, [3, None, None], failed=2)
    assert words_of(client, run) == [
        "1 row told 3 credits",
        "2 rows × 2 credits, estimated: Clay did not tell",
        "2 rows failed at Clay, which does not charge misses here: 0",
    ]
    assert Entry.objects.get().spent == 7


def test_a_run_that_tells_nothing_is_an_estimate(client: Client, clay: Sandbox) -> None:
    run = sent(clay, 3)
    bring_home()
    assert words_of(client, run) == ["3 rows × 2 credits, estimated: Clay did not tell"]


def test_without_its_rows_the_ledger_says_what_it_knows(client: Client, db: None) -> None:
    take("a", "100", job=4711)
    settle("a", "92.30", Basis.PARTLY)
    page = text_of(client, line_of("a"))
    assert "Some of its 50 rows told their credits: 92.30 in all." in page
    assert "its job has been deleted" in page


@pytest.mark.parametrize(
    ("became", "words"),
    [
        ("reserved", "50 rows × 2 credits, estimated: set aside until"),
        ("released", "50 rows × 2 credits, estimated, given back"),
        ("unknown", "Nobody knows whether Clay charged them"),
        ("estimated", "50 rows × 2 credits, estimated: Clay did not tell"),
    ],
)
def test_each_state_in_words(client: Client, db: None, became: str, words: str) -> None:
    take("a")
    if became == "released":
        credits.release("a")
    elif became != "reserved":
        settle("a", "100", Basis(became))
    assert words in text_of(client, line_of("a"))


# -- its batch, its steps -------------------------------------------------------------------------
def test_what_clay_answered_and_each_row(client: Client, clay: Sandbox) -> None:
    run = sent(clay, 3)
    home(run, [1, 2, None])
    page = client.get(line_of(run.holder)).content.decode()
    for part in (run.run_id, "HTTP 202", f"/jobs/{run.batch.job_id}/rows/2", "Clay accepted the batch"):
        assert part in page
    assert f'href="/jobs/{run.batch.job_id}/batches"' in page


def test_the_steps_are_in_order(client: Client, clay: Sandbox) -> None:
    run = sent(clay, 3)
    bring_home()
    steps = client.get(line_of(run.holder)).context["steps"]
    assert [step.text for step in steps] == [
        "6 credits reserved for 3 rows",
        "Attempt 1 to send the batch began",
        "Clay accepted the batch",
        "Its results came home",
        "Settled: 6 credits spent",
    ]
    assert [step.at for step in steps] == sorted(step.at for step in steps)


def test_a_person_s_decision_is_a_step_too(client: Client, boss: User) -> None:
    take("a", "100")
    settle("a", "100", Basis.UNKNOWN)
    credits.decide(Entry.objects.get(), Decimal(30), boss, "Clay’s usage page says 30")
    steps = [step.text for step in client.get(line_of("a")).context["steps"]]
    assert steps[-2] == "100 credits counted as spent, as Clay may have charged them"
    assert steps[-1] == (
        f"{boss} decided: 30 credits spent instead of 100 credits. “Clay’s usage page says 30”"
    )


def test_its_dead_letter_is_linked(client: Client, clay: Sandbox, settings: LazySettings) -> None:
    clay.settings(next_vanish=1)
    sent(clay, 3)
    letter, entry = DeadLetter.objects.get(), Entry.objects.get()
    page = client.get(f"/budget/ledger/{entry.pk}").content.decode()
    assert entry.basis == Basis.UNKNOWN
    assert f'href="/deadletters/{letter.pk}"' in page
    assert "Nobody knows whether Clay took the batch" in page


def test_a_deleted_job_shows_nothing_of_its_rows(client: Client, clay: Sandbox) -> None:
    run = sent(clay, 3)
    home(run, [1, 2, 3])
    Job.objects.update(deleted_at=timezone.now())
    answer = client.get(line_of(run.holder))
    assert (answer.context["submission"], answer.context["cost"].rows) == (None, [])
    assert run.run_id not in answer.content.decode()


def test_rows_that_told_it_to_another_attempt_are_not_counted_here(client: Client, clay: Sandbox) -> None:
    run = sent(clay, 3)
    Row.objects.filter(pk=run.row_ids[0]).update(credits=9, state=RowState.ENRICHED, result={})
    applying.apply(run, [item(pk) for pk in run.row_ids])
    answer = client.get(line_of(run.holder))
    assert answer.context["cost"].words == ["3 rows × 2 credits, estimated: Clay did not tell"]


# -- the lines beside it --------------------------------------------------------------------------
def test_neighbours_are_those_of_the_filter(client: Client, db: None) -> None:
    for n, name in enumerate("abcd"):
        take(name, "10", NOON + timedelta(seconds=n // 2))
        settle(name, "10", Basis.UNKNOWN if name != "b" else Basis.REPORTED)
    keys = {entry.holder: entry.pk for entry in Entry.objects.all()}
    plain = client.get(f"/budget/ledger/{keys['c']}").context
    assert (plain["newer"], plain["older"]) == (keys["d"], keys["b"])
    filtered = client.get(f"/budget/ledger/{keys['c']}?basis=unknown")
    assert filtered.context["older"] == keys["a"]
    assert 'href="/budget/ledger?basis=unknown"' in filtered.content.decode()
    assert f'href="/budget/ledger/{keys["a"]}?basis=unknown"' in filtered.content.decode()


def test_without_a_filter_the_way_back_is_its_day(client: Client, db: None) -> None:
    take("a")
    assert 'href="/budget/ledger?day=2026-11-20"' in client.get(line_of("a")).content.decode()


def test_nonsense_in_the_address_does_no_harm(client: Client, db: None) -> None:
    take("a")
    assert client.get(f"{line_of('a')}?day=never&hour=x").status_code == 200


@pytest.mark.parametrize("key", ["4711", str(2**63), "9" * 60])
def test_a_line_that_is_not_there_is_a_404(client: Client, db: None, key: str) -> None:
    assert client.get(f"/budget/ledger/{key}").status_code == 404
