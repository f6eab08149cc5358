"""Where outcomes are read from: the mapping beside a real result, and that nonsense breaks nothing."""

from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jobs.models import Destination, DestinationChange, Job, Outcome, Row, RowState, Submission
from providers import steering
from providers.waterfall import Choice
from tests.examples import examples
from tests.support import a_destination, csv_of, running

pytestmark = [pytest.mark.django_db, pytest.mark.breaks_a_promise]  # its runs have no ledger lines

ATTEMPTS = [
    {"provider": "hunter", "status": "error", "latency_ms": 8100, "error": "HTTP 503"},
    {"provider": "prospeo", "status": "success", "credits": 1, "latency_ms": 340},
]
RESULT = {
    "work_email": "a@b.test",
    "by": "Prospeo",
    "provider_attempts": ATTEMPTS,
    "debug": {"tried": ATTEMPTS},
}


@pytest.fixture
def people(db: None) -> Destination:
    return a_destination(waterfall=["hunter", "prospeo"])


@pytest.fixture
def job(people: Destination) -> Job:
    """Three rows that came home with what `RESULT` is."""
    job = running(people, csv_of(3))
    rows = list(job.rows.order_by("number"))
    Submission.objects.create(
        destination=people,
        batch=job.batches.get(),
        attempt=1,
        runner="r",
        row_ids=[row.pk for row in rows],
        holder="h",
        credits=6,
        outcome=Outcome.ACCEPTED,
        run_id="run_1",
        run_state="finished",
        waterfall=Choice(use=["hunter", "prospeo"]).dumped(),
    )
    job.rows.update(state=RowState.ENRICHED, result=RESULT, enriched_at=job.ingested_at)
    return job


def address(people: Destination) -> str:
    return f"/destinations/{people.pk}/outcomes"


def typed(client: Client, people: Destination, **more: Any) -> dict[str, Any]:
    seen = client.get(address(people)).context["form"].seen
    told = {"attempts_output": "provider_attempts", "row_id_input": "row_id", "seen": seen} | more
    return {name: value for name, value in told.items() if value is not None}


def told(client: Client, people: Destination, **more: Any) -> list[tuple[str, str]]:
    """What a preview says that the result tells."""
    answer = client.post(address(people), typed(client, people, preview="1", **more))
    return [(each.label, each.attempt.outcome.value) for each in answer.context["preview"].attempts]


def by(output: str) -> dict[str, Any]:
    return {"output": [output], "means": ["found"], "told_of": [""]}


# -- the result beside it --------------------------------------------------------------------------------
def test_without_a_result_it_says_how_to_get_one(client: Client, people: Destination) -> None:
    page = client.get(address(people)).content.decode()
    assert f"/destinations/{people.pk}/test" in page
    assert client.get(address(people)).context["preview"].sample is None


def test_a_real_result_stands_beside_the_mapping(client: Client, people: Destination, job: Job) -> None:
    answer = client.get(address(people))
    preview = answer.context["preview"]
    read_as = {given.name: given.read_as for given in preview.outputs}  # PostgreSQL keeps no order of keys
    assert read_as["provider_attempts"] == "list of attempts"
    assert [each.label for each in preview.attempts] == ["Hunter", "Prospeo"]
    assert "HTTP 503" in answer.content.decode()


def test_results_are_gone_through(client: Client, people: Destination, job: Job) -> None:
    first, second = job.rows.order_by("number")[:2]
    assert client.get(address(people)).context["preview"].older == second
    preview = client.get(f"{address(people)}?row={second.pk}").context["preview"]
    assert (preview.sample.row, preview.newer) == (second, first)


@pytest.mark.parametrize("row", ["x", "-1", "9" * 40, "4711"])
def test_a_row_that_is_none_is_as_if_nobody_had_asked(
    client: Client, people: Destination, job: Job, row: str
) -> None:
    assert client.get(f"{address(people)}?row={row}").status_code == 200


