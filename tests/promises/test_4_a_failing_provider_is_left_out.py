"""Promise 4. A failing provider is left out.

Below 50 % success over its last 100 requests, a provider is in no new batch's waterfall, except for the
probes that find out whether it has recovered.

The whole way in one job: a provider goes bad and leaves, later batches skip it, it heals and is back. The
single rules: tests/providers/ and tests/jobs/sending/test_waterfall.py.
"""

import time

import pytest
from django.db.models import Sum

from clayops.sandbox.server import Sandbox
from jobs.models import Destination, Job, Submission
from jobs.results import polling
from providers import health
from providers.models import ProviderEvent, ProviderHour, State
from tests.jobs.sending.test_waterfall import cool_down_passes, provider_alerts
from tests.support import a_destination, ask, csv_of, running, step

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

BATCH = 25
FOUR = ["prospeo", "findymail", "hunter", "apollo"]


class Going:
    """A job that is sent batch by batch, each one's results coming home before the next leaves."""

    def __init__(self, people: Destination) -> None:
        self.people = people

    def leave(self) -> Submission:
        """The next batch is sent."""
        before = Submission.objects.count()
        while Submission.objects.count() == before:
            assert step(self.people) is not None, "nothing is left to send"
        return Submission.objects.select_related("destination", "batch__job").latest("pk")

    def batch(self) -> Submission:
        self.leave()
        while Submission.objects.out().exists():
            ask()
        return Submission.objects.latest("pk")

    def batches_until(self, state: State, most: int) -> list[Submission]:
        sent: list[Submission] = []
        while health.health("prospeo").state != state:
            assert len(sent) < most, f"still {health.health('prospeo').state} after {most} batches"
            sent.append(self.batch())
        return sent


def come_home(run: Submission) -> None:
    """Ask about this run alone, until it is over."""
    while Submission.objects.out().filter(pk=run.pk).exists():
        polling.poll(run)


def asked() -> int:
    """How often the provider was asked so far."""
    sums = ProviderHour.objects.filter(provider__name="prospeo").aggregate(
        s=Sum("success"), e=Sum("empty"), x=Sum("error")
    )
    return sum(sums.values())


def test_it_leaves_and_comes_back(clay: Sandbox) -> None:
    healthy = dict.fromkeys(FOUR, 0.0)
    clay.settings(waterfall=FOUR, provider_errors=healthy)
    people = a_destination(waterfall=FOUR, batch_size=BATCH)
    job = running(people, csv_of(20 * BATCH))
    going = Going(people)
    for _ in range(5):
        assert going.batch().choice.use == FOUR
    assert (health.health("prospeo").state, asked()) == (State.HEALTHY, 125)

    clay.settings(provider_errors=healthy | {"prospeo": 1.0})
    going.batches_until(State.EXCLUDED, most=10)
    assert asked() - 125 <= 100, "it was asked too often after it went bad"
    assert provider_alerts() == ["Prospeo left the waterfall: 49 % of its last 100"]

    at_exclusion = asked()
    for _ in range(3):
        choice = going.batch().choice
        assert (choice.use, choice.skip) == (FOUR[1:], ["prospeo"])
    assert asked() == at_exclusion, "batches that skip it do not ask it"

    cool_down_passes("prospeo")
    assert going.batch().choice.probes == ["prospeo"]
    assert asked() == at_exclusion + 10, "ten rows of one batch tried it"
    assert health.health("prospeo").state == State.EXCLUDED, "it still fails"
    assert health.health("prospeo").cool_down.total_seconds() == 120
    assert going.batch().choice.skip == ["prospeo"]

    clay.settings(provider_errors=healthy)
    assert going.batch().choice.skip == ["prospeo"], "only probes can tell that it is well again"
    cool_down_passes("prospeo")
    assert going.batch().choice.probes == ["prospeo"]
    assert health.health("prospeo").state == State.UNKNOWN
    assert provider_alerts() == []
    assert going.batch().choice.use == FOUR
    assert list(_changes()) == [
        ("unknown", "healthy"),
        ("healthy", "degraded"),
        ("degraded", "excluded"),
        ("excluded", "probing"),
        ("probing", "excluded"),
        ("excluded", "probing"),
        ("probing", "unknown"),
        ("unknown", "healthy"),
    ]
    _ends_well(going, job, 20)


def test_with_several_batches_out(clay: Sandbox) -> None:
    """What is out when it leaves comes home later: it is counted, and decides nothing."""
    healthy = dict.fromkeys(FOUR, 0.0)
    clay.settings(waterfall=FOUR, provider_errors=healthy | {"prospeo": 1.0})
    people = a_destination(waterfall=FOUR, batch_size=BATCH)
    job = running(people, csv_of(10 * BATCH))
    going = Going(people)
    out = [going.leave() for _ in range(6)]
    assert {tuple(each.choice.use) for each in out} == {tuple(FOUR)}
    first, *rest = out
    come_home(first)
    assert (health.health("prospeo").state, asked()) == (State.EXCLUDED, BATCH)
    left_with = provider_alerts()
    assert going.leave().choice.skip == ["prospeo"]
    clay.settings(provider_errors=healthy)
    for each in rest:
        come_home(each)
    assert asked() == 6 * BATCH, "all of them are counted"
    assert health.health("prospeo").state == State.EXCLUDED
    assert provider_alerts() == left_with == ["Prospeo left the waterfall: 0 % of its last 20"]
    cool_down_passes("prospeo")
    probe, other = going.leave(), going.leave()
    assert (probe.choice.probes, other.choice.skip) == (["prospeo"], ["prospeo"]), "one probe at a time"
    come_home(probe)
    assert health.health("prospeo").state == State.UNKNOWN
    _ends_well(going, job, 10)


def _changes() -> list[tuple[str, str]]:
    events = ProviderEvent.objects.filter(provider__name="prospeo").order_by("pk")
    return [(event.old, event.new) for event in events]


def _ends_well(going: Going, job: Job, batches: int) -> None:
    until = time.monotonic() + 60
    while Job.objects.get(pk=job.pk).is_unfinished:
        assert time.monotonic() < until
        step(going.people)
        ask()
    assert job.rows.filter(state="enriched").count() == batches * BATCH
