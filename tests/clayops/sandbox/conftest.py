"""A quick sandbox in a thread, and clients for it."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from clayops.clay import Clay, Finished, Item, Timeouts
from clayops.sandbox.server import FAST, Sandbox, serve

ROUTINE = "function:t_people"
ADA = Item("1", {"full_name": "Ada Lovelace", "company": "Analytical Engines", "domain": "engines.example"})
NOW: dict[str, Any] = {**FAST, "base_seconds": 0.0, "fail_rate": 0.0}
"""Settings with which a run is complete at once."""


def people(count: int) -> list[Item]:
    return [Item(str(n), {"full_name": f"Grace Hopper {n}", "company": "Navy Yards"}) for n in range(count)]


def finished(clay: Clay, run_id: str) -> Finished:
    results = clay.results(run_id)
    assert isinstance(results, Finished), results
    return results


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    sandbox = serve(tmp_path / "sandbox.sqlite3", **NOW)
    yield sandbox
    sandbox.close()


@pytest.fixture
def clay(sandbox: Sandbox) -> Iterator[Clay]:
    clay = Clay(sandbox.url, "sandbox-key", timeouts=Timeouts(read=0.5))
    yield clay
    clay.close()


@pytest.fixture
def http(sandbox: Sandbox) -> Iterator[httpx.Client]:
    with httpx.Client(base_url=f"http://127.0.0.1:{sandbox.port}", trust_env=False) as http:
        yield http
