"""Where the rows of these tests go."""

import pytest

from jobs.models import Destination
from tests.support import a_destination


@pytest.fixture
def people(transactional_db: None) -> Destination:
    """A destination for tests that send."""
    return a_destination()
