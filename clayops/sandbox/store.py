"""What the sandbox remembers, in a SQLite file: runs, settings, and a log of every item received.

A run is committed before its answer leaves, so a killed sandbox knows after its restart what it has accepted.
"""

import json
import secrets
import sqlite3
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from clayops.sandbox.knobs import BadSetting, Knobs

SCHEMA = """
CREATE TABLE IF NOT EXISTS runs (
    id TEXT PRIMARY KEY, routine TEXT NOT NULL, created REAL NOT NULL, seconds REAL NOT NULL,
    fate TEXT NOT NULL, knobs TEXT NOT NULL, items TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS log (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, run_id TEXT NOT NULL, item_id TEXT NOT NULL,
    received_at REAL NOT NULL, answered TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS settings (name TEXT PRIMARY KEY, value TEXT NOT NULL);
"""


@dataclass(frozen=True)
class Run:
    """One accepted run. `seconds` is how long it takes; `knobs` are the settings when it began."""

    id: str
    routine: str
    created: float
    seconds: float
    fate: str
    knobs: Knobs
    items: list[dict[str, Any]]

    def age(self) -> float:
        """Seconds since it was accepted."""
        return time.time() - self.created

    def is_working(self) -> bool:
        """Whether it has not ended; a stuck one never does."""
        return self.fate == "stuck" or self.age() < self.seconds


class Store:
    """The file: one connection behind one lock, the sandbox being small. Opening raises `sqlite3.Error`."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = sqlite3.connect(path, timeout=20, check_same_thread=False, isolation_level=None)
        self._db.execute("PRAGMA journal_mode=WAL")
        self._db.execute("PRAGMA synchronous=NORMAL")  # outlives the process, if not the machine
        self._db.executescript(SCHEMA)
        self._knobs = self._read_knobs()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        with self._lock:
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")

    # -- settings ---------------------------------------------------------------------------------

    @property
    def knobs(self) -> Knobs:
        """The settings now."""
        return self._knobs

    def change(self, changes: Mapping[str, Any]) -> Knobs:
        """Check and keep settings. Raises `BadSetting`, and then has changed none."""
        with self._lock:
            self._keep(self._knobs.changed(changes))
            return self._knobs

    def take(self, name: str) -> bool:
        """Whether a countdown such as `next_hang` was above zero; if so it is one less."""
        with self._lock:
            left: int = getattr(self._knobs, name)
            if left > 0:
                self._keep(self._knobs.changed({name: left - 1}))
            return left > 0

    def _keep(self, knobs: Knobs) -> None:
        with self._transaction() as db:
            pairs = [(name, json.dumps(value)) for name, value in asdict(knobs).items()]
            db.executemany("INSERT OR REPLACE INTO settings VALUES (?, ?)", pairs)
        self._knobs = knobs

    def _read_knobs(self) -> Knobs:
        kept = {
            name: json.loads(value) for name, value in self._db.execute("SELECT name, value FROM settings")
        }
        try:
            return Knobs().changed(kept)
        except BadSetting:  # kept by another version
            return Knobs()

    # -- runs -------------------------------------------------------------------------------------

    def accept(
        self, routine: str, items: list[dict[str, Any]], seconds: float, fate: str, answered: str
    ) -> Run:
        """Keep a new run, and log its items."""
        run_id, now = f"rr_{secrets.token_hex(10)}", time.time()
        run = Run(run_id, routine, now, seconds, fate, self._knobs, items)
        with self._transaction() as db:
            row = (run.id, routine, now, seconds, fate, json.dumps(asdict(run.knobs)), json.dumps(items))
            db.execute("INSERT INTO runs VALUES (?, ?, ?, ?, ?, ?, ?)", row)
            self._write_log(db, run.id, [item["id"] for item in items], answered)
        return run

    def run(self, run_id: str) -> Run | None:
        """An accepted run."""
        with self._lock:
            row = self._db.execute("SELECT * FROM runs WHERE id = ?", (run_id,)).fetchone()
        return None if row is None else _run(*row)

    def runs_of(self, table: str) -> list[Run]:
        """The accepted runs of the routines around `table` (`function:<table>`), in order."""
        query = "SELECT * FROM runs WHERE substr(routine, instr(routine, ':') + 1) = ? ORDER BY rowid"
        with self._lock:
            rows = self._db.execute(query, (table,)).fetchall()
        return [_run(*row) for row in rows]

    # -- the log ----------------------------------------------------------------------------------

    def refused(self, item_ids: list[str], answered: str) -> None:
        """Log items that came and were not accepted."""
        with self._transaction() as db:
            self._write_log(db, "", item_ids, answered)

    def _write_log(self, db: sqlite3.Connection, run_id: str, item_ids: list[str], answered: str) -> None:
        rows = [(run_id, item_id, time.time(), answered) for item_id in item_ids]
        db.executemany("INSERT INTO log (run_id, item_id, received_at, answered) VALUES (?, ?, ?, ?)", rows)

    def log(self) -> list[dict[str, Any]]:
        """Every item received, in order; `run_id` is "" where it was not accepted."""
        names = ("run_id", "item_id", "received_at", "answered")
        with self._lock:
            rows = self._db.execute("SELECT run_id, item_id, received_at, answered FROM log ORDER BY seq")
            return [dict(zip(names, row, strict=True)) for row in rows]

    def counts(self) -> dict[str, dict[str, int]]:
        """Per item id: how often it was `accepted` (each one costs credits) and `received`."""
        with self._lock:
            rows = self._db.execute(
                "SELECT item_id, SUM(run_id <> ''), COUNT(*) FROM log GROUP BY item_id"
            ).fetchall()
        return {"accepted": {i: n for i, n, _ in rows if n}, "received": {i: n for i, _, n in rows}}

    def totals(self) -> tuple[int, int]:
        """Runs accepted, items received."""
        with self._lock:
            runs = self._db.execute("SELECT COUNT(*) FROM runs").fetchone()[0]
            return runs, self._db.execute("SELECT COUNT(*) FROM log").fetchone()[0]

    def clear_log(self) -> None:
        """Forget what was received."""
        with self._transaction() as db:
            db.execute("DELETE FROM log")

    def reset(self) -> None:
        """Forget all: runs, log and settings."""
        with self._transaction() as db:
            for table in ("runs", "log", "settings"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608  our own names
        self._knobs = Knobs()


def _run(run: str, routine: str, created: float, seconds: float, fate: str, knobs: str, items: str) -> Run:
    return Run(run, routine, created, seconds, fate, Knobs(**json.loads(knobs)), json.loads(items))
