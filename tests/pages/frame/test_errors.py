import errno

import pytest
from django.contrib.auth.models import User
from django.db import OperationalError, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.template.loader import render_to_string
from django.test import Client
from redis.exceptions import ResponseError as RedisResponseError

from jobs.models import Job
from tests.support import holding_the_database

IS_SQLITE = connection.vendor == "sqlite"


def test_a_stranger_learns_nothing_from_a_404(stranger: Client) -> None:
    answer = stranger.get("/jobs/1/nothing-here")
    assert answer.status_code == 404
    assert "nothing-here" not in answer.content.decode()


def test_a_broken_view_gives_our_page(ana: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("clayops.pages.dashboard.views.out", lambda: 1 // 0)
    browser = Client(raise_request_exception=False)
    browser.force_login(ana)
    answer = browser.get("/")
    assert answer.status_code == 500
    assert "Something broke on our side" in answer.content.decode()


@pytest.mark.parametrize(
    "page",
    ["400", "403", "403_csrf", "404", "413", "500", "503", "507", "upload/too_large", "upload/no_room"],
)
def test_error_pages_need_no_context(page: str) -> None:
    assert 'class="brand"' in render_to_string(f"{page}.html")


def impatient(connection: BaseDatabaseWrapper) -> None:
    """It waits for a lock for a moment only: the test need not wait as long as a person would."""
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA busy_timeout = 50")


@pytest.mark.skipif(not IS_SQLITE, reason="PostgreSQL locks rows, not all of it")
@pytest.mark.django_db(transaction=True)
def test_a_database_that_somebody_holds_is_a_page_that_tries_again(ana: User, job: Job) -> None:
    browser = Client(raise_request_exception=False)
    browser.force_login(ana)
    impatient(connection)
    with holding_the_database():
        pressed = browser.post(f"/jobs/{job.pk}/pause")
    assert (pressed.status_code, pressed["Retry-After"]) == (503, "5")
    assert "Refresh" not in pressed
    assert "Go back and try again" in pressed.content.decode()


def test_a_page_that_meets_a_held_database_asks_again_by_itself(
    ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_: object) -> None:
        raise OperationalError("database is locked")

    monkeypatch.setattr("clayops.pages.dashboard.views.out", locked)
    browser = Client(raise_request_exception=False)
    browser.force_login(ana)
    answer = browser.get("/")
    assert (answer.status_code, answer["Refresh"]) == (503, "5")
    assert "tries again by itself" in answer.content.decode()


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("database or disk is full"),
        OSError(errno.ENOSPC, "No space left on device"),
        RedisResponseError("MISCONF Errors writing to the AOF file: No space left on device"),
    ],
)
def test_a_full_disk_says_what_to_do(ana: User, monkeypatch: pytest.MonkeyPatch, error: Exception) -> None:
    def full(*_: object) -> None:
        raise error

    monkeypatch.setattr("clayops.pages.dashboard.views.out", full)
    browser = Client(raise_request_exception=False)
    browser.force_login(ana)
    answer = browser.get("/")
    assert answer.status_code == 507
    assert "give the disk room" in answer.content.decode()
