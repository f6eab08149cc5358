"""Clay's Public API v0, the routes that we use, as its contract has them; the faults that are asked for."""

import math
import random
import threading
import time
from collections.abc import Mapping
from typing import Any

from clayops.sandbox import people, tables
from clayops.sandbox.calls import Calls
from clayops.sandbox.replies import Refused, Reply, cursor_to, expect, message, offset_at, read_json
from clayops.sandbox.store import Run, Store

KEPT_SECONDS = 24 * 3600.0
"""How long Clay keeps results."""


class Api:
    """The routes below /public/v0, and the workspace's rate limit. Called from many threads."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.calls = Calls(store)
        self._lock = threading.Lock()
        self._window = (0.0, 0)  # when it began, requests since

    def answer(self, method: str, path: str, query: Mapping[str, str], key: str, body: bytes) -> Reply:
        """The reply to one request; `path` is unquoted where it was split."""
        limits: Mapping[str, str] = {}
        try:
            limits = self._rate()
            _check_key(key)
            reply = self._route(method, path.split("/"), query, body)
        except Refused as refused:
            reply = refused.reply
        return Reply(reply.status, reply.body, {**limits, **reply.headers}, reply.delay, reply.vanish)

    def _route(self, method: str, path: list[str], query: Mapping[str, str], body: bytes) -> Reply:
        match method, path:
            case "GET", ["me"]:
                user = {"id": "user_sandbox", "name": "Sandbox"}
                return Reply(200, {"user": user, "workspace": {"id": "workspace_sandbox"}})
            case "POST", ["routines", routine, "run"]:
                return self._start(routine, body)
            case "GET", ["routines", "run", run_id, "results"]:
                return self._results(run_id, query)
            case "POST", ["tables", "query"]:
                return tables.answer(self.store, body)
        raise Refused(message(404, "There is no such route."))

    def _rate(self) -> Mapping[str, str]:
        """One more request in this window; raises where it is one too many."""
        rate = self.store.knobs.rate_per_second
        length = max(1.0, 1 / rate) if rate else 1.0
        limit = math.floor(rate * length + 1e-9)
        with self._lock:
            began, count = self._window
            now = time.monotonic()
            if now - began >= length:
                began, count = now, 0
            self._window = (began, count + 1)
        reset = str(max(1, math.ceil(began + length - now)))
        left = max(0, limit - count - 1)
        told = {
            "X-RateLimit-Limit": str(limit),
            "X-RateLimit-Remaining": str(left),
            "X-RateLimit-Reset": reset,
        }
        if count >= limit:
            raise Refused(message(429, **{**told, "Retry-After": reset}))
        return told

    # -- starting a run ---------------------------------------------------------------------------

    def _start(self, routine: str, body: bytes) -> Reply:
        delay = self.store.knobs.answer_delay
        try:
            items, webhook = read_run(body)
        except Refused as refused:
            return _later(refused.reply, delay)
        reply = self._refusal(routine)
        if reply is None:
            return self._accept(routine, items, webhook, delay)
        self.store.refused([item["id"] for item in items], str(reply.status))
        return _later(reply, delay)

    def _refusal(self, routine: str) -> Reply | None:
        knobs = self.store.knobs
        if self.store.take("next_refusals"):
            wait = knobs.refusal_retry_after if knobs.refusal_status in {429, 503} else None
            return message(knobs.refusal_status, **({} if wait is None else {"Retry-After": f"{wait:g}"}))
        if not routine.startswith(("function:", "workflow:")) or len(routine) > 64:
            return message(404)
        return None

    def _accept(self, routine: str, items: list[dict[str, Any]], webhook: str, delay: float) -> Reply:
        knobs = self.store.knobs
        vanish = self.store.take("next_vanish")
        hang = not vanish and self.store.take("next_hang")
        answered = "connection closed" if vanish else f"after {knobs.hang_seconds:g} s" if hang else "202"
        run = self.store.accept(routine, items, self._seconds(len(items)), self._fate(), answered)
        if webhook:
            self.calls.when_finished(run, webhook)
        body = {"routine_run_id": run.id, "status": "in_progress"}
        return Reply(202, body, delay=knobs.hang_seconds if hang else delay, vanish=vanish)

    def _seconds(self, items: int) -> float:
        knobs = self.store.knobs
        spread = random.uniform(1 - knobs.jitter, 1 + knobs.jitter)
        return (knobs.base_seconds + items * knobs.item_seconds) * spread

    def _fate(self) -> str:
        """What will go wrong with the next run's results."""
        return next((fate for fate in ("stuck", "gone", "odd") if self.store.take(f"next_{fate}")), "")

    # -- results ----------------------------------------------------------------------------------

    def _results(self, run_id: str, query: Mapping[str, str]) -> Reply:
        limit, offset = _limit(query.get("limit", "20")), offset_at(query.get("cursor"))
        run = self.store.run(run_id)
        if run is None or run.fate == "gone" or run.age() > run.seconds + KEPT_SECONDS:
            raise Refused(message(404, "Run not found."))
        told = {"routine_run_id": run.id, "total": len(run.items)}
        if run.is_working():
            share = min(run.age() / run.seconds, 0.99) if run.seconds else 0.99
            return Reply(202, told | {"finished": int(len(run.items) * share), "status": "in_progress"})
        told["finished"] = len(run.items)
        if run.fate == "odd":
            return Reply(200, told | {"status": run.knobs.odd_status, "data": []})
        return Reply(200, told | {"status": "complete"} | _page(run, offset, limit))


