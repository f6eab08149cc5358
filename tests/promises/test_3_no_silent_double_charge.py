"""Promise 3. No silent double charge.

A row whose first sending has an unknown outcome is never sent again without a person's approval. Each row
shows its proof: *not sent*, *sent* or *may have been sent*.

What each answer of Clay's means: tests/jobs/sending/test_answers.py. What may be sent again, and when:
tests/jobs/review/test_retry.py. At the end of this file 500 letters are sent again in bulk on a whole
product, while its processes are killed.
"""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User

from clayops.clay import Clay
from clayops.sandbox.server import Sandbox
from jobs.models import Charge, DeadLetter, Destination, Job, NotPossible, Proof, Submission
from jobs.review import verbs
from jobs.upkeep import audit, tick
from tests.clayops.up.product import Product, eventually, product
from tests.promises.product.running import Running
from tests.support import bring_home, csv_of, running, send, states, step

transactional = pytest.mark.django_db(transaction=True)


def lost(clay: Sandbox, job: Job) -> DeadLetter:
    """Clay takes the job's rows, and its answer is lost."""
    clay.settings(next_vanish=1)
    step(job.destination)
    return job.letters.get()


def times_taken(clay: Sandbox) -> set[int]:
    """How often Clay took a row, of all rows that it took."""
    return set(clay.counts()["accepted"].values())


def proofs(job: Job) -> set[str]:
    return set(job.rows.values_list("proof", flat=True))


@transactional
def test_a_lost_answer_is_a_letter_and_nothing_sends_it_again(clay: Sandbox, people: Destination) -> None:
    job = running(people)
    letter = lost(clay, job)
    assert (letter.charge, states(job), proofs(job)) == (Charge.POSSIBLY, {"dead": 3}, {Proof.MAYBE})
    send(people)
    tick.tick()
    send(people)
    assert times_taken(clay) == {1}
    assert states(job) == {"dead": 3}


@transactional
def test_so_is_a_sender_that_died_after_the_bytes_left(clay: Sandbox, people: Destination) -> None:
    """It is written down before they leave: whoever comes next knows."""
    job = running(people)

    run = Clay.run

    def run_and_die(self: Clay, *given: Any) -> None:
        assert (Submission.objects.get().outcome, proofs(job)) == ("", {Proof.MAYBE})
        run(self, *given)
        raise SystemExit  # as dead as a process can be without one

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Clay, "run", run_and_die)
        with pytest.raises(SystemExit):
            step(people, lease="of-a-dead-one")
    send(people)
    assert (states(job), proofs(job), times_taken(clay)) == ({"dead": 3}, {Proof.MAYBE}, {1})


@transactional
@pytest.mark.usefixtures("no_backoff")
def test_what_surely_was_not_taken_goes_again_by_itself(clay: Sandbox, people: Destination) -> None:
    job = running(people)
    clay.settings(next_refusals=1, refusal_status=429)
    step(people)
    assert proofs(job) == {Proof.NOT_SENT}
    send(people)
    assert (states(job), proofs(job), times_taken(clay)) == ({"in_flight": 3}, {Proof.SENT}, {1})


@transactional
def test_without_an_approval_it_is_not_sent(clay: Sandbox, people: Destination, ana: User) -> None:
    letter = lost(clay, running(people))
    with pytest.raises(NotPossible, match="needs an approval first"):
        verbs.retry(letter, ana)
    send(people)
    assert times_taken(clay) == {1}


@transactional
def test_an_approval_has_a_note_and_is_good_for_one_sending(
    clay: Sandbox, people: Destination, ana: User
) -> None:
    letter = lost(clay, running(people))
    with pytest.raises(NotPossible, match="A note is needed"):
        verbs.approve(letter, ana, "  ")
    verbs.approve(letter, ana, "Not in the table")
    clay.settings(next_vanish=1)
    verbs.retry(letter, ana)
    send(people)
    assert times_taken(clay) == {2}
    with pytest.raises(NotPossible, match="needs an approval first"):
        verbs.retry(DeadLetter.objects.get(pk=letter.pk), ana)
    assert list(audit.findings()) == []


@transactional
@pytest.mark.breaks_a_promise
def test_the_audit_names_rows_that_went_again_without_one(
    clay: Sandbox, people: Destination, ana: User
) -> None:
    letter = lost(clay, running(people))
    verbs.approve(letter, ana, "x")
    verbs.retry(letter, ana)
    send(people)
    bring_home()
    letter.events.filter(kind="approved").delete()
    assert "may have been sent twice" in "\n".join(audit.findings())


# -- on a whole product ---------------------------------------------------------------------------------

REFUSED = 496
"""Letters of one row each, which surely never left."""
LOST, IN_EACH = 4, 5
"""Letters whose rows Clay took, though its answer was lost."""

