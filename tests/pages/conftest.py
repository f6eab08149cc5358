"""Ana, who is signed in, and things for her to look at."""

from typing import TYPE_CHECKING

import pytest
from django.contrib.auth.models import User
from django.test import Client

from clayops.people import rights
from jobs.models import Job
from tests.support import a_destination, draft, running

if TYPE_CHECKING:
    from jobs.models import Destination

PASSWORD = "clay and water"


STAFF = (
    rights.SEE_PERSONAL_DATA,
    rights.STEER_JOBS,
    rights.STEER_RUNS,
    rights.MANAGE_DESTINATIONS,
    rights.STEER_PROVIDERS,
)
"""What revops staff may do beside the work with their own jobs: no limits, no prices, no dead letters."""


def let(user: User, *names: str) -> User:
    """Give these rights; what is cached of the person's is forgotten."""
    user.user_permissions.add(*rights.permissions_of(names))
    return User.objects.get(pk=user.pk)


@pytest.fixture
def ana(db: None) -> User:
    """Of the staff."""
    return let(User.objects.create_user("ana", password=PASSWORD), *STAFF)


@pytest.fixture
def newcomer(db: None) -> User:
    """Nia, who may sign in, and has no right."""
    return User.objects.create_user("nia", password=PASSWORD)


@pytest.fixture
def newcomer_client(newcomer: User) -> Client:
    """Nia's browser."""
    browser = Client()
    browser.force_login(newcomer)
    return browser


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
