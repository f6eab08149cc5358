"""`manage.py sandbox`: a stand-in for Clay on this machine."""

import signal
import sqlite3
import sys
import threading
from argparse import ArgumentTypeError
from pathlib import Path
from typing import Any, NoReturn

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from clayops.base.environment import is_loopback
from clayops.sandbox.server import Sandbox, serve


def _port(raw: str) -> int:
    if not raw.isdigit() or not 0 <= int(raw) <= 65535:
        raise ArgumentTypeError(f"{raw!r} is no port")
    return int(raw)


def _host(raw: str) -> str:
    if not is_loopback(raw) or ":" in raw:
        raise ArgumentTypeError(f"{raw!r} is not an address of this machine only, such as 127.0.0.1")
    return raw


def _webhook() -> dict[str, str]:
    """Whom to call when a run has finished: ourselves, where a secret is agreed on."""
    if not (settings.SANDBOX and settings.CLAY_WEBHOOK_SECRET):
        return {}
    url = f"http://127.0.0.1:{settings.PORT}/hooks/clay/run"
    return {"webhook_url": url, "webhook_secret": settings.CLAY_WEBHOOK_SECRET}


class Command(BaseCommand):
    """Runs until SIGTERM or Ctrl-C."""

    help = "Run the sandbox, a stand-in for Clay: no credits, no real data. Its settings are at /sandbox."
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        """Port, host and data file."""
        parser.add_argument("--port", type=_port, default=settings.SANDBOX_PORT, help="default: %(default)s")
        parser.add_argument(
            "--host", type=_host, default="127.0.0.1", help="a loopback address; default: %(default)s"
        )
        data = Path(settings.DATA_DIR) / "sandbox.sqlite3"
        parser.add_argument("--data", type=Path, default=data, metavar="FILE", help="default: %(default)s")

    def handle(self, *, port: int, host: str, data: Path, **options: Any) -> None:
        """Serve until told to stop. Exit 0; 2 where it cannot start."""
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        sandbox = self._start(port, host, data)
        self.stdout.write(f"Sandbox Clay at {sandbox.page}: no credits, no real data")
        self.stdout.flush()
        stop.wait()
        sandbox.close()

    def _start(self, port: int, host: str, data: Path) -> Sandbox:
        try:
            return serve(data, port, host, **_webhook())
        except sqlite3.Error as error:
            self._fail(
                f"{data} cannot be used as the sandbox's data file ({error}). Name another with --data."
            )
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
            self._fail(f"The sandbox cannot use port {port} on {host}: {reason}. Choose another with --port.")

    def _fail(self, why: str) -> NoReturn:
        self.stderr.write(why)
        sys.exit(2)
