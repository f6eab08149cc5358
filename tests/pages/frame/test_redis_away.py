"""Promise 6 on the screen: with Redis away every page opens, read from the database, and says so."""

from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import reverse

from clayops.up.redis_server import OwnRedis
from jobs.models import Job
from providers import recording
from providers.terms import Attempt, Outcome
from tests.pages.frame.test_every_page import FILES, OF_A_JOB, PLAIN

pytestmark = pytest.mark.django_db(transaction=True)

PARTS = {"dashboard-live", "jobs-live", "budget-live", "providers-live", "runs-live", "alerts-live"}
PARTS |= {"deadletters-live", "letters-live"}
PAGES = [name for name in PLAIN if name not in {*FILES, *PARTS}]


@pytest.fixture
def away(redis_server: OwnRedis) -> Iterator[None]:
    redis_server.kill()
    yield
    redis_server.restart()


@pytest.fixture
def opened(client: Client, job: Job) -> Client:
    """Ana's browser, with a job, a run and a provider in the product."""
    recording.record([Attempt("hunter", Outcome.ERROR)] * 30)
    return client


@pytest.mark.parametrize("name", PAGES)
def test_a_page_opens_and_says_so(opened: Client, away: None, name: str) -> None:
    answer = opened.get(reverse(name))
    assert answer.status_code == 200
    assert "Redis is away" in answer.content.decode()


@pytest.mark.parametrize("name", [name for name in OF_A_JOB if name != "job-export"])
def test_so_does_a_job_s_page(opened: Client, job: Job, away: None, name: str) -> None:
    assert opened.get(reverse(name, args=[job.pk])).status_code == 200
