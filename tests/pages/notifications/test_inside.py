"""An address within the machine or its network is refused at its field."""

import pytest
from django.conf import LazySettings
from django.test import Client


@pytest.fixture(autouse=True)
def _outside_only(settings: LazySettings) -> None:
    settings.NOTIFY_INTERNAL = False


@pytest.mark.parametrize("host", ["127.0.0.1", "2130706433", "[::1]", "169.254.169.254"])
def test_the_form_says_it_at_the_field(boss_client: Client, host: str) -> None:
    given = {"name": "Inside", "where": "other", "other_url": f"json://{host}:8001/", "which": "all"}
    answer = boss_client.post("/settings/notifications/new", given)
    assert answer.status_code == 422
    assert answer.context["form"].errors["other_url"]


def test_a_mail_server_inside_is_refused_too(boss_client: Client) -> None:
    given = {"name": "Mail", "where": "mail", "mail_to": "a@north.test", "mail_from": "b@north.test"}
    answer = boss_client.post("/settings/notifications/new", given | {"mail_host": "127.0.0.1"})
    assert "own network" in str(answer.context["form"].errors["mail_host"])
