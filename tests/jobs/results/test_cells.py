"""Outcomes out of table cells, for workspaces that may query their tables."""

from datetime import timedelta
from typing import Any

import django_rq
import pytest
from django.utils import timezone

from clayops.clay import Cell
from clayops.sandbox.server import Sandbox
from jobs import tasks
from jobs.alerting import for_person
from jobs.models import Destination, Row, Submission
from jobs.results import cells, polling
from jobs.upkeep import tick
from providers import health, recording
from providers.models import State
from providers.terms import Attempt, Outcome
from providers.waterfall import Choice
from tests.support import a_destination, bring_home, running, send

pytestmark = pytest.mark.django_db(transaction=True)

COLUMNS = {"Find email (Hunter)": "hunter", "Find email (Prospeo)": "prospeo"}


@pytest.fixture
def people(clay: Sandbox) -> Destination:
    clay.settings(waterfall=["hunter", "prospeo"], provider_errors={"hunter": 0.5})
    return a_destination(
        waterfall=["hunter", "prospeo"], attempts_output="", reads_cells=True, cell_columns=COLUMNS
    )


def sent_home() -> None:
    send(Destination.objects.get())
    bring_home()


def look(times: int = 1) -> None:
    """Look at the cells, as if they were due."""
    for _ in range(times):
        for submission in Submission.objects.filter(cells_at__isnull=False).select_related("destination"):
            cells.look(submission)


def outcomes() -> dict[str, str]:
    return {each.name: each.outcomes for each in health.all_health() if each.requests}


def by_results() -> dict[str, str]:
    """The same, by the list that each result has."""
    letters: dict[str, str] = {}
    for row in Row.objects.order_by("number"):
        for attempt in (row.result or {})["provider_attempts"]:
            letter = {"success": "s", "empty": "e", "error": "x"}[attempt["status"]]
            letters[attempt["provider"]] = letters.get(attempt["provider"], "") + letter
    return letters


def many(count: int) -> str:
    return "email\n" + "\n".join(f"person{n}@north.test" for n in range(count)) + "\n"


def test_cells_tell_what_a_list_would(people: Destination) -> None:
    running(people, many(40))
    sent_home()
    assert outcomes() == {}
    look()
    assert outcomes() == by_results()
    assert "x" in outcomes()["hunter"]


def test_they_are_looked_at_by_themselves(people: Destination) -> None:
    running(people, many(5))
    sent_home()
    Submission.objects.update(cells_at=Submission.objects.get().created_at)
    tick.tick()
    assert [job.func_name for job in django_rq.get_queue("work").jobs].count("jobs.tasks.look_at_cells") == 1
    tasks.look_at_cells()
    assert len(outcomes()["hunter"]) == 5


def test_twice_counts_once(people: Destination) -> None:
    running(people, many(5))
    sent_home()
    late = Submission.objects.select_related("destination").get()
    look()
    cells.look(late)
    assert len(outcomes()["hunter"]) == 5


def test_results_that_come_a_second_time_do_not_have_them_counted_again(people: Destination) -> None:
    running(people, many(5))
    sent_home()
    look()
    polling.poll(Submission.objects.select_related("destination").get())
    assert Submission.objects.get().cells_at is None


def test_one_that_breaks_does_not_keep_the_others_waiting(
    people: Destination, monkeypatch: pytest.MonkeyPatch
) -> None:
    running(people, many(5))
    sent_home()
    running(people, many(3), name="second.csv")
    sent_home()
    broken, whole = Submission.objects.order_by("pk")
    Submission.objects.update(cells_at=broken.created_at)
    look_at = cells.look

    def look_or_break(submission: Submission) -> int:
        assert submission.pk != broken.pk
        return look_at(submission)

    monkeypatch.setattr(cells, "look", look_or_break)
    cells.collect()
    whole.refresh_from_db()
    assert (whole.cells_at, len(outcomes()["hunter"])) == (None, 3)


