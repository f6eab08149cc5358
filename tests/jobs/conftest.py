"""Where the rows of these tests go, people who review, and letters that came of real answers."""

import pytest
from django.contrib.auth.models import User

from clayops.sandbox.server import Sandbox
from jobs.models import DeadLetter, Destination, Job
from tests.support import a_destination, csv_of, running, send


@pytest.fixture
def people(transactional_db: None) -> Destination:
    """A destination for tests that send."""
    return a_destination()


@pytest.fixture
def ana(transactional_db: None) -> User:
    return User.objects.create_superuser("ana")


@pytest.fixture
def ben(transactional_db: None) -> User:
    return User.objects.create_superuser("ben")


@pytest.fixture
def job(clay: Sandbox, people: Destination) -> Job:
    return running(people)


@pytest.fixture
def refused(clay: Sandbox, people: Destination) -> DeadLetter:
    """Three rows that Clay answered 422 to."""
    clay.settings(next_refusals=1, refusal_status=422)
    running(people)
    send(people)
    return DeadLetter.objects.get()


@pytest.fixture
def lost(clay: Sandbox, people: Destination) -> DeadLetter:
    """Three rows that Clay took, and hung up."""
    clay.settings(next_vanish=1)
    running(people, csv_of(3))
    send(people)
    return DeadLetter.objects.get()
