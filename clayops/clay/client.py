"""The client for Clay's Public API v0: who am I, start a routine run, read its results and a table's cells.

It knows no model; address and key are arguments.
"""

import json
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar
from urllib.parse import quote

from clayops.clay import answers, headers, tables
from clayops.clay.answers import (
    Accepted,
    Finished,
    InProgress,
    Item,
    Malformed,
    Me,
    OddStatus,
    Page,
    ResultItem,
    is_usable_id,
)
from clayops.clay.errors import Unclear
from clayops.clay.tables import Cell
from clayops.clay.wire import Answer, Timeouts, Wire

MAX_ITEMS = 100
PAGE_SIZE = 100
MAX_PAGES = 50

T = TypeVar("T")


class Clay:
    """One workspace's API over one pool of connections; safe to share between threads."""

    def __init__(self, base_url: str, api_key: str, *, timeouts: Timeouts = Timeouts()) -> None:  # noqa: B008  frozen
        self._wire = Wire(base_url, api_key, timeouts)

    def close(self) -> None:
        """Close the connections; the client cannot be used again."""
        self._wire.close()

    def me(self) -> Me:
        """Whose key this is. Raises `ClayError`; costs nothing."""
        with _only_reading():
            return _understand(self._wire.ask("GET", "/me"), 200, answers.read_me)

    def run(self, routine_id: str, items: Sequence[Item], webhook_id: str = "") -> Accepted:
        """Start a run of 1 to 100 items. **It costs credits, and again when it is called again.**

        Raises `ClayError`, and `ValueError` for what cannot be sent, before anything has left.
        """
        path = f"/routines/{_segment('routine id', routine_id)}/run"
        answer = self._wire.ask("POST", path, _body(items, webhook_id))
        return Accepted(_understand(answer, 202, answers.read_run_id), headers.rate_limit(answer.headers))

    def results(self, run_id: str) -> InProgress | Finished | OddStatus:
        """How far the run is, or all that it brought. Raises `ClayError`; costs nothing.

        `Rejected` with status 404 means that Clay has the results no more (it keeps them for about a day).
        """
        path = f"/routines/run/{_segment('run id', run_id)}/results?limit={PAGE_SIZE}"
        with _only_reading():
            answer = self._wire.ask("GET", path)
            if answer.status == 202:
                return _understand(answer, 202, answers.read_progress)
            return self._all_pages(path, _understand(answer, 200, answers.read_page))

    def _all_pages(self, path: str, page: Page | OddStatus) -> Finished | OddStatus:
        items: list[ResultItem] = []
        seen: set[str] = set()
        while isinstance(page, Page):
            items += page.items
            if page.cursor is None:
                return Finished(page.total, items)
            _turn(page.cursor, seen)
            answer = self._wire.ask("GET", f"{path}&cursor={quote(page.cursor, safe='')}")
            page = _understand(answer, 200, answers.read_page)
        return page

    def cells(
        self, table_id: str, row_field: str, row_ids: Sequence[str], fields: Sequence[str]
    ) -> list[dict[str, Cell]]:
        """The records whose `row_field` is one of `row_ids` (1 to 100), each field name -> cell.

        Clay may return a record again that changed meanwhile: the later is the fresher. Enterprise workspaces
        only: a `KeyRejected` with status 403 may mean another plan. Raises `ClayError`, and `ValueError` for
        what cannot be asked (more than `MAX_FIELDS` fields), before anything has left; costs nothing.
        """
        body = tables.query(table_id, row_field, row_ids, fields)
        found: list[dict[str, Cell]] = []
        seen: set[str] = set()
        with _only_reading():
            while True:
                answer = self._wire.ask("POST", "/tables/query", _json(body))
                page = _understand(answer, 200, lambda data: tables.read_cells(data, [row_field, *fields]))
                found += page.records
                if page.cursor is None:
                    return found
                _turn(page.cursor, seen)
                body["cursor"] = page.cursor


def _turn(cursor: str, seen: set[str]) -> None:
    """On to the page at `cursor`. Raises `Unclear` where that would go on for ever."""
    if cursor in seen or len(seen) + 1 >= MAX_PAGES:
        raise Unclear(f"Clay's pages do not end: one repeats, or there are more than {MAX_PAGES}.")
    seen.add(cursor)


def payload_bytes(items: Sequence[Item], webhook_id: str = "") -> int:
    """The exact size of the JSON body that `run()` would send. Raises `ValueError` where `run()` would."""
    return len(_body(items, webhook_id))


def _body(items: Sequence[Item], webhook_id: str) -> bytes:
    if not 1 <= len(items) <= MAX_ITEMS:
        raise ValueError(f"A run has 1 to {MAX_ITEMS} items, not {len(items)}")
    body: dict[str, Any] = {
        "items": [{"id": _sendable("item id", one.id), "inputs": one.inputs} for one in items]
    }
    if webhook_id:
        body["webhook_id"] = _sendable("webhook id", webhook_id)
    return _json(body)


def _json(body: dict[str, Any]) -> bytes:
    try:
        return json.dumps(body, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"The request holds something that JSON cannot say: {error}") from None


def _sendable(name: str, value: str) -> str:
    if not is_usable_id(value):
        raise ValueError(
            f"The {name} must have 1 to {answers.MAX_ID} printable characters, not {value[:80]!r}"
        )
    return value


def _segment(name: str, value: str) -> str:
    return quote(_sendable(name, value), safe=":")


def _understand(answer: Answer, status: int, read: Callable[[dict[str, Any]], T]) -> T:
    if answer.status != status:
        raise Unclear(f"Clay answered {answer.status} where it should answer {status}.", status=answer.status)
    try:
        return read(answers.read_object(answer.body))
    except Malformed as error:
        problem = Unclear(f"Clay's answer {error}.", status=status)
    raise problem  # outside, so that no traceback shows the answer


@contextmanager
def _only_reading() -> Iterator[None]:
    """Reading charges nothing, and may be done again where it stayed unclear."""
    try:
        yield
    except Unclear as unclear:
        unclear.for_reading()
        raise


# -- one client per process -----------------------------------------------------------------------

_clients: dict[tuple[int, str, str, Timeouts], Clay] = {}
_lock = threading.Lock()


def shared(base_url: str, api_key: str, timeouts: Timeouts = Timeouts()) -> Clay:  # noqa: B008  frozen
    """The process's client for this address and key. A forked child gets one (and connections) of its own."""
    key = (os.getpid(), base_url, api_key, timeouts)
    with _lock:
        if key not in _clients:
            _clients[key] = Clay(base_url, api_key, timeouts=timeouts)
        return _clients[key]


def _after_fork() -> None:
    """In the child: a thread of the parent may have held the lock; its clients are dropped unclosed."""
    global _lock
    _lock = threading.Lock()
    _clients.clear()


os.register_at_fork(after_in_child=_after_fork)
