import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from clayops.pages.frame.metrics_token import token
from jobs.models import Heard, HookDelivery


def test_the_key_is_never_shown(client: Client, settings: LazySettings) -> None:
    settings.SANDBOX, settings.CLAY_API_KEY = False, "key-secret-123"
    page = client.get("/settings").content.decode()
    assert "key-secret-123" not in page
    assert "<dt>API key</dt><dd>set</dd>" in page


def test_the_sandbox_has_a_page_of_its_own(client: Client, settings: LazySettings) -> None:
    settings.CLAY_API_URL = "http://127.0.0.1:8001/public/v0"
    assert 'href="http://127.0.0.1:8001/sandbox"' in client.get("/settings").content.decode()


def test_the_webhook_is_told_without_its_secret(client: Client, settings: LazySettings) -> None:
    settings.CLAY_WEBHOOK_ID, settings.CLAY_WEBHOOK_SECRET = "wh_1", "whsec_123"
    page = client.get("/settings").content.decode()
    assert "whsec_123" not in page
    assert page.count("</code></dt><dd>set</dd>") == 2
    assert 'value="http://testserver/hooks/clay/run"' in page


@pytest.mark.parametrize(
    ("known", "said"),
    [("CLAY_WEBHOOK_ID", "not set: no call is taken"), ("CLAY_WEBHOOK_SECRET", "not set: Clay is not asked")],
)
def test_half_a_webhook_is_not_set_up(client: Client, settings: LazySettings, known: str, said: str) -> None:
    setattr(settings, known, "given")
    page = client.get("/settings").content.decode()
    assert said in page
    assert "clay webhooks create http://testserver/hooks/clay/run" in page


def test_the_last_calls_are_shown(client: Client) -> None:
    HookDelivery.note(Heard.KNOWN, "rr_1")
    for _ in range(2):
        HookDelivery.note_refused(timezone.now())
    page = client.get("/settings").content.decode()
    assert '<span class="mono">rr_1</span>' in page
    assert "2 calls within the hour" in page


def test_an_address_of_this_machine_is_no_use_to_clay(client: Client, settings: LazySettings) -> None:
    settings.SANDBOX = False
    for host, told in (("testserver", False), ("localhost:8000", True), ("127.0.0.1", True)):
        page = client.get("/settings", headers={"Host": host}).content.decode()
        assert ("Clay cannot reach this address" in page) is told


def test_only_owners_see_the_token(client: Client, boss_client: Client) -> None:
    assert token() not in client.get("/settings").content.decode()
    page = boss_client.get("/settings").content.decode()
    assert f"      credentials: {token()}" in page
