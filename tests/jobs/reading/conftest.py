"""Files for the reader."""

from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.fixture
def file(tmp_path: Path) -> Callable[[bytes], Path]:
    """Put bytes into a file."""

    def put(raw: bytes) -> Path:
        path = tmp_path / "file.csv"
        path.write_bytes(raw)
        return path

    return put
