"""Four eyes or two: owners decide, everybody sees it."""

from django.contrib.auth.models import User
from django.test import Client

from jobs.models import ReviewPolicy

POLICY = "/settings/review"


def test_an_owner_requires_four_eyes_and_takes_it_back(boss_client: Client, boss: User) -> None:
    boss_client.post(POLICY, {"wanted": "yes"})
    policy = ReviewPolicy.load()
    assert (policy.four_eyes, policy.changed_by) == (True, boss)
    assert "Four eyes" in boss_client.get("/settings").content.decode()
    boss_client.post(POLICY, {"wanted": "no"})
    assert not ReviewPolicy.load().four_eyes


def test_nobody_else_does(client: Client) -> None:
    assert client.post(POLICY, {"wanted": "yes"}).status_code == 403
    assert not ReviewPolicy.load().four_eyes
    page = client.get("/settings").content.decode()
    assert "Only owners decide this" in page


def test_twice_is_harmless(boss_client: Client, boss: User) -> None:
    boss_client.post(POLICY, {"wanted": "yes"})
    at = ReviewPolicy.load().changed_at
    boss_client.post(POLICY, {"wanted": "yes"})
    assert ReviewPolicy.load().changed_at == at


def test_only_post(boss_client: Client) -> None:
    assert boss_client.get(POLICY).status_code == 405
