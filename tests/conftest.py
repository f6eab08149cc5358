"""Real parts for every test: a Redis of this process's own, and the audit after each test with a database."""

from collections.abc import Iterator

import pytest
from django.conf import settings

from clayops import redis
from clayops.up import redis_server as servers


@pytest.fixture(scope="session")
def redis_server() -> Iterator[servers.OwnRedis]:
    """A real Redis, started once per test process; the settings point to it."""
    server = servers.start_for_tests()
    settings.REDIS_URL = server.url
    for queue in settings.RQ_QUEUES.values():
        queue["URL"] = server.url
    redis.client.cache_clear()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _fresh_redis(redis_server: servers.OwnRedis) -> None:
    """Each test begins with an empty Redis."""
    redis.client().flushall()


@pytest.fixture(autouse=True)
def _audited(request: pytest.FixtureRequest) -> Iterator[None]:
    """Promise 1 after every test that has a database: every row is accounted for."""
    marked = request.node.get_closest_marker("django_db")
    if not marked and not {"db", "transactional_db", "live_server"} & set(request.fixturenames):
        yield
        return
    if "transactional_db" in request.fixturenames or (marked and marked.kwargs.get("transaction")):
        request.getfixturevalue("transactional_db")
    else:
        request.getfixturevalue("db")
    yield
    if request.node.get_closest_marker("breaks_a_promise"):
        return
    from jobs import audit

    assert list(audit.findings()) == []
