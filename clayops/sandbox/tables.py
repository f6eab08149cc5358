"""The tables behind routines: a row for each item that came, its inputs, and a column for each provider."""

import hashlib
from dataclasses import dataclass
from typing import Any

from clayops.sandbox import people, waterfall
from clayops.sandbox.query import Query, plain, read_query
from clayops.sandbox.replies import Refused, Reply, cursor_to, message
from clayops.sandbox.store import Run, Store

EMPTY = {"status": "empty"}


@dataclass(frozen=True)
class _Row:
    """One item with the run that had it last."""

    run: Run
    item: dict[str, Any]


@dataclass(frozen=True)
class _Table:
    """Rows, the least recently updated first (contract); `providers` by the names of their columns."""

    rows: list[_Row]
    inputs: frozenset[str]
    providers: dict[str, str]


def answer(store: Store, body: bytes) -> Reply:
    """The reply to `POST /tables/query` (contract: QueryResponse). Raises `Refused`."""
    if not store.knobs.tables:
        raise Refused(message(403, "Querying tables needs an Enterprise plan."))
    query = read_query(body)
    table = _table(store.runs_of(query.table))
    _check_fields(query, table)
    rows = [row for row in table.rows if _fits(row, query)]
    end = query.offset + query.limit
    told: dict[str, Any] = {
        "data": [_record(row, query.fields, table) for row in rows[query.offset : end]],
        "fields": {name: _about(name, table) for name in query.fields},
    }
    return Reply(200, told | ({"cursor": cursor_to(end)} if end < len(rows) else {}))


def column(provider: str) -> str:
    """The name of a provider's column."""
    return f"Find email ({provider.title()})"


def _table(runs: list[Run]) -> _Table:
    if not runs:
        raise Refused(message(404, "Table not found."))
    rows: dict[str, _Row] = {}
    for run in runs:
        for item in run.items:
            rows.pop(item["id"], None)
            rows[item["id"]] = _Row(run, item)
    inputs = frozenset(name for row in rows.values() for name in row.item["inputs"])
    return _Table(
        list(rows.values()), inputs, {column(one): one for run in runs for one in run.knobs.waterfall}
    )


def _check_fields(query: Query, table: _Table) -> None:
    known = {"", *table.inputs, *table.providers}
    for name in (*query.fields, query.where):
        if name not in known:
            raise Refused(message(422, f"There is no field {name!r}."))
    if query.where and query.where not in table.inputs:
        raise Refused(message(422, "The sandbox does not know filters on what a provider found."))


def _fits(row: _Row, query: Query) -> bool:
    inputs = row.item["inputs"]
    return not query.where or (query.where in inputs and plain(inputs[query.where]) in query.values)


def _about(name: str, table: _Table) -> dict[str, str]:
    field_id = f"f_{hashlib.sha256(name.encode('utf-8', 'replace')).hexdigest()[:12]}"
    return {"id": field_id, "name": name, "type": "action" if name in table.providers else "text"}


def _record(row: _Row, names: list[str], table: _Table) -> dict[str, dict[str, Any]]:
    found = _pending(row) if row.run.is_working() else _found(row)
    inputs = {name: _success(value) for name, value in row.item["inputs"].items()}
    cells = {name: found.get(provider, EMPTY) for name, provider in table.providers.items()}
    return {name: cells.get(name) or inputs.get(name, EMPTY) for name in names}


def _pending(row: _Row) -> dict[str, dict[str, Any]]:
    """Provider -> cell while the run is at work: the first that may be asked runs, the others wait."""
    knobs = row.run.knobs
    first = waterfall.providers(knobs, row.item["inputs"])[:1]
    return {one: {"status": "running" if [one] == first else "queued"} for one in knobs.waterfall}


def _found(row: _Row) -> dict[str, dict[str, Any]]:
    """Provider -> cell of those that were asked; a column whose run condition was not met is empty."""
    result = people.outcome(row.run.knobs, row.item).get("result", {})
    return {one["provider"]: _cell(one, result["work_email"]) for one in result.get("provider_attempts", [])}


def _cell(attempt: dict[str, Any], address: str) -> dict[str, Any]:
    match attempt["status"]:
        case "success":
            return _success(address)
        case "error":
            return {"status": "error", "error": attempt["error"]}
    return EMPTY


def _success(value: Any) -> dict[str, Any]:
    return {"status": "success", "value": value, "fields": None}
