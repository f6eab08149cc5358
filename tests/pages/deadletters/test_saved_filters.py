"""Saved views: a filter with a name, each person's own."""

import pytest
from django.contrib.auth.models import User
from django.test import Client

from clayops.pages.deadletters import saved_filters
from jobs.models import Job, SavedView
from tests.support import a_letter


@pytest.fixture(autouse=True)
def _something(job: Job) -> None:
    a_letter(job, [1])


def save(client: Client, name: str, query: str = "charge=no") -> str:
    given = {"name": name, "filter": query, "next": "/deadletters/letters?charge=no"}
    answer = client.post("/deadletters/views", given, follow=True)
    assert answer.redirect_chain == [("/deadletters/letters?charge=no", 302)]
    return answer.content.decode()


def test_it_is_kept_and_listed_on_both_pages(client: Client, ana: User) -> None:
    page = save(client, "  Not   charged ", "charge=no&order=rows&nonsense=1")
    view = SavedView.objects.get()
    assert (view.user, view.name, view.query) == (ana, "Not charged", "charge=no&order=rows")
    assert "The view is saved." in page
    assert 'href="/deadletters/letters?charge=no&amp;order=rows"' in page
    assert 'href="/deadletters?charge=no&amp;order=rows"' in client.get("/deadletters").content.decode()


def test_the_one_that_is_shown_is_marked(client: Client, ana: User) -> None:
    SavedView.objects.create(user=ana, name="Mine", query="charge=no")
    assert 'aria-current="true">Mine' in client.get("/deadletters?charge=no").content.decode()
    assert 'aria-current="true">Mine' not in client.get("/deadletters?charge=yes").content.decode()


def test_the_same_name_replaces_and_says_so(client: Client) -> None:
    save(client, "Mine", "charge=no")
    assert "in place of the one of that name" in save(client, "Mine", "charge=yes")
    assert [view.query for view in SavedView.objects.all()] == ["charge=yes"]


@pytest.mark.parametrize("name", ["", "  ", "\0", "x" * 61])
def test_a_name_that_is_none(client: Client, name: str) -> None:
    save(client, name)
    assert not SavedView.objects.exists()


def test_a_filter_that_is_too_long_to_keep(client: Client) -> None:
    page = save(client, "Long", "q=" + "%F0%9F%90%98" * 200)
    assert "too long to be kept" in page
    assert not SavedView.objects.exists()


def test_at_most_so_many(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(saved_filters, "MOST", 1)
    save(client, "One")
    assert "You have 1 views already" in save(client, "Two")
    assert "in place of" in save(client, "One")


def test_others_neither_see_nor_delete_it(client: Client, boss_client: Client, ana: User) -> None:
    view = SavedView.objects.create(user=ana, name="Only mine", query="charge=no")
    assert "Only mine" not in boss_client.get("/deadletters").content.decode()
    assert boss_client.post(f"/deadletters/views/{view.pk}/delete").status_code == 404
    assert SavedView.objects.exists()


def test_one_s_own_is_deleted(client: Client, ana: User) -> None:
    view = SavedView.objects.create(user=ana, name="Old", query="charge=no")
    answer = client.post(
        f"/deadletters/views/{view.pk}/delete", {"next": "/deadletters?charge=no"}, follow=True
    )
    assert answer.redirect_chain == [("/deadletters?charge=no", 302)]
    assert not SavedView.objects.exists()
    assert client.post(f"/deadletters/views/{view.pk}/delete").status_code == 404


@pytest.mark.parametrize("path", ["/deadletters/views", "/deadletters/views/1/delete"])
def test_looking_changes_nothing(client: Client, path: str) -> None:
    assert client.get(path).status_code == 405
