"""What can be made to go wrong, and what the product's client makes of it."""

import time
from typing import Any

import pytest

from clayops.clay import (
    Clay,
    ClayError,
    InProgress,
    KeyRejected,
    NoCredits,
    OddStatus,
    Rejected,
    TooFast,
    Unclear,
)
from clayops.sandbox.server import Sandbox
from tests.clayops.sandbox.conftest import ADA, ROUTINE, finished, people


@pytest.mark.parametrize(
    ("status", "wait", "kind"),
    [
        (429, 3, TooFast),
        (429, None, TooFast),
        (503, 1, TooFast),
        (503, None, Unclear),
        (500, 3, Unclear),
        (502, None, Unclear),
        (401, None, KeyRejected),
        (403, None, KeyRejected),
        (402, None, NoCredits),
        *((status, None, Rejected) for status in (400, 404, 413, 422)),
    ],
)
def test_the_next_runs_are_refused(
    sandbox: Sandbox, clay: Clay, status: int, wait: float | None, kind: type[ClayError]
) -> None:
    sandbox.settings(next_refusals=1, refusal_status=status, refusal_retry_after=wait)
    with pytest.raises(kind) as caught:
        clay.run(ROUTINE, [ADA])
    assert caught.value.status == status
    assert sandbox.log()[0]["answered"] == str(status)
    assert clay.run(ROUTINE, [ADA]).run_id  # only the next one


def test_a_run_that_vanishes_was_accepted(sandbox: Sandbox, clay: Clay) -> None:
    sandbox.settings(next_vanish=1)
    with pytest.raises(Unclear):
        clay.run(ROUTINE, [ADA])
    [entry] = sandbox.log()
    assert finished(clay, entry["run_id"]).total == 1
    assert sandbox.settings()["next_vanish"] == 0


def test_a_run_that_hangs_was_accepted(sandbox: Sandbox, clay: Clay) -> None:
    sandbox.settings(next_hang=1, hang_seconds=30)
    with pytest.raises(Unclear, match="did not answer within"):
        clay.run(ROUTINE, [ADA])
    assert sandbox.counts()["accepted"] == {"1": 1}


def test_answers_can_be_slow(sandbox: Sandbox, clay: Clay) -> None:
    sandbox.settings(answer_delay=0.2)
    began = time.monotonic()
    clay.run(ROUTINE, [ADA])
    assert 0.2 <= time.monotonic() - began < 0.5


def test_a_run_that_never_ends(sandbox: Sandbox, clay: Clay) -> None:
    sandbox.settings(next_stuck=1)
    assert clay.results(clay.run(ROUTINE, people(50)).run_id) == InProgress(50, 49)
    assert finished(clay, clay.run(ROUTINE, [ADA]).run_id)


def test_a_run_whose_results_are_gone(sandbox: Sandbox, clay: Clay) -> None:
    sandbox.settings(next_gone=1)
    run_id = clay.run(ROUTINE, [ADA]).run_id
    with pytest.raises(Rejected, match="404"):
        clay.results(run_id)


def test_a_run_with_an_odd_end(sandbox: Sandbox, clay: Clay) -> None:
    sandbox.settings(next_odd=1, odd_status="expired")
    results = clay.results(clay.run(ROUTINE, [ADA]).run_id)
    assert isinstance(results, OddStatus)
    assert results.status == "expired"


@pytest.mark.parametrize(
    ("setting", "ids"),
    [
        ({"missing_items": 1}, ["1", "2"]),
        ({"foreign_items": 1}, ["0", "1", "2", "not-yours-0"]),
        ({"duplicate_items": 2}, ["0", "1", "2", "0", "1"]),
    ],
)
def test_results_that_do_not_fit(
    sandbox: Sandbox, clay: Clay, setting: dict[str, Any], ids: list[str]
) -> None:
    sandbox.settings(**setting)
    run = finished(clay, clay.run(ROUTINE, people(3)).run_id)
    assert [item.id for item in run.items] == ids


def test_items_can_fail(sandbox: Sandbox, clay: Clay) -> None:
    sandbox.settings(fail_rate=1)
    [item] = finished(clay, clay.run(ROUTINE, [ADA]).run_id).items
    assert item.status == "failed"
    assert item.error
