"""A server that misbehaves on demand, and a client that is quick to lose patience."""

from collections.abc import Iterator

import pytest

from clayops.clay import Clay, Item, Timeouts
from tests.clayops.clay.server import Server

KEY = "clay_key_of_grace"
ADA = Item("17", {"full_name": "Ada Lovelace", "company": "Analytical Engines"})
QUICK = Timeouts(connect=0.5, read=0.4, write=0.5, pool=0.3, whole=1.0)


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


@pytest.fixture
def clay(server: Server) -> Iterator[Clay]:
    clay = Clay(server.url, KEY, timeouts=QUICK)
    yield clay
    clay.close()
