"""A working day at a made-up company: real files, sent to the sandbox, and what came of them."""

import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from decimal import Decimal

import django_rq
from django.db.models import F
from django.utils import timezone
from faker import Faker

from budget.models import Basis, Entry
from clayops.sandbox.server import Sandbox
from jobs.models import DeadLetter, Destination, Job, Row, RowState, Submission, Trouble
from providers import steering
from providers.models import Provider, ProviderHour
from tests.heartbeats import sign_on
from tests.pages.budget.budget_support import days_ago, spent
from tests.pages.providers.provider_data import feed
from tests.support import a_destination, ask, bring_home, running, send, step

WATERFALL = ["prospeo", "findymail", "hunter", "apollo"]
INPUTS = [
    {"name": "full_name", "required": True},
    {"name": "company", "required": False},
    {"name": "domain", "required": False},
    {"name": "email", "required": False},
]


def leads(count: int, seed: int) -> list[str]:
    """So many lines of a CSV: made-up people at made-up companies."""
    fake = Faker("en_US")
    fake.seed_instance(seed)
    lines = []
    for _ in range(count):
        first, last, company = fake.first_name(), fake.last_name(), fake.company().replace(",", "")
        domain = "".join(letter for letter in company.lower() if letter.isalnum()) + ".test"
        email = f"{first}.{last}@{domain}".lower() if fake.boolean(40) else ""
        lines.append(f"{first} {last},{company},{domain},{email}")
    return lines


def csv_file(lines: Iterable[str]) -> str:
    return "\n".join(["Full Name,Company,Website,Work Email", *lines]) + "\n"


def messy(count: int) -> str:
    """A file as they come: people twice, a blank name, an address that is none."""
    lines = leads(count, 7)
    lines[40:40] = lines[3:9]
    lines[70:70] = [
        ",Kiln & Sons,kilnandsons.test,",
        "Wrong Address,Acme Works,acmeworks.test,not an address",
    ]
    return csv_file(lines)


def destinations() -> tuple[Destination, Destination, Destination]:
    common = {"inputs": INPUTS, "pause_seconds": 0.0}
    emails = a_destination(
        "Work emails",
        routine_id="function:t_work_emails",
        credits_per_row=Decimal(2),
        waterfall=WATERFALL,
        **common,
    )
    phones = a_destination(
        "Mobile numbers",
        routine_id="function:t_mobiles",
        credits_per_row=Decimal("5.5"),
        daily_limit=3000,
        **common,
    )
    facts = a_destination(
        "Company facts",
        routine_id="function:t_facts",
        credits_per_row=Decimal(1),
        charges_misses=False,
        **common,
    )
    return emails, phones, facts


def earlier_days(where: Iterable[Destination]) -> None:
    """What was spent on the days before, and this morning."""
    dice = random.Random(11)
    places = list(where)
    for back in range(1, 75):
        day = days_ago(back)
        if day.weekday() >= 5:
            continue
        for place in places:
            amount = dice.randrange(300, 2600)
            spent(amount, Basis.ESTIMATED, at=day, destination=place.pk, job=None, label="an earlier list")


def finished(place: Destination, lines: list[str], name: str, minutes_ago: int, took: int) -> Job:
    """A job whose rows all came home, so many minutes ago, after so many minutes."""
    job = running(place, csv_file(lines), name)
    send(place)
    bring_home()
    moved(job, timezone.now() - timedelta(minutes=minutes_ago + took), timedelta(minutes=took))
    return job


def under_way(clay: Sandbox, place: Destination, lines: list[str], name: str, home: int, minutes: int) -> Job:
    """A job of which so many batches are home and one is out."""
    job = running(place, csv_file(lines), name)
    for _ in range(home):
        step(place)
    bring_home()
    moved(job, timezone.now() - timedelta(minutes=minutes), timedelta(minutes=minutes))
    clay.settings(base_seconds=3600)
    step(place)
    clay.settings(base_seconds=0.05)
    return job


