"""Children of a running product are killed: each comes back, and nothing else suffers."""

import os
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.clayops.up.product import Product, command_line, eventually, free_port, manage, product, python

pytestmark = [pytest.mark.long, pytest.mark.faults]


@pytest.fixture(scope="module")
def running() -> Iterator[Product]:
    folder = Path(tempfile.mkdtemp(prefix="clayops-up-"))
    with product(folder) as it:
        yield it
    shutil.rmtree(folder, ignore_errors=True)


def test_everything_listens_on_loopback_only(running: Product) -> None:
    table = Path("/proc/net/tcp").read_text() + Path("/proc/net/tcp6").read_text()
    listening = [
        row[1].split(":") for row in map(str.split, table.splitlines()) if row[3] == "0A"
    ]  # TCP_LISTEN
    ours = {f"{running.port:04X}", f"{running.port + 1:04X}"}  # the pages, the sandbox
    assert {host for host, port in listening if port in ours} == {"0100007F"}  # 127.0.0.1


@pytest.mark.parametrize("words", [("rqworker", "lanes"), ("rqcron",), ("gunicorn",)], ids=" ".join)
def test_a_killed_child_is_started_again(running: Product, words: tuple[str, ...]) -> None:
    name = {"rqworker": "lanes-1", "rqcron": "scheduler", "gunicorn": "web"}[words[0]]
    killed = running.child(*words)
    os.kill(killed, signal.SIGKILL)
    assert running.says(f"^{name} died") == f"{name} died (killed by SIGKILL); started again"
    assert eventually(lambda: running.child(*words) not in {0, killed})


def test_a_killed_redis_comes_back_with_its_data_and_the_workers_stay(running: Product) -> None:
    # one that waits: a work-horse of the busy ones ends by itself at any moment
    workers = {pid for pid in running.running() if "rqworker work " in command_line(pid)}
    assert workers
    python("from clayops.base import redis; redis.client().set('grace', 'hopper')", running.data)
    assert eventually(lambda: b"hopper" in Path(running.data, "redis", "appendonly.aof").read_bytes())
    killed = running.child("redis-server")
    os.kill(killed, signal.SIGKILL)
    assert running.says("^redis died") == "redis died (killed by SIGKILL); started again"
    assert eventually(lambda: running.child("redis-server") not in {0, killed})
    asked = "from clayops.base import redis; from clayops.up import ready; import time\n"
    asked += "while not ready.redis_answers(): time.sleep(0.1)\nprint(redis.client().get('grace'))"
    assert python(asked, running.data) == "hopper"
    assert workers <= running.running()


def test_a_second_up_on_the_same_data_folder_is_told_so(running: Product) -> None:
    second = manage("up", data=running.data, PORT="1")
    assert second.returncode == 2
    assert second.stderr.startswith(
        f"clayops: ClayOps is already running on this data folder (pid {running.process.pid})"
    )
    assert running.process.poll() is None


def test_a_child_that_keeps_dying_takes_everything_down_with_its_last_words() -> None:
    with tempfile.TemporaryDirectory() as folder:
        it = Product(Path(folder), port=free_port(), GUNICORN_CMD_ARGS="--no-such-option")
        assert it.process.wait(60) == 1
        assert eventually(lambda: any("no-such-option" in line for line in it.lines))
        assert any(line.startswith("ClayOps stops: web died 5 times within 60 seconds") for line in it.lines)
        assert it.running() == set()
