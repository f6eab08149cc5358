"""Cells of a table, by `POST /tables/query` (Enterprise workspaces only): what is asked, what it brings."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from clayops.clay.answers import Malformed

MAX_FIELDS = 19
"""Fields that one query reads besides the field with the row ids (contract: select has at most 20)."""
MAX_ROWS = 100
"""Row ids in one query, and records on a page (contract: limit)."""
PENDING = frozenset({"running", "queued", "retry", "rate_limited", "awaiting_callback"})
"""Statuses of a cell that is not done (contract: CellPending). Clay never ages them out."""


@dataclass(frozen=True)
class Cell:
    """One cell. `status` is Clay's word (success, error, empty, one of `PENDING`, or one nobody told us of).

    `value` is what a success holds, any JSON. A cell that cannot be read has the status "".
    """

    status: str
    value: Any
    error: str | None


@dataclass(frozen=True)
class CellPage:
    """One page of records, each field name -> cell; no cursor on the last."""

    records: list[dict[str, Cell]]
    cursor: str | None


def query(table_id: str, row_field: str, row_ids: Sequence[str], fields: Sequence[str]) -> dict[str, Any]:
    """The request for `fields` of the rows whose `row_field` is one of `row_ids` (StructuredQueryRequest).

    Raises `ValueError` for more than the contract allows, and for an empty name or id.
    """
    if not 1 <= len(row_ids) <= MAX_ROWS:
        raise ValueError(f"A query has 1 to {MAX_ROWS} row ids, not {len(row_ids)}")
    if len(fields) > MAX_FIELDS:
        raise ValueError(f"A query has at most {MAX_FIELDS} fields, not {len(fields)}")
    if not all([table_id, row_field, *row_ids, *fields]):
        raise ValueError("A query must name the table, its fields and its rows; one of them is empty")
    asked = {
        "tables": [{"id": table_id}],
        "field_mode": "names",
        "select": [{"field": name} for name in dict.fromkeys([row_field, *fields])],
        "filter": {"field": row_field, "op": "in", "value": list(row_ids)},
    }
    return {"limit": MAX_ROWS, "query": asked}


def read_cells(data: dict[str, Any], asked: Sequence[str]) -> CellPage:
    """A 200 of `POST /tables/query`.

    Records may be keyed by name or by id: a key not `asked` for becomes a name where `fields` has it.
    """
    records, cursor = data.get("data"), data.get("cursor")
    if not isinstance(records, list) or not all(isinstance(record, dict) for record in records):
        raise Malformed("has no list of records 'data'")
    if cursor is not None and not isinstance(cursor, str):
        raise Malformed("has a cursor that is no text")
    names = _names(data.get("fields")) | {name: name for name in asked}
    return CellPage([_record(record, names) for record in records], cursor or None)


def _names(fields: object) -> dict[str, str]:
    """Key -> name, as `fields` has it: a help, and no reason to refuse the cells where it is odd."""
    told = fields.items() if isinstance(fields, dict) else ()
    names = {key: meta.get("name") for key, meta in told if isinstance(meta, dict)}
    return {key: name for key, name in names.items() if isinstance(name, str)}


def _record(raw: dict[str, Any], names: dict[str, str]) -> dict[str, Cell]:
    by_name_last = sorted(raw, key=lambda key: names.get(key) == key)  # a name itself beats a translated key
    return {names.get(key, key): _cell(raw[key]) for key in by_name_last}


def _cell(raw: object) -> Cell:
    """Never refuses: one odd cell must not hide the others."""
    if not isinstance(raw, dict) or not isinstance(raw.get("status"), str):
        return Cell("", None, None)
    status, error = raw["status"], raw.get("error")
    value = raw.get("value") if status == "success" else None
    return Cell(status, value, error if isinstance(error, str) else None)
