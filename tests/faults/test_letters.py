"""Promise 3 while 500 dead letters are sent again in bulk, and processes are killed."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clayops.up.product import Product, eventually, product
from tests.faults.running import Running
from tests.support import csv_of

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

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
from jobs.review import bulk
action = bulk.ask(Verb({verb!r}), DeadLetter.objects.all(), None)
bulk.confirm(action, {note!r})
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
