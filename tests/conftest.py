"""Real parts for every test: a Redis of this process's own, and the audit after each test with a database."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import hypothesis
import pytest
from django.conf import LazySettings
from django.conf import settings as django_settings
from xdist.remote import Producer
from xdist.scheduler import LoadFileScheduling

from clayops.base import redis
from clayops.up import redis_server as servers
from tests.examples import examples

pytest_plugins = ["tests.pages.browser_fixtures"]

# CI tries the same examples each time; a laptop tries new ones. How many: `tests.examples`.
hypothesis.settings.register_profile("ci", derandomize=True, print_blob=True, max_examples=examples(100))
hypothesis.settings.register_profile("laptop", max_examples=examples(100))
hypothesis.settings.load_profile("ci" if os.environ.get("CI") == "true" else "laptop")

PRODUCTS = ("tests/promises/", "tests/clayops/up/test_start", "tests/clayops/up/test_deaths")

if TYPE_CHECKING:
    from clayops.sandbox.server import Sandbox


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is long by where it stands; and the longest first, which mostly wait: others fill the cores."""
    for item in items:
        by_browser = item.path.parent.name == "browser"
        if by_browser:
            item.add_marker(pytest.mark.browser)
        if item.path.parent.name == "bench" or (by_browser and not item.get_closest_marker("short")):
            item.add_marker(pytest.mark.long)
    items.sort(key=lambda item: item.get_closest_marker("faults") is None)


def pytest_collection_finish() -> None:
    """No search for garbage among all that was loaded: it took a tenth of the time of all tests."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)


class OneUnderFire(LoadFileScheduling):  # type: ignore[misc]
    """File by file, and whole products one after the other: two whose processes are killed and started again
    are more than two cores have to give.
    """

    def _split_scope(self, nodeid: str) -> str:
        return "products" if nodeid.startswith(PRODUCTS) else super()._split_scope(nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> OneUnderFire:
    return OneUnderFire(config, log)


@pytest.fixture(scope="session")
def redis_server() -> Iterator[servers.OwnRedis]:
    """A real Redis, started once per test process; the settings point to it."""
    server = servers.start_for_tests()
    django_settings.REDIS_URL = server.url
    for queue in django_settings.RQ_QUEUES.values():
        queue["URL"] = server.url
    redis.begin_anew()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def _fresh_redis(redis_server: servers.OwnRedis) -> None:
    """Each test begins with an empty Redis, and with nobody who waited for it in vain."""
    redis.begin_anew()
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
    from jobs.upkeep import audit
    from tests import database

    if request.node.get_closest_marker("breaks_a_promise"):
        assert bool(database.findings()) == any(audit.findings()), "it misses what the audit finds"
        return
    assert database.findings() == []


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None) -> Iterator[None]:
    """What a test has committed goes by `database.empty`, which takes less time than Django's flush."""
    from django.test import TransactionTestCase

    from tests import database

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: database.empty())
        yield


@pytest.fixture
def clay(tmp_path: Path, settings: LazySettings) -> Iterator["Sandbox"]:
    """The sandbox Clay in this process, over real HTTP, with nothing random in it."""
    from clayops.sandbox.knobs import FAST
    from clayops.sandbox.server import serve

    sandbox = serve(tmp_path / "sandbox.sqlite3", fail_rate=0.0, **FAST)
    settings.CLAY_API_URL = sandbox.url
    yield sandbox
    sandbox.close()
