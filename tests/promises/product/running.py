"""A whole product whose processes are killed while it works, and what it and the sandbox say meanwhile."""

import json
import os
import signal
import sqlite3
import subprocess
from collections import Counter
from contextlib import closing
from functools import partial

import httpx

from tests.clayops.up.product import Product, command_line, eventually, manage, python
from tests.support import csv_of

ROWS_BY_STATE = """
select jobs_row.state, count(*) from jobs_row
join jobs_job on jobs_job.id = jobs_row.job_id
join jobs_destination on jobs_destination.id = jobs_job.destination_id
where ? in ('', jobs_destination.name) group by jobs_row.state
"""

ROWS = 250
BATCH = 10
TOLD = """
import json
from collections import Counter
from jobs.models import Row
from providers import health
from providers.models import Arrival, ProviderHour
told, hours = Counter(), Counter()
for row in Row.objects.exclude(result=None):
    told.update(each["provider"] for each in row.result["provider_attempts"])
for hour in ProviderHour.objects.select_related("provider"):
    hours[hour.provider.name] += hour.success + hour.empty + hour.error
windows = {each.name: each.requests for each in health.all_health()}
print(json.dumps([told, hours, windows, Arrival.objects.count()]))
"""


class Running:
    """One product, with commands for it and a look at its rows that costs it next to nothing."""

    def __init__(self, it: Product) -> None:
        self.it, self.port = it, str(it.port)
        self.sandbox = f"http://127.0.0.1:{it.port + 1}/sandbox"

    def manage(self, *words: str) -> "subprocess.CompletedProcess[str]":
        return manage(*words, data=self.it.data, PORT=self.port)

    def must(self, *words: str) -> str:
        """What a command prints, which has to end with 0."""
        done = self.manage(*words)
        assert done.returncode == 0, done.stderr
        return done.stdout

    def python(self, code: str) -> str:
        return python(code, self.it.data)

    def query(self, sql: str, *values: str) -> list[tuple[object, ...]]:
        """Read the product's database, past the product: to wait for something must not cost it a core."""
        path = self.it.data / "clayops.sqlite3"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as connection:
            return connection.execute(sql, values).fetchall()

    def rows(self, destination: str = "") -> Counter[str]:
        """Rows by state, of all destinations or of one."""
        return Counter({str(state): int(str(n)) for state, n in self.query(ROWS_BY_STATE, destination)})

    def is_at_rest(self) -> bool:
        rows = self.rows()
        return not (rows["waiting"] or rows["sending"] or rows["in_flight"])

    def pids(self, words: str) -> list[int]:
        return [pid for pid in self.it.running() if words in command_line(pid)]

    def kill(self, words: str) -> None:
        """kill -9 of every process with these words in its command line; there must be one."""
        assert eventually(lambda: self.pids(words)), f"no process runs {words}"
        for pid in self.pids(words):
            os.kill(pid, signal.SIGKILL)

    def tell_sandbox(self, **settings: object) -> None:
        httpx.post(f"{self.sandbox}/settings.json", json=settings).raise_for_status()

    def times_accepted(self) -> dict[int, int]:
        """How often Clay took each row, by its id."""
        told = httpx.get(f"{self.sandbox}/log?counts=1").json()["accepted"]
        return {int(pk): count for pk, count in told.items()}


class MidJob(Running):
    """In the middle of a job of 250 rows, 25 batches, about 8 seconds."""

    def __init__(self, it: Product) -> None:
        super().__init__(it)
        pace = ["--batch-size", str(BATCH), "--pause", "0.3"]
        self.must("destination", "People", "--routine", "function:t_x", "--inputs", "email,domain?", *pace)
        file = it.data / "people.csv"
        file.write_text(csv_of(ROWS))
        self.must("enrich", str(file), "--to", "People")
        assert eventually(lambda: self.rows()["enriched"] >= BATCH, 30), "the job does not get going"

    def is_done(self) -> bool:
        rows = self.rows()
        return rows["enriched"] + rows["dead"] == ROWS

    def providers_agree(self, *, exactly: bool) -> bool:
        """Whether each outcome that a result told counts once: in the hours always, in the windows exactly
        unless Redis lost what it had just been told (then at most once).
        """
        told, hours, windows, left = json.loads(self.python(TOLD))
        most = {name: min(count, 100) for name, count in told.items()}
        fits = windows == most if exactly else all(windows[name] <= most[name] for name in windows)
        return told == hours and fits and not left

    def settle(self, *, redis_lost: bool = True) -> None:
        """Wait for the end of the job, then hold all the promises against it."""
        assert eventually(self.is_done, 150), f"the job does not end: {self.rows()}"
        agree = partial(self.providers_agree, exactly=not redis_lost)
        assert eventually(agree, 60), self.python(TOLD)
        self.must("audit")
        assert max(self.times_accepted().values()) == 1, "a row was sent twice"
