"""The tables behind routines, as `POST /tables/query` shows them."""

import json
from typing import Any

import httpx
import pytest

from clayops.clay import PENDING, Cell, Clay, Item, KeyRejected, Rejected
from clayops.sandbox.server import Sandbox
from tests.clayops.sandbox.conftest import ROUTINE, finished

TABLE = "t_people"
COLUMNS = [f"Find email ({name})" for name in ("Prospeo", "Findymail", "Hunter", "Apollo")]


def rows(count: int) -> list[Item]:
    return [
        Item(str(n), {"row": f"r{n}", "full_name": f"Grace Hopper {n}", "tries": n}) for n in range(count)
    ]


def cells(clay: Clay, *row_ids: str, fields: list[str] = COLUMNS) -> list[dict[str, Cell]]:
    return clay.cells(TABLE, "row", row_ids, fields)


def post(http: httpx.Client, body: bytes) -> httpx.Response:
    return http.post("/public/v0/tables/query", content=body, headers={"clay-api-key": "x"})


def ask(http: httpx.Client, cursor: str | None = None, **query: Any) -> httpx.Response:
    """The answer to a query with these parts besides what every query needs."""
    query = {"tables": [{"id": TABLE}], "field_mode": "names", "select": [{"field": "row"}], **query}
    return post(http, json.dumps({"query": query} | ({"cursor": cursor} if cursor else {})).encode())


def test_inputs_are_cells(clay: Clay) -> None:
    clay.run(ROUTINE, [*rows(2), Item("x", {"row": "rx"})])
    assert cells(clay, "r1", "rx", fields=["full_name"]) == [
        {"row": Cell("success", "r1", None), "full_name": Cell("success", "Grace Hopper 1", None)},
        {"row": Cell("success", "rx", None), "full_name": Cell("empty", None, None)},
    ]


def test_the_cells_of_providers_say_what_the_results_say(sandbox: Sandbox, clay: Clay) -> None:
    sandbox.settings(provider_errors={"prospeo": 0.5})
    run = finished(clay, clay.run(ROUTINE, rows(60)).run_id)
    seen: set[str] = set()
    for item, record in zip(run.items, cells(clay, *(f"r{n}" for n in range(60))), strict=True):
        told = {one["provider"]: one for one in (item.result or {})["provider_attempts"]}
        for provider, name in zip(("prospeo", "findymail", "hunter", "apollo"), COLUMNS, strict=True):
            attempt = told.get(provider, {"status": "empty"})
            found = (item.result or {})["work_email"] if attempt["status"] == "success" else None
            assert record[name] == Cell(attempt["status"], found, attempt.get("error"))
            seen.add(record[name].status)
    assert seen == {"success", "error", "empty"}


def test_a_row_that_failed_asked_nobody(sandbox: Sandbox, clay: Clay) -> None:
    sandbox.settings(fail_rate=1)
    clay.run(ROUTINE, rows(1))
    assert {cells(clay, "r0")[0][name].status for name in COLUMNS} == {"empty"}


def test_cells_are_pending_while_the_run_works(sandbox: Sandbox, clay: Clay) -> None:
    sandbox.settings(next_stuck=1)
    clay.run(ROUTINE, [Item("1", {"row": "r1", "skip_providers": "prospeo"})])
    [record] = cells(clay, "r1")
    assert record["row"].status == "success"
    assert [record[name].status for name in COLUMNS] == ["queued", "running", "queued", "queued"]
    assert {record[name].status for name in COLUMNS} <= PENDING


def test_the_latest_run_of_an_item_is_its_row(sandbox: Sandbox, clay: Clay) -> None:
    clay.run(ROUTINE, rows(2))
    sandbox.settings(next_stuck=1)
    clay.run("workflow:t_people", rows(1))
    done, again = cells(clay, "r0", "r1")
    assert (done["row"].value, again["row"].value) == ("r1", "r0")  # the least recently updated first
    assert again[COLUMNS[0]].status == "running"


def test_a_table_has_the_columns_of_its_runs(sandbox: Sandbox, clay: Clay) -> None:
    sandbox.settings(waterfall=["people data labs"])
    clay.run(ROUTINE, rows(1))
    name = "Find email (People Data Labs)"
    assert cells(clay, "r0", fields=[name])[0][name].status in {"success", "empty"}
    with pytest.raises(Rejected, match=r"There is no field 'Find email \(Prospeo\)'"):
        cells(clay, "r0")


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ({"op": "=", "field": "row", "value": "r7"}, ["r7"]),
        ({"op": "in", "field": "row", "value": ["r3", "r1", "r99"]}, ["r1", "r3"]),
        ({"op": "in", "field": "tries", "value": [4, "5"]}, ["r4", "r5"]),
        ({"op": "in", "field": "row", "value": []}, []),
    ],
)
def test_filters(clay: Clay, http: httpx.Client, told: dict[str, Any], found: list[str]) -> None:
    clay.run(ROUTINE, rows(10))
    assert [record["row"]["value"] for record in ask(http, filter=told).json()["data"]] == found


