"""What the children say: all of it in a log each, on the terminal only what a person must know."""

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
    """The log of one child: appended to, put aside as NAME.log.1 when it has grown past 5 MB."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._file = path.open("ab")

    def write(self, data: bytes) -> None:
        """Append `data`, and have it on disk for `tail -f`."""
        if self._file.tell() > MAX_BYTES:
            self._file.close()
            self.path.replace(self.path.with_name(f"{self.path.name}.1"))
            self._file = self.path.open("ab")
        self._file.write(data)
        self._file.flush()

    def last_lines(self, count: int) -> list[str]:
        """The last `count` lines said."""
        with self.path.open(encoding="utf-8", errors="replace") as file:
            return [line.rstrip() for line in deque(file, count)]


class Output:
    """The terminal and the logs. A terminal that went away stops nothing."""

    def __init__(self, folder: Path, verbose: bool) -> None:
        folder.mkdir(mode=0o700, exist_ok=True)
        self._folder, self._verbose = folder, verbose
        self._printer = Printer(sys.stdout)
        self._logs: dict[str, Log] = {}
        self._sieves: dict[str, Sieve] = {}
        self.hushed = False  # while everything stops, what is said goes to the logs only

    def log(self, name: str) -> Log:
        """The log of the child `name`."""
        if name not in self._logs:
            self._logs[name] = Log(self._folder / f"{name}.log")
            self._sieves[name] = Sieve()
            self._printer.width = max(self._printer.width, len(name))
        return self._logs[name]

    def relay(self, message: Message) -> None:
        """One line of a child's."""
        self.log(message.name).write(message.data)
        line = message.data.decode("utf-8", "replace").rstrip("\n")
        matters = self._sieves[message.name].lets_through(line)
        if self._verbose or (matters and not self.hushed):
            with suppress(OSError):
                self._printer.write(message)

    def say(self, text: str) -> None:
        """A line of our own."""
        with suppress(OSError):
            print(text, flush=True)
