"""The lane runner: leases every lane it can get and drives each in a thread of its own, for a slice."""

import logging
import threading
import time

from django.db import connections
from redis import RedisError
from redis.exceptions import LockError
from redis.lock import Lock

from clayops.base import queues, redis, workers
from jobs.sending import lane as lanes
from jobs.sending import outcomes, wake

logger = logging.getLogger(__name__)

SLICE_SECONDS = 55.0
LEASE_SECONDS = 15.0
RENEW_SECONDS = 3.0
LOOK_SECONDS = 0.5
REST_SECONDS = 4.0
"""A lane that had nothing to do, or is on hold, is left alone for so long."""
MAX_LANES = 16
LONGEST_SLEEP = 1.0


class LaneThread(threading.Thread):
    """Steps one lane until the slice is over, its lease is lost, or it has nothing to do."""

    def __init__(self, destination_id: int, lease: Lock, woken: str) -> None:
        super().__init__(name=f"lane-{destination_id}", daemon=True)
        self.destination_id = destination_id
        self.lease = lease
        self.woken = woken
        """What the runner knew when it began: what it finds may be older than a wake that came since."""
        self.stop = threading.Event()

    def run(self) -> None:
        try:
            self._drive()
        except (
            Exception
        ):  # a broken lane must not end the others; what it sent is cleared up under the next lease
            logger.exception("The lane of destination %s stopped", self.destination_id)
        finally:
            connections.close_all()

    def _drive(self) -> None:
        token = self.lease.local.token.decode()
        outcomes.clear_up(self.destination_id, token)
        lane = lanes.Lane(self.destination_id, token)
        while not self.stop.is_set():
            wait = lane.step()
            if wait is None:
                return
            self.stop.wait(min(wait, LONGEST_SLEEP))


class Runner:
    """Owns the leases; its main thread renews them while the lanes' threads wait for Clay."""

    def __init__(self) -> None:
        self.lanes: dict[int, LaneThread] = {}
        self.rested: dict[int, float] = {}
        self.woken = ""

    def run(self, slice_seconds: float = SLICE_SECONDS) -> bool:
        """Drive lanes until the slice is over (True) or no lane has anything to do (False)."""
        until = time.monotonic() + slice_seconds
        look = renew = 0.0
        try:
            while time.monotonic() < until and not workers.stopping():
                now = time.monotonic()
                self._reap()
                if now >= look:
                    self._forget_rests()
                    self._take_lanes()
                    look = now + LOOK_SECONDS
                if now >= renew:
                    self._renew()
                    renew = now + RENEW_SECONDS
                if not self.lanes:
                    return False
                workers.pause(0.1)
            return not workers.stopping()
        finally:
            self._stop_all()

    def _forget_rests(self) -> None:
        """Where somebody woke the lanes, those that are resting may try again."""
        if (times := wake.times_woken()) != self.woken:
            self.rested.clear()
            self.woken = times

    def _take_lanes(self) -> None:
        for destination_id in lanes.with_work():
            if len(self.lanes) >= MAX_LANES:
                return
            if destination_id in self.lanes or self.rested.get(destination_id, 0.0) > time.monotonic():
                continue
            name = f"clayops:lease:lane:{destination_id}"
            lease = redis.client().lock(name, timeout=LEASE_SECONDS, thread_local=False)
            if lease.acquire(blocking=False):
                self.lanes[destination_id] = LaneThread(destination_id, lease, self.woken)
                self.lanes[destination_id].start()

    def _renew(self) -> None:
        for lane in self.lanes.values():
            if lane.stop.is_set():
                continue
            try:
                lane.lease.reacquire()
            except (LockError, RedisError) as error:
                logger.warning("The lease of lane %s is lost: %s", lane.destination_id, error)
                lane.stop.set()

    def _reap(self) -> None:
        for destination_id, lane in list(self.lanes.items()):
            if not lane.is_alive():
                del self.lanes[destination_id]
                if lane.woken == self.woken:
                    self.rested[destination_id] = time.monotonic() + REST_SECONDS
                _release(lane.lease)

    def _stop_all(self) -> None:
        """Let every lane finish the batch it is sending, with its lease kept alive meanwhile."""
        for lane in self.lanes.values():
            lane.stop.set()
        renew = time.monotonic() + RENEW_SECONDS
        while any(lane.is_alive() for lane in self.lanes.values()):
            time.sleep(0.05)
            if time.monotonic() >= renew:
                for lane in self.lanes.values():
                    _keep(lane.lease)
                renew = time.monotonic() + RENEW_SECONDS
        for lane in self.lanes.values():
            _release(lane.lease)
        self.lanes.clear()


def _keep(lease: Lock) -> None:
    try:
        lease.reacquire()
    except (LockError, RedisError):
        logger.warning("The lease %s is lost while its last batch is sent", lease.name)


def _release(lease: Lock) -> None:
    try:
        lease.release()
    except (LockError, RedisError):
        logger.info("The lease %s was gone already", lease.name)


def run_lanes(slice_seconds: float = SLICE_SECONDS) -> None:
    """One slice; puts itself on the queue again where it used its slice up and lanes have more to send.

    A runner that ended early found no lane free, or none that can send now: the tick starts the next.
    """
    if Runner().run(slice_seconds) and lanes.ready_now():
        queues.soon("lanes", "jobs.tasks.run_lanes")
