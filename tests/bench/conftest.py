"""`make test` runs the benchmarks small, so that none rots; `make bench` names this folder and measures."""

import pytest


@pytest.fixture
def measuring(request: pytest.FixtureRequest) -> bool:
    """Whether figures were asked for: this folder was named."""
    return any("tests/bench" in arg for arg in request.config.args)
