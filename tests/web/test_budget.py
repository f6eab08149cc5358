from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client

from budget import credits
from budget.models import LimitChange


def test_ana_changes_the_limit_and_it_is_on_record(client: Client, ana: User) -> None:
    assert client.post("/budget", {"credits": "2500", "note": "Campaign"})["Location"] == "/budget"
    assert credits.today().limit == Decimal(2500)
    change = LimitChange.objects.get()
    assert (change.by, change.note) == (ana, "Campaign")
    page = client.get("/budget").content.decode()
    assert "stops at 2,500" in page
    assert "Campaign" in page


@pytest.mark.parametrize("wrong", ["", "-1", "many", "1.234", "9" * 20, "NaN"])
def test_a_wrong_number_is_said_and_changes_nothing(client: Client, wrong: str) -> None:
    assert client.post("/budget", {"credits": wrong}).status_code == 422
    assert not LimitChange.objects.exists()


def test_checking_again_closes_the_breaker(client: Client) -> None:
    credits.open_breaker("Clay reports no credits left")
    assert "Clay reports no credits left" in client.get("/").content.decode()
    assert client.post("/budget/check", {"next": "/"})["Location"] == "/"
    assert credits.today().breaker == "closed"
    assert client.get("/budget/check").status_code == 405