def read_run(body: bytes) -> tuple[list[dict[str, Any]], str]:
    """Items and webhook ("" for none) of a body (contract: RunRoutineRequest). Raises `Refused`: a 400."""
    data = read_json(body)
    expect(isinstance(data, dict) and set(data) <= {"items", "webhook_id"}, "The body must have items only")
    items = data.get("items")
    expect(isinstance(items, list) and 1 <= len(items) <= 100, "items must be a list of 1 to 100 items")
    webhook = data.get("webhook_id", "w")
    expect(isinstance(webhook, str) and 1 <= len(webhook) <= 64, "webhook_id must have 1 to 64 characters")
    for position, item in enumerate(items):
        _check_item(f"items[{position}]", item)
    return list(items), data.get("webhook_id", "")


def _check_item(name: str, item: Any) -> None:
    expect(isinstance(item, dict) and set(item) == {"id", "inputs"}, f"{name} must have id and inputs")
    expect(
        isinstance(item["id"], str) and 1 <= len(item["id"]) <= 64, f"{name}.id must have 1 to 64 characters"
    )
    expect(isinstance(item["inputs"], dict), f"{name}.inputs must be an object")


def _check_key(key: str) -> None:
    if not key:
        raise Refused(message(401, "The clay-api-key header is missing."))
    if key == "rejected":
        raise Refused(message(401))


def _later(reply: Reply, delay: float) -> Reply:
    return Reply(reply.status, reply.body, reply.headers, delay)


def _limit(raw: str) -> int:
    expect(raw.isascii() and raw.isdigit() and 1 <= int(raw[:9]) <= 100, "limit must be from 1 to 100")
    return int(raw)


def _page(run: Run, offset: int, limit: int) -> dict[str, Any]:
    found = _all_results(run)
    page: dict[str, Any] = {"data": found[offset : offset + limit]}
    if offset + limit < len(found):
        page["cursor"] = cursor_to(offset + limit)
    return page


def _all_results(run: Run) -> list[dict[str, Any]]:
    knobs = run.knobs
    found = [people.outcome(knobs, item) for item in run.items[knobs.missing_items :]]
    strangers = [{"id": f"not-yours-{number}", "inputs": {}} for number in range(knobs.foreign_items)]
    return found + found[: knobs.duplicate_items] + [people.outcome(knobs, one) for one in strangers]
