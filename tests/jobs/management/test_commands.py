"""The commands that other programs rely on: their exit codes, their words, their JSON."""

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from clayops.base.process_health import WorkersHealth
from clayops.sandbox.server import Sandbox
from jobs.intake.rows import ingest
from jobs.management.commands import enrich
from jobs.models import Destination, Job, RowState
from jobs.results import polling
from jobs.sending.runner import Runner
from jobs.upkeep import tick
from tests.support import a_destination, csv_of, running, send, states

pytestmark = pytest.mark.django_db(transaction=True)


def fails(*words: str) -> str:
    """The one line of a command that ends with exit code 2."""
    with pytest.raises(CommandError) as caught:
        call_command(*words)
    assert caught.value.returncode == 2
    return str(caught.value)


def test_a_destination_is_created_and_changed() -> None:
    call_command("destination", "People", "--routine", "function:t_x", "--inputs", "email, domain?")
    call_command("destination", "People", "--pause", "0.2", "--timeout-minutes", "0.1", "--daily-limit", "50")
    people = Destination.objects.get()
    assert people.inputs == [{"name": "email", "required": True}, {"name": "domain", "required": False}]
    assert (people.pause_seconds, people.timeout_minutes) == (0.2, 0.1)
    assert people.daily_limit == 50
    assert (people.batch_size, people.table_id) == (50, "t_x")


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["--inputs", "a"], "needs --routine"),
        (["--routine", "t_x", "--inputs", "a"], "must look like function:t_x"),
        (["--routine", "function:t_x"], "--inputs is needed"),
        (["--routine", "function:t_x", "--inputs", "a", "--batch-size", "101"], "from 1 to 100"),
        (["--routine", "function:t_x", "--inputs", "a", "--credits-per-row", "x"], "number of credits"),
        (["--routine", "function:t_x", "--inputs", "a", "--pause", "-1"], "--pause must be"),
        (["--webhook", "https://a.test"], "not built yet"),
    ],
)
def test_a_wrong_destination_is_one_line(words: list[str], says: str) -> None:
    assert says in fails("destination", "People", *words)
    assert not Destination.objects.exists()


