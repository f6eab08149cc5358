"""Ana, who is signed in, and things for her to look at."""

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.test import Client

from jobs.models import Job
from tests.support import a_destination, draft, running

if TYPE_CHECKING:
    from jobs.models import Destination

PASSWORD = "clay and water"


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_user("ana", password=PASSWORD)


@pytest.fixture
def client(ana: User) -> Client:
    """Ana's browser."""
    browser = Client()
    browser.force_login(ana)
    return browser


@pytest.fixture
def stranger(db: None) -> Client:
    """A browser that nobody is signed in with."""
    return Client()


@pytest.fixture
def people(db: None) -> "Destination":
    return a_destination()


@pytest.fixture
def leads(people: "Destination") -> Job:
    """A draft of three people, mapped."""
    return draft(people)


@pytest.fixture
def job(people: "Destination") -> Job:
    """A running job of three people; nobody sends it."""
    return running(people)


@pytest.fixture
def boss(db: None) -> User:
    """Who may change the limits, and everything else."""
    return User.objects.create_superuser("bea", password=PASSWORD)


@pytest.fixture
def boss_client(boss: User) -> Client:
    """Bea's browser."""
    browser = Client()
    browser.force_login(boss)
    return browser