def test_more_rows_than_a_page_come_by_cursor(clay: Clay, http: httpx.Client) -> None:
    clay.run(ROUTINE, rows(60))
    first = ask(http).json()
    assert len(first["data"]) == 50
    clay.run(ROUTINE, [Item(f"2-{n}", {"row": "same"}) for n in range(100)])
    clay.run(ROUTINE, [Item(f"3-{n}", {"row": "same"}) for n in range(5)])
    assert len(cells(clay, "same", fields=[])) == 105


def test_fields_are_told(clay: Clay, http: httpx.Client) -> None:
    clay.run(ROUTINE, rows(1))
    told = ask(http, select=[{"field": "row"}, {"field": COLUMNS[0]}]).json()["fields"]
    assert [(key, told[key]["name"], told[key]["type"]) for key in told] == [
        ("row", "row", "text"),
        (COLUMNS[0], COLUMNS[0], "action"),
    ]


@pytest.mark.parametrize("table", ["t_nobody", ROUTINE, "\ud800"])
def test_a_table_that_nobody_knows(clay: Clay, http: httpx.Client, table: str) -> None:
    clay.run(ROUTINE, rows(1))
    assert ask(http, tables=[{"id": table}]).status_code == 404


def test_without_an_enterprise_plan_no_table_is_read(sandbox: Sandbox, clay: Clay) -> None:
    clay.run(ROUTINE, rows(1))
    sandbox.settings(tables=0)
    with pytest.raises(KeyRejected, match="Querying tables needs an Enterprise plan") as caught:
        cells(clay, "r0")
    assert caught.value.status == 403


BY_ROW = {"field": "row", "op": "=", "value": "r0"}


@pytest.mark.parametrize(
    "part",
    [
        {"tables": [{"id": TABLE}, {"id": TABLE}]},
        {"tables": [{"id": TABLE, "alias": "p"}]},
        {"field_mode": "ids"},
        {"select": []},
        {"select": [{"field": "row", "as": "r"}]},
        {"select": [{"fn": "count", "field": "row", "as": "n"}]},
        {"select": [{"field": "phone"}]},
        {"order_by": [{"field": "row"}]},
        {"group_by": ["row"]},
        {"join": [{"table": "t_2", "on": {"left": "row", "right": "row"}}]},
        {"filter": {"not": BY_ROW}},
        {"filter": {"and": [BY_ROW]}},
        {"filter": {**BY_ROW, "op": "!="}},
        {"filter": {**BY_ROW, "op": "in"}},
        {"filter": {**BY_ROW, "value": ["r0"]}},
        {"filter": {**BY_ROW, "path": ["a"]}},
        {"filter": {**BY_ROW, "field": "phone"}},
        {"filter": {**BY_ROW, "field": COLUMNS[0]}},
        {"filter": {"field": "row", "op": "is_empty"}},
    ],
)
def test_what_the_sandbox_does_not_know_it_says(clay: Clay, http: httpx.Client, part: dict[str, Any]) -> None:
    clay.run(ROUTINE, rows(1))
    answer = ask(http, **part)
    assert answer.status_code == 422
    assert answer.json()["message"].startswith(("The sandbox does not know ", "There is no field "))


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"[]",
        b"[" * 100_000,
        b'{"query": {"tables": [{"id": "t_people"}]}, "limit": 101}',
        b'{"query": {"tables": [{"id": "t_people"}]}, "limit": NaN}',
        b'{"query": {"tables": [{"id": "t_people"}]}, "cursor": 7}',
    ],
)
def test_a_query_outside_the_contract_is_refused(http: httpx.Client, body: bytes) -> None:
    assert post(http, body).status_code == 400


def test_a_filter_without_bottom_is_refused(http: httpx.Client) -> None:
    answer = post(
        http, b'{"query": {"filter": %s1%s, "tables": [{"id": "t"}]}}' % (b'{"not": ' * 900, b"}" * 900)
    )
    assert (answer.status_code, answer.json()["message"]) == (400, "The filter is nested too deeply.")


def test_a_cursor_that_is_none_is_refused(clay: Clay, http: httpx.Client) -> None:
    clay.run(ROUTINE, rows(1))
    answer = ask(http, cursor="zzzz")
    assert (answer.status_code, answer.json()["message"]) == (400, "The cursor is invalid.")
