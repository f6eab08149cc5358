"""A query of tables: what Clay's contract allows (StructuredQueryRequest), and what of it is known here."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from clayops.sandbox.replies import Refused, expect, message, offset_at, read_json

USUAL_LIMIT = 50

Check = Callable[[Any], bool]
"""Whether a value is what the contract says."""


@dataclass(frozen=True)
class Query:
    """What can be answered: `fields` of the rows whose input `where` has one of `values`.

    With an empty `where`, of all rows. `limit` and `offset` are in rows.
    """

    table: str
    fields: list[str]
    where: str
    values: frozenset[str]
    limit: int
    offset: int


def read_query(body: bytes) -> Query:
    """The query in a request. Raises `Refused`: 400 for what is invalid, 422 for what is not known here."""
    try:
        data = _valid(read_json(body))
    except RecursionError:
        raise Refused(message(400, "The filter is nested too deeply.")) from None
    query = data["query"]
    _know(query.keys() <= {"tables", "field_mode", "select", "filter"}, "joins, groups and orders")
    _know(query.get("field_mode") == "names", "any field_mode but names")
    where, values = _filter(query.get("filter"))
    limit, offset = int(data.get("limit", USUAL_LIMIT)), offset_at(data.get("cursor"))
    return Query(_table(query["tables"]), _fields(query.get("select")), where, values, limit, offset)


def plain(value: Any) -> str:
    """A value as the text by which it is compared."""
    return value if isinstance(value, str) else json.dumps(value, sort_keys=True)


# -- what is known here ---------------------------------------------------------------------------


def _know(condition: bool, what: str) -> None:
    if not condition:
        raise Refused(message(422, f"The sandbox does not know {what}."))


def _table(tables: list[dict[str, Any]]) -> str:
    _know(len(tables) == 1 and tables[0].keys() == {"id"}, "several tables, or aliases")
    return str(tables[0]["id"]).encode("utf-8", "replace").decode()  # SQLite takes no half surrogate pair


def _fields(select: list[dict[str, Any]] | None) -> list[str]:
    _know(bool(select), "a query that selects nothing")
    _know(all(one.keys() == {"field"} for one in select or ()), "any select but that of plain fields")
    return [one["field"] for one in select or ()]


def _filter(told: dict[str, Any] | None) -> tuple[str, frozenset[str]]:
    if told is None:
        return "", frozenset()
    _know(told.keys() == {"field", "op", "value"}, "filters that are more than one comparison")
    op, value = told["op"], told["value"]
    _know(op in {"=", "in"} and (op == "in") == isinstance(value, list), f"this filter with {op!r}")
    return told["field"], frozenset(map(plain, value if op == "in" else [value]))


# -- what the contract allows ---------------------------------------------------------------------


def _valid(data: Any) -> dict[str, Any]:
    expect(
        isinstance(data, dict) and "query" in data and data.keys() <= {"query", "limit", "cursor"},
        "The body must have a query, and may have limit and cursor",
    )
    limit, query = data.get("limit", USUAL_LIMIT), data["query"]
    expect(_number(limit) and 1 <= limit <= 100 and limit == int(limit), "limit must be from 1 to 100")
    expect(_text(data.get("cursor", "")), "cursor must be a text")
    expect(isinstance(query, dict) and "tables" in query, "query must have tables")
    for name, part in query.items():
        expect(name in _PARTS and _PARTS[name](part), f"query.{name} is invalid")
    return dict(data)


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _filled(value: Any) -> bool:
    return isinstance(value, str) and value != ""


def _number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _word(*words: str) -> Check:
    return lambda value: isinstance(value, str) and value in words


def _some(*checks: Check) -> Check:
    return lambda value: any(check(value) for check in checks)


def _list(of: Check, low: int, high: float) -> Check:
    return lambda value: isinstance(value, list) and low <= len(value) <= high and all(map(of, value))


def _object(must: dict[str, Check], may: dict[str, Check]) -> Check:
    checks = must | may

    def check(value: Any) -> bool:
        fits = isinstance(value, dict) and must.keys() <= value.keys() <= checks.keys()
        return fits and all(checks[name](part) for name, part in value.items())

    return check


def _filter_expression(value: Any) -> bool:
    return any(check(value) for check in _FILTERS)


_OPS = ("=", "!=", ">", ">=", "<", "<=", "contains", "not_contains", "starts_with", "ends_with")
_OP = _word(*_OPS, "in", "not_in", "is_empty", "is_not_empty")
_PATH = _list(_filled, 1, 5)
_VALUE = _some(_text, _number, lambda value: isinstance(value, bool), _list(_some(_text, _number), 0, 10**9))
_EXPRESSIONS = _list(_filter_expression, 1, 10)
_FILTERS = (
    _object({"field": _filled, "op": _OP}, {"value": _VALUE, "path": _PATH}),
    _object({"and": _EXPRESSIONS}, {}),
    _object({"or": _EXPRESSIONS}, {}),
    _object({"not": _filter_expression}, {}),
)
_SELECT = _some(
    _object(
        {"fn": _word("count", "sum", "avg", "max", "min"), "field": _filled, "as": _filled}, {"path": _PATH}
    ),
    _object({"field": _filled}, {"as": _text, "table": _text, "path": _PATH}),
)
_ON = _object({"left": _filled, "right": _filled}, {})
_PARTS: dict[str, Check] = {
    "tables": _list(_object({"id": _filled}, {"alias": _text}), 1, 5),
    "join": _list(_object({"table": _filled, "on": _ON}, {"type": _word("inner", "left")}), 0, 4),
    "filter": _filter_expression,
    "group_by": _list(_filled, 0, 5),
    "order_by": _list(_object({"field": _filled}, {"direction": _word("asc", "desc")}), 0, 3),
    "field_mode": _word("names", "ids"),
    "select": _list(_SELECT, 0, 20),
}