@pytest.fixture
def workers(clay: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """What the RQ workers do, in a thread: the command itself only watches."""
    stop = threading.Event()

    def work() -> None:
        while not stop.is_set():
            for pk in Job.objects.filter(state="ready").values_list("pk", flat=True):
                ingest.ingest(pk)
            Runner().run(0.2)
            polling.collect(0.1)
            tick.finish_jobs()
            time.sleep(0.02)
        connections.close_all()

    monkeypatch.setattr(enrich.process_health, "workers", lambda: WorkersHealth(1, 1, 1, 1, 0.0))  # type: ignore[attr-defined]
    thread = threading.Thread(target=work)
    thread.start()
    yield
    stop.set()
    thread.join(20)


def leads(tmp_path: Path, text: str = "") -> str:
    path = tmp_path / "leads.csv"
    path.write_text(text or csv_of(60))
    return str(path)


def test_enrich_waits_and_exports(workers: None, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_destination()
    out = tmp_path / "out.csv"
    call_command("enrich", leads(tmp_path), "--to", "People", "--wait", "--export", str(out))
    assert "done: 60 Enriched" in capsys.readouterr().out
    assert out.read_text(encoding="utf-8-sig").count("enriched") == 60


def test_enrich_says_what_does_not_fit_today(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_destination(batch_size=5)
    call_command("limit", "50")
    call_command("enrich", leads(tmp_path), "--to", "People")
    err = capsys.readouterr().err
    assert "25 of 60 rows fit today; the others go from 00:00 on, over 2 days, or once the limit is" in err


def test_enrich_says_what_would_never_fit(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    a_destination()
    call_command("limit", "50")
    call_command("enrich", leads(tmp_path), "--to", "People")
    assert "limit of 50 credits is below the price of a batch (100): raise it" in capsys.readouterr().err


def test_enrich_exits_1_where_rows_need_a_person(workers: None, clay: Sandbox, tmp_path: Path) -> None:
    a_destination()
    clay.settings(next_refusals=1, refusal_status=422)
    with pytest.raises(SystemExit) as stopped:
        call_command("enrich", leads(tmp_path), "--to", "People", "--wait")
    assert stopped.value.code == 1


def test_enrich_says_that_nobody_works(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: Any) -> None:
    a_destination()
    monkeypatch.setattr(enrich, "GRACE_SECONDS", 0.1)
    with pytest.raises(SystemExit):
        call_command("enrich", leads(tmp_path), "--to", "People", "--wait")
    assert "no worker is running" in capfd.readouterr().err


@pytest.mark.parametrize(
    ("text", "words", "says"),
    [
        ("", ["--to", "Nobody"], "There is no destination 'Nobody'. Known: People."),
        ("email\n", ["--to", "People"], "no row below it"),
        ("a,b\n1,2\n", ["--to", "People"], "Map a column to: email"),
        ("a,b\n1,2\n", ["--to", "People", "--map", "c=email"], "has no column 'c'; it has a, b"),
        ("a,b\n1,2\n", ["--to", "People", "--map", "a=phone"], "has no input 'phone'"),
        ("a,b\n1,2\n", ["--to", "People", "--map", "a"], '--map takes "Column=input"'),
        ("email,b\n1,2\n1,2,3\n", ["--to", "People"], "line 3: it has 3 cells"),
        ("email,b\n1,2\n", ["--to", "People", "--leave-out", "all"], "Only these can be left out"),
    ],
)
def test_enrich_refuses_in_one_line(tmp_path: Path, text: str, words: list[str], says: str) -> None:
    a_destination()
    assert says in fails("enrich", leads(tmp_path, text), *words)
    assert not Job.objects.exists()


def test_enrich_maps_what_it_is_told(tmp_path: Path) -> None:
    a_destination()
    call_command(
        "enrich",
        leads(tmp_path, "Who=Mail,Web\na@b.test,b.test\n"),
        "--to",
        "People",
        "--map",
        "Who=Mail=email",
    )
    assert Job.objects.get().mapping == {"email": 0, "domain": 1}


def status(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    call_command("status", "--json")
    return dict(json.loads(capsys.readouterr().out))


def test_enrich_leaves_out_what_it_is_told(tmp_path: Path, capfd: Any) -> None:
    a_destination()
    file = tmp_path / "leads.csv"
    file.write_text("email,domain\na@b.test,b.test\nx,y,z\n")
    call_command("enrich", str(file), "--to", "People", "--leave-out", "unreadable")
    assert Job.objects.get().leave_out == ["unreadable"]
    assert "1 rows: cannot be read (left out)" in capfd.readouterr().err


def test_status_has_the_shape_that_others_rely_on(clay: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    people = a_destination(waterfall=["hunter", "prospeo"])
    clay.settings(next_refusals=1, refusal_status=422)
    running(people)
    send(people)
    found = status(capsys)
    assert set(found) == {"jobs", "budget", "providers", "dead_letters", "stuck", "workers", "alerts"}
    (job,) = found["jobs"]
    assert set(job) == {"id", "name", "destination", "state", "hold", "total", "rows"}
    assert set(job["rows"]) == {state.value for state in RowState}
    assert set(found["budget"]) == {"day", "limit", "spent", "reserved", "breaker", "reason"}
    (letter,) = found["dead_letters"]
    assert set(letter) == {"id", "job", "cause", "charge", "rows", "state"}
    assert found["workers"] == {"alive": 0}
    assert {"kind": "scheduler", "text": "The scheduler has stopped"} in found["alerts"]


def test_status_names_stuck_runs(clay: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    people = a_destination(timeout_minutes=0.0001)
    clay.settings(next_stuck=1)
    running(people)
    send(people)
    tick.mark_stuck()
    (stuck,) = status(capsys)["stuck"]
    assert (stuck["destination"], stuck["rows"], stuck["minutes"]) == ("People", 3, 0)
    assert set(stuck) == {"run_id", "job", "destination", "rows", "minutes"}


def test_deadletters_lists_and_exits_1(clay: Sandbox, capsys: pytest.CaptureFixture[str]) -> None:
    call_command("deadletters")
    people = a_destination()
    clay.settings(next_refusals=1, refusal_status=422)
    job = running(people)
    send(people)
    capsys.readouterr()
    with pytest.raises(SystemExit) as stopped:
        call_command("deadletters", "--json")
    assert stopped.value.code == 1
    (letter,) = json.loads(capsys.readouterr().out)
    assert (letter["rows"], letter["charge"], states(job)) == (3, "no", {"dead": 3})
