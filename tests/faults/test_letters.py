"""Promise 3 while 500 dead letters are sent again in bulk, and processes are killed."""

import json
import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from tests.support import csv_of
from tests.up.product import Product, command_line, eventually, manage, product, python

pytestmark = [pytest.mark.faults, pytest.mark.timeout(400)]

REFUSED = 496
"""Letters of one row each, which surely never left."""
LOST, IN_EACH = 4, 5
"""Letters whose rows Clay took, though its answer was lost."""

BURY = """
from jobs.models import Batch, Cause, DeadLetter, Row
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
rows[0].job.finish_if_settled()
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
APPROVED = """
import json
from collections import Counter
from jobs.models import LetterEvent
retried = LetterEvent.objects.filter(kind="retried", approval__kind="approved")
print(json.dumps(Counter(pk for rows in retried.values_list("rows", flat=True) for pk in rows)))
"""


class Reviewed:
    """A product with 500 dead letters."""

    def __init__(self, it: Product) -> None:
        self.it = it
        self.sandbox = f"http://127.0.0.1:{it.port + 1}/sandbox"
        self.manage("limit", "0")
        self.upload("Refused", REFUSED, 1)
        assert eventually(lambda: self.rows()["waiting"] == REFUSED and self.is_stored("Refused"), 60)
        python(BURY, it.data)
        self.manage("limit", "10000")
        httpx.post(f"{self.sandbox}/settings.json", json={"next_vanish": LOST}).raise_for_status()
        self.upload("Lost", LOST * IN_EACH, IN_EACH)
        assert eventually(lambda: self.rows("Lost")["dead"] == LOST * IN_EACH, 60), self.rows()

    def manage(self, *words: str) -> str:
        done = manage(*words, data=self.it.data, PORT=str(self.it.port))
        assert done.returncode == 0, done.stderr
        return done.stdout

    def upload(self, name: str, rows: int, size: int) -> None:
        options = ["--inputs", "email,domain?", "--batch-size", str(size), "--pause", "0"]
        self.manage("destination", name, "--routine", f"function:t_{name.lower()}", *options)
        file = self.it.data / f"{name}.csv"
        file.write_text(csv_of(rows))
        self.manage("enrich", str(file), "--to", name)

    def is_stored(self, name: str) -> bool:
        jobs = json.loads(self.manage("status", "--json"))["jobs"]
        return any(job["destination"] == name and job["state"] in {"running", "held"} for job in jobs)

    def rows(self, name: str = "") -> Counter[str]:
        found: Counter[str] = Counter()
        for job in json.loads(self.manage("status", "--json"))["jobs"]:
            if not name or job["destination"] == name:
                found.update(job["rows"])
        return found

    def kill(self, words: str) -> None:
        """kill -9 of every process with these words in its command line; there must be one."""
        assert eventually(lambda: self.pids(words)), f"no process runs {words}"
        for pid in self.pids(words):
            os.kill(pid, signal.SIGKILL)

    def pids(self, words: str) -> list[int]:
        return [pid for pid in self.it.running() if words in command_line(pid)]

    def bulk(self, verb: str, note: str = "") -> str:
        return python(BULK.format(verb=verb, note=note), self.it.data)

    def outcome(self, action: str) -> tuple[str, dict[str, int]]:
        state, counts = json.loads(python(OUTCOMES.format(pk=action), self.it.data))
        return state, counts

    def accepted(self) -> dict[int, int]:
        """How often Clay took each row."""
        told = httpx.get(f"{self.sandbox}/log?counts=1").json()["accepted"]
        return {int(pk): count for pk, count in told.items()}

    def approved(self) -> dict[int, int]:
        """How often each row was sent again with an approval."""
        return {int(pk): count for pk, count in json.loads(python(APPROVED, self.it.data)).items()}

    def is_at_rest(self) -> bool:
        rows = self.rows()
        return not (rows["waiting"] or rows["sending"] or rows["in_flight"])


@pytest.fixture
def reviewed(tmp_path: Path) -> Iterator[Reviewed]:
    with product(tmp_path / "data") as it:
        yield Reviewed(it)


def test_500_letters_are_retried_while_processes_are_killed(reviewed: Reviewed) -> None:
    lost_once = reviewed.accepted()
    assert len(lost_once) == LOST * IN_EACH

    action = reviewed.bulk("retry")
    for words in ("rqworker work", "rqworker lanes", "redis-server", "rqcron"):
        time.sleep(0.5)
        reviewed.kill(words)
    assert eventually(lambda: reviewed.outcome(action)[0] == "done", 120), reviewed.outcome(action)
    assert reviewed.outcome(action)[1] == {"": 0, "done": REFUSED, "refused": LOST, "left": 0}
    assert eventually(reviewed.is_at_rest, 120), reviewed.rows()
    assert set(reviewed.accepted().values()) == {1}, "a row went twice without an approval"
    assert reviewed.rows()["enriched"] > REFUSED - 20
    reviewed.manage("audit")

    action = reviewed.bulk("approve-retry", "Looked into the table")
    assert eventually(lambda: reviewed.outcome(action)[0] == "done", 120), reviewed.outcome(action)
    assert eventually(reviewed.is_at_rest, 120), reviewed.rows()
    approved, accepted = reviewed.approved(), reviewed.accepted()
    assert all(count <= 1 + approved.get(pk, 0) for pk, count in accepted.items())
    assert set(lost_once) <= set(approved)
    reviewed.manage("audit")
