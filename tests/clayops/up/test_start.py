"""`manage.py up` as a user meets it: the first start, the second, and the end."""

import os
import re
import signal
import subprocess
from pathlib import Path

import pytest

from clayops.up import processes
from tests.clayops.up.product import eventually, product, python

pytestmark = [pytest.mark.faults, pytest.mark.long]


def test_the_link_of_the_first_start_is_gone_on_the_second_and_the_data_is_kept(data: Path) -> None:
    with product(data) as first:
        ready = first.says("ClayOps is ready")
        address = f"http://localhost:{first.port}/welcome/"
        token = ready.removeprefix(f"ClayOps is ready. Create the owner's account: {address}")
        assert re.fullmatch(r"[\w-]{40,}", token)
        python(
            "from clayops.people import first_owner\n"
            f"first_owner.create_owner({token!r}, 'ada', 'a long pass phrase')",
            data,
        )
        assert first.stop(signal.SIGINT) == 0
        assert first.running() == set()
        assert not [line for line in first.lines if "ERROR" in line or "Traceback" in line]

    with product(data) as second:
        assert second.says("ClayOps is ready") == f"ClayOps is ready: http://localhost:{second.port}"


def test_after_a_kill_the_next_one_clears_up_and_starts_on_the_same_port(data: Path) -> None:
    with product(data) as killed:
        left = os.environ | {processes.MARK: processes.mark_of(data)}  # one that does not notice the death
        stray = subprocess.Popen(["sleep", "100"], env=left)
        assert eventually(lambda: stray.pid in killed.running(), 3)
        remnants = killed.running()
        killed.process.kill()
        killed.process.wait()
        with product(data, port=killed.port) as again:
            assert not remnants & again.running()
            assert stray.poll() == -signal.SIGTERM
            assert again.stop(signal.SIGTERM) == 0
            assert eventually(lambda: not again.running(), 1)
