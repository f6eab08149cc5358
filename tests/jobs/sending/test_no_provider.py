"""All providers of a waterfall are left out: the lane is held, probes go in small parts, and it goes on."""

import pytest

from budget import credits as budget
from clayops.sandbox.server import Sandbox
from jobs import steering
from jobs.alerting import for_person
from jobs.models import Destination, Hold, Job, RowState
from jobs.sending import wake
from jobs.upkeep import tick
from providers import steering as provider_steering
from providers.models import Provider
from providers.waterfall import Step, dumped
from tests.jobs.sending.test_waterfall import cool_down_passes, fail, sent
from tests.support import a_destination, bring_home, csv_of, running, send, states, step

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def people(clay: Sandbox) -> Destination:
    return a_destination(waterfall=["hunter", "prospeo"])


def test_with_nobody_left_the_lane_is_held_and_says_why(people: Destination) -> None:
    fail()
    fail("prospeo")
    job = running(people)
    send(people)
    assert (Job.objects.get(pk=job.pk).hold, states(job)) == ("no_provider", {"waiting": 3})
    (alert,) = [each for each in for_person.current() if each.kind == "no_provider"]
    assert alert.text == "No provider is left for People"
    assert "hunter: 0 % of its last 20 requests were good; prospeo: 0 %" in alert.detail


def test_no_credits_are_reserved_for_it(people: Destination) -> None:
    fail()
    fail("prospeo")
    running(people)
    send(people)
    assert budget.today().reserved == 0


def test_with_only_probes_left_a_few_rows_go_and_the_others_wait(people: Destination) -> None:
    fail()
    fail("prospeo")
    cool_down_passes()
    cool_down_passes("prospeo")
    job = running(people, csv_of(50))
    send(people)
    assert states(job) == {"in_flight": 10, "waiting": 40}
    assert [batch.size for batch in job.batches.all()] == [10, 40]
    assert sorted(row.number for row in job.batches.all()[0].rows.all()) == list(range(1, 11))
    assert Destination.objects.get().hold == Hold.NO_PROVIDER


def test_a_held_lane_stays_held_through_a_probe(people: Destination) -> None:
    fail()
    fail("prospeo")
    running(people, csv_of(50))
    send(people)
    since = Destination.objects.get().hold_since
    cool_down_passes()
    step(people)
    assert sent().choice.probes == ["hunter"]
    assert (Destination.objects.get().hold, Destination.objects.get().hold_since) == (Hold.NO_PROVIDER, since)


def test_a_small_batch_is_not_cut(people: Destination) -> None:
    fail()
    fail("prospeo")
    cool_down_passes()
    job = running(people, csv_of(4))
    send(people)
    assert (states(job), job.batches.count()) == ({"in_flight": 4}, 1)


def test_who_comes_back_lets_the_lane_go_on(clay: Sandbox, people: Destination) -> None:
    clay.settings(provider_errors={"hunter": 0, "prospeo": 0})
    fail()
    fail("prospeo")
    running(people, csv_of(50))
    cool_down_passes()
    cool_down_passes("prospeo")
    send(people)
    woken = wake.times_woken()
    bring_home()
    assert wake.times_woken() != woken
    send(people)
    bring_home()
    assert Job.objects.get().counts[RowState.ENRICHED] == 50


def test_a_hold_ends_where_probes_were_all_that_was_left(people: Destination) -> None:
    fail()
    fail("prospeo")
    job = running(people, csv_of(8))
    send(people)
    assert Destination.objects.get().hold == Hold.NO_PROVIDER
    cool_down_passes()
    send(people)
    tick.tick()
    assert (Destination.objects.get().hold, states(job)) == ("", {"in_flight": 8})


def test_a_hold_ends_where_the_job_is_cancelled(people: Destination) -> None:
    fail()
    fail("prospeo")
    job = running(people)
    send(people)
    tick.tick()
    assert Destination.objects.get().hold == Hold.NO_PROVIDER, "there is still something to send"
    steering.jobs.cancel(job)
    tick.tick()
    assert Destination.objects.get().hold == ""


def test_a_hold_ends_where_a_left_out_one_is_pinned_in(people: Destination) -> None:
    fail()
    fail("prospeo")
    running(people)
    send(people)
    provider_steering.pin(Provider.objects.get(name="hunter"), "in", None, "we trust it")
    tick.tick()
    assert Destination.objects.get().hold == ""


def test_a_trial_of_which_only_probes_may_go_is_still_all_of_the_trial(people: Destination) -> None:
    fail()
    fail("prospeo")
    cool_down_passes()
    job = running(people, csv_of(60))
    Job.objects.filter(pk=job.pk).update(trial_batches=1, trial_rows=50)
    send(people)
    assert states(job) == {"in_flight": 10, "waiting": 50}
    assert Job.objects.get().state == "running", "40 rows of the trial are still to go"
    provider_steering.reset(Provider.objects.get(name="hunter"), None, "mended")
    people.lift_hold(Hold.NO_PROVIDER)
    send(people)
    assert (states(job), Job.objects.get().state) == ({"in_flight": 50, "waiting": 10}, "paused")


def test_what_grew_too_large_for_clay_goes_in_parts(people: Destination) -> None:
    job = running(people, csv_of(50))
    long = [Step(f"{number:03d} {'x' * 90}") for number in range(20)]
    Destination.objects.update(waterfall=dumped(long))
    send(people)
    bring_home()
    assert states(job) == {"enriched": 50}
    assert job.batches.count() > 1
