"""Sending with a waterfall: what rows carry, who is left out and why, probes, and nobody left."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from budget import credits as budget
from clayops.base import redis
from clayops.clay import ResultItem
from clayops.sandbox.server import Sandbox
from jobs.alerting import for_person
from jobs.models import Destination, Hold, Submission
from jobs.models import Outcome as Result
from jobs.results import applying, polling
from jobs.sending import attempt, outcomes
from jobs.upkeep import tick
from providers import health, recording, steering, windows
from providers.models import Provider, ProviderEvent, State
from providers.terms import Attempt, Outcome
from providers.waterfall import Step
from tests.support import a_destination, ask, bring_home, csv_of, running, send, states, step

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(clay: Sandbox) -> Destination:
    return a_destination(waterfall=["hunter", "prospeo"])


def fail(name: str = "hunter", times: int = 30) -> None:
    recording.record([Attempt(name, Outcome.ERROR)] * times)


def cool_down_passes(name: str = "hunter") -> None:
    """As if a minute, or an hour, had gone by."""
    row = Provider.objects.get(name=name)
    past = timezone.now() - timedelta(seconds=1)
    redis.client().hset(windows.key(row), "next_probe_at", f"{past.timestamp():.3f}")


def sent() -> Submission:
    return Submission.objects.select_related("destination").latest("pk")


def carried(submission: Submission) -> list[dict[str, Any]]:
    """What the rows carry beside their cells, in order."""
    cells = {"email", "domain"}
    items = attempt.build_items(submission, submission.destination)
    return [{name: value for name, value in item.inputs.items() if name not in cells} for item in items]


# -- the lists ---------------------------------------------------------------------------------------------
def test_every_row_carries_both_lists(people: Destination) -> None:
    fail()
    running(people)
    send(people)
    assert carried(sent()) == [{"use_providers": ["prospeo"], "skip_providers": ["hunter"]}] * 3


def test_clay_hears_of_them(people: Destination) -> None:
    fail()
    job = running(people)
    send(people)
    bring_home()
    asked = {each["provider"] for row in job.rows.all() for each in (row.result or {})["provider_attempts"]}
    assert asked == {"prospeo"}


def test_their_names_are_the_destination_s(people: Destination) -> None:
    Destination.objects.update(use_input="ask", skip_input="leave")
    running(people)
    send(people)
    assert carried(sent())[0] == {"ask": ["hunter", "prospeo"], "leave": []}


def test_a_destination_may_send_none_and_then_leaves_nobody_out(people: Destination) -> None:
    fail()
    Destination.objects.update(sends_lists=False)
    job = running(people)
    send(people)
    assert (carried(sent())[0], sent().waterfall, states(job)) == ({}, {}, {"in_flight": 3})


def test_without_a_waterfall_nothing_goes_along(clay: Sandbox) -> None:
    plain = a_destination()
    running(plain)
    send(plain)
    assert (carried(sent())[0], sent().waterfall) == ({}, {})


def test_our_row_s_id_goes_along_where_cells_are_read(people: Destination) -> None:
    Destination.objects.update(reads_cells=True, cell_columns={"Find email (Hunter)": "hunter"}, waterfall=[])
    job = running(people)
    send(people)
    assert carried(sent()) == [{"row_id": str(row.pk)} for row in job.rows.all()]


def test_a_batch_records_who_was_left_out_and_why(people: Destination) -> None:
    fail()
    people.steps = [*people.steps, Step("apollo", on=False), Step("wiza")]
    people.save()
    steering.pin(steering.add("wiza"), "out", None, "too expensive")
    running(people)
    send(people)
    assert sent().waterfall == {
        "use": ["prospeo"],
        "skip": ["hunter", "apollo", "wiza"],
        "probes": [],
        "why": {
            "hunter": "0 % of its last 20 requests were good",
            "apollo": "Switched off in this waterfall",
            "wiza": "Pinned out: too expensive",
        },
        "pinned": [],
        "claims": {},
    }


# -- probes ------------------------------------------------------------------------------------------------
def test_ten_rows_of_a_batch_probe(people: Destination) -> None:
    fail()
    cool_down_passes()
    running(people, csv_of(12))
    send(people)
    skips = [each["skip_providers"] for each in carried(sent())]
    assert skips == [[]] * 10 + [["hunter"]] * 2
    assert carried(sent())[0]["use_providers"] == ["hunter", "prospeo"]


def test_probes_alone_bring_it_back(clay: Sandbox, people: Destination) -> None:
    clay.settings(provider_errors={"hunter": 0, "prospeo": 0})
    fail()
    running(people, csv_of(3), name="before.csv")
    send(people)
    bring_home()
    assert health.health("hunter").state == State.EXCLUDED
    cool_down_passes()
    running(people, csv_of(12), name="probes.csv")
    send(people)
    bring_home()
    assert health.health("hunter").state in {State.UNKNOWN, State.HEALTHY}
    reasons = ProviderEvent.objects.filter(old=State.PROBING).values_list("reason", flat=True)
    assert list(reasons) == ["5 good outcomes in a row"]


@pytest.mark.parametrize("refusal", [429, 422])
def test_a_probe_that_clay_refused_is_for_the_next_batch(
    clay: Sandbox, people: Destination, refusal: int
) -> None:
    fail()
    cool_down_passes()
    clay.settings(next_refusals=1, refusal_status=refusal, refusal_retry_after=0.1)
    running(people)
    step(people)
    assert sent().choice.probes == ["hunter"]
    running(people, name="second.csv")
    send(people)
    accepted = Submission.objects.filter(outcome=Result.ACCEPTED)
    assert next(each.choice.probes for each in accepted) == ["hunter"]


def test_a_probe_that_may_have_been_sent_is_not_given_to_another(clay: Sandbox, people: Destination) -> None:
    fail()
    cool_down_passes()
    clay.settings(next_vanish=1)
    running(people)
    step(people)
    assert not health.health("hunter").is_tried, "nobody will tell of it: the cool-down is enough"
    running(people, name="second.csv")
    send(people)
    assert sent().choice.probes == []


@pytest.mark.parametrize("ends", ["home", "given up"])
def test_while_a_probe_is_out_nobody_else_probes(people: Destination, ends: str) -> None:
    """However long the run takes: its time-out, not the cool-down, is waited for."""
    fail()
    cool_down_passes()
    running(people)
    step(people)
    assert sent().choice.probes == ["hunter"]
    until = health.health("hunter").next_probe_at
    assert until
    assert until - timezone.now() > timedelta(minutes=29)
    running(people, name="second.csv")
    send(people)
    assert sent().choice.probes == []
    if ends == "home":
        bring_home()
    else:
        outcomes.give_up(Submission.objects.earliest("pk"), None)
    assert not health.health("hunter").is_tried


def test_a_lane_without_credits_claims_no_probe(people: Destination) -> None:
    fail()
    cool_down_passes()
    budget.set_limit(Decimal(1), None)
    running(people)
    step(people)
    assert Destination.objects.get().hold == Hold.BUDGET
    other = a_destination("Others", waterfall=["hunter"], credits_per_row=Decimal("0.01"))
    running(other)
    budget.set_limit(Decimal(1000), None)
    step(other)
    assert sent().choice.probes == ["hunter"]


def test_a_lost_race_claims_no_probe(people: Destination, monkeypatch: pytest.MonkeyPatch) -> None:
    fail()
    cool_down_passes()
    running(people)

    def somebody_was_faster(*_: object) -> bool:
        return False

    with monkeypatch.context() as patch:
        patch.setattr(Destination, "take_turn", somebody_was_faster)
        step(people)
    step(people)
    assert sent().choice.probes == ["hunter"]


# -- the alert ----------------------------------------------------------------------------------------------
def provider_alerts() -> list[str]:
    return [alert.text for alert in for_person.current() if alert.kind == "provider"]


def test_leaving_the_waterfall_is_an_alert_with_a_link(people: Destination) -> None:
    recording.record([Attempt("Hunter", Outcome.SUCCESS)] * 12 + [Attempt("Hunter", Outcome.ERROR)] * 20)
    (alert,) = [each for each in for_person.current() if each.kind == "provider"]
    assert (alert.text, alert.level) == ("Hunter left the waterfall: 48 % of its last 25", "warn")
    assert alert.detail.startswith("People · Tried again at ")
    assert alert.since == Provider.objects.get().since
    assert alert.actions[0].url == f"/providers/{Provider.objects.get().pk}"


def test_the_alert_goes_by_itself_when_it_recovers(people: Destination) -> None:
    fail()
    assert provider_alerts() == ["Hunter left the waterfall: 0 % of its last 20"]
    steering.reset(Provider.objects.get(name="hunter"), None, "")
    assert provider_alerts() == []


@pytest.mark.parametrize("pinned", ["in", "out"])
def test_a_pinned_one_raises_no_alert(people: Destination, pinned: steering.Pinned) -> None:
    fail()
    steering.pin(Provider.objects.get(name="hunter"), pinned, None, "as we say")
    assert provider_alerts() == []


def test_one_that_no_waterfall_uses_raises_no_alert(people: Destination) -> None:
    fail("apollo")
    assert provider_alerts() == []


def test_one_that_is_never_left_out_anywhere_raises_no_alert(people: Destination) -> None:
    fail()
    Destination.objects.update(sends_lists=False)
    assert provider_alerts() == []


# -- results -----------------------------------------------------------------------------------------------
def test_what_results_tell_is_recorded_once(clay: Sandbox, people: Destination) -> None:
    running(people, csv_of(20))
    send(people)
    bring_home()
    before = health.health("hunter").requests
    assert before == 20, "it is the first of the waterfall"
    polling.poll(sent())
    assert health.health("hunter").requests == before


@pytest.mark.parametrize("odd", ["\\u0000", "\\ud83d"])
def test_odd_characters_in_a_list_that_is_text_lose_no_result(people: Destination, odd: str) -> None:
    job = running(people, csv_of(1))
    send(people)
    told = f'[{{"provider": "hun{odd}ter", "status": "error", "error": "no {odd}"}}]'
    applying.apply(
        sent(), [ResultItem(str(job.rows.get().pk), "complete", {"provider_attempts": told}, None, {})]
    )
    assert states(job) == {"enriched": 1}
    assert Provider.objects.get(is_new=True).name == "hun\ufffdter"


def test_the_tick_remembers_what_a_dead_collector_left(people: Destination) -> None:
    long_ago = timezone.now() - timedelta(minutes=1)
    recording.note([Attempt("hunter", Outcome.SUCCESS)], long_ago)
    tick.tick()
    assert health.health("hunter").requests == 1


def test_late_results_of_a_dead_sender_are_recorded_too(clay: Sandbox, people: Destination) -> None:
    running(people)
    send(people)
    outcomes.give_up(sent(), None)
    ask(3)
    assert health.health("hunter").requests == 3


def test_a_name_that_nobody_knew_becomes_a_provider_marked_new(clay: Sandbox) -> None:
    clay.settings(waterfall=["somebody new"])
    running(people := a_destination())
    send(people)
    bring_home()
    assert [(each.name, each.is_new) for each in Provider.objects.all()] == [("somebody new", True)]
