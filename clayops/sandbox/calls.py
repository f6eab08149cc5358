"""Clay's calls when a run has finished: signed, each in a thread of its own, tried once, and forgotten."""

import hmac
import json
import threading
from datetime import UTC, datetime
from typing import Any

import httpx

from clayops.sandbox.store import Run, Store

TIMEOUT_SECONDS = 2.0


class Calls:
    """What is to be called, and when. As at Clay, no call is certain: one that fails is not made again."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Make no more calls."""
        self._stopped.set()

    def when_finished(self, run: Run, webhook: str) -> None:
        """Call once the run has ended; one that is stuck never does."""
        if run.fate != "stuck" and run.knobs.webhook_url:
            threading.Thread(
                target=self._wait, args=(run, webhook), name=f"call {run.id}", daemon=True
            ).start()

    def _wait(self, run: Run, webhook: str) -> None:
        if not self._stopped.wait(max(run.seconds - run.age(), 0.0)):
            self._deliver(webhook, {"routine_run_id": run.id})

    def test(self) -> tuple[int, str]:
        """Deliver a test now: the status that came back (0 for none), and a sentence."""
        if not self._store.knobs.webhook_url:
            return 0, "There is no address to call."
        return self._deliver("webhook_sandbox", {})

    def _deliver(self, webhook: str, data: dict[str, Any]) -> tuple[int, str]:
        knobs, now = self._store.knobs, datetime.now(UTC)
        body = json.dumps({"webhookId": webhook, "createdAt": now.isoformat(), "data": data}).encode()
        headers = {"Content-Type": "application/json"}
        if secret := knobs.webhook_secret:
            headers["X-Clay-Signature"] = f"sha256={hmac.new(secret.encode(), body, 'sha256').hexdigest()}"
        try:
            answer = httpx.post(
                knobs.webhook_url, content=body, headers=headers, timeout=TIMEOUT_SECONDS, trust_env=False
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            return 0, f"No answer: {error or type(error).__name__}."
        return answer.status_code, f"The answer was {answer.status_code}."
