"""What the promises are tried on: a destination and people, or a whole product in the middle of a job."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.contrib.auth.models import User

from jobs.models import Destination
from jobs.sending import attempt
from tests.clayops.up.product import product
from tests.promises.product.running import MidJob
from tests.support import a_destination


@pytest.fixture
def people(transactional_db: None) -> Destination:
    return a_destination()


@pytest.fixture
def ana(transactional_db: None) -> User:
    return User.objects.create_user("ana")


@pytest.fixture
def no_backoff(monkeypatch: pytest.MonkeyPatch) -> None:
    """Refused rows go again at once, without the seconds of a real backoff."""
    monkeypatch.setattr(attempt, "FIRST_BACKOFF", 0.01)


@pytest.fixture
def mid_job(tmp_path: Path) -> Iterator[MidJob]:
    """A whole product, started by `manage.py up`, that is sending 250 rows."""
    with product(tmp_path / "data") as it:
        yield MidJob(it)
