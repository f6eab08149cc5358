"""Letters that are refused often, without the seconds of a real backoff."""

import pytest

from jobs.sending import attempt


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempt, "FIRST_BACKOFF", 0.01)
