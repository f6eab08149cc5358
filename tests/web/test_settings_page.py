from django.conf import LazySettings
from django.test import Client


def test_the_key_is_never_shown(client: Client, settings: LazySettings) -> None:
    settings.SANDBOX, settings.CLAY_API_KEY = False, "key-secret-123"
    page = client.get("/settings").content.decode()
    assert "key-secret-123" not in page
    assert "<dt>API key</dt><dd>set</dd>" in page


def test_the_sandbox_has_a_page_of_its_own(client: Client, settings: LazySettings) -> None:
    settings.CLAY_API_URL = "http://127.0.0.1:8001/public/v0"
    assert 'href="http://127.0.0.1:8001/sandbox"' in client.get("/settings").content.decode()