def test_what_results_told_is_not_counted_again(people: Destination) -> None:
    Destination.objects.update(attempts_output="provider_attempts")
    running(people, many(5))
    sent_home()
    before = outcomes()
    look()
    assert outcomes() == before


def test_a_destination_that_does_not_switch_it_on_is_not_looked_at(people: Destination) -> None:
    Destination.objects.update(reads_cells=False)
    running(people, many(5))
    sent_home()
    assert not Submission.objects.filter(cells_at__isnull=False).exists()


def test_switched_off_meanwhile_it_is_not_looked_at(people: Destination) -> None:
    running(people, many(5))
    sent_home()
    Destination.objects.update(reads_cells=False)
    look()
    assert (outcomes(), Submission.objects.get().cells_at) == ({}, None)


def test_a_workspace_without_the_right_is_an_alert_and_loses_no_result(
    clay: Sandbox, people: Destination
) -> None:
    clay.settings(tables=0)
    job = running(people, many(5))
    sent_home()
    look()
    assert (Destination.objects.get().hold, job.rows.filter(state="enriched").count()) == ("", 5)
    (alert,) = [each for each in for_person.current() if each.kind == "cells"]
    assert (alert.text, alert.level) == ("The cells of People cannot be read", "warn")
    assert "Enterprise" in alert.detail
    assert Submission.objects.get().cells_at is None


def test_the_alert_goes_when_cells_are_shown_again(clay: Sandbox, people: Destination) -> None:
    clay.settings(tables=0)
    running(people, many(5))
    sent_home()
    look()
    clay.settings(tables=1)
    running(people, many(3), name="second.csv")
    sent_home()
    look()
    assert [each for each in for_person.current() if each.kind == "cells"] == []


def test_a_row_that_is_not_there_yet_is_looked_for_again(clay: Sandbox, people: Destination) -> None:
    running(people, many(5))
    sent_home()
    Submission.objects.update(row_ids=[*Submission.objects.get().row_ids, 4711])
    look()
    submission = Submission.objects.get()
    assert (outcomes(), submission.cells_asked) == ({}, 1)
    assert submission.cells_at
    look(cells.MOST_LOOKS)
    assert len(outcomes()["hunter"]) == 5, "in the end those that are there count"


def test_a_probe_is_waited_for_until_its_cells_are_known(people: Destination, clay: Sandbox) -> None:
    """Results alone tell nothing here: another claim would make its cells an old story."""
    recording.record([Attempt("hunter", Outcome.ERROR)] * 20, timezone.now() - timedelta(minutes=2))
    clay.settings(provider_errors={"hunter": 0})
    running(people, many(12))
    sent_home()
    assert health.health("hunter").is_tried
    look()
    assert health.health("hunter").state == State.UNKNOWN


def test_a_probe_of_which_cells_tell_nothing_is_followed_by_another(people: Destination) -> None:
    recording.record([Attempt("hunter", Outcome.ERROR)] * 20, timezone.now() - timedelta(minutes=2))
    Destination.objects.update(cell_columns={"Find email (Prospeo)": "prospeo"})
    running(people, many(12))
    sent_home()
    assert health.health("hunter").is_tried
    look()
    assert (health.health("hunter").state, health.health("hunter").is_tried) == (State.PROBING, False)


def test_cells_are_waited_for_beyond_the_run(people: Destination) -> None:
    assert people.patience == people.timeout + timedelta(minutes=30)
    people.reads_cells = False
    assert people.patience == people.timeout


@pytest.mark.parametrize("why", ["switched off", "no right"])
def test_a_probe_whose_cells_nobody_sees_is_followed_by_another(
    people: Destination, clay: Sandbox, why: str
) -> None:
    recording.record([Attempt("hunter", Outcome.ERROR)] * 20, timezone.now() - timedelta(minutes=2))
    running(people, many(12))
    sent_home()
    if why == "switched off":
        Destination.objects.update(reads_cells=False)
    else:
        clay.settings(tables=0)
    look()
    assert (health.health("hunter").state, health.health("hunter").is_tried) == (State.PROBING, False)