def test_the_last_results_are_counted_together(client: Client, people: Destination, job: Job) -> None:
    job.rows.filter(number=3).update(result={"provider_attempts": "[object Object]"})
    preview = client.get(address(people)).context["preview"]
    assert (preview.telling, preview.silent, preview.with_ignored) == (2, 1, 1)
    assert [(line.label, line.success, line.error) for line in preview.lines] == [
        ("Hunter", 0, 2),
        ("Prospeo", 2, 0),
    ]


def test_results_of_another_routine_are_not_shown(client: Client, people: Destination, job: Job) -> None:
    Destination.objects.update(routine_since=job.ingested_at.replace(year=2100) if job.ingested_at else None)
    assert client.get(address(people)).context["preview"].sample is None


# -- preview ----------------------------------------------------------------------------------------------
def test_a_preview_reads_what_is_typed_and_saves_nothing(
    client: Client, people: Destination, job: Job
) -> None:
    assert told(client, people, attempts_output="", **by("by")) == [
        ("Hunter", "empty"),
        ("Prospeo", "success"),
    ]
    assert told(client, people, attempts_output="debug.tried") == [
        ("Hunter", "error"),
        ("Prospeo", "success"),
    ]
    saved = Destination.objects.get()
    assert (saved.attempts_output, saved.provider_outputs) == ("provider_attempts", [])


def test_a_half_typed_line_is_no_mistake_of_a_preview(client: Client, people: Destination, job: Job) -> None:
    half = {"output": ["hunter_status"], "means": ["status"], "told_of": [""]}
    assert len(told(client, people, **half)) == 2


def test_what_is_read_and_not_there_is_said(client: Client, people: Destination, job: Job) -> None:
    answer = client.post(address(people), typed(client, people, preview="1", attempts_output="nowhere"))
    assert answer.context["preview"].absent == ["nowhere"]


CELLS = {"reads_cells": "on", "column": ["A"], "asks": ["hunter"]}


# -- saving -----------------------------------------------------------------------------------------------
def test_all_of_it_is_saved(client: Client, people: Destination) -> None:
    changes = {
        "attempts_output": "debug.tried",
        "output": ["by", "hunter_status", ""],
        "means": ["found", "status", "found"],
        "told_of": ["", "Hunter", ""],
        "reads_cells": "on",
        "row_id_input": "our_row",
        "column": ["Find email (Hunter)", ""],
        "asks": ["hunter", ""],
    }
    assert client.post(address(people), typed(client, people, **changes)).status_code == 302
    found = Destination.objects.get()
    assert found.attempts_output == "debug.tried"
    assert found.provider_outputs == [
        {"provider": "", "output": "by", "means": "found"},
        {"provider": "Hunter", "output": "hunter_status", "means": "status"},
    ]
    assert (found.reads_cells, found.row_id_input, found.cell_columns) == (
        True,
        "our_row",
        {"Find email (Hunter)": "hunter"},
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"output": ["x"], "means": ["status"], "told_of": [""]}, "must be a provider"),
        ({"output": ["x"], "means": ["weird"], "told_of": [""]}, "must say"),
        ({"output": [""], "means": ["status"], "told_of": ["hunter"]}, "must name an output"),
        ({"reads_cells": "on"}, "Name a column for at least one provider"),
        ({"reads_cells": "on", "row_id_input": "email", "column": ["A"], "asks": ["h"]}, "email is an input"),
        (
            {"reads_cells": "on", "row_id_input": "use_providers", "column": ["A"], "asks": ["h"]},
            "goes with the rows",
        ),
        ({"column": ["A", "A"], "asks": ["h", "i"]}, "The column A stands there twice."),
        ({"attempts_output": "x" * 201}, "at most 200 characters"),
        ({"output": ["x"] * 21, "means": ["found"] * 21, "told_of": [""] * 21}, "At most 20"),
        ({"reads_cells": "on", "column": [str(n) for n in range(20)], "asks": ["h"] * 20}, "At most 19"),
    ],
)
def test_what_cannot_be_is_said_and_kept_as_typed(
    client: Client, people: Destination, changes: dict[str, Any], says: str
) -> None:
    answer = client.post(address(people), typed(client, people, **changes))
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert Destination.objects.get().provider_outputs == []


