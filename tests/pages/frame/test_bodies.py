"""What may be sent: nothing large, no file where none is asked for, nothing of a stranger's to a disk."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.files.uploadhandler import TemporaryFileUploadHandler
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from clayops.base import disk
from clayops.pages.frame import bodies
from jobs.models import Destination, Job
from tests.support import csv_of

FORM = "multipart/form-data; boundary=x"


@pytest.fixture
def stored(tmp_path: Path, settings: LazySettings, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What is written to disk while a body is read."""
    made: list[str] = []
    before = TemporaryFileUploadHandler.new_file

    def note(self: object, field: str, *args: object, **more: object) -> None:
        made.append(field)
        before(self, field, *args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(TemporaryFileUploadHandler, "new_file", note)
    return made


@pytest.fixture
def no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    """All of the disk is kept back."""
    monkeypatch.setattr(disk, "MOST_RESERVED", 2**60)
    monkeypatch.setattr(disk, "RESERVED_SHARE", 1.0)


def part(size: int) -> bytes:
    head = b'--x\r\nContent-Disposition: form-data; name="f"; filename="f"\r\n\r\n'
    return head + b"x" * size + b"\r\n--x--\r\n"


def test_a_stranger_s_large_body_is_refused_unread(stranger: Client) -> None:
    answer = stranger.generic("POST", "/signin", part(bodies.STRANGERS_BYTES), FORM)
    assert answer.status_code == 413
    assert "That is too much" in answer.content.decode()


@pytest.mark.parametrize(
    "address", ["/signin", "/welcome/nobody", "/upload", "/jobs/1/pause", "/hooks/clay/run"]
)
def test_nothing_of_a_stranger_s_reaches_a_disk(stranger: Client, stored: list[str], address: str) -> None:
    strict = Client(enforce_csrf_checks=True, raise_request_exception=False)
    for browser in (stranger, strict):
        assert browser.generic("POST", address, part(100), FORM).status_code != 500
    assert stored == []


def test_a_file_where_none_is_asked_for(ana: User, job: Job, stored: list[str]) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(ana)
    browser.get("/")
    token = browser.cookies["csrftoken"].value
    sent = {"csrfmiddlewaretoken": token, "f": SimpleUploadedFile("f", b"x")}
    answer = browser.post(f"/jobs/{job.pk}/pause", sent)
    job.refresh_from_db()
    assert (answer.status_code, job.state, stored) == (400, "running", [])


def test_a_form_that_is_too_large(client: Client, job: Job, settings: LazySettings) -> None:
    many = "x" * settings.DATA_UPLOAD_MAX_MEMORY_SIZE
    assert client.post(f"/jobs/{job.pk}/pause", {"note": many}).status_code == 413


@pytest.mark.parametrize("told", ["-1", "1e9", "9" * 30, "²"])
def test_a_length_that_is_none(stranger: Client, told: str) -> None:
    assert stranger.post("/signin", {"username": "x"}, CONTENT_LENGTH=told).status_code == 413


def views(patterns: list[URLPattern | URLResolver]) -> Iterator[tuple[str, object]]:
    for each in patterns:
        if isinstance(each, URLResolver):
            yield from views(each.url_patterns)
        else:
            yield str(each.name), each.callback


def test_who_sets_limits_of_their_own() -> None:
    exempt = {
        name for name, view in views(get_resolver().url_patterns) if getattr(view, "csrf_exempt", False)
    }
    assert exempt == {"upload", "hook-run"}


@pytest.mark.usefixtures("no_room")
def test_an_upload_that_would_take_what_is_kept_back(client: Client, people: Destination) -> None:
    file = SimpleUploadedFile("a.csv", csv_of(3).encode())
    answer = client.post("/upload", {"destination": people.pk, "file": file})
    assert answer.status_code == 507
    assert "There is no room for the file" in answer.content.decode()
    assert not Job.objects.exists()


def test_an_upload_meets_the_end_of_the_disk_on_its_way(
    settings: LazySettings, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    settings.FILE_UPLOAD_TEMP_DIR = tmp_path
    handler = bodies.WhileThereIsRoom(RequestFactory().post("/upload"))
    handler.new_file("file", "a.csv", "text/csv", 10**7, None, None)
    handler.receive_data_chunk(b"x" * 1000, 0)
    assert len(list(tmp_path.iterdir())) == 1
    request.getfixturevalue("no_room")
    with pytest.raises(bodies.NoRoom):
        handler.receive_data_chunk(b"x" * 1000, bodies.LOOK_BYTES)
    assert list(tmp_path.iterdir()) == []