# -- one record ------------------------------------------------------------------------------------
ALL = ("hunter", "prospeo", "apollo")


def read(
    choice: Choice | None = None,
    *,
    ran_through: bool = True,
    by_result: str = "",
    waterfall: tuple[str, ...] = ALL,
    **statuses: Any,
) -> list[tuple[str, str]]:
    """What cells of these statuses tell, by provider. `by_result` names who found it, as the result says."""
    found = {
        name: each if isinstance(each, Cell) else Cell(each, "x", None) for name, each in statuses.items()
    }
    columns = {name: name for name in sorted(statuses)}
    known = [Attempt(by_result, Outcome.SUCCESS)] if by_result else []
    told = cells._Record(found, columns, known, ran_through).attempts(choice.use if choice else waterfall)
    return [(each.provider, each.outcome.letter) for each in told]


def test_an_empty_cell_behind_the_find_was_not_asked() -> None:
    assert read(hunter="empty", prospeo="success", apollo="empty") == [("hunter", "e"), ("prospeo", "s")]


def test_an_empty_cell_of_one_that_the_row_skipped_was_not_asked() -> None:
    assert read(Choice(use=["apollo"], skip=["hunter"]), hunter="empty", apollo="empty") == [("apollo", "e")]


def test_an_empty_cell_behind_one_that_nobody_looks_at_says_nothing() -> None:
    """Prospeo's column is not mapped: it may have found it."""
    assert read(hunter="empty", apollo="empty") == [("hunter", "e")]


def test_one_that_ran_behind_it_tells_that_it_was_asked() -> None:
    assert read(hunter="empty", apollo="error") == [("hunter", "e"), ("apollo", "x")]
    unmapped = ("wiza", *ALL)
    assert read(waterfall=unmapped, hunter="empty", prospeo="success") == [("hunter", "e"), ("prospeo", "s")]


@pytest.mark.parametrize("status", ["running", "brand_new"])
def test_an_empty_cell_behind_one_that_is_not_final_says_nothing(status: str) -> None:
    assert read(hunter="empty", prospeo=status, apollo="empty") == [("hunter", "e")]


def test_an_empty_cell_behind_the_one_that_the_result_names_was_not_asked() -> None:
    told = read(by_result="prospeo", hunter="empty", prospeo="success", apollo="empty")
    assert told == [("hunter", "e")], "what the result told is not told again"


def test_without_a_waterfall_all_were_asked_until_one_found_it() -> None:
    assert read(waterfall=(), hunter="empty", prospeo="empty") == [("hunter", "e"), ("prospeo", "e")]


def test_of_a_row_that_failed_empty_cells_say_nothing_but_before_one_that_ran() -> None:
    assert read(hunter="empty", prospeo="empty", ran_through=False) == []
    told = read(hunter="empty", prospeo="error", apollo="empty", ran_through=False)
    assert told == [("hunter", "e"), ("prospeo", "x")]


@pytest.mark.parametrize("value", [None, "", [], {}])
def test_a_success_without_a_value_found_nothing(value: Any) -> None:
    assert read(hunter=Cell("success", value, None), prospeo="success") == [("hunter", "e"), ("prospeo", "s")]


@pytest.mark.parametrize("status", ["running", "queued", "awaiting_callback", "brand_new", ""])
def test_what_is_not_final_or_not_known_does_not_count(status: str) -> None:
    assert read(hunter=status, prospeo="error") == [("prospeo", "x")]


def test_the_error_s_words_are_kept() -> None:
    found = {"hunter": Cell("error", None, "HTTP 503")}
    (attempt,) = cells._Record(found, {"hunter": "hunter"}, [], ran_through=True).attempts(["hunter"])
    assert attempt.error == "HTTP 503"