def moved(job: Job, since: datetime, took: timedelta) -> None:
    """Let what happened within a second have happened over `took`, from `since` on."""
    Job.objects.filter(pk=job.pk).update(created_at=since - timedelta(minutes=2), started_at=since)
    Job.objects.filter(pk=job.pk, finished_at__isnull=False).update(finished_at=since + took)
    job.events.update(at=since)
    runs = list(Submission.objects.filter(batch__job=job).order_by("pk"))
    for place, run in enumerate(runs):
        left = since + took * place / max(len(runs), 1)
        home = left + timedelta(seconds=24 + place * 7 % 19)
        Submission.objects.filter(pk=run.pk).update(created_at=left, closed_at=left + timedelta(seconds=1))
        Submission.objects.filter(pk=run.pk, finished_at__isnull=False).update(finished_at=home)
        Row.objects.filter(batch=run.batch_id, state=RowState.ENRICHED).update(enriched_at=home)
        Entry.objects.filter(holder=run.holder).update(reserved_at=left)
        Entry.objects.filter(holder=run.holder, closed_at__isnull=False).update(closed_at=home)


def stuck(clay: Sandbox, place: Destination, lines: list[str], name: str) -> Job:
    """Two runs that do not come home: an hour out, past their time."""
    job = running(place, csv_file(lines), name)
    clay.settings(base_seconds=3600)
    while step(place) is not None and Submission.objects.filter(batch__job=job).count() < 2:
        pass
    clay.settings(base_seconds=0.05)
    now = timezone.now()
    since = now - timedelta(minutes=68)
    moved(job, since, timedelta(minutes=4))
    Submission.objects.filter(batch__job=job).update(
        timeout_at=F("created_at") + timedelta(minutes=30),
        trouble=Trouble.STUCK,
        trouble_since=now - timedelta(minutes=36),
        message="No result within 30 minutes",
    )
    return job


def refused(clay: Sandbox, place: Destination, lines: list[str], name: str, minutes_ago: int) -> Job:
    """A job of which Clay refuses one batch, loses the answer about another, and finds some rows wanting."""
    job = running(place, csv_file(lines), name)
    clay.settings(next_refusals=1, refusal_status=422, fail_rate=0.06)
    step(place)
    clay.settings(next_vanish=1)
    step(place)
    send(place)
    while Submission.objects.out().filter(batch__job=job).exists():
        ask()
    clay.settings(fail_rate=0.0)
    moved(job, timezone.now() - timedelta(minutes=minutes_ago), timedelta(minutes=4))
    DeadLetter.objects.filter(job=job).update(created_at=timezone.now() - timedelta(minutes=minutes_ago - 5))
    return job


def providers_known() -> None:
    """The team knows the four of its waterfall; one has been watched for a month."""
    for name in WATERFALL:
        steering.add(name)
    now = timezone.now().replace(minute=0, second=0, microsecond=0)
    ProviderHour.objects.bulk_create(
        ProviderHour(
            provider=Provider.objects.get(name="hunter"),
            hour=now - timedelta(hours=back),
            success=(back * 7) % 40 + 5,
            empty=(back * 5) % 30,
            error=(back * 3) % 9,
            credits=Decimal((back * 7) % 40 + 5),
            priced=(back * 7) % 40 + 5,
            timed=10,
            latency_ms=6200,
        )
        for back in range(1, 24 * 30)
        if back % 24 < 17
    )


def windows() -> None:
    """Outcomes of providers, as results tell them: one of the four fails more often than not."""
    feed("prospeo", "ssesssesse" * 10)
    feed("findymail", "sessesssex" * 10)
    feed("apollo", "sexsesesxe" * 10)
    feed("hunter", "sexsxxxsxx" * 10)
    feed("wiza", "sese" * 3)


def alive() -> None:
    """As if workers, scheduler and watch ran, and had done what was queued."""
    sign_on("lanes", "results", "work", "long")
    for name in ("lanes", "results", "work", "long"):
        django_rq.get_queue(name).empty()  # type: ignore[no-untyped-call]


def paced() -> None:
    """The usual pause between two batches, which the story itself did not wait for."""
    Destination.objects.update(pause_seconds=2.0)
