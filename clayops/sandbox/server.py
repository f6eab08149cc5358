"""Starting the sandbox: in a thread of this process, for tests and for the command."""

import threading
from pathlib import Path
from typing import Any

from clayops.sandbox.knobs import FAST
from clayops.sandbox.store import Store
from clayops.sandbox.web import Server

__all__ = ["FAST", "Sandbox", "serve"]


class Sandbox:
    """A running sandbox. `url` is what CLAY_API_URL would be, `page` its settings page."""

    def __init__(self, server: Server) -> None:
        self._server = server
        host, port = server.server_address[:2]
        root = f"http://{host!s}:{port}"
        self.port, self.url, self.page = port, f"{root}/public/v0", f"{root}/sandbox"
        self._thread = threading.Thread(
            target=server.serve_forever, args=(0.05,), name="sandbox", daemon=True
        )
        self._thread.start()

    def settings(self, **changes: Any) -> dict[str, Any]:
        """Change settings, and return them all. Raises `BadSetting`."""
        return dict(vars(self._server.store.change(changes)))

    def log(self) -> list[dict[str, Any]]:
        """Every item received: `run_id` ("" where refused), `item_id`, `received_at`, `answered`."""
        return self._server.store.log()

    def counts(self) -> dict[str, dict[str, int]]:
        """Per item id: how often it was `accepted` (and would have been charged), and `received`."""
        return self._server.store.counts()

    def call(self) -> tuple[int, str]:
        """Deliver a test to `webhook_url`: the status that came back (0 for none), and a sentence."""
        return self._server.api.calls.test()

    def reset(self) -> None:
        """Forget runs, log and settings."""
        self._server.store.reset()

    def close(self) -> None:
        """Stop, at once: open connections are cut, as when the process dies."""
        self._server.stop()
        self._thread.join(5)


def serve(data: Path, port: int = 0, host: str = "127.0.0.1", **settings: Any) -> Sandbox:
    """Start a sandbox on the SQLite file `data`; port 0 takes a free one. `**FAST` makes it quick.

    Raises `OSError` (port in use), `sqlite3.Error` (no such data file), `BadSetting`.
    """
    store = Store(data)
    try:
        store.change(settings)
        return Sandbox(Server((host, port), store))
    except BaseException:
        store.close()
        raise