def test_names_of_lists_are_taken_before_there_is_a_waterfall(client: Client, people: Destination) -> None:
    Destination.objects.update(waterfall=[])
    cells = {"reads_cells": "on", "row_id_input": "use_providers", "column": ["A"], "asks": ["h"]}
    assert client.post(address(people), typed(client, people, **cells)).status_code == 422


def test_what_was_changed_is_on_record(client: Client, people: Destination) -> None:
    mapped = {
        "output": ["email_provider", "state"],
        "means": ["found", "status"],
        "told_of": ["", "Apollo.io"],
    }
    steering.change(steering.add("apollo"), "Apollo.io", None)
    more = {"attempts_output": "tried", "column": ["Find"], "asks": ["apollo.IO"], "reads_cells": "on"}
    client.post(address(people), typed(client, people, **mapped, **more, row_id_input="our_id"))
    change = DestinationChange.objects.get()
    assert change.text == (
        "list of attempts: provider_attempts → tried; outputs: none → email_provider, state (of apollo); "
        "cells are asked for; our row’s id goes as our_id, before as row_id; columns: none → Find (apollo)"
    )
    assert (str(change.by), change.what) == ("ana", "telling")
    assert "List of attempts: provider_attempts → tried" in client.get(address(people)).content.decode()
    assert client.get(f"/destinations/{people.pk}/waterfall").context["log"].items == []


def test_somebody_else_s_change_is_noticed(client: Client, people: Destination) -> None:
    mine = typed(client, people, attempts_output="mine")
    Destination.objects.update(attempts_output="theirs")
    answer = client.post(address(people), mine)
    assert (answer.status_code, Destination.objects.get().attempts_output) == (422, "theirs")
    client.post(address(people), mine | {"seen": answer.context["form"].seen})
    assert Destination.objects.get().attempts_output == "mine"


def test_saving_forgets_what_stood_in_the_way_of_cells(client: Client, people: Destination) -> None:
    Destination.objects.update(cells_error="Clay answered 403")
    client.post(address(people), typed(client, people))
    assert Destination.objects.get().cells_error == ""


def test_lines_are_added_and_removed_without_javascript(client: Client, people: Destination) -> None:
    two = {"output": ["a", "b"], "means": ["found"] * 2, "told_of": [""] * 2}
    less = client.post(address(people), typed(client, people, **two, remove_output="0"))
    assert [line.output for line in less.context["form"].outputs] == ["b"]
    more = client.post(address(people), typed(client, people, **two, add_output="1"))
    assert len(more.context["form"].shown_outputs) == 4
    assert Destination.objects.get().provider_outputs == []


def test_a_stranger_changes_nothing(stranger: Client, client: Client, people: Destination) -> None:
    mine = typed(client, people, attempts_output="mine")
    assert stranger.post(address(people), mine)["Location"].startswith("/signin?next=")
    assert Destination.objects.get().attempts_output == "provider_attempts"


# -- nonsense -----------------------------------------------------------------------------------------------
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))
KEYS = st.sampled_from(["provider", "status", "x"])
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**6) | TEXT,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner),
    max_leaves=8,
)


@given(value=JSON, by_value=JSON)
@settings(max_examples=examples(40), deadline=None, suppress_health_check=list(HealthCheck))
def test_no_result_breaks_the_page(
    client: Client, people: Destination, job: Job, value: Any, by_value: Any
) -> None:
    Row.objects.update(result={"provider_attempts": value, "by": by_value})
    assert client.get(address(people)).status_code == 200
    told(client, people, **by("by"))


@pytest.mark.parametrize("result", [[1, 2], "text", 7, True, {}])
def test_results_that_are_no_outputs_break_nothing(
    client: Client, people: Destination, job: Job, result: Any
) -> None:
    Row.objects.update(result=result)
    assert client.get(address(people)).status_code == 200
