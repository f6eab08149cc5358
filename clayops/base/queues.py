"""Putting work on RQ's queues: after the commit, and never fatal.

A message may be lost (a crash after the commit, Redis away): the tick finds the work in the database.
So nothing here retries, and what a message starts must be harmless when it is started twice.
"""

import logging
from functools import partial
from typing import Any, Literal

import django_rq
from django.db import transaction
from redis import RedisError

from clayops.base import redis

logger = logging.getLogger(__name__)
Queue = Literal["lanes", "results", "work", "long"]
"""What a person waits for is `work`, what only takes long is `long`: each has a worker of its own."""


def soon(queue: Queue, task: str, *args: Any, first: bool = False) -> None:
    """Run the function of this dotted name ("jobs.tasks.ingest") in a worker of `queue`, once the current
    transaction has committed. By name, so that whoever has work done need not know who does it. With `first`
    before all that waits in the queue.
    """
    transaction.on_commit(partial(_put, queue, task, *args, first=first))


def _put(queue: Queue, task: str, *args: Any, first: bool) -> None:
    connection = redis.quick_for_rq() if redis.is_hurried() else None
    try:
        there = django_rq.get_queue(queue, commit_mode="auto", connection=connection)
        there.enqueue_call(task, args=args, failure_ttl=86_400, at_front=first)
    except RedisError as error:
        logger.warning("%s stays for the next tick: Redis is away (%s)", task, error)
