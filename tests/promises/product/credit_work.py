"""The processes of `test_credits`: each does one thing again and again, and writes a log of it.

python -m tests.promises.product.credit_work LOGS     (settings from the environment, as the product's own)

starts one for each line "ROLE NAME" that it reads, and prints its id: a fork of this process, in which
everything is loaded and nothing is open yet, so that a killed one is replaced in no time.
"""

import json
import os
import random
import signal
import sys
import time
import traceback
from collections.abc import Callable
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from clayops.up.processes import die_with_parent

PRICE = 2
"""Credits a row."""
ROUTINE = "function:t_x"
SEVEN = "destination:7"
SCOPES = ("", SEVEN)


class Log:
    """One line, one write: what is in it happened before whatever comes next, also when that is SIGKILL."""

    def __init__(self, folder: Path, name: str) -> None:
        self._file = os.open(folder / f"{name}.log", os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def say(self, event: str, **details: Any) -> None:
        line = json.dumps({"event": event, "at": time.monotonic(), **details})
        os.write(self._file, f"{line}\n".encode())


def reserve_and_send(name: str, log: Log) -> None:
    """Reserve, send the rows to the sandbox, settle or release: as a lane does, without its pauses."""
    from redis import RedisError

    from budget import credits

    choice = random.Random(name)
    for number in count():
        holder, rows = f"{name}:{number}", choice.randint(1, 5)
        scopes = ["", SEVEN] if choice.random() < 0.5 else [""]
        log.say("asks", holder=holder, credits=rows * PRICE, scopes=scopes)
        try:
            credits.reserve(holder, Decimal(rows * PRICE), scopes)
        except credits.Refused:
            log.say("refused", holder=holder)
            time.sleep(choice.uniform(0, 0.02))
        except RedisError:
            log.say("away", holder=holder)
            time.sleep(0.2)
        else:
            log.say("granted", holder=holder)
            time.sleep(choice.uniform(0, 0.02))
            _send(holder, rows if choice.random() < 0.8 else choice.randint(0, rows), log)


def _send(holder: str, rows: int, log: Log) -> None:
    """Send so many rows of the holder's (late results may have taken some home), and end its reservation."""
    from django.conf import settings

    from budget import credits
    from clayops.clay import ClayError, Item, NotSent, Rejected, TooFast, shared

    items = [Item(f"{holder}:{row}", {"email": f"ana{row}@north.test"}) for row in range(rows)]
    try:
        if items:
            shared(settings.CLAY_API_URL, settings.CLAY_API_KEY).run(ROUTINE, items)
    except (NotSent, TooFast, Rejected):
        rows = 0
    except ClayError:  # it may have been charged: it stays out until somebody asks the sandbox, at the end
        log.say("unknown", holder=holder)
        return
    if rows:
        log.say("settles", holder=holder, credits=rows * PRICE)
        credits.settle(holder, Decimal(rows * PRICE))
        log.say("settled", holder=holder)
    else:
        log.say("releases", holder=holder)
        credits.release(holder)
        log.say("released", holder=holder)


def change_limits(name: str, log: Log) -> None:
    """Raise and lower both limits about what is out, so that there always is a fight for the last credits."""
    from budget import credits

    choice = random.Random(name)
    for _ in count():
        scope = choice.choice(SCOPES)
        limit = max(_used(scope) + choice.randint(-60, 200), 0)
        log.say("limits", scope=scope, credits=limit)
        credits.set_limit(Decimal(limit), None, scope=scope)
        log.say("limited", scope=scope, credits=limit)
        time.sleep(choice.uniform(0.01, 0.15))


def _used(scope: str) -> int:
    """About what is out and spent: only there to set limits that hurt."""
    from redis import RedisError

    from budget import counters, credits

    day = credits.today()
    used = day.spent + day.reserved if scope == "" else Decimal(0)
    try:
        seen = counters.snapshot(day.day)
    except RedisError:
        seen = None
    if seen:
        used = Decimal(seen.spent.get(scope, 0) + seen.reserved.get(scope, 0)) / 100
    return int(used)


def look_after(name: str, log: Log) -> None:
    """What the product's tick does, more often; and days counted anew in mid-work, which must be harmless."""
    from redis import RedisError

    from budget import credits

    for number in count():
        try:
            credits.reconcile()
            if number % 8 == 7:
                credits.rebuild()
        except RedisError:
            log.say("away")
        log.say("looked")
        time.sleep(0.5)


ROLES: dict[str, Callable[[str, Log], None]] = {
    "reserve": reserve_and_send,
    "limit": change_limits,
    "tick": look_after,
}


def start(role: str, name: str, logs: Path) -> int:
    """Fork; the id of the child, which does its work until it is killed."""
    dies = die_with_parent()
    if pid := os.fork():
        return pid
    try:
        if dies:
            dies()
        ROLES[role](name, Log(logs, name))
    except BaseException:  # noqa: BLE001  it must not run into its parent's code
        traceback.print_exc()
        sys.stderr.flush()
    os._exit(1)


def main(logs: Path) -> None:
    import django

    django.setup()
    import httpx  # noqa: F401  loaded once, for all of them

    from budget import credits  # noqa: F401
    from clayops import clay  # noqa: F401

    os.nice(5)  # other tests run beside, and some measure time
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # nobody waits for those who are killed
    for line in sys.stdin:
        role, name = line.split()
        print(start(role, name, logs), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
