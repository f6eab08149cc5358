"""A disk that fills up in mid-job: nothing ends, nothing is lost or sent twice, and all goes on by itself."""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from clayops.sandbox.server import FAST, Sandbox, serve
from tests.clayops.up.product import eventually, product
from tests.promises.product.running import MidJob

pytestmark = [pytest.mark.faults, pytest.mark.long, pytest.mark.timeout(400)]
MEGABYTES = 120
FULL_SECONDS = 30
"""Long enough for a child that cannot live on a full disk to die five times."""


@contextmanager
def small_disk(place: Path) -> Iterator[Path]:
    """A file system of its own; the test is skipped where nobody may make one."""
    place.mkdir()
    options = ["-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", str(place)]
    if os.getuid() != 0 or subprocess.run(["mount", *options], capture_output=True).returncode:
        pytest.skip("only root can mount a small file system")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def elsewhere(tmp_path: Path) -> Iterator[Sandbox]:
    """Clay, whose disk is another."""
    sandbox = serve(tmp_path / "sandbox.sqlite3", fail_rate=0.0, **FAST)
    yield sandbox
    sandbox.close()


def fill(disk: Path) -> Path:
    """Take all of it, to the last byte."""
    path = disk / "filler"
    with path.open("wb", buffering=0) as file:
        for size in (2**20, 2**12, 1):
            try:
                while file.write(b"x" * size):
                    pass
            except OSError:
                continue
    return path


def test_a_disk_that_fills_up_in_mid_job(tmp_path: Path, elsewhere: Sandbox) -> None:
    clay = {"CLAY_API_KEY": "a-key", "CLAY_API_URL": elsewhere.url}
    with small_disk(tmp_path / "disk") as disk, product(disk / "data", 0, **clay) as it:
        running = MidJob(it)
        running.sandbox = elsewhere.page
        filler = fill(disk)
        address = f"http://127.0.0.1:{it.port}"
        full = "The disk is full: nothing is sent until there is room."
        assert eventually(lambda: full in httpx.get(f"{address}/healthz").json()["reasons"], 10)
        time.sleep(FULL_SECONDS)
        assert it.process.poll() is None, "\n".join(it.lines)
        assert httpx.get(f"{address}/signin").status_code == 200
        assert not running.is_done()
        filler.unlink()
        running.settle()
        assert eventually(lambda: httpx.get(f"{address}/healthz").status_code == 200, 90)
