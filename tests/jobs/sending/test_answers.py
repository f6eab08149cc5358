"""The table of docs/architecture.md, "What each answer of Clay means", line by line, over real HTTP."""

import pytest
from django.conf import LazySettings

from budget import credits as budget
from clayops.sandbox.server import Sandbox
from jobs import steering
from jobs.models import Batch, Charge, ClayCircuit, DeadLetter, Destination, Job, Outcome, Proof, Submission
from jobs.sending import attempt, workspace
from tests.support import bring_home, csv_of, fresh, row, running, send, states, step

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "FIRST_BACKOFF", 0.01)


@pytest.fixture
def job(clay: Sandbox, people: Destination) -> Job:
    return running(people)


def refuse(clay: Sandbox, status: int, times: int = 1, retry_after: float | None = None) -> None:
    clay.settings(next_refusals=times, refusal_status=status, refusal_retry_after=retry_after)


def letter() -> DeadLetter:
    return DeadLetter.objects.get()


def spent() -> tuple[int, int]:
    day = budget.today()
    return int(day.spent), int(day.reserved)


def test_accepted(job: Job) -> None:
    step(job.destination)
    submission = Submission.objects.get()
    assert (submission.outcome, bool(submission.run_id), submission.run_state) == ("accepted", True, "out")
    assert states(job) == {"in_flight": 3}
    assert row(job, 1).proof == Proof.SENT
    assert spent() == (0, 6)


def test_the_submission_is_written_before_the_bytes_leave(job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[str, str, str]] = []

    def look(*_: object) -> None:
        seen.append((Submission.objects.get().outcome, row(job, 1).state, row(job, 1).proof))
        raise SystemExit  # as dead as a process can be without one

    monkeypatch.setattr(attempt, "_post", look)
    with pytest.raises(SystemExit):
        step(job.destination, lease="of-a-dead-one")
    assert seen == [("", "sending", "maybe")]
    send(job.destination)  # the next holder of the lease clears up
    assert states(job) == {"dead": 3}


def test_nobody_listens(job: Job, settings: LazySettings) -> None:
    settings.CLAY_API_URL = "http://127.0.0.1:9/public/v0"
    step(job.destination)
    assert (Submission.objects.get().outcome, states(job)) == (Outcome.REFUSED, {"waiting": 3})
    assert row(job, 1).proof == Proof.NOT_SENT
    assert spent() == (0, 0)


def test_nobody_listens_for_long(job: Job, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.CLAY_API_URL = "http://127.0.0.1:9/public/v0"
    monkeypatch.setattr(ClayCircuit, "THRESHOLD", 100)
    send(job.destination)
    assert (letter().charge, letter().attempts, states(job)) == (Charge.NO, 5, {"dead": 3})
    assert fresh(job).state == "done"


@pytest.mark.parametrize("status", [429, 503])
def test_too_fast(clay: Sandbox, job: Job, status: int) -> None:
    refuse(clay, status, retry_after=1)
    step(job.destination)
    assert (Submission.objects.get().outcome, Batch.objects.get().attempts) == (Outcome.REFUSED, 0)
    assert 0 < workspace.seconds_to_wait() <= 1
    send(job.destination)
    assert states(job) == {"in_flight": 3}


@pytest.mark.parametrize("status", [400, 404, 413, 422])
def test_rejected(clay: Sandbox, job: Job, status: int) -> None:
    refuse(clay, status)
    step(job.destination)
    assert (letter().charge, states(job), spent()) == (Charge.NO, {"dead": 3}, (0, 0))
    assert Submission.objects.get().http_status == status
    assert row(job, 1).proof == Proof.NOT_SENT


@pytest.mark.parametrize("status", [401, 403])
def test_key_rejected(clay: Sandbox, job: Job, status: int) -> None:
    refuse(clay, status)
    send(job.destination)
    assert (fresh(job).shown_state, fresh(job).hold) == ("held", "key_rejected")
    assert not DeadLetter.objects.exists()
    assert "goes on" in steering.destinations.check_again(fresh(job).destination)
    send(job.destination)
    assert states(job) == {"in_flight": 3}


def test_no_credits_left_at_clay(clay: Sandbox, job: Job) -> None:
    refuse(clay, 402)
    send(job.destination)
    day = budget.today()
    assert (day.breaker, day.reason) == ("open", "Clay reports no credits left")
    assert (fresh(job).hold, states(job)) == ("budget", {"waiting": 3})
    steering.destinations.check_again(fresh(job).destination)
    send(job.destination)
    assert states(job) == {"in_flight": 3}


@pytest.mark.parametrize("status", [500, 502, 503])
def test_an_answer_that_tells_nothing(clay: Sandbox, job: Job, status: int) -> None:
    refuse(clay, status)
    step(job.destination)
    assert (letter().charge, states(job), spent()) == (Charge.POSSIBLY, {"dead": 3}, (6, 0))
    assert row(job, 1).proof == Proof.MAYBE
    send(job.destination)
    assert Submission.objects.count() == 1


def test_five_in_a_row_open_the_circuit(
    clay: Sandbox, people: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    people.batch_size = 1
    people.save()
    job = running(people, "email\n" + "".join(f"p{n}@a.test\n" for n in range(8)))
    refuse(clay, 500, times=5)
    for _ in range(6):
        step(people)
    assert states(job) == {"dead": 5, "waiting": 3}
    assert fresh(job).hold == "clay_down"
    ClayCircuit.objects.update(probe_at=job.created_at)
    send(people)
    assert states(job) == {"dead": 5, "in_flight": 3}
    assert (fresh(job).hold, ClayCircuit.load().open_since) == ("", None)


def test_a_failed_probe_waits_longer(people: Destination, clay: Sandbox) -> None:
    for _ in range(5):
        ClayCircuit.failure("500")
    assert ClayCircuit.load().cool_down == ClayCircuit.COOL_DOWN
    ClayCircuit.failure("500")
    assert ClayCircuit.load().cool_down == 2 * ClayCircuit.COOL_DOWN


def test_a_probe_is_one_batch(people: Destination) -> None:
    for _ in range(5):
        ClayCircuit.failure("500")
    ClayCircuit.objects.update(probe_at=people.created_at)
    circuits = [ClayCircuit.load() for _ in range(3)]
    now = people.created_at.now(tz=people.created_at.tzinfo)
    assert [circuit.may_send(now) for circuit in circuits] == [True, False, False]


def test_one_bad_batch_does_not_block_the_others(clay: Sandbox, people: Destination) -> None:
    job = running(people, csv_of(120))
    refuse(clay, 422)
    send(people)
    bring_home()
    assert states(job) == {"dead": 50, "enriched": 70}


def test_a_row_over_100_kb_never_leaves(clay: Sandbox, people: Destination) -> None:
    people.batch_size = 1
    people.save()
    job = running(people, "email,domain\na@b.test,b.test\nc@d.test,d.test\n")
    job.rows.filter(number=1).update(cells=["a@b.test", "x" * 120_000])  # the check would have named it
    send(people)
    bring_home()
    assert states(job) == {"dead": 1, "enriched": 1}
    assert (letter().charge, "Clay takes 100,000" in letter().cause) == (Charge.NO, True)
    assert len(clay.log()) == 1


def test_a_routine_id_that_cannot_be_sent(clay: Sandbox, people: Destination) -> None:
    people.routine_id = ""
    people.save()
    job = running(people)
    send(people)
    assert (letter().charge, states(job)) == (Charge.NO, {"dead": 3})
