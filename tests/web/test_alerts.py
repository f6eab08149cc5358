"""Alerts, and the buttons on them."""

import pytest
from django.test import Client

from jobs.models import Destination, Hold, Job


def test_a_hold_is_an_alert_on_every_page(client: Client, people: Destination, job: Job) -> None:
    people.put_on_hold(Hold.KEY_REJECTED, "Clay answered 401")
    for address in ("/", "/settings", "/live/chrome"):
        page = client.get(address).content.decode()
        assert "Clay rejects the API key at People" in page
        assert f'formaction="/destinations/{people.pk}/check"' in page


def test_the_counts_of_the_navigation_are_live(client: Client, job: Job) -> None:
    part = client.get("/live/chrome").content.decode()
    assert '<span class="badge quiet" id="badge-jobs" hx-swap-oob="morph">1</span>' in part


def test_a_button_comes_back_to_the_page_it_was_on(client: Client, people: Destination) -> None:
    answer = client.post(f"/destinations/{people.pk}/check", {"next": "/jobs?state=done"})
    assert answer["Location"] == "/jobs?state=done"


@pytest.mark.parametrize("elsewhere", ["", "https://evil.test/", "//evil.test"])
def test_and_never_leads_elsewhere(client: Client, people: Destination, elsewhere: str) -> None:
    assert client.post(f"/destinations/{people.pk}/check", {"next": elsewhere})["Location"] == "/destinations"
