from typing import Any

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from jobs.models import Destination, Job
from tests.pages.upload.test_workbook import LEADS
from tests.support import a_destination, csv_of, draft, workbook


def csv(text: str | bytes, name: str = "leads.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text.encode() if isinstance(text, str) else text)


def send(client: Client, to: Destination, text: str | bytes, **headers: str) -> Any:
    return client.post("/upload", {"destination": to.pk, "file": csv(text)}, headers=headers)


def test_a_csv_becomes_a_draft_of_ana_s(client: Client, ana: User, people: Destination) -> None:
    answer = send(client, people, csv_of(3))
    job = Job.objects.get()
    assert answer["Location"] == reverse("job-setup", args=[job.pk])
    assert (job.created_by, job.name, job.row_count) == (ana, "leads.csv", 3)


def test_with_javascript_the_browser_is_told_where_to_go(client: Client, people: Destination) -> None:
    answer = send(client, people, csv_of(3), **{"HX-Request": "true"})
    assert answer["HX-Redirect"] == reverse("job-setup", args=[Job.objects.get().pk])


def test_what_cannot_be_read_is_said_at_the_file(client: Client, people: Destination) -> None:
    other = a_destination("Other")
    answer = send(client, other, b"")
    page = answer.content.decode()
    assert answer.status_code == 422
    assert 'id="id_file_error"' in page
    assert f'value="{other.pk}" required checked' in page
    assert not Job.objects.exists()


def test_with_javascript_only_the_form_comes_back(client: Client, people: Destination) -> None:
    page = send(client, people, b"", **{"HX-Request": "true"}).content.decode()
    assert page.lstrip().startswith("<form")


def test_a_destination_that_is_gone(client: Client, people: Destination) -> None:
    answer = client.post("/upload", {"destination": 4711, "file": csv(csv_of(1))})
    assert "This destination is gone" in answer.content.decode()


def test_without_a_file_it_asks_for_one(client: Client, people: Destination) -> None:
    assert "Choose a file." in client.post("/upload", {"destination": people.pk}).content.decode()


def test_what_is_too_large_is_refused_before_it_is_read(client: Client, settings: LazySettings) -> None:
    settings.MAX_UPLOAD_BYTES = 10
    people = a_destination()
    answer = send(client, people, b"x" * 100_000)
    assert answer.status_code == 413
    assert "too large" in answer.content.decode()


def test_the_limit_counts_the_file_itself(
    client: Client, settings: LazySettings, people: Destination
) -> None:
    settings.MAX_UPLOAD_BYTES = 10
    answer = send(client, people, csv_of(3))
    assert answer.status_code == 422
    assert "Split it" in answer.content.decode()


def test_it_needs_the_page_s_own_key(ana: User, people: Destination) -> None:
    careful = Client(enforce_csrf_checks=True)
    careful.force_login(ana)
    answer = careful.post("/upload", {"destination": people.pk, "file": csv(csv_of(1))})
    assert answer.status_code == 403
    assert "open for too long" in answer.content.decode()


def test_the_last_destination_is_chosen_already(client: Client, ana: User, people: Destination) -> None:
    zoo = a_destination("Zoo")
    Job.objects.filter(pk=draft(zoo).pk).update(created_by=ana)
    assert f'value="{zoo.pk}" required checked' in client.get("/upload").content.decode()


def test_without_a_destination_it_says_where_to_get_one(client: Client) -> None:
    page = client.get("/upload").content.decode()
    assert "Add a destination" in page
    assert "<form class" not in page


def test_the_sample_can_be_uploaded_as_it_is(client: Client, people: Destination) -> None:
    sample = client.get("/upload/sample.csv")
    assert sample["Content-Disposition"] == 'attachment; filename="sample.csv"'
    send(client, people, sample.content)
    assert Job.objects.get().mapping["email"] == 3


def test_a_workbook_becomes_a_draft(client: Client, people: Destination) -> None:
    book = SimpleUploadedFile("leads.xlsx", workbook(Leads=LEADS))
    answer = client.post("/upload", {"destination": people.pk, "file": book})
    assert answer["Location"] == reverse("job-setup", args=[Job.objects.get().pk])
    assert Job.objects.get().columns == ["name", "email"]


def test_two_files_at_once_are_refused_in_a_sentence(client: Client, people: Destination) -> None:
    answer = client.post("/upload", {"destination": people.pk, "file": [csv(csv_of(1)), csv(csv_of(2))]})
    assert answer.status_code == 422
    assert "Upload one at a time" in answer.content.decode()
    assert not Job.objects.exists()


def test_an_archived_destination_is_not_offered_and_takes_nothing(
    client: Client, ana: User, people: Destination
) -> None:
    Job.objects.filter(pk=draft(people).pk).update(created_by=ana)
    zoo = a_destination("Zoo")
    Destination.objects.filter(pk=people.pk).update(archived_at=timezone.now())
    page = client.get("/upload").content.decode()
    assert "People" not in page
    assert f'value="{zoo.pk}" required checked' in page
    assert "gone or archived" in send(client, people, csv_of(1)).content.decode()


def test_with_only_archived_destinations_it_says_so(client: Client, people: Destination) -> None:
    Destination.objects.update(archived_at=timezone.now())
    assert "All destinations are archived" in client.get("/upload").content.decode()


def test_what_can_be_read_and_the_limits_are_said(client: Client, people: Destination) -> None:
    page = client.get("/upload").content.decode()
    for fact in (
        "Excel (.xlsx)",
        "200 MB, 1,000,000 rows, 1,000 columns",
        "UTF-16",
        "comma, semicolon, tab or pipe",
    ):
        assert fact in page
    assert 'accept=".csv,.tsv,.txt,.xlsx,.ods' in page


@pytest.mark.parametrize("to", ["9" * 40, "-1", "x", "٣"])
def test_an_odd_wish_for_a_destination(client: Client, people: Destination, to: str) -> None:
    assert client.get("/upload", {"to": to}).status_code == 200
