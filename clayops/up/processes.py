"""Processes of ours: they die with their parent, and none of them is lost sight of.

Everything `up` starts carries a mark in its environment, which its own children inherit. So a work-horse
whose worker was killed, which hangs on nobody we know, is found all the same, and so is what a killed `up`
left behind.
"""

import ctypes
import os
import signal
import sys
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

MARK = "CLAYOPS_UP"
PR_SET_PDEATHSIG = 1  # <linux/prctl.h>
_libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def die_with_parent() -> Callable[[], None] | None:
    """A `preexec_fn` that has the kernel send SIGTERM to the new process when the starting *thread* ends.

    Linux only (prctl(2)); None elsewhere. It survives the exec; the process's own children do not inherit it.
    """
    if _libc is None:
        return None
    parent, prctl = os.getpid(), _libc.prctl

    def preexec() -> None:
        prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return preexec


def mark_of(data_dir: Path) -> str:
    """The mark of processes that belong to this data folder."""
    return sha256(str(data_dir).encode()).hexdigest()[:32]


def marked(mark: str) -> set[int]:
    """Ids of the processes that carry `mark`, but this one and its parents. Empty without a /proc."""
    wanted = f"{MARK}={mark}".encode()
    return {pid for pid in _all_pids() if wanted in _environment(pid)} - set(_self_and_parents())


def _all_pids() -> Iterator[int]:
    with suppress(FileNotFoundError):
        yield from (int(entry) for entry in os.listdir("/proc") if entry.isdigit())  # noqa: PTH208  many, and often


def _environment(pid: int) -> list[bytes]:
    try:
        return Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")  # a zombie's is empty
    except OSError:  # ended meanwhile, or another user's
        return []


def _self_and_parents() -> Iterator[int]:
    pid = os.getpid()
    while pid > 0:
        yield pid
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return
        pid = int(stat.rpartition(")")[2].split()[1])


def send(signum: int, pids: Collection[int]) -> None:
    """Send a signal to each; who is gone already is left out."""
    for pid in pids:
        with suppress(ProcessLookupError, PermissionError):
            os.kill(pid, signum)


def send_to_groups(signum: int, leaders: Collection[int]) -> None:
    """Send a signal to the process groups that these processes lead."""
    for pid in leaders:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(pid, signum)


def end_marked(mark: str, patience: float) -> None:
    """End whatever carries `mark`: SIGTERM, and SIGKILL `patience` seconds later."""
    send(signal.SIGTERM, marked(mark))
    if wait_gone(mark, patience):
        return
    send(signal.SIGKILL, marked(mark))
    wait_gone(mark, 5)


def wait_gone(mark: str, seconds: float) -> bool:
    """Wait at most `seconds` for the last process with `mark` to end; whether it did."""
    until = time.monotonic() + seconds
    while marked(mark):
        if time.monotonic() > until:
            return False
        time.sleep(0.05)
    return True
