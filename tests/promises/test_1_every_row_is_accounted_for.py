"""Promise 1. Every row is accounted for.

Each uploaded row is in exactly one state, and the states of a job add up to its row count. `manage.py
audit` proves it and exits 1, naming the rows, where it does not hold.

That the audit finds each thing it is there to find: tests/jobs/upkeep/test_audit.py. It also runs after
every test of this repository that has a database (tests/conftest.py).
"""

import time
from pathlib import Path

import pytest
from django.core.management import call_command

from clayops.sandbox.server import Sandbox
from jobs.models import Destination, Job, Row
from jobs.review import verbs
from jobs.sending import attempt
from jobs.upkeep import audit
from tests.clayops.up.product import product
from tests.promises.product.running import MidJob
from tests.support import a_destination, bring_home, csv_of, fresh, running, send, states, step

transactional = pytest.mark.django_db(transaction=True)


def accounted_for(job: Job) -> dict[str, int]:
    """The job's rows by state, once they were found to add up."""
    found = states(job)
    assert sum(found.values()) == fresh(job).row_count
    assert list(audit.findings()) == []
    return found


@transactional
@pytest.mark.usefixtures("no_backoff")
def test_the_states_add_up_after_every_step(clay: Sandbox, people: Destination) -> None:
    Destination.objects.update(batch_size=1)
    people.refresh_from_db()
    job = running(people, csv_of(4))
    assert accounted_for(job) == {"waiting": 4}

    step(people)
    assert accounted_for(job) == {"waiting": 3, "in_flight": 1}
    clay.settings(next_refusals=1, refusal_status=422)
    step(people)
    assert accounted_for(job) == {"waiting": 2, "in_flight": 1, "dead": 1}
    verbs.discard(job.letters.get(), None, "No such person")
    assert accounted_for(job) == {"waiting": 2, "in_flight": 1, "discarded": 1}
    clay.settings(next_vanish=1)
    step(people)
    assert accounted_for(job) == {"waiting": 1, "in_flight": 1, "discarded": 1, "dead": 1}
    send(people)
    bring_home()
    assert accounted_for(job) == {"enriched": 2, "discarded": 1, "dead": 1}


@transactional
def test_rows_are_counted_while_they_are_sent(clay: Sandbox, people: Destination) -> None:
    seen: list[dict[str, int]] = []
    job = running(people)

    def die(*_: object) -> None:
        seen.append(accounted_for(job))
        raise SystemExit

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(attempt, "_post", die)
        with pytest.raises(SystemExit):
            step(people, lease="of-a-dead-one")
    assert seen == [{"sending": 3}]
    send(people)
    assert accounted_for(job) == {"dead": 3}


@pytest.mark.django_db
@pytest.mark.breaks_a_promise
def test_the_audit_exits_1_and_names_the_rows(capsys: pytest.CaptureFixture[str]) -> None:
    job = running(a_destination())
    call_command("audit")
    assert "rows: 3, jobs: 1" in capsys.readouterr().out
    Row.objects.filter(number=2).update(state="dead")
    with pytest.raises(SystemExit) as stopped:
        call_command("audit")
    assert stopped.value.code == 1
    assert f"rows {job.pk}:2 are dead without a dead letter" in capsys.readouterr().err


# -- on a whole product ---------------------------------------------------------------------------------
# `settle` waits for the end of the job, runs `manage.py audit`, and asks Clay how often it took each row.


@pytest.mark.long
@pytest.mark.faults
@pytest.mark.timeout(300)
def test_kill_9_of_one_after_the_other(mid_job: MidJob) -> None:
    for words in (
        "rqworker lanes",
        "rqworker results",
        "rqworker work",
        "rqcron",
        "manage.py watch",
        "gunicorn",
        "manage.py sandbox",
    ):
        mid_job.kill(words)
        time.sleep(1)
    mid_job.settle(redis_lost=False)


@pytest.mark.long
@pytest.mark.faults
@pytest.mark.timeout(300)
def test_kill_9_of_everything_and_a_second_start(tmp_path: Path) -> None:
    with product(tmp_path / "data") as it:
        mid_job = MidJob(it)
        it.process.kill()
        it.process.wait(20)
        mid_job.kill("")
        port = it.port
    with product(tmp_path / "data", port) as again:
        mid_job.it = again
        mid_job.settle()
