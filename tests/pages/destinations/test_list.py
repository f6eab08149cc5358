"""The list of destinations."""

from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from jobs import steering
from jobs.models import Destination, Hold, Kind
from tests.support import a_destination


def test_the_list_shows_inputs_and_pace(client: Client, people: Destination) -> None:
    page = client.get("/destinations").content.decode()
    for text in ("function:t_people", "email · required", "30 min", "manage.py destination"):
        assert text in page


def test_a_webhook_s_address_and_token_are_secrets(client: Client) -> None:
    secret = "https://api.clay.com/v3/sources/webhook/abc-secret"
    made = a_destination(
        kind=Kind.WEBHOOK, routine_id="", webhook_url=secret, webhook_token="token-secret", table="t_1"
    )
    for page in (client.get("/destinations"), client.get(f"/destinations/{made.pk}/edit")):
        assert "t_1" in page.content.decode()
        assert "secret" not in page.content.decode()


def test_a_hold_can_be_checked(client: Client, people: Destination) -> None:
    people.put_on_hold(Hold.NO_PROVIDER, "No provider is left")
    for path in ("/destinations", "/live/destinations"):
        page = client.get(path).content.decode()
        assert "held: no provider" in page
        assert 'aria-label="Check People again"' in page


def test_a_pause_can_be_resumed_but_not_checked(client: Client, people: Destination, ana: User) -> None:
    steering.destinations.pause(people, ana, "New prompt")
    page = client.get("/destinations").content.decode()
    assert "ana: New prompt" in page
    assert 'aria-label="Resume People"' in page
    assert 'aria-label="Check People again"' not in page


def test_without_any_there_is_one_thing_to_do(client: Client, db: None) -> None:
    page = client.get("/destinations").content.decode()
    assert "No destination yet" in page
    assert page.count('href="/destinations/new"') == 1


def test_archived_ones_are_folded_away(client: Client, people: Destination) -> None:
    Destination.objects.update(archived_at=timezone.now())
    page = client.get("/destinations").content.decode()
    assert 'aria-label="Restore People"' in page
    assert 'aria-label="Archive People"' not in page


def test_the_upload_page_says_what_is_paused_and_hides_what_is_archived(client: Client, ana: User) -> None:
    steering.destinations.pause(a_destination("Paused one"), ana, "why")
    a_destination("Gone", archived_at=timezone.now())
    page = client.get("/upload").content.decode()
    assert "held: destination paused" in page
    assert "Gone" not in page


def test_an_archived_one_takes_no_upload(client: Client, people: Destination) -> None:
    gone = a_destination("Gone", archived_at=timezone.now())
    answer = client.post("/upload", {"destination": gone.pk})
    assert "This destination is gone" in answer.content.decode()
