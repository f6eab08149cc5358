"""Whatever the sandbox answers on Clay's routes is what Clay's contract says."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from clayops.sandbox.server import FAST, Sandbox, serve
from tests.contract.openapi import answer_schema, validator

RUN = "/routines/function:t_1/run"
BODY = {"items": [{"id": str(n), "inputs": {"full_name": f"Ada {n}"}} for n in range(60)]}


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    sandbox = serve(tmp_path / "s.sqlite3", **{**FAST, "base_seconds": 0, "fail_rate": 0.3})
    yield sandbox
    sandbox.close()


def checked(sandbox: Sandbox, method: str, path: str, key: str = "k", **more: Any) -> httpx.Response:
    """The answer, once its status and its body have been found to be the contract's."""
    headers = {"clay-api-key": key}
    answer = httpx.request(method, sandbox.url + path, headers=headers, trust_env=False, **more)
    schema = answer_schema(method, path, answer.status_code)
    validator(schema).validate(answer.json())
    return answer


def test_me(sandbox: Sandbox) -> None:
    assert checked(sandbox, "GET", "/me").status_code == 200
    assert checked(sandbox, "GET", "/me", key="rejected").status_code == 401


def test_a_run_and_its_results(sandbox: Sandbox) -> None:
    run_id = checked(sandbox, "POST", RUN, json=BODY).json()["routine_run_id"]
    pages = [checked(sandbox, "GET", f"/routines/run/{run_id}/results").json()]
    while "cursor" in pages[-1]:
        params = {"cursor": pages[-1]["cursor"]}
        pages.append(checked(sandbox, "GET", f"/routines/run/{run_id}/results", params=params).json())
    assert {item["status"] for page in pages for item in page["data"]} == {"complete", "failed"}


def test_a_run_in_progress(sandbox: Sandbox) -> None:
    sandbox.settings(next_stuck=1)
    run_id = checked(sandbox, "POST", RUN, json=BODY).json()["routine_run_id"]
    assert checked(sandbox, "GET", f"/routines/run/{run_id}/results").status_code == 202


@pytest.mark.parametrize("status", [400, 401, 403, 404, 429])
def test_refusals(sandbox: Sandbox, status: int) -> None:
    sandbox.settings(next_refusals=1, refusal_status=status)
    assert checked(sandbox, "POST", RUN, json=BODY).status_code == status


def test_refusals_that_nobody_asked_for(sandbox: Sandbox) -> None:
    assert checked(sandbox, "POST", RUN, json={"items": []}).status_code == 400
    assert checked(sandbox, "POST", "/routines/t_1/run", json=BODY).status_code == 404
    assert checked(sandbox, "GET", "/routines/run/rr_0/results").status_code == 404
    sandbox.settings(rate_per_second=0.1)
    statuses = {checked(sandbox, "POST", RUN, json=BODY).status_code for _ in range(3)}
    assert 429 in statuses
