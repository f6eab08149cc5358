"""One client per process, also after a fork and for many threads."""

import os
import signal
from concurrent.futures import ThreadPoolExecutor

from clayops.clay import client, shared
from tests.clayops.clay.conftest import ADA, KEY
from tests.clayops.clay.server import IN_PROGRESS, Server, says


def test_one_process_has_one_client() -> None:
    assert shared("http://127.0.0.1:9/v0", KEY) is shared("http://127.0.0.1:9/v0", KEY)
    assert shared("http://127.0.0.1:9/v0", KEY) is not shared("http://127.0.0.1:9/v0", "another")


def test_threads_share_it(server: Server) -> None:
    server.answers = [says(202, IN_PROGRESS)]
    clay = shared(server.url, KEY)
    with ThreadPoolExecutor(8) as threads:
        runs = list(threads.map(lambda _: clay.run("function:t_1", [ADA]).run_id, range(80)))
    assert len(runs) == len(server.requests) == 80
    assert server.connections <= 8


def test_a_forked_child_has_connections_of_its_own(server: Server) -> None:
    server.answers = [says(202, IN_PROGRESS)]
    shared(server.url, KEY).run("function:t_1", [ADA])
    with client._lock:  # as if another thread held it at the moment of the fork
        child = os.fork()
        if not child:
            signal.alarm(10)  # a child that waits for ever is a failure, not a process left behind
            try:
                shared(server.url, KEY).run("function:t_1", [ADA])
            except BaseException:  # noqa: BLE001  a forked test must never go on as a second pytest
                os._exit(1)
            os._exit(0)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert server.connections == 2
