"""The sandbox Clay, in this process, fast; every lane and collector talks to it over real HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import LazySettings

from jobs.models import Destination
from tests.support import a_destination

if TYPE_CHECKING:
    from clayops.sandbox.server import Sandbox


@pytest.fixture
def clay(tmp_path: Path, settings: LazySettings) -> Iterator["Sandbox"]:
    """A running sandbox with nothing random in it; `clay.settings(...)` makes it misbehave."""
    from clayops.sandbox.knobs import FAST
    from clayops.sandbox.server import serve

    sandbox = serve(tmp_path / "sandbox.sqlite3", fail_rate=0.0, **FAST)
    settings.CLAY_API_URL = sandbox.url
    yield sandbox
    sandbox.close()


@pytest.fixture
def people(transactional_db: None) -> Destination:
    """A destination for tests that send."""
    return a_destination()
