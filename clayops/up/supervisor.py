"""Starts the children, watches them, starts again what dies, and stops them all in order.

Built from honcho's Process, Popen and Printer. Not on its Manager, which ends everything when one child ends.
"""

import os
import signal
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from queue import Empty, Queue

from honcho.process import Message, Popen, Process

from clayops.base import disk
from clayops.up import processes
from clayops.up.children import Child
from clayops.up.output import Output

LIMIT, WITHIN = 5, 60.0  # so many deaths in so many seconds are too many
DELAYS = (0.0, 0.5, 1.0, 2.0)  # before the first, second … start within that time
FULL_DELAY = 5.0  # while the disk is full, whose deaths do not count
PATIENCE = 8.0  # seconds from SIGTERM to SIGKILL
PATIENCE_WITH_REDIS = 3.0


class GivenUpError(Exception):
    """A child dies again and again; the text says which, why, and the last it said."""


class Watched(Process):  # type: ignore[misc]
    """A honcho process whose end is seen at once, also where its own children keep its output open."""

    def launch(self, events: "Queue[Message]") -> int:
        """Start it and return its id. By the main thread: it dies with the thread that starts it."""
        self._events = events
        self._child = self._child_ctor(self.cmd, env=self.env)
        for work in (self._read, self._wait):
            threading.Thread(target=work, daemon=True).start()
        return int(self._child.pid)

    def _read(self) -> None:
        for line in self._child.stdout:
            self._send_message(line)

    def _wait(self) -> None:
        self._send_message({"returncode": self._child.wait()}, type="stop")


@dataclass
class Kept:
    """A child and how it has fared."""

    child: Child
    pid: int = 0  # 0: not running
    deaths: deque[float] = field(default_factory=deque)
    start_at: float | None = None  # monotonic
    reason: str = ""


class Supervisor:
    """All children of one `up`. Used by one thread."""

    def __init__(self, output: Output, mark: str, env: Mapping[str, str]) -> None:
        self._output, self._mark = output, mark
        self._env = {**os.environ, **env, processes.MARK: mark, "PYTHONUNBUFFERED": "1"}
        self._events: Queue[Message] = Queue()
        self._kept: dict[str, Kept] = {}
        self.stopping = False  # from then on nothing is started again
        self.hurry = False  # set to end a stop's patience

    def clear_up(self) -> None:
        """End what an `up` that was killed has left behind. Before the first start."""
        processes.end_marked(self._mark, patience=5)

    def start(self, child: Child) -> None:
        """Start `child` and keep it running from now on."""
        self._kept[child.name] = Kept(child)
        self._launch(self._kept[child.name])

    def _launch(self, kept: Kept) -> None:
        process = Watched(list(kept.child.argv), name=kept.child.name, env=self._env)
        process._child_ctor = partial(Popen, shell=False, preexec_fn=processes.die_with_parent())
        try:
            kept.pid = process.launch(self._events)
        except OSError as error:
            raise GivenUpError(f"cannot start {kept.child.name}: {error}") from None

    def run_until(self, done: Callable[[], bool], timeout: float = float("inf")) -> bool:
        """Watch the children until `done()`, asked several times a second; whether it was in time."""
        until = time.monotonic() + timeout
        while not done():
            if time.monotonic() > until:
                return False
            self._work_off(0.1)
            self._start_again()
        return True

    def _work_off(self, wait: float) -> None:
        """Handle what the children did: wait for the first event, then take all that are there."""
        try:
            message = self._events.get(timeout=wait)
            while True:
                self._handle(message)
                message = self._events.get_nowait()
        except Empty:
            return

    def _handle(self, message: Message) -> None:
        kept = self._kept[message.name]
        if message.type == "line":
            self._output.relay(message)
        else:
            processes.send_to_groups(signal.SIGKILL, [kept.pid])  # who served under it would hold its port
            kept.pid = 0
            self._died(kept, message.data["returncode"])

    def _died(self, kept: Kept, code: int) -> None:
        if self.stopping:
            return
        now = time.monotonic()
        kept.reason = reason(code)
        if disk.is_full():  # it dies of that, and will until there is room: not of a fault of its own
            kept.start_at = now + FULL_DELAY
            return
        kept.deaths.append(now)
        while kept.deaths[0] < now - WITHIN:
            kept.deaths.popleft()
        if len(kept.deaths) >= LIMIT:
            raise GivenUpError(self._last_words(kept))
        kept.start_at = now + DELAYS[len(kept.deaths) - 1]

    def _last_words(self, kept: Kept) -> str:
        self._settle()
        log = self._output.log(kept.child.name)
        said = "".join(f"\n  {line}" for line in log.last_lines(10))
        often = f"{kept.child.name} died {LIMIT} times within {WITHIN:.0f} seconds (last: {kept.reason})."
        return f"{often}\nThe end of its log, {log.path}:{said}"

    def _settle(self) -> None:
        """Let the last lines of the dead arrive, which their readers may still be bringing."""
        self.stopping = True
        until = time.monotonic() + 0.3
        while time.monotonic() < until:
            self._work_off(0.05)

    def _start_again(self) -> None:
        for kept in self._kept.values():
            if kept.start_at is not None and kept.start_at <= time.monotonic():
                kept.start_at = None
                self._output.say(f"{kept.child.name} died ({kept.reason}); started again")
                self._launch(kept)

    def stop(self) -> None:
        """Stop everything: those who lean on others first. No process of ours survives it."""
        self.stopping = self._output.hushed = True
        self._end([kept for kept in self._kept.values() if not kept.child.last], PATIENCE)
        self._end_strays(keep={kept.pid for kept in self._kept.values()})
        self._end([kept for kept in self._kept.values() if kept.child.last], PATIENCE_WITH_REDIS)
        self._end_strays(keep=set())

    def _end(self, group: list[Kept], patience: float) -> None:
        processes.send(signal.SIGTERM, _pids(group))
        self._wait_for(group, patience)
        if _pids(group):
            processes.send_to_groups(signal.SIGKILL, _pids(group))
            self._wait_for(group, 2, hurry=False)

    def _wait_for(self, group: list[Kept], seconds: float, hurry: bool = True) -> None:
        until = time.monotonic() + seconds
        while _pids(group) and time.monotonic() < until and not (hurry and self.hurry):
            self._work_off(0.05)

    def _end_strays(self, keep: set[int]) -> None:
        """Work-horses and the like whose parent ended without them: nothing waits for them any more."""
        until = time.monotonic() + (0 if self.hurry else 1)
        while (strays := processes.marked(self._mark) - keep) and time.monotonic() < until:
            self._work_off(0.05)
        processes.send(signal.SIGKILL, strays)


def _pids(group: list[Kept]) -> list[int]:
    return [kept.pid for kept in group if kept.pid]


def reason(code: int) -> str:
    """How a process ended, in words, from its return code (negative: the signal that ended it)."""
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"killed by {signal.Signals(-code).name}"
    except ValueError:
        return f"killed by signal {-code}"