BURY = """
from jobs.models import Batch, Cause, DeadLetter, Row
from jobs.sending import completion
rows = list(Row.objects.select_related("job").order_by("pk"))
why = "Clay rejected the request (422): The inputs do not fit the routine."
group = Cause.of(rows[0].job.destination_id, why, 422)
told = dict(group=group, cause=why, charge="no", size=1)
made = [DeadLetter(job=row.job, batch_id=row.batch_id, **told) for row in rows]
letters = DeadLetter.objects.bulk_create(made)
for row, letter in zip(rows, letters):
    row.state, row.letter, row.error = "dead", letter, why
Row.objects.bulk_update(rows, ["state", "letter", "error"], batch_size=100)
Batch.objects.update(state="finished")
completion.finish_if_settled(rows[0].job)
"""
BULK = """
from jobs.models import DeadLetter, Verb
from jobs.review.bulk import actions
action = actions.ask(Verb({verb!r}), DeadLetter.objects.all(), None)
actions.confirm(action, {note!r})
print(action.pk)
"""
OUTCOMES = """
import json
from jobs.models import BulkAction
action = BulkAction.objects.get(pk={pk})
print(json.dumps([action.state, action.counts()]))
"""
IS_STORED = "select 1 from jobs_job where state in ('running', 'held')"
IS_OVER = "select state from jobs_bulkaction where id = ?"
APPROVED = """
import json
from collections import Counter
from jobs.models import LetterEvent
retried = LetterEvent.objects.filter(kind="retried", approval__kind="approved")
print(json.dumps(Counter(pk for rows in retried.values_list("rows", flat=True) for pk in rows)))
"""


class Reviewed(Running):
    """A product with 500 dead letters."""

    def __init__(self, it: Product) -> None:
        super().__init__(it)
        self.must("limit", "0")
        self.upload("Refused", REFUSED, 1)
        assert eventually(lambda: self.rows()["waiting"] == REFUSED and self.query(IS_STORED), 60)
        self.python(BURY)
        self.must("limit", "10000")
        self.tell_sandbox(next_vanish=LOST)
        self.upload("Lost", LOST * IN_EACH, IN_EACH)
        assert eventually(lambda: self.rows("Lost")["dead"] == LOST * IN_EACH, 60), self.rows()

    def upload(self, name: str, rows: int, size: int) -> None:
        options = ["--inputs", "email,domain?", "--batch-size", str(size), "--pause", "0"]
        self.must("destination", name, "--routine", f"function:t_{name.lower()}", *options)
        file = self.it.data / f"{name}.csv"
        file.write_text(csv_of(rows))
        self.must("enrich", str(file), "--to", name)

    def bulk(self, verb: str, note: str = "") -> str:
        return self.python(BULK.format(verb=verb, note=note))

    def is_over(self, action: str) -> bool:
        return self.query(IS_OVER, action) == [("done",)]

    def outcome(self, action: str) -> tuple[str, dict[str, int]]:
        state, counts = json.loads(self.python(OUTCOMES.format(pk=action)))
        return state, counts

    def approved(self) -> dict[int, int]:
        """How often each row was sent again with an approval."""
        return {int(pk): count for pk, count in json.loads(self.python(APPROVED)).items()}


@pytest.fixture
def reviewed(tmp_path: Path) -> Iterator[Reviewed]:
    with product(tmp_path / "data") as it:
        yield Reviewed(it)


@pytest.mark.long
@pytest.mark.faults
@pytest.mark.timeout(900)
def test_500_letters_are_retried_while_processes_are_killed(reviewed: Reviewed) -> None:
    lost_once = reviewed.times_accepted()
    assert len(lost_once) == LOST * IN_EACH

    action = reviewed.bulk("retry")
    for words in ("rqworker work", "rqworker lanes", "redis-server", "rqcron"):
        time.sleep(0.5)
        reviewed.kill(words)
    assert eventually(lambda: reviewed.is_over(action), 240), reviewed.outcome(action)
    assert reviewed.outcome(action)[1] == {"": 0, "done": REFUSED, "refused": LOST, "left": 0}
    assert eventually(reviewed.is_at_rest, 240), reviewed.rows()
    assert set(reviewed.times_accepted().values()) == {1}, "a row went twice without an approval"
    assert reviewed.rows()["enriched"] > REFUSED - 20
    reviewed.must("audit")

    action = reviewed.bulk("approve-retry", "Looked into the table")
    assert eventually(lambda: reviewed.is_over(action), 240), reviewed.outcome(action)
    assert eventually(reviewed.is_at_rest, 240), reviewed.rows()
    approved, accepted = reviewed.approved(), reviewed.times_accepted()
    assert all(count <= 1 + approved.get(pk, 0) for pk, count in accepted.items())
    assert set(lost_once) <= set(approved)
    reviewed.must("audit")
