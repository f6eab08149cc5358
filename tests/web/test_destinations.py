from django.test import Client

from jobs.models import Destination, Hold, Kind
from tests.support import a_destination


def test_the_list_shows_inputs_and_pace(client: Client, people: Destination) -> None:
    page = client.get("/destinations").content.decode()
    for text in ("function:t_people", "email · required", "30 min", "manage.py destination"):
        assert text in page


def test_a_webhook_s_address_and_token_are_secrets(client: Client) -> None:
    secret = "https://api.clay.com/v3/sources/webhook/abc-secret"
    a_destination(
        kind=Kind.WEBHOOK, routine_id="", webhook_url=secret, webhook_token="token-secret", table="t_1"
    )
    page = client.get("/destinations").content.decode()
    assert "t_1" in page
    assert "secret" not in page


def test_a_hold_can_be_checked(client: Client, people: Destination) -> None:
    people.put_on_hold(Hold.NO_PROVIDER, "No provider is left")
    page = client.get("/destinations").content.decode()
    assert "held: no provider" in page
    assert 'aria-label="Check People again"' in page
