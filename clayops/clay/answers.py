"""What Clay answers, read into types. Anything outside the contract is `Malformed`."""

import json
import math
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

MAX_ID = 64
"""Characters that an id may have (contract: routine_id, routine_run_id, item id, webhook_id)."""

DEEPEST = 50
"""Levels of values inside values that are kept as such."""


class Malformed(Exception):
    """An answer that is not what the contract says; the text completes "Clay's answer …"."""


@dataclass(frozen=True)
class Item:
    """One row to enrich. `id` is ours, 1 to 64 characters; `inputs` is anything that JSON can say."""

    id: str
    inputs: dict[str, Any]


@dataclass(frozen=True)
class RateLimit:
    """`X-RateLimit-*`, which come "when available": None for what did not come or cannot be read."""

    limit: int | None
    remaining: int | None
    reset_seconds: float | None


@dataclass(frozen=True)
class Accepted:
    """Clay took the run."""

    run_id: str
    rate: RateLimit


@dataclass(frozen=True)
class Me:
    """Who the API key belongs to."""

    user_id: str
    user_name: str | None
    workspace_id: str


@dataclass(frozen=True)
class ResultItem:
    """One item of a finished run, `raw` being all that Clay said of it.

    Kept whatever it says: the id is "" where there is none to use, the status may be unknown.
    """

    id: str
    status: str
    result: dict[str, Any] | None
    error: str | None
    raw: dict[str, Any]


@dataclass(frozen=True)
class InProgress:
    """The run is at work; both numbers are items."""

    total: int
    finished: int


@dataclass(frozen=True)
class Finished:
    """The run has ended; the items of all pages, in Clay's order."""

    total: int
    items: list[ResultItem]


@dataclass(frozen=True)
class OddStatus:
    """The run has ended with a status that nobody told us of: not a success, not a failure."""

    status: str
    raw: dict[str, Any]


@dataclass(frozen=True)
class Page:
    """One page of results; no cursor on the last."""

    total: int
    items: list[ResultItem]
    cursor: str | None


def read_object(body: bytes) -> dict[str, Any]:
    """The JSON object in `body`, fit for any database: its texts hold no NUL and no half surrogate pair."""
    try:
        data = json.loads(body.decode("utf-8"), parse_constant=_no_constant, parse_float=_number)
        if isinstance(data, dict):
            shallow = bounded(data) if _is_deeper(data, DEEPEST) else data
            return storable(shallow) if b"\\u" in body else shallow
    except UnicodeDecodeError:
        raise Malformed("is not UTF-8") from None
    except ValueError:
        raise Malformed("is not JSON") from None
    except RecursionError:
        raise Malformed("is nested too deeply") from None
    raise Malformed("is not a JSON object")


def bounded(value: Any, levels: int = DEEPEST) -> Any:
    """The same, at most `levels` deep: what lies deeper is its JSON, as text.

    Whatever reads it later (pages, exports, the database) walks it level by level, and Python's stack ends.
    """
    if not isinstance(value, dict | list):
        return value
    if levels == 0:
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, list):
        return [bounded(one, levels - 1) for one in value]
    return {key: bounded(one, levels - 1) for key, one in value.items()}


def _is_deeper(value: Any, levels: int) -> bool:
    level = [value]
    for _ in range(levels):
        level = [inner for each in level if isinstance(each, dict | list) for inner in _inside(each)]
    return any(isinstance(each, dict | list) for each in level)


def _inside(value: dict[str, Any] | list[Any]) -> Iterable[Any]:
    return value.values() if isinstance(value, dict) else value


def _no_constant(name: str) -> None:
    raise ValueError(name)  # NaN and Infinity are no JSON


def _number(text: str) -> float | str:
    value = float(text)
    return value if math.isfinite(value) else text  # 1e999: no database has a number for it


_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def storable(value: Any) -> Any:
    """The same, fit for any database: without NUL and half surrogate pairs."""
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [storable(one) for one in value]
    if isinstance(value, dict):
        return {storable(key): storable(one) for key, one in value.items()}
    return value


def is_usable_id(value: object) -> bool:
    """Whether `value` can be an id in one of our requests."""
    return (
        isinstance(value, str)
        and 1 <= len(value) <= MAX_ID
        and value.isprintable()
        and "\ufffd" not in value  # stands for what could not be stored: not the id that Clay knows
        and value not in {".", ".."}
    )


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str):
        raise Malformed(f"has no text {name!r}")
    return value


def _count(data: dict[str, Any], name: str) -> int:
    value = data.get(name)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise Malformed(f"has no number {name!r}")
    return int(value)


def _part(data: dict[str, Any], name: str) -> dict[str, Any]:
    value = data.get(name)
    if not isinstance(value, dict):
        raise Malformed(f"has no {name!r}")
    return value


def read_me(data: dict[str, Any]) -> Me:
    """`GET /me`."""
    user, name = _part(data, "user"), _part(data, "user").get("name")
    return Me(
        _text(user, "id"), name if isinstance(name, str) else None, _text(_part(data, "workspace"), "id")
    )


def read_run_id(data: dict[str, Any]) -> str:
    """The id in the answer to `POST /routines/{routine_id}/run`."""
    run_id = _text(data, "routine_run_id")
    if not is_usable_id(run_id):
        raise Malformed("has no usable routine_run_id")
    return run_id


def read_progress(data: dict[str, Any]) -> InProgress:
    """A 202 of `GET /routines/run/{id}/results`."""
    if _text(data, "status") != "in_progress":
        raise Malformed("says 202, but not that the run is in progress")
    return InProgress(_count(data, "total"), _count(data, "finished"))


def read_page(data: dict[str, Any]) -> Page | OddStatus:
    """A 200 of `GET /routines/run/{id}/results`."""
    status = _text(data, "status")
    if status != "complete":
        return OddStatus(status, data)
    items, cursor = data.get("data"), data.get("cursor")
    if not isinstance(items, list):
        raise Malformed("has no list 'data'")
    if cursor is not None and not isinstance(cursor, str):
        raise Malformed("has a cursor that is no text")
    return Page(_count(data, "total"), [read_item(item) for item in items], cursor or None)


def read_item(raw: object) -> ResultItem:
    """One entry of `data`. Never refuses: what it says was paid for."""
    if not isinstance(raw, dict):
        return ResultItem("", "", None, None, {"value": raw})
    item_id, status, result = raw.get("id"), raw.get("status"), raw.get("result")
    if isinstance(item_id, int) and not isinstance(item_id, bool):
        item_id = str(item_id)  # ours are digits: a Clay that reads them as numbers still means our rows
    return ResultItem(
        item_id if isinstance(item_id, str) and is_usable_id(item_id) else "",
        status if isinstance(status, str) else "",
        result if isinstance(result, dict) else None,
        _error_text(raw.get("error")),
        raw,
    )


def _error_text(error: object) -> str | None:
    text = error.get("message") if isinstance(error, dict) else error
    return text if isinstance(text, str) else None
