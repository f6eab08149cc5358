"""Reading cells of a table: what is asked, and what each answer means. It charges nothing."""

from typing import Any

import pytest

from clayops.clay import MAX_FIELDS, PENDING, Cell, Charged, Clay, ClayError, KeyRejected, Rejected, Unclear
from tests.clayops.clay.server import Answer, Server, half_an_answer, resets, says

TABLE, ROW, HUNTER = "t_people", "clayops_row", "Find email (Hunter)"
FOUND = {"status": "success", "value": "ada@engines.example", "fields": None}
EMPTY: dict[str, Any] = {"status": "empty"}


def page(*records: Any, **more: Any) -> Answer:
    return says(200, {"data": list(records)} | more)


def ask(clay: Clay, *fields: str) -> list[dict[str, Cell]]:
    return clay.cells(TABLE, ROW, ["17", "18"], fields or [HUNTER])


def one(server: Server, clay: Clay, cell: Any) -> Cell:
    """How `cell` is read."""
    server.answers = [page({HUNTER: cell})]
    return ask(clay)[0][HUNTER]


def failure(clay: Clay) -> ClayError:
    with pytest.raises(ClayError) as caught:
        ask(clay)
    return caught.value


def test_the_rows_are_asked_for_by_the_names_of_the_fields(server: Server, clay: Clay) -> None:
    server.answers = [page()]
    assert ask(clay, HUNTER, "Phone") == []
    [request] = server.requests
    assert (request.method, request.path) == ("POST", "/public/v0/tables/query")
    assert request.json == {
        "limit": 100,
        "query": {
            "tables": [{"id": TABLE}],
            "field_mode": "names",
            "select": [{"field": ROW}, {"field": HUNTER}, {"field": "Phone"}],
            "filter": {"field": ROW, "op": "in", "value": ["17", "18"]},
        },
    }


def test_a_field_named_twice_is_asked_for_once(server: Server, clay: Clay) -> None:
    server.answers = [page()]
    ask(clay, HUNTER, ROW, HUNTER)
    assert server.requests[0].json["query"]["select"] == [{"field": ROW}, {"field": HUNTER}]


def test_each_record_keeps_its_cells(server: Server, clay: Clay) -> None:
    refused = {"status": "error", "error": "Hunter answered 503"}
    server.answers = [page({ROW: {**FOUND, "value": "17"}, HUNTER: FOUND}, {HUNTER: refused, "Phone": EMPTY})]
    assert ask(clay) == [
        {ROW: Cell("success", "17", None), HUNTER: Cell("success", "ada@engines.example", None)},
        {HUNTER: Cell("error", None, "Hunter answered 503"), "Phone": Cell("empty", None, None)},
    ]


@pytest.mark.parametrize("status", [*sorted(PENDING), "empty", "error", "paused"])
def test_a_status_is_kept_as_clay_says_it(server: Server, clay: Clay, status: str) -> None:
    assert one(server, clay, {"status": status}) == Cell(status, None, None)


@pytest.mark.parametrize("value", [None, 7, True, ["a"], {"email": "ada@engines.example"}])
def test_a_success_may_hold_anything(server: Server, clay: Clay, value: Any) -> None:
    assert one(server, clay, {"status": "success", "value": value, "fields": {}}).value == value


def test_a_success_may_hold_nothing(server: Server, clay: Clay) -> None:
    assert one(server, clay, {"status": "success", "fields": None}) == Cell("success", None, None)


@pytest.mark.parametrize("odd", [None, 7, "success", [], {}, {"status": None}, {"status": 1, "value": "x"}])
def test_an_odd_cell_hides_no_other(server: Server, clay: Clay, odd: Any) -> None:
    server.answers = [page({ROW: odd, HUNTER: EMPTY})]
    assert ask(clay) == [{ROW: Cell("", None, None), HUNTER: Cell("empty", None, None)}]


def test_keys_that_are_ids_become_names(server: Server, clay: Clay) -> None:
    told = {"f_1": {"id": "f_1", "name": HUNTER, "type": "action"}}
    server.answers = [page({"f_1": FOUND, "f_2": EMPTY}, fields=told)]
    assert list(ask(clay)[0]) == [HUNTER, "f_2"]


