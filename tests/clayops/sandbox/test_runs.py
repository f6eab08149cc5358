"""Runs at the sandbox, through the product's own client."""

import time
from pathlib import Path

import httpx
import pytest

from clayops.clay import Clay, ClayError, InProgress, Item, KeyRejected, Me, Rejected, TooFast
from clayops.sandbox.server import Sandbox, serve
from tests.clayops.sandbox.conftest import ADA, NOW, ROUTINE, finished, people


def test_me(clay: Clay) -> None:
    assert clay.me() == Me("user_sandbox", "Sandbox", "workspace_sandbox")


def test_a_row_comes_back(clay: Clay) -> None:
    [item] = finished(clay, clay.run(ROUTINE, [ADA]).run_id).items
    assert (item.id, item.status) == ("1", "complete")
    assert item.result is not None
    assert item.result["company_domain"] == "engines.example"


def test_a_hundred_rows_come_back_once_each(clay: Clay) -> None:
    run = finished(clay, clay.run("workflow:w_1", people(100)).run_id)
    assert [item.id for item in run.items] == [str(n) for n in range(100)]


@pytest.mark.parametrize("limit", [1, 7, 20, 100])
def test_pages(clay: Clay, http: httpx.Client, limit: int) -> None:
    path = f"/public/v0/routines/run/{clay.run(ROUTINE, people(30)).run_id}/results"
    ids: list[str] = []
    params: dict[str, str | int] = {"limit": limit}
    while True:
        page = http.get(path, params=params, headers={"clay-api-key": "x"}).json()
        assert len(page["data"]) <= limit
        ids += [item["id"] for item in page["data"]]
        if "cursor" not in page:
            break
        params["cursor"] = page["cursor"]
    assert ids == [str(n) for n in range(30)]


def test_a_page_has_20_items_by_default(clay: Clay, http: httpx.Client) -> None:
    path = f"/public/v0/routines/run/{clay.run(ROUTINE, people(30)).run_id}/results"
    assert len(http.get(path, headers={"clay-api-key": "x"}).json()["data"]) == 20


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=ten", "cursor=%20", "cursor=zzzz"])
def test_odd_pages_are_refused(clay: Clay, http: httpx.Client, query: str) -> None:
    path = f"/public/v0/routines/run/{clay.run(ROUTINE, [ADA]).run_id}/results"
    assert http.get(f"{path}?{query}", headers={"clay-api-key": "x"}).status_code == 400


def test_a_run_takes_its_time_and_shows_it(sandbox: Sandbox, clay: Clay) -> None:
    sandbox.settings(base_seconds=0.4, jitter=0)
    run_id = clay.run(ROUTINE, people(50)).run_id
    first = clay.results(run_id)
    time.sleep(0.2)
    second = clay.results(run_id)
    assert isinstance(first, InProgress)
    assert isinstance(second, InProgress)
    assert first.finished < second.finished < 50
    time.sleep(0.25)
    assert finished(clay, run_id).total == 50


@pytest.mark.parametrize("routine", ["t_people", "table:t_1", "function"])
def test_other_routines_do_not_exist(clay: Clay, routine: str) -> None:
    with pytest.raises(Rejected, match="404"):
        clay.run(routine, [ADA])


def test_a_run_that_never_was(clay: Clay) -> None:
    with pytest.raises(Rejected, match="404"):
        clay.results("rr_nobody")


@pytest.mark.parametrize("key", ["rejected", ""])
def test_keys_that_are_rejected(sandbox: Sandbox, http: httpx.Client, key: str) -> None:
    assert http.get("/public/v0/me", headers={"clay-api-key": key}).status_code == 401
    with pytest.raises(KeyRejected):
        Clay(sandbox.url, key).me()


@pytest.mark.parametrize(
    "body",
    [
        [],
        {},
        {"items": []},
        {"items": [{"id": "1", "inputs": {}}] * 101},
        {"items": [{"id": "", "inputs": {}}]},
        {"items": [{"id": "x" * 65, "inputs": {}}]},
        {"items": [{"id": 1, "inputs": {}}]},
        {"items": [{"id": "1"}]},
        {"items": [{"id": "1", "inputs": []}]},
        {"items": [{"id": "1", "inputs": {}, "note": ""}]},
        {"items": [{"id": "1", "inputs": {}}], "webhook_id": ""},
        {"items": [{"id": "1", "inputs": {}}], "priority": 1},
        {"items": ["1"]},
    ],
)
def test_bodies_outside_the_contract_are_refused(sandbox: Sandbox, http: httpx.Client, body: object) -> None:
    headers = {"clay-api-key": "x"}
    answer = http.post(f"/public/v0/routines/{ROUTINE}/run", json=body, headers=headers)
    assert answer.status_code == 400
    assert list(answer.json()) == ["message"]
    assert sandbox.log() == []


def test_too_many_requests_are_told_to_wait(sandbox: Sandbox, clay: Clay) -> None:
    sandbox.settings(rate_per_second=2)
    rates = [clay.run(ROUTINE, [ADA]).rate for _ in range(2)]
    assert [rate.remaining for rate in rates] == [1, 0]
    with pytest.raises(TooFast) as caught:
        clay.run(ROUTINE, [ADA])
    assert caught.value.retry_after == 1.0


def test_the_log_shows_each_item_and_how_it_was_answered(sandbox: Sandbox, clay: Clay) -> None:
    run_id = clay.run(ROUTINE, [ADA, Item("2", {})]).run_id
    assert [(one["run_id"], one["item_id"], one["answered"]) for one in sandbox.log()] == [
        (run_id, "1", "202"),
        (run_id, "2", "202"),
    ]


def test_counts_tell_what_was_sent_twice(sandbox: Sandbox, clay: Clay) -> None:
    clay.run(ROUTINE, [ADA])
    clay.run(ROUTINE, [ADA, Item("2", {})])
    sandbox.settings(next_refusals=1)
    with pytest.raises(TooFast):
        clay.run(ROUTINE, [ADA])
    assert sandbox.counts() == {"accepted": {"1": 2, "2": 1}, "received": {"1": 3, "2": 1}}


def test_runs_and_settings_survive_a_restart(tmp_path: Path) -> None:
    before = serve(tmp_path / "s.sqlite3", **NOW, seed="kept")
    run_id = Clay(before.url, "k").run(ROUTINE, people(30)).run_id
    items = finished(Clay(before.url, "k"), run_id).items
    before.close()
    after = serve(tmp_path / "s.sqlite3")
    assert after.settings()["seed"] == "kept"
    assert finished(Clay(after.url, "k"), run_id).items == items
    assert len(after.log()) == 30
    after.close()


def test_a_closed_sandbox_answers_nobody_any_more(sandbox: Sandbox, clay: Clay) -> None:
    clay.me()  # the connection is kept alive
    sandbox.close()
    with pytest.raises(ClayError):
        clay.me()


def test_results_do_not_change_with_the_settings(sandbox: Sandbox, clay: Clay) -> None:
    run_id = clay.run(ROUTINE, people(20)).run_id
    items = finished(clay, run_id).items
    sandbox.settings(seed="another", fail_rate=1, provider_errors={"prospeo": 1})
    assert finished(clay, run_id).items == items
