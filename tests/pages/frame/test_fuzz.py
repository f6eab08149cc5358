"""Whatever comes from outside, no address answers with an error of ours."""

import os
from datetime import timedelta
from random import Random

import pytest
from django.test import Client
from django.utils import timezone

from jobs.models import Batch, BatchState, Destination, Job, NotificationRule, Proof, RowState, Trouble
from jobs.notifying import sealing
from providers.models import Provider
from tests.pages.frame.fuzzing import Fuzz
from tests.support import a_letter, a_run, draft, running


@pytest.fixture
def product(people: Destination, job: Job) -> Job:
    """Something to be found at each address: a job with a letter, a draft, a run that takes too long, …"""
    a_letter(job, [1, 2], "Clay answered 500")
    draft(people)
    out = running(people).batches.get()
    a_run(out, timezone.now() - timedelta(hours=1), trouble=Trouble.STUCK)
    out.rows.update(state=RowState.IN_FLIGHT, proof=Proof.SENT)
    Batch.objects.filter(pk=out.pk).update(state=BatchState.IN_FLIGHT)
    Provider.objects.create(name="hunter", label="Hunter", is_new=True)
    target = sealing.seal("json://127.0.0.1/a")
    NotificationRule.objects.create(name="Night shift", target=target, service="JSON")
    return job


def walk(browser: Client, seed: int, count: int) -> list[str]:
    browser.raise_request_exception = False
    found = Fuzz(browser, Random(seed)).answers(count)
    return [f"{status}: {asked}" for asked, status in found if status >= 500 and status != 503]


@pytest.mark.breaks_a_promise  # each request is taken back in the database, not in Redis
@pytest.mark.usefixtures("product", "clay")
def test_no_address_breaks(boss_client: Client) -> None:
    assert walk(boss_client, 14, 150) == []


@pytest.mark.long
@pytest.mark.breaks_a_promise
@pytest.mark.timeout(900)
@pytest.mark.usefixtures("product", "clay")
@pytest.mark.parametrize("half", [1, 2])
def test_two_thousand_requests(boss_client: Client, half: int) -> None:
    seed = int(os.environ.get("FUZZ_SEED", "2026"))
    assert walk(boss_client, seed + half, 1000) == []


@pytest.mark.breaks_a_promise
@pytest.mark.usefixtures("product", "clay")
def test_nor_for_a_stranger(stranger: Client) -> None:
    assert walk(stranger, 41, 120) == []