@pytest.mark.parametrize("order", [1, -1])
def test_a_name_that_was_asked_for_is_no_id(server: Server, clay: Clay, order: int) -> None:
    told = {key: {"id": key, "name": name, "type": "text"} for key, name in ((HUNTER, ROW), ("f_1", HUNTER))}
    record = dict([("f_1", EMPTY), (HUNTER, FOUND)][::order])
    server.answers = [page(record, fields=told)]
    assert ask(clay) == [{HUNTER: Cell("success", "ada@engines.example", None)}]


@pytest.mark.parametrize("odd", [None, [], "f_1", {"f_1": HUNTER}, {"f_1": {"name": 7}}, {"f_1": {}}])
def test_odd_names_of_fields_hide_no_cell(server: Server, clay: Clay, odd: Any) -> None:
    server.answers = [page({HUNTER: FOUND, "f_1": EMPTY}, fields=odd)]
    assert [cell.status for cell in ask(clay)[0].values()] == ["empty", "success"]


def test_all_pages_of_cells_come_in_order(server: Server, clay: Clay) -> None:
    server.answers = [page({"n": {"status": "1"}}, cursor="a&b"), page({"n": {"status": "2"}}, cursor="")]
    assert [record["n"].status for record in ask(clay)] == ["1", "2"]
    first, second = (request.json for request in server.requests)
    assert second == first | {"cursor": "a&b"}


def test_a_cursor_of_cells_that_repeats_is_noticed(server: Server, clay: Clay) -> None:
    server.answers = [page(cursor="again")]
    assert isinstance(failure(clay), Unclear)
    assert len(server.requests) == 2


def test_cells_without_end_are_noticed(server: Server, clay: Clay) -> None:
    server.answers = [page(cursor=f"c{n}") for n in range(60)]
    assert "more than 50" in str(failure(clay))
    assert len(server.requests) == 50


@pytest.mark.parametrize(
    ("status", "kind"), [(403, KeyRejected), (404, Rejected), (422, Rejected), (400, Rejected)]
)
def test_a_table_that_may_not_be_read(server: Server, clay: Clay, status: int, kind: type[ClayError]) -> None:
    server.answers = [says(status, {"message": "Querying tables needs an Enterprise plan."})]
    error = failure(clay)
    assert (type(error), error.status, error.charged) == (kind, status, Charged.NO)
    assert "Enterprise" in str(error)


UNCLEAR: dict[str, Answer] = {
    "500": says(500, {"message": "oh"}),
    "202": says(202, {"data": []}),
    "reset": resets,
    "half": half_an_answer,
    "silence": lambda sock: None,
    "no data": says(200, {}),
    "data that is no list": says(200, {"data": {"0": {HUNTER: FOUND}}}),
    "a record that is none": page("17"),
    "a cursor that is a number": page(cursor=4),
    "a list": says(200, [{HUNTER: FOUND}]),
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_cells_that_stayed_unclear_cost_nothing_and_may_be_asked_for_again(
    server: Server, clay: Clay, name: str
) -> None:
    server.answers = [UNCLEAR[name]]
    error = failure(clay)
    assert (type(error), error.charged, error.retryable) == (Unclear, Charged.NO, True)


@pytest.mark.parametrize(
    ("table", "row_field", "row_ids", "fields"),
    [
        (TABLE, ROW, [], [HUNTER]),
        (TABLE, ROW, ["17"] * 101, [HUNTER]),
        (TABLE, ROW, ["17"], [HUNTER] * (MAX_FIELDS + 1)),
        (TABLE, ROW, ["17", ""], [HUNTER]),
        (TABLE, ROW, ["17"], [""]),
        (TABLE, "", ["17"], [HUNTER]),
        ("", ROW, ["17"], [HUNTER]),
        (TABLE, ROW, ["\ud800"], [HUNTER]),
    ],
)
def test_what_cannot_be_asked_does_not_leave(
    server: Server, clay: Clay, table: str, row_field: str, row_ids: list[str], fields: list[str]
) -> None:
    with pytest.raises(ValueError, match=r"query|JSON"):
        clay.cells(table, row_field, row_ids, fields)
    assert server.connections == 0


def test_a_hundred_rows_and_nineteen_fields_may_be_asked_for(server: Server, clay: Clay) -> None:
    server.answers = [page()]
    clay.cells(TABLE, ROW, [f"{n}" for n in range(100)], [f"Field {n}" for n in range(MAX_FIELDS)])
    query = server.requests[0].json["query"]
    assert (len(query["filter"]["value"]), len(query["select"])) == (100, 20)
