"""What of the children's talk reaches the terminal, and what the logs keep."""

import datetime
from pathlib import Path

import pytest
from honcho.printer import Message

from clayops.up import output
from clayops.up.output import Output

QUIET = [
    "2026-01-01 INFO rq.worker: lanes: done",
    "1:M * Ready to accept",
    "1:M # WARNING overcommit_memory is set to 0!",
]
LOUD = [
    "2026-01-01 WARNING jobs: late",
    "[2026] [7] [ERROR] Worker was sent SIGKILL!",
    "1:M # FATAL: no disk",
]
TRACEBACK = [
    "Traceback (most recent call last):",
    '  File "x.py", line 1',
    "    raise WARNING",
    "ValueError: boom",
]


def said(where: Output, name: str, lines: list[str]) -> None:
    for line in lines:
        where.relay(Message("line", f"{line}\n".encode(), datetime.datetime.now(), name, None))  # noqa: DTZ005


def test_warnings_and_the_last_line_of_a_traceback_are_shown(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said(Output(data / "logs", verbose=False), "work", [*QUIET, *LOUD, *TRACEBACK, *QUIET])
    shown = [line.split("| ", 1)[1] for line in capsys.readouterr().out.splitlines()]
    assert shown == [*LOUD, "ValueError: boom"]


def test_the_log_has_all_of_it(data: Path) -> None:
    said(Output(data / "logs", verbose=False), "work", [*QUIET, *TRACEBACK])
    assert (data / "logs" / "work.log").read_text().splitlines() == [*QUIET, *TRACEBACK]


def test_verbose_shows_everything(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said(Output(data / "logs", verbose=True), "work", [*QUIET, *LOUD])
    assert len(capsys.readouterr().out.splitlines()) == len(QUIET) + len(LOUD)


def test_a_log_that_has_grown_is_put_aside(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(output, "MAX_BYTES", 10)
    said(Output(data / "logs", verbose=False), "work", ["first and long", "second"])
    assert (data / "logs" / "work.log.1").read_text() == "first and long\n"
    assert (data / "logs" / "work.log").read_text() == "second\n"


def test_logs_that_cannot_be_written_stop_nothing_and_are_said_once(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = Output(data / "logs", verbose=False)
    (data / "logs" / "work.log").symlink_to("/dev/full")  # each write to it: no space left on device
    said(where, "work", [*QUIET, *LOUD])
    (data / "logs" / "work.log").unlink()
    said(where, "work", ["there is room"])
    shown = capsys.readouterr().out.splitlines()
    assert [line for line in shown if "logs" in line] == [
        "WARNING: the logs cannot be written (No space left on device): all else goes on",
        "The logs are written again; 6 lines are lost",
    ]
    assert len([line for line in shown if "|" in line]) == len(LOUD)
    assert where.log("work").last_lines(9) == ["there is room"]
