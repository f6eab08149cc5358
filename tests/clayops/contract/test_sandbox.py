"""Whatever the sandbox answers on Clay's routes is what Clay's contract says."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clayops.sandbox.query import read_query
from clayops.sandbox.replies import Refused
from clayops.sandbox.server import FAST, Sandbox, serve
from tests.clayops.contract.bodies import ANYTHING, bodies
from tests.clayops.contract.openapi import answer_schema, body_schema, validator
from tests.examples import examples

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


# -- tables ---------------------------------------------------------------------------------------

QUERY = "/tables/query"
COLUMNS = ["full_name", "Find email (Prospeo)", "Find email (Hunter)"]


def query(*names: str, table: str = "t_1", **more: Any) -> dict[str, Any]:
    parts = {"tables": [{"id": table}], "field_mode": "names", "select": [{"field": name} for name in names]}
    return {"query": parts | more}


def statuses(answer: httpx.Response) -> set[str]:
    return {cell["status"] for record in answer.json()["data"] for cell in record.values()}


def test_the_cells_of_a_table(sandbox: Sandbox) -> None:
    sandbox.settings(provider_errors={"prospeo": 0.5})
    checked(sandbox, "POST", RUN, json=BODY)
    first = checked(sandbox, "POST", QUERY, json=query(*COLUMNS))
    assert statuses(first) == {"success", "error", "empty"}
    rest = checked(sandbox, "POST", QUERY, json=query(*COLUMNS) | {"cursor": first.json()["cursor"]})
    assert len(first.json()["data"] + rest.json()["data"]) == 60


def test_the_cells_of_a_table_at_work(sandbox: Sandbox) -> None:
    sandbox.settings(next_stuck=1)
    checked(sandbox, "POST", RUN, json=BODY)
    assert statuses(checked(sandbox, "POST", QUERY, json=query(*COLUMNS))) == {"success", "running", "queued"}


def test_refusals_of_a_query(sandbox: Sandbox) -> None:
    checked(sandbox, "POST", RUN, json=BODY)
    assert checked(sandbox, "POST", QUERY, json=query("full_name", table="t_2")).status_code == 404
    assert checked(sandbox, "POST", QUERY, json=query("phone")).status_code == 422
    assert checked(sandbox, "POST", QUERY, json=query("full_name", group_by=["full_name"])).status_code == 422
    assert checked(sandbox, "POST", QUERY, json={"query": {}}).status_code == 400
    sandbox.settings(tables=0)
    assert checked(sandbox, "POST", QUERY, json=query("full_name")).status_code == 403


def spoilt(data: st.DataObject, body: Any) -> Any:
    """`body` with one thing of it replaced, named anew or repeated, mostly as the contract does not allow."""
    if not body or not isinstance(body, dict | list) or data.draw(st.integers(0, 3)) == 0:
        return data.draw(ANYTHING)
    if isinstance(body, list) and data.draw(st.booleans()):
        return body * data.draw(st.integers(0, 12))
    copy = body.copy()
    places = [*body, "note"] if isinstance(body, dict) else range(len(body))
    place = data.draw(st.sampled_from(places))
    copy[place] = 1 if place == "note" else spoilt(data, body[place])
    return copy


def judged(body: Any) -> int:
    try:
        read_query(json.dumps(body).encode())
    except Refused as refused:
        return refused.reply.status
    return 200


@given(data=st.data())
@settings(max_examples=examples(300), deadline=None, suppress_health_check=list(HealthCheck))
def test_the_sandbox_refuses_exactly_the_queries_that_are_invalid(data: st.DataObject) -> None:
    schema = body_schema("POST", QUERY)
    body = data.draw(bodies(schema))
    body.pop("cursor", None)  # valid is any text, but not every text is a cursor of ours
    for one in (body, spoilt(data, body)):
        assert (judged(one) == 400) == (not validator(schema).is_valid(one))
