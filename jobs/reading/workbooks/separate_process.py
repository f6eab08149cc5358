"""Workbooks are opened in a process of their own: one made to crash or to fill the memory takes only that.

The library that reads workbooks ends its process where memory runs out, and says nothing while it works. So
`python -m jobs.reading.workbooks.sheet_text` gets a request as JSON on stdin, and answers with lines of JSON:
`{"progress": [rows, of]}`, and at last `{"result": …}`, `{"unreadable": sentence}` or
`{"os_error": [number, text, file]}`.
"""

import json
import logging
import os
import selectors
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, cast

from jobs.reading.format import Unreadable

Progress = Callable[[int, int], None]

logger = logging.getLogger(__name__)

MODULE = "jobs.reading.workbooks.sheet_text"
ROOT = Path(__file__).resolve().parents[3]
BEAT = 0.4
"""Seconds without news after which `progress` is called all the same."""
MEMORY = 3 << 30
"""Bytes of address space the process may have."""
TOO_MUCH = (
    "This workbook is damaged or far too large: it could not be read with the memory and the time we have. "
    "Save the sheet as CSV (UTF-8) and upload that."
)


def ask(request: dict[str, Any], seconds: int, progress: Progress | None = None) -> Any:
    """The result for `request`. `progress` gets the last rows known, from (0, 0) on, twice a second or more.

    Raises `Unreadable`, also for a process that died or took longer than `seconds`; `OSError`; and what
    `progress` raises. The process is gone then.
    """
    request = {**request, "memory": MEMORY, "seconds": seconds}
    with tempfile.TemporaryFile() as log, _started(log) as child:
        try:
            _send(child, request)
            return _answer(child, time.monotonic() + seconds, progress)
        except _Died:
            raise _died(child, log) from None
        finally:
            child.kill()


class _Died(Exception):
    """The process ended, or has to be ended, without an answer."""


def _started(log: IO[bytes]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", MODULE]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log, cwd=ROOT)


def _send(child: subprocess.Popen[bytes], request: dict[str, Any]) -> None:
    with suppress(BrokenPipeError), cast("IO[bytes]", child.stdin) as stdin:
        stdin.write(json.dumps(request).encode())


def _answer(child: subprocess.Popen[bytes], deadline: float, progress: Progress | None) -> Any:
    reached = (0, 0)
    for line in _lines(child, deadline):
        said = json.loads(line) if line else {}
        if "result" in said:
            return said["result"]
        if "unreadable" in said:
            raise Unreadable(said["unreadable"])
        if "os_error" in said:
            raise OSError(*said["os_error"])
        reached = tuple(said.get("progress", reached))
        if progress:
            progress(*reached)
    raise _Died


def _lines(child: subprocess.Popen[bytes], deadline: float) -> Iterator[bytes]:
    """What the process says, line by line; an empty line where it says nothing for `BEAT` seconds."""
    stdout, tail = cast("IO[bytes]", child.stdout), b""
    with selectors.DefaultSelector() as selector:
        selector.register(stdout, selectors.EVENT_READ)
        while time.monotonic() < deadline:
            if not selector.select(BEAT):
                yield b""
            elif said := os.read(stdout.fileno(), 1 << 16):
                *whole, tail = (tail + said).split(b"\n")
                yield from whole
            else:
                return


def _died(child: subprocess.Popen[bytes], log: IO[bytes]) -> Unreadable:
    """The refusal; the log gets how the process ended, and the first and the last that it said."""
    with suppress(subprocess.TimeoutExpired):
        child.wait(1)
    log.seek(0)
    said = log.read(1 << 20).decode("utf-8", "replace").strip()
    shown = said if len(said) < 1000 else f"{said[:500]} … {said[-500:]}"
    logger.warning("the process that read a workbook ended with %s: %s", child.returncode, shown)
    return Unreadable(TOO_MUCH)
