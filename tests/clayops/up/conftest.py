import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def data() -> Iterator[Path]:
    """A data folder with a short path."""
    folder = Path(tempfile.mkdtemp(prefix="clayops-up-"))
    yield folder
    shutil.rmtree(folder, ignore_errors=True)
