"""The ledger against the submissions: each way in which they may differ, made on purpose, and named."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.utils import timezone

from budget import counters, credits
from budget.models import Basis, Entry, EntryState, Recount
from clayops.base import redis
from clayops.sandbox.server import Sandbox
from clayops.up.redis_server import OwnRedis
from jobs.models import Outcome, Submission
from jobs.upkeep import credit_audit
from tests.support import a_destination, bring_home, running, send

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.breaks_a_promise]
LONG_AGO = timezone.now() - timedelta(hours=1)


@pytest.fixture
def run(clay: Sandbox) -> Submission:
    """Three rows that were sent and came home long ago: 6 credits."""
    people = a_destination()
    running(people)
    send(people)
    bring_home()
    Submission.objects.update(closed_at=LONG_AGO)
    return Submission.objects.get()


def found() -> list[str]:
    return list(credit_audit.findings())


def line(**changes: object) -> None:
    Entry.objects.update(**changes)


def test_all_is_well(run: Submission) -> None:
    assert found() == []


@pytest.mark.parametrize("state", [EntryState.RELEASED, EntryState.PENDING])
def test_sent_without_credits(run: Submission, state: EntryState) -> None:
    line(state=state)
    assert "was sent, but no credits are reserved or spent for it" in found()[0]


def test_sent_without_a_line(run: Submission) -> None:
    Entry.objects.all().delete()
    batch = f"batch 1 of job {run.batch.job_id}"
    why = "was sent, but no credits are reserved or spent for it"
    assert found() == [f"submission {run.pk} ({batch}) {why}"]


def test_refused_but_not_given_back(run: Submission) -> None:
    Submission.objects.update(outcome=Outcome.REFUSED, run_state="")
    assert "was refused, but its credits were not given back" in found()[0]


def test_over_but_still_reserved(run: Submission) -> None:
    line(state=EntryState.RESERVED, spent=None)
    assert "is over, but its credits are still reserved" in found()[0]


def test_what_ended_a_moment_ago_may_still_be_reserved(run: Submission) -> None:
    line(state=EntryState.RESERVED, spent=None)
    Submission.objects.update(closed_at=timezone.now())
    assert found() == []


def test_another_amount_than_the_results_told(run: Submission) -> None:
    line(spent=5)
    assert found() == [f"submission {run.pk} cost 6 credits, the ledger says 5"]


@pytest.mark.parametrize("basis", [Basis.UNKNOWN, Basis.DECIDED])
def test_what_a_person_decides_may_differ(run: Submission, basis: Basis) -> None:
    line(spent=0, basis=basis)
    assert found() == []


def test_credits_set_aside_for_nothing() -> None:
    credits.reserve("batch:9:x", Decimal(100), purpose=credits.Purpose(label="leads.csv, batch 9"))
    assert found() == []
    line(reserved_at=LONG_AGO)
    assert found() == ["100 credits are reserved for leads.csv, batch 9, which was never sent"]


def test_the_command_finds_what_redis_has_wrong_and_mends_it(
    run: Submission, capsys: pytest.CaptureFixture[str]
) -> None:
    day = credits.today().day
    redis.client().hincrby(counters.key(day), "s:", 700)
    with pytest.raises(SystemExit) as stopped:
        call_command("audit")
    assert stopped.value.code == 1
    why = "the sum of what is spent is wrong. Counted anew from the ledger."
    assert capsys.readouterr().err == f"credits of {day}: {why}\n"
    assert Recount.objects.count() == 1
    call_command("audit")


def test_without_redis_the_command_says_what_it_could_not_see(
    run: Submission, redis_server: OwnRedis, capsys: pytest.CaptureFixture[str]
) -> None:
    redis_server.kill()
    try:
        call_command("audit")
    finally:
        redis_server.restart()
    assert "Redis is away" in capsys.readouterr().out
