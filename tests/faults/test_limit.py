"""Promise 2 on a whole running product: its limit is raised and lowered while its processes are killed."""

import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.clayops.up.product import eventually, product
from tests.faults.running import MidJob, Running

pytestmark = [pytest.mark.faults, pytest.mark.timeout(900)]

BATCH = 20
"""Credits of a batch of 10 rows."""
HIGH = 10_000

USED = """
select coalesce(sum(case state when 'settled' then spent else credits end), 0) from budget_entry
where state in ('reserved', 'settled')
"""
LEDGER = """
import json
from budget.models import Entry
from jobs.models import Submission
rows = {each.holder: each.row_ids for each in Submission.objects.all()}
lines = [(each.state, each.basis, rows.get(each.holder, [])) for each in Entry.objects.all()]
print(json.dumps(lines))
"""


@pytest.fixture
def running() -> Iterator[MidJob]:
    """Two batches of 25 are sent, however slow this machine is. No provider tells what it cost: a row costs
    its price, neither more nor less.
    """
    with tempfile.TemporaryDirectory(prefix="clayops-limit-") as folder, product(Path(folder) / "data") as it:
        Running(it).tell_sandbox(waterfall=[])
        Running(it).must("limit", str(2 * BATCH))
        yield MidJob(it)


def budget(running: MidJob) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(running.must("status", "--json"))["budget"]
    return found


def used(running: MidJob) -> float:
    now = budget(running)
    return float(now["spent"]) + float(now["reserved"])


def written(running: MidJob) -> float:
    """The same by the ledger, which costs next to nothing to wait for."""
    return float(str(running.query(USED)[0][0]))


def put_limit(running: MidJob, credits: float) -> None:
    running.must("limit", str(int(credits)))


def test_the_limit_holds_on_a_product_whose_processes_are_killed(running: MidJob) -> None:
    stopped_at = used(running)
    for number, words in enumerate(("rqworker lanes", "redis-server", "rqcron")):
        limit = used(running) + 2.5 * BATCH
        put_limit(running, limit)
        running.kill(words)
        assert eventually(lambda limit=limit: written(running) > limit - BATCH, 240), running.rows()  # type: ignore[misc]
        time.sleep(1)
        assert used(running) <= limit
        put_limit(running, limit - 1.5 * BATCH if number % 2 else 0)
        time.sleep(1)  # what was granted just before is written down just after
        out = used(running)
        time.sleep(1)
        assert used(running) <= out, "it goes on though the limit was lowered"
    assert used(running) > stopped_at
    put_limit(running, HIGH)
    running.settle()
    assert eventually(lambda: float(budget(running)["reserved"]) == 0, 120), "credits stay reserved"
    assert executed_rows_are_the_ledgers(running)


def executed_rows_are_the_ledgers(running: MidJob) -> bool:
    """Row for row; of what is settled as unknown Clay may have executed some."""
    executed = set(running.times_accepted())
    known: set[int] = set()
    unknown: set[int] = set()
    for state, basis, rows in json.loads(running.python(LEDGER)):
        assert state in {"settled", "released"}
        if state == "settled":
            (unknown if basis == "unknown" else known).update(rows)
    assert known <= executed
    assert executed <= known | unknown
    return True
