"""What the children say: all of it in a log each, on the terminal only what a person must know."""

import io
import re
import sys
from collections import deque
from contextlib import suppress
from pathlib import Path

from honcho.printer import Message, Printer

MAX_BYTES = 5_000_000
LEVEL = re.compile(r"\b(WARNING|ERROR|CRITICAL|FATAL)\b")
IDLE = re.compile(
    r"overcommit_memory|Transparent Huge Pages|TCP backlog"
)  # Redis's advice to whoever runs the machine


class Sieve:
    """Picks the lines of one child that matter: warnings, errors, and of a traceback its last line."""

    def __init__(self) -> None:
        self._in_traceback = False

    def lets_through(self, line: str) -> bool:
        """Whether `line`, the next one said, belongs on the terminal."""
        if line.startswith("Traceback (most recent call last)"):
            self._in_traceback = True
            return False
        if self._in_traceback:
            self._in_traceback = not line or line[0].isspace()
            return not self._in_traceback
        return bool(LEVEL.search(line)) and not IDLE.search(line)


class Log:
    """The log of one child: appended to, put aside as NAME.log.1 when it has grown past 5 MB.

    Opened when there is something to write, and again after it could not be.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file: io.FileIO | None = None

    def write(self, data: bytes) -> None:
        """Append `data`, and have it on disk for `tail -f`. Raises `OSError`: then it is lost."""
        try:
            self._write(data)
        except OSError:
            self._close()
            raise

    def _write(self, data: bytes) -> None:
        file = self._file = self._file or io.FileIO(self.path, "ab")
        if file.tell() > MAX_BYTES:
            self._close()
            self.path.replace(self.path.with_name(f"{self.path.name}.1"))
            file = self._file = io.FileIO(self.path, "ab")
        file.write(data)

    def _close(self) -> None:
        if self._file:
            with suppress(OSError):
                self._file.close()
        self._file = None

    def last_lines(self, count: int) -> list[str]:
        """The last `count` lines said; none where they cannot be read."""
        try:
            with self.path.open(encoding="utf-8", errors="replace") as file:
                return [line.rstrip() for line in deque(file, count)]
        except OSError:
            return []


class Output:
    """The terminal and the logs. A terminal that went away, and a disk that is full, stop nothing."""

    def __init__(self, folder: Path, verbose: bool) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder, self._verbose = folder, verbose
        self._printer = Printer(sys.stdout)
        self._logs: dict[str, Log] = {}
        self._sieves: dict[str, Sieve] = {}
        self.hushed = False  # while everything stops, what is said goes to the logs only
        self._lost = 0  # lines that no log took, since the last that one did

    def log(self, name: str) -> Log:
        """The log of the child `name`."""
        if name not in self._logs:
            self._logs[name] = Log(self._folder / f"{name}.log")
            self._sieves[name] = Sieve()
            self._printer.width = max(self._printer.width, len(name))
        return self._logs[name]

    def relay(self, message: Message) -> None:
        """One line of a child's."""
        self._keep(message)
        line = message.data.decode("utf-8", "replace").rstrip("\n")
        matters = self._sieves[message.name].lets_through(line)
        if self._verbose or (matters and not self.hushed):
            with suppress(OSError):
                self._printer.write(message)

    def _keep(self, message: Message) -> None:
        """Write it to its log. What only tells must not end what works: a failure is said once."""
        try:
            self.log(message.name).write(message.data)
        except OSError as error:
            if not self._lost:
                self.say(f"WARNING: the logs cannot be written ({error.strerror or error}): all else goes on")
            self._lost += 1
            return
        if self._lost:
            self.say(f"The logs are written again; {self._lost} lines are lost")
            self._lost = 0

    def say(self, text: str) -> None:
        """A line of our own."""
        with suppress(OSError):
            print(text, flush=True)
