"""The whole way in one job: a provider goes bad and leaves, later batches skip it, it heals and is back."""

import time

import pytest
from django.db.models import Sum

from clayops.sandbox.server import Sandbox
from jobs.models import Destination, Job, Submission
from providers import health
from providers.models import ProviderEvent, ProviderHour, State
from tests.jobs.test_waterfall import cool_down_passes, provider_alerts
from tests.support import a_destination, ask, csv_of, running, step

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.timeout(180)]

BATCH = 25
FOUR = ["prospeo", "findymail", "hunter", "apollo"]


class Going:
    """A job that is sent batch by batch, each one's results coming home before the next leaves."""

    def __init__(self, people: Destination) -> None:
        self.people = people

    def batch(self) -> Submission:
        before = Submission.objects.count()
        while Submission.objects.count() == before:
            assert step(self.people) is not None, "nothing is left to send"
        while Submission.objects.out().exists():
            ask()
        return Submission.objects.latest("pk")

    def batches_until(self, state: State, most: int) -> list[Submission]:
        sent: list[Submission] = []
        while health.health("prospeo").state != state:
            assert len(sent) < most, f"still {health.health('prospeo').state} after {most} batches"
            sent.append(self.batch())
        return sent


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
    job = running(people, csv_of(40 * BATCH))
    going = Going(people)
    for _ in range(5):
        assert going.batch().choice.use == FOUR
    assert (health.health("prospeo").state, asked()) == (State.HEALTHY, 125)

    clay.settings(provider_errors=healthy | {"prospeo": 1.0})
    going.batches_until(State.EXCLUDED, most=10)
    assert asked() - 125 <= 100, "it was asked too often after it went bad"
    assert provider_alerts() == [f"Prospeo left the waterfall: {_rate()} of its last 100"]

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
    _ends_well(going, job)


def _rate() -> str:
    found = health.health("prospeo")
    return f"{int((found.success_rate or 0) * 100)} %"


def _changes() -> list[tuple[str, str]]:
    events = ProviderEvent.objects.filter(provider__name="prospeo").order_by("pk")
    return [(event.old, event.new) for event in events]


def _ends_well(going: Going, job: Job) -> None:
    until = time.monotonic() + 60
    while Job.objects.get(pk=job.pk).is_unfinished:
        assert time.monotonic() < until
        step(going.people)
        ask()
    assert job.rows.filter(state="enriched").count() == 40 * BATCH
