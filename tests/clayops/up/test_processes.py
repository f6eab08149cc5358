"""Processes that must not outlive who started them."""

import os
import secrets
import subprocess
import sys

import pytest

from clayops.up import processes
from tests.clayops.up.product import ROOT, eventually

PARENT = """
import subprocess, time
from clayops.up.processes import die_with_parent
subprocess.Popen(["sleep", "60"], preexec_fn=die_with_parent(), start_new_session=True)
print("started", flush=True)
time.sleep(60)
"""

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="prctl and /proc are Linux's")


def test_a_child_dies_with_its_parent_though_that_is_killed() -> None:
    mark = secrets.token_hex(8)
    env = os.environ | {processes.MARK: mark, "PYTHONPATH": str(ROOT)}
    with subprocess.Popen([sys.executable, "-c", PARENT], env=env, stdout=subprocess.PIPE) as parent:
        assert parent.stdout
        assert parent.stdout.readline() == b"started\n"
        assert len(processes.marked(mark)) == 2
        parent.kill()
    assert eventually(lambda: not processes.marked(mark), 3)


def test_a_mark_is_one_data_folders_own() -> None:
    mark = secrets.token_hex(8)
    with subprocess.Popen(["sleep", "60"], env=os.environ | {processes.MARK: mark}) as child:
        assert eventually(lambda: processes.marked(mark) == {child.pid}, 3)
        assert processes.marked(secrets.token_hex(8)) == set()
        processes.end_marked(mark, patience=2)
        assert child.wait(2) == -15


def test_who_asks_is_never_among_the_marked() -> None:
    mark = secrets.token_hex(8)
    asks = f"from clayops.up import processes; print(processes.marked({mark!r}))"
    env = os.environ | {processes.MARK: mark, "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", asks], env=env, capture_output=True).stdout == b"set()\n"
