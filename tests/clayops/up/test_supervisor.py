"""The supervisor on small children: what it restarts, when it gives up, and that nothing is left."""

import os
import secrets
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from clayops.up import processes, supervisor
from clayops.up.children import Child
from clayops.up.output import Output
from clayops.up.supervisor import GivenUpError, Supervisor

MARK = secrets.token_hex(8)


def shell(name: str, script: str, last: bool = False) -> Child:
    return Child(name, ("sh", "-c", script), last)


@pytest.fixture
def keeper(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Supervisor]:
    monkeypatch.setattr(supervisor, "DELAYS", (0, 0, 0, 0))
    monkeypatch.setattr(supervisor, "PATIENCE", 0.5)
    it = Supervisor(Output(data / "logs", verbose=False), MARK, {})
    yield it
    it.stop()
    assert processes.marked(MARK) == set()


def lines(path: Path) -> int:
    return len(path.read_text().splitlines()) if path.exists() else 0


def test_who_ends_is_started_again_and_the_reason_is_said(
    keeper: Supervisor, data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    keeper.start(
        shell("brief", f"echo >> {data}/starts; [ $(wc -l < {data}/starts) = 2 ] && sleep 60; exit 3")
    )
    assert keeper.run_until(lambda: lines(data / "starts") == 2, timeout=5)
    assert capsys.readouterr().out == "brief died (exit code 3); started again\n"


def test_who_dies_five_times_ends_it_with_its_last_words(keeper: Supervisor, data: Path) -> None:
    keeper.start(shell("broken", f"echo >> {data}/starts; echo 'no such table: cats' >&2; kill -SEGV $$"))
    with pytest.raises(
        GivenUpError, match=r"(?s)broken died 5 times .*killed by SIGSEGV.*no such table: cats"
    ):
        keeper.run_until(lambda: False, timeout=10)
    assert lines(data / "starts") == 5


def test_a_program_that_is_missing_is_said_plainly(keeper: Supervisor) -> None:
    with pytest.raises(GivenUpError, match=r"cannot start nowhere: .*No such file"):
        keeper.start(Child("nowhere", ("/no/such/program",)))


def test_deaths_of_long_ago_do_not_count(
    keeper: Supervisor, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(supervisor, "WITHIN", 0.2)
    keeper.start(shell("rare", f"echo >> {data}/starts; sleep 0.1"))
    assert keeper.run_until(lambda: lines(data / "starts") > 6, timeout=10)


def test_who_ignores_sigterm_is_killed_with_its_group(keeper: Supervisor, data: Path) -> None:
    keeper.start(shell("deaf", f"trap '' TERM; sleep 60 & echo > {data}/up; while :; do sleep 0.1; done"))
    assert keeper.run_until((data / "up").exists, timeout=5)
    begun = time.monotonic()
    keeper.stop()
    assert time.monotonic() - begun < 3
    assert processes.marked(MARK) == set()


def test_a_grandchild_in_a_group_of_its_own_does_not_survive_its_killed_parent(
    keeper: Supervisor, data: Path
) -> None:
    horse = f"import os,time; os.fork() or (os.setpgrp(), open('{data}/horse','w').close()); time.sleep(60)"
    keeper.start(Child("worker", (sys.executable, "-c", horse)))
    assert keeper.run_until((data / "horse").exists, timeout=5)
    os.kill(min(processes.marked(MARK)), 9)
    keeper.stop()
    assert processes.marked(MARK) == set()


def test_a_death_is_seen_though_a_grandchild_holds_the_output_open(keeper: Supervisor, data: Path) -> None:
    keeper.start(shell("parent", f"echo >> {data}/starts; setsid sleep 60 & sleep 0.1; exit 1"))
    assert keeper.run_until(lambda: lines(data / "starts") == 2, timeout=5)


def test_redis_goes_last(keeper: Supervisor, data: Path) -> None:
    for name, last in (("redis", True), ("worker", False)):
        said = f"trap 'echo {name} >> {data}/ends; exit' TERM; echo > {data}/{name}"
        script = f"{said}; while :; do sleep 0.05; done"
        keeper.start(shell(name, script, last))
    assert keeper.run_until(lambda: Path(data, "redis").exists() and Path(data, "worker").exists(), timeout=5)
    keeper.stop()
    assert (data / "ends").read_text().split() == ["worker", "redis"]
