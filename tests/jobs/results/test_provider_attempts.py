"""What one result tells about providers; and that nothing in it can break that."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jobs.models import Destination
from jobs.results.provider_attempts import MOST, Reading, Reported, reported
from providers import steering
from providers.terms import Attempt, Evidence, Outcome
from providers.waterfall import PROBE_ROWS, Choice
from tests.examples import examples

FOUND, EMPTY, ERROR = Outcome.SUCCESS, Outcome.EMPTY, Outcome.ERROR
USED = Choice(use=["hunter", "prospeo", "apollo"])


def reading(
    attempts: str = "provider_attempts", *outputs: dict[str, str], prices: dict[str, Decimal] | None = None
) -> Reading:
    return Reading(attempts, outputs, prices or {}, ["hunter", "prospeo", "apollo"])


def by(output: str) -> dict[str, str]:
    """An output that names the provider that found it."""
    return {"output": output, "means": "found", "provider": ""}


def status_of(provider: str, output: str) -> dict[str, str]:
    return {"output": output, "means": "status", "provider": provider}


def read(
    result: dict[str, Any], how: Reading | None = None, choice: Choice = USED, place: int = 0
) -> Reported:
    return reported(result, how or reading(), choice, place)


def pairs(found: Reported) -> list[tuple[str, Outcome]]:
    return [(each.provider, each.outcome) for each in found.attempts]


def listed(*attempts: Any) -> dict[str, Any]:
    return {"provider_attempts": list(attempts)}


def test_what_people_call_it_here_means_it(db: None) -> None:
    steering.change(steering.add("hunter"), "Hunter.io", None)
    how = replace(Reading.of(Destination()), attempts_output="provider_attempts", outputs=[by("by")])
    probe = Choice(use=["hunter"], probes=["hunter"], claims={"hunter": 7})
    in_list = read(listed({"provider": "Hunter.IO", "status": "success"}), how, probe)
    assert in_list.attempts == [Attempt("hunter", FOUND, evidence=Evidence.PROBE, claim=7)]
    assert read({"by": "hunter.io "}, how, probe) == in_list


# -- the list --------------------------------------------------------------------------------------
def test_the_list_tells_all() -> None:
    made = {"provider": "Hunter", "status": "error", "credits": 0.5, "latency_ms": 8012, "error": "HTTP 503"}
    assert read(listed(made)).attempts == [
        Attempt("Hunter", ERROR, Decimal("0.50"), 8012, "HTTP 503", Evidence.CHOSEN)
    ]


def test_what_is_optional_may_be_missing() -> None:
    found = read(
        listed({"provider": "hunter", "status": "success"}, {"provider": "apollo", "status": "empty"})
    )
    assert found == Reported([Attempt("hunter", FOUND), Attempt("apollo", EMPTY)])


@pytest.mark.parametrize(
    ("status", "outcome"),
    [("Success", FOUND), (" found ", FOUND), ("not_found", EMPTY), ("TIMEOUT", ERROR), ("failed", ERROR)],
)
def test_owners_say_it_in_many_words(status: str, outcome: Outcome) -> None:
    assert pairs(read(listed({"provider": "hunter", "status": status}))) == [("hunter", outcome)]


@pytest.mark.parametrize("status", [None, "", "skipped", "not_run", "queued"])
def test_one_that_was_not_asked_is_nothing_to_speak_of(status: str | None) -> None:
    assert read(listed({"provider": "hunter", "status": status})) == Reported()


def test_a_list_may_come_as_text() -> None:
    assert pairs(read({"provider_attempts": '[{"provider": "hunter", "status": "empty"}]'})) == [
        ("hunter", EMPTY)
    ]


def test_the_list_may_stand_anywhere_in_the_result() -> None:
    result = {"debug": {"tried.by": [{"provider": "hunter", "status": "success"}]}}
    assert pairs(read(result, reading(r"debug.tried\.by"))) == [("hunter", FOUND)]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        ("[object Object]", "provider_attempts is no list: '[object Object]'"),
        ({"hunter": "success"}, 'provider_attempts is no list: \'{"hunter": "success"}\''),
        (["hunter"], "no attempt: 'hunter'"),
        ([{"status": "success"}], 'no provider in \'{"status": "success"}\''),
        ([{"provider": "hunter", "status": "weird"}], "hunter has a status that says nothing: 'weird'"),
        ([{"provider": ["hunter"], "status": "success"}], "no provider in "),
    ],
)
def test_nonsense_is_ignored_and_said(value: Any, said: str) -> None:
    found = read({"provider_attempts": value})
    assert found.attempts == []
    assert found.ignored[0].startswith(said)


@pytest.mark.parametrize("value", [None, "", []])
def test_no_list_is_no_nonsense(value: Any) -> None:
    assert read({"provider_attempts": value}) == Reported()


@pytest.mark.parametrize("credits", [-1, "many", True, 1e12, [1], float("inf")])
def test_a_cost_that_makes_no_sense_is_not_known(credits: Any) -> None:
    (attempt,) = read(listed({"provider": "hunter", "status": "success", "credits": credits})).attempts
    assert attempt.credits is None


@pytest.mark.parametrize(
    ("latency", "known"),
    [("340", 340), (339.6, 340), (-1, None), (1e300, None), ("soon", None), (True, None)],
)
def test_latencies(latency: Any, known: int | None) -> None:
    (attempt,) = read(listed({"provider": "hunter", "status": "success", "latency_ms": latency})).attempts
    assert attempt.latency_ms == known


def test_a_row_of_endless_attempts_counts_up_to_a_limit() -> None:
    found = read(listed(*[{"provider": "hunter", "status": "success"}] * (MOST + 10)))
    assert len(found.attempts) == MOST


# -- outputs ---------------------------------------------------------------------------------------
def test_who_is_named_found_it_and_who_was_asked_before_did_not() -> None:
    found = read({"email_provider": "Prospeo"}, reading("", by("email_provider")))
    assert pairs(found) == [("hunter", EMPTY), ("Prospeo", FOUND)]


@pytest.mark.parametrize(
    "result", [{"email_provider": None}, {"email_provider": ""}, {"work_email": None}, {}]
)
def test_where_nobody_is_named_nobody_found_it(result: dict[str, Any]) -> None:
    """On a miss expect absent, empty or null."""
    found = read(result, reading("", by("email_provider")))
    assert pairs(found) == [("hunter", EMPTY), ("prospeo", EMPTY), ("apollo", EMPTY)]


def test_a_finder_that_the_waterfall_does_not_have_says_nothing_of_the_others() -> None:
    assert pairs(read({"by": "Wiza"}, reading("", by("by")))) == [("Wiza", FOUND)]


def test_who_was_skipped_did_not_miss_it() -> None:
    choice = Choice(use=["prospeo"], skip=["hunter", "apollo"])
    assert pairs(read({"by": ""}, reading("", by("by")), choice)) == [("prospeo", EMPTY)]


def test_without_lists_the_waterfall_was_asked() -> None:
    assert pairs(read({"by": "prospeo"}, reading("", by("by")), Choice())) == [
        ("hunter", EMPTY),
        ("prospeo", FOUND),
    ]


@pytest.mark.parametrize("value", ["[object Object]", "null", "n/a", "-"])
def test_some_texts_name_nobody(value: str) -> None:
    assert (("hunter", EMPTY)) in pairs(read({"by": value}, reading("", by("by"))))


def test_what_is_no_name_is_said() -> None:
    assert read({"by": 17}, reading("", by("by"))).ignored == ["by is no name: '17'"]


def test_an_output_may_tell_how_one_provider_did() -> None:
    how = reading("", status_of("hunter", "hunter_status"), status_of("apollo", "apollo_status"))
    result = {
        "hunter_status": {"status": "error", "error": {"message": "HTTP 500"}},
        "apollo_status": "found",
    }
    found = read(result, how)
    assert [(each.provider, each.outcome, each.error) for each in found.attempts] == [
        ("hunter", ERROR, "HTTP 500"),
        ("apollo", FOUND, ""),
    ]


def test_the_list_goes_before_outputs() -> None:
    result = listed({"provider": "Hunter", "status": "error"}) | {"by": "Prospeo"}
    assert pairs(read(result, reading("provider_attempts", by("by")))) == [
        ("Hunter", ERROR),
        ("Prospeo", FOUND),
    ]


def test_a_status_goes_before_what_the_finder_implies() -> None:
    how = reading("", by("by"), status_of("hunter", "hunter_status"))
    assert pairs(read({"by": "Prospeo", "hunter_status": "error"}, how)) == [
        ("hunter", ERROR),
        ("Prospeo", FOUND),
    ]


# -- costs and evidence ----------------------------------------------------------------------------
def test_a_hit_costs_what_the_waterfall_says_where_nobody_tells() -> None:
    how = reading(prices={"hunter": Decimal(3), "apollo": Decimal(2)})
    attempts = [
        {"provider": "Hunter", "status": "empty"},
        {"provider": "Hunter", "status": "success"},
        {"provider": "apollo", "status": "success", "credits": 1},
        {"provider": "wiza", "status": "success"},
    ]
    assert [each.credits for each in read(listed(*attempts), how).attempts] == [0, 3, 1, None]


@pytest.mark.parametrize(
    ("place", "evidence"), [(PROBE_ROWS - 1, Evidence.PROBE), (PROBE_ROWS, Evidence.CHOSEN)]
)
def test_only_the_rows_that_probed_tell_of_a_probe(place: int, evidence: Evidence) -> None:
    choice = Choice(use=["hunter", "prospeo"], probes=["hunter"])
    (attempt,) = read(
        listed({"provider": "hunter", "status": "success"}), choice=choice, place=place
    ).attempts
    assert attempt.evidence == evidence


# -- anything --------------------------------------------------------------------------------------
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)
ATTEMPT = st.fixed_dictionaries(
    {}, optional=dict.fromkeys(("provider", "status", "credits", "latency_ms", "error"), JSON)
)


@given(
    listed=JSON | st.lists(ATTEMPT, max_size=4),
    one=JSON,
    other=JSON,
    path=st.text(max_size=6) | st.just("a.b"),
    place=st.integers(0, 99),
)
@settings(max_examples=examples(150), deadline=None)
def test_nothing_breaks_it(listed: Any, one: Any, other: Any, path: str, place: int) -> None:
    how = reading("provider_attempts", by("by"), status_of("hunter", "state"), status_of("apollo", path))
    found = read({"provider_attempts": listed, "by": one, "state": other, path: one}, how, place=place)
    for attempt in found.attempts:
        assert attempt.provider.strip()
        assert Attempt.loaded(attempt.dumped()).outcome == attempt.outcome
        assert attempt.latency_ms is None or 0 <= attempt.latency_ms <= 86_400_000
        assert attempt.credits is None or 0 <= attempt.credits <= 10_000
