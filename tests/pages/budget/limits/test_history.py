"""Who changed which limit."""

from decimal import Decimal

from django.contrib.auth.models import User
from django.test import Client

from budget import credits
from budget.models import LimitChange
from clayops.pages.budget.limits.views import PAGE
from jobs.models import Destination

CHANGES = "/budget/limits"


def test_every_change_is_there_newest_first(client: Client, boss: User, people: Destination) -> None:
    credits.set_limit(Decimal(500), boss, "Campaign")
    credits.set_limit(Decimal(70), None, scope=people.scope, today_only=True)
    lines = client.get(CHANGES).context["changes"]
    assert [line.whose for line in lines] == ["People", "The workspace"]
    page = client.get(CHANGES).content.decode()
    assert "Campaign" in page
    assert "until midnight" in page
    assert "the shell" in page


def test_one_limit_alone(client: Client, people: Destination) -> None:
    credits.set_limit(Decimal(500), None)
    credits.set_limit(Decimal(70), None, scope=people.scope)
    for scope, whose in ((people.scope, "People"), ("workspace", "The workspace")):
        assert [line.whose for line in client.get(CHANGES, {"scope": scope}).context["changes"]] == [whose]
    assert client.get(CHANGES, {"scope": "nobody"}).status_code == 404


def test_long_ones_have_pages(client: Client) -> None:
    LimitChange.objects.bulk_create(LimitChange(new=each) for each in range(PAGE + 3))
    first = client.get(CHANGES).context
    assert len(first["changes"]) == PAGE
    second = client.get(CHANGES + first["page"].following).context
    assert [line.change.new for line in second["changes"]] == [2, 1, 0]


def test_a_scope_that_is_gone_is_named_so(client: Client) -> None:
    LimitChange.objects.create(scope="destination:4711", new=5)
    assert "A deleted destination" in client.get(CHANGES).content.decode()


def test_before_the_first_it_says_why_it_is_empty(client: Client) -> None:
    assert "No limit was ever changed" in client.get(CHANGES).content.decode()


def test_the_panel_shows_the_last_five(client: Client) -> None:
    for amount in range(1, 8):
        credits.set_limit(Decimal(amount), None)
    lines = client.get("/budget/limit").context["panel"].changes
    assert [line.change.new for line in lines] == [7, 6, 5, 4, 3]
