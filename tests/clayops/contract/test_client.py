"""The client against Clay's contract: what we send is valid, and all that Clay may answer can be read."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clayops.clay import Clay, Item
from clayops.clay.answers import (
    Malformed,
    Page,
    read_me,
    read_object,
    read_page,
    read_progress,
    read_run_id,
)
from clayops.clay.tables import read_cells
from tests.clayops.clay.server import IN_PROGRESS, Server, says
from tests.clayops.contract.bodies import ANYTHING, bodies
from tests.clayops.contract.openapi import answer_schema, body_schema, operation, resolved, validator
from tests.examples import examples

RUN = ("POST", "/routines/function:t_1/run")
RESULTS = ("GET", "/routines/run/rr_1/results")
ME = ("GET", "/me")
QUERY = ("POST", "/tables/query")
NAME = st.text(min_size=1)
PROPERTY = settings(max_examples=examples(60), deadline=None, suppress_health_check=list(HealthCheck))


def schema_of(status: int, method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = resolved(answer_schema(method, path, status))
    return found


def read_back(body: Any) -> dict[str, Any]:
    return read_object(json.dumps(body).encode())


@pytest.fixture(scope="module")
def server() -> Any:
    server = Server()
    yield server
    server.close()


@given(
    ids=st.lists(
        st.text(st.characters(categories=["L", "N", "P"]), min_size=1, max_size=64).filter(
            lambda i: i not in {".", ".."}
        ),
        min_size=1,
        max_size=5,
    ),
    inputs=st.dictionaries(st.text(), ANYTHING, max_size=4),
    webhook=st.sampled_from(["", "wh_1", "w" * 64]),
)
@PROPERTY
def test_every_run_that_we_send_is_valid(server: Server, ids: list[str], inputs: Any, webhook: str) -> None:
    server.answers, server.requests[:] = [says(202, IN_PROGRESS)], []
    Clay(server.url, "key").run("function:t_1", [Item(one, inputs) for one in ids], webhook)
    validator(body_schema(*RUN)).validate(server.requests[0].json)


@given(
    table=NAME,
    row_field=NAME,
    row_ids=st.lists(NAME, min_size=1, max_size=100),
    fields=st.lists(NAME, max_size=19),
    cursor=NAME,
)
@PROPERTY
def test_every_query_that_we_send_is_valid(
    server: Server, table: str, row_field: str, row_ids: list[str], fields: list[str], cursor: str
) -> None:
    server.answers, server.requests[:] = (
        [says(200, {"data": [], "cursor": cursor}), says(200, {"data": []})],
        [],
    )
    Clay(server.url, "key").cells(table, row_field, row_ids, fields)
    for request in server.requests:
        validator(body_schema(*QUERY)).validate(request.json)
    assert len(server.requests) == 2


def test_every_request_goes_where_the_contract_says(server: Server) -> None:
    server.answers, server.requests[:] = [says(404, {"message": "no"})], []
    clay = Clay(server.url, "key")
    calls: list[Callable[[], object]] = [
        clay.me,
        lambda: clay.results("rr_1"),
        lambda: clay.run("function:t_1", [Item("1", {})]),
        lambda: clay.cells("t_1", "row", ["1"], []),
    ]
    for call in calls:
        with pytest.raises(Exception, match="Clay rejected"):
            call()
    for request in server.requests:
        path, _, query = request.path.removeprefix("/public/v0").partition("?")
        names = {parameter["name"] for parameter in operation(request.method, path)["parameters"]}
        assert {pair.split("=")[0] for pair in query.split("&") if pair} <= names
        assert request.headers["clay-api-key"] == "key"


@given(data=st.data())
@PROPERTY
def test_every_valid_me_is_read(data: st.DataObject) -> None:
    body = data.draw(bodies(schema_of(200, *ME)))
    assert read_me(read_back(body)).user_name == (body["user"]["name"] and read_back(body)["user"]["name"])


@given(data=st.data())
@PROPERTY
def test_every_valid_acceptance_is_read(data: st.DataObject) -> None:
    body = data.draw(bodies(schema_of(202, *RUN)))
    try:
        assert read_run_id(read_back(body)) == body["routine_run_id"]
    except Malformed:
        run_id = body["routine_run_id"]
        unusable = not run_id.isprintable() or "\ufffd" in run_id or run_id in {".", ".."}
        assert unusable or not 1 <= len(run_id) <= 64


@given(data=st.data())
@PROPERTY
def test_every_valid_page_keeps_every_item(data: st.DataObject) -> None:
    body = data.draw(bodies(schema_of(200, *RESULTS))) | {"total": 4}
    page = read_page(read_back(body))
    assert isinstance(page, Page)
    assert [item.status for item in page.items] == [item["status"] for item in body["data"]]


@given(data=st.data())
@PROPERTY
def test_every_valid_progress_is_read(data: st.DataObject) -> None:
    body = data.draw(bodies(schema_of(202, *RESULTS)))
    try:
        progress = read_progress(read_back(body))
    except Malformed:
        assert min(body["total"], body["finished"]) < 0  # the contract allows it, a count does not
    else:
        assert (progress.total, progress.finished) == (int(body["total"]), int(body["finished"]))


@given(data=st.data())
@PROPERTY
def test_every_valid_cell_is_read(data: st.DataObject) -> None:
    body = read_back(data.draw(bodies(answer_schema(*QUERY, 200))))
    page = read_cells(body, [name for record in body["data"] for name in record])
    read = [{name: (cell.status, cell.value, cell.error) for name, cell in r.items()} for r in page.records]
    keys = ("status", "value", "error")
    told = [{name: tuple(map(cell.get, keys)) for name, cell in record.items()} for record in body["data"]]
    assert read == told


@pytest.mark.parametrize(
    "read", [read_me, read_run_id, read_progress, read_page, lambda body: read_cells(body, ["Phone"])]
)
@given(
    body=ANYTHING
    | st.dictionaries(st.sampled_from(["status", "data", "total", "user", "cursor", "fields"]), ANYTHING)
    | st.fixed_dictionaries({"data": st.lists(st.dictionaries(st.text(), ANYTHING)), "fields": ANYTHING})
)
@PROPERTY
def test_nothing_that_comes_is_a_crash(read: Any, body: Any) -> None:
    try:
        read(read_back(body))
    except Malformed as error:
        assert str(error)


@given(body=st.binary())
@PROPERTY
def test_no_bytes_are_a_crash(body: bytes) -> None:
    try:
        assert isinstance(read_object(body), dict)
    except Malformed as error:
        assert str(error)
