"""When to warn."""

import pytest
from django.test import Client

from budget.steering.warning_levels import warn_levels

WARN = "/budget/warn"


def test_bea_sets_the_levels(boss_client: Client) -> None:
    assert boss_client.post(WARN, {"levels": "95, 80 %"})["Location"] == "/budget"
    assert warn_levels() == [80, 95]
    assert 'value="80, 95"' in boss_client.get("/budget/limit").content.decode()


def test_nothing_typed_means_never(boss_client: Client) -> None:
    boss_client.post(WARN, {"levels": ""})
    assert warn_levels() == []


def test_the_same_twice_is_said(boss_client: Client) -> None:
    boss_client.post(WARN, {"levels": "80"})
    messages = boss_client.get("/settings").context["messages"]
    assert [str(each) for each in messages] == ["Pages warn at 80 % already. Nothing was changed."]


@pytest.mark.parametrize("wrong", ["0", "100", "soon", "80.5"])
def test_a_wrong_level_is_said_at_the_field_and_kept(boss_client: Client, wrong: str) -> None:
    answer = boss_client.post(WARN, {"levels": wrong})
    assert answer.status_code == 422
    assert 'id="warn-levels_error"' in answer.content.decode()
    assert f'value="{wrong}"' in answer.content.decode()
    assert warn_levels() == [80]


def test_ana_may_not(client: Client) -> None:
    assert client.post(WARN, {"levels": "10"}).status_code == 403
    assert warn_levels() == [80]


def test_looking_leads_to_the_form(boss_client: Client) -> None:
    answer = boss_client.get(WARN)
    assert (answer.status_code, answer["Location"]) == (302, "/budget/limit")


def test_it_says_that_it_stops_nothing(boss_client: Client) -> None:
    page = boss_client.get("/budget/limit").content.decode()
    assert "only warns" in page
    assert "Sending goes on until the limit." in page


def test_by_htmx_only_its_own_panel_comes_back(boss_client: Client) -> None:
    htmx = {"HX-Request": "true"}
    answer = boss_client.post(WARN, {"levels": "70"}, headers=htmx)
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "Pages warn at 70 % from now on." in page
    assert page.lstrip().startswith('<section class="panel warns" id="warn-panel">')
    assert "limit-form" not in page
    answer = boss_client.post(WARN, {"levels": "soon"}, headers=htmx)
    assert (answer.status_code, "<html" in answer.content.decode()) == (422, False)
    assert warn_levels() == [70]
