"""The list of providers: what stands at each, in which order, and adding one."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from clayops.pages.frame.provider_bar import bar
from clayops.templatetags.look import latency, rate
from jobs import steering
from jobs.models import Destination
from providers import health, recording
from providers import steering as provider_steering
from providers.models import Provider
from providers.terms import Attempt, Entry, Outcome
from providers.waterfall import Step
from tests.support import a_destination


def feed(name: str, letters: str) -> None:
    recording.record([Attempt(name, Outcome.of(letter)) for letter in letters])


def listed(client: Client) -> list[str]:
    return [card.health.label for card in client.get("/providers").context["cards"]]


def row(name: str) -> Provider:
    return Provider.objects.get(name=name)


def test_with_none_it_says_where_they_come_from(client: Client) -> None:
    page = client.get("/providers").content.decode()
    assert "No provider yet" in page
    assert "when you put them into a destination’s waterfall" in page


def test_the_worst_come_first_then_by_name(client: Client) -> None:
    for name, letters in {"zoominfo": "s" * 20, "wiza": "x" * 20, "apollo": "s", "hunter": "sx" * 20}.items():
        feed(name, letters)
    assert listed(client) == ["Wiza", "Hunter", "Apollo", "ZoomInfo"]


@pytest.mark.parametrize("pinned", ["in", "out"])
@pytest.mark.parametrize("letters", ["x" * 20, "sssx" * 6, "s" * 20])
def test_a_pinned_one_is_in_its_place_by_name(
    client: Client, letters: str, pinned: provider_steering.Pinned
) -> None:
    feed("wiza", letters)
    feed("apollo", "s")
    provider_steering.pin(row("wiza"), pinned, None, "as we say")
    assert listed(client) == ["Apollo", "Wiza"]


def test_rates_latency_and_costs_are_said(client: Client) -> None:
    attempts = [Attempt("hunter", Outcome.SUCCESS, Decimal(3), 340)] * 11
    recording.record([*attempts, Attempt("hunter", Outcome.ERROR, Decimal(1), 8100)])
    page = client.get("/providers").content.decode()
    for text in ("91 %", "100 %", "340 ms", ">3.09<", "11 success, 0 empty, 1 error"):
        assert text in page


@pytest.mark.parametrize(("value", "text"), [(0.4999, "49 %"), (0.5, "50 %"), (0.29, "29 %"), (None, "–")])
def test_a_rate_is_never_rounded_up(value: float | None, text: str) -> None:
    assert rate(value) == text


@pytest.mark.parametrize(("value", "text"), [(340, "340 ms"), (8100, "8.1 s"), (None, "–")])
def test_latencies_in_words(value: float | None, text: str) -> None:
    assert latency(value) == text


def test_where_it_is_used_is_said(client: Client) -> None:
    people = a_destination("Emails")
    people.steps = [Step("hunter"), Step("apollo", on=False)]
    people.save()
    quiet = a_destination("Phones", waterfall=["hunter"])
    Destination.objects.filter(pk=quiet.pk).update(sends_lists=False)
    feed("hunter", "s")
    feed("apollo", "s")
    page = " ".join(client.get("/providers").content.decode().split())
    assert (
        f'<a href="/destinations/{people.pk}/waterfall">Emails</a> <span class="soft">1st of 2</span>' in page
    )
    assert "2nd of 2 · off" in page
    assert "1st of 1 · no lists sent" in page


def test_an_archived_destination_uses_none(client: Client) -> None:
    steering.destinations.archive(a_destination(waterfall=["hunter"]))
    feed("hunter", "s")
    assert "in no waterfall" in client.get("/providers").content.decode()


def test_the_next_probe_is_said(client: Client, people: Destination) -> None:
    people.steps = [Step("hunter")]
    people.save()
    feed("hunter", "x" * 20)
    shown = " ".join(client.get("/providers").content.decode().split())
    assert re.search(r"next probe <time[^>]*>in 60 s", shown)


@pytest.mark.parametrize(
    ("names", "said"),
    [(["hunter"], "tried with the next batch that has it in its waterfall"), ([], "it is in no waterfall")],
)
def test_a_probe_that_is_due_waits_for_a_batch(
    client: Client, people: Destination, names: list[str], said: str
) -> None:
    people.steps = [Step(name) for name in names]
    people.save()
    recording.record([Attempt("hunter", Outcome.ERROR)] * 20, timezone.now() - timedelta(minutes=2))
    assert said in client.get("/providers").content.decode()


def test_the_navigation_counts_those_left_out(client: Client) -> None:
    feed("hunter", "x" * 20)
    feed("wiza", "x" * 20)
    provider_steering.pin(row("wiza"), "out", None, "as we say")
    assert 'id="badge-providers">1<' in client.get("/providers").content.decode()


def test_many_cost_no_more_questions_than_one(client: Client) -> None:
    feed("p0", "s")
    client.get("/providers")
    with CaptureQueriesContext(connection) as one:
        client.get("/providers")
    for number in range(1, 9):
        feed(f"p{number}", "s" * 30)
        a_destination(f"d{number}", waterfall=[f"p{number}"])
    with CaptureQueriesContext(connection) as many:
        client.get("/providers")
    assert len(many) == len(one)


def test_the_outcomes_stand_in_words_but_not_in_what_scripts_refresh(client: Client) -> None:
    feed("hunter", "sex")
    words = "Newest first: 1 error, 1 empty, 1 success."
    assert words in client.get("/providers").content.decode()
    assert words not in client.get("/providers/live").content.decode()


# -- the bar -----------------------------------------------------------------------------------------
def entries(letters: str) -> list[Entry]:
    return [Entry(Outcome.of(letter), None, None, 0) for letter in letters]


def test_the_newest_cell_is_at_the_right_edge() -> None:
    cells = bar(entries("sex")).cells
    assert [(cell.x, cell.tone) for cell in cells] == [
        ("97.00%", "success"),
        ("98.00%", "empty"),
        ("99.00%", "error"),
    ]


def test_a_small_bar_draws_neighbours_that_are_alike_as_one() -> None:
    merged = bar(entries("ssexx")).merged
    assert [(box.x, box.width, box.tone) for box in merged] == [
        ("95.00%", "2.00%", "success"),
        ("97.00%", "1.00%", "empty"),
        ("98.00%", "2.00%", "error"),
    ]


def test_outcomes_differ_in_height() -> None:
    assert len({cell.height for cell in bar(entries("sex")).cells}) == 3


def test_in_words_the_newest_come_first() -> None:
    runs = [(run.count, run.outcome) for run in bar(entries("ssexx")).runs]
    assert runs == [(2, "error"), (1, "empty"), (2, "success")]


def test_a_bar_without_outcomes_says_so(client: Client) -> None:
    provider_steering.add("hunter")
    assert 'role="img" aria-label="Hunter: no outcome yet"' in client.get("/providers").content.decode()


# -- adding and accepting -------------------------------------------------------------------------------
def test_any_name_may_be_added(client: Client) -> None:
    answer = client.post("/providers/add", {"name": "  Somebody  New "}, follow=True)
    assert (row("somebody new").label, row("somebody new").is_new) == ("Somebody New", False)
    assert "Somebody New is added" in answer.content.decode()


def test_adding_one_that_is_there_says_so(client: Client) -> None:
    feed("hunter", "s")
    answer = client.post("/providers/add", {"name": "HUNTER"}, follow=True)
    assert "Hunter is there already." in answer.content.decode()
    assert Provider.objects.count() == 1


def test_adding_is_no_page(client: Client, stranger: Client) -> None:
    assert client.get("/providers/add")["Location"] == "/providers"
    assert client.put("/providers/add").status_code == 405
    assert stranger.post("/providers/add", {"name": "Hunter"})["Location"].startswith("/signin?next=")
    assert not Provider.objects.exists()


@pytest.mark.parametrize("name", ["", "   ", "\u200b", "x" * 101])
def test_what_is_no_name_is_refused_at_the_field(client: Client, name: str) -> None:
    answer = client.post("/providers/add", {"name": name})
    assert answer.status_code == 422
    assert answer.context["form"].errors["name"]
    assert not Provider.objects.exists()


def test_well_known_names_are_offered(client: Client) -> None:
    assert '<option value="People Data Labs">' in client.get("/providers").content.decode()


def test_a_new_one_is_accepted_once(client: Client, ana: User) -> None:
    feed("find their mail", "s")
    hunter = row("find their mail")
    assert "Yes, it is one" in client.get("/providers").content.decode()
    for _ in range(2):
        answer = client.post(f"/providers/{hunter.pk}/accept", {"next": "/providers"})
        assert answer["Location"] == "/providers"
    assert not row("find their mail").is_new
    assert "Yes, it is one" not in client.get("/providers").content.decode()


def test_removing_asks_first(client: Client) -> None:
    feed("the weather", "sx")
    shown = client.get(f"/providers/{row('the weather').pk}/remove").content.decode()
    assert "Is “the weather” no provider?" in shown
    assert "2 outcomes" in shown
    assert row("the weather")


def test_many_come_in_pages(client: Client) -> None:
    recording.record([Attempt(f"number {place:03}", Outcome.SUCCESS) for place in range(120)])
    feed("zoominfo", "x" * 20)
    answer = client.get("/providers")
    assert len(answer.context["cards"]) == 50
    assert answer.context["cards"][0].health.name == "zoominfo", "the worst first"
    assert "1 to 50 of 121" in answer.content.decode()
    assert 'hx-get="/providers/live?page=1"' in answer.content.decode()
    last = client.get("/providers?page=3")
    assert [card.health.name for card in last.context["cards"]] == [
        f"number {place:03}" for place in range(99, 120)
    ]
    assert len(client.get("/providers/live?page=3").context["cards"]) == 21
    for nonsense in ("0", "99", "x", "²", "-1", "9" * 30):
        assert client.get("/providers", {"page": nonsense}).status_code == 200


def test_one_is_found_by_its_name(client: Client) -> None:
    feed("hunter", "s")
    feed("wiza", "s")
    provider_steering.change(row("hunter"), "Email Finder", None)
    for term in ("HUNT", "finder"):
        assert [card.health.name for card in client.get("/providers", {"q": term}).context["cards"]] == [
            "hunter"
        ]
    shown = client.get("/providers?q=<b>").content.decode()
    assert "No provider is called “&lt;b&gt;”" in shown


def test_adding_one_by_the_name_that_it_is_shown_by_adds_none(client: Client) -> None:
    feed("hunter", "s")
    provider_steering.change(row("hunter"), "Hunter.io", None)
    answer = client.post("/providers/add", {"name": "hunter.IO"}, follow=True)
    assert "Hunter.io is there already." in answer.content.decode()
    assert Provider.objects.count() == 1


def test_a_name_that_is_none_is_removed_with_all_it_counted(client: Client, ana: User) -> None:
    feed("the weather", "sx")
    weather = row("the weather")
    assert "Not a provider" in client.get("/providers").content.decode()
    answer = client.post(f"/providers/{weather.pk}/remove", follow=True)
    assert "the weather is removed." in answer.content.decode()
    assert not Provider.objects.exists()
    feed("the weather", "s")
    assert health.health("the weather").outcomes == "s", "it begins anew"


def test_one_that_somebody_accepted_meanwhile_stays(client: Client, ana: User) -> None:
    feed("hunter", "s")
    provider_steering.accept(row("hunter"))
    answer = client.post(f"/providers/{row('hunter').pk}/remove", follow=True)
    assert "is known meanwhile, and stays" in answer.content.decode()
    assert health.health("hunter").outcomes == "s"


def test_so_many_new_names_are_said_and_no_more_are_counted(
    client: Client, ana: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "MOST_NEW", 2)
    provider_steering.add("known")
    feed("a", "s")
    assert "Further new names" not in client.get("/providers").content.decode()
    for name in ("b", "c", "known"):
        feed(name, "s")
    assert {each.name: each.requests for each in health.all_health()} == {"a": 1, "b": 1, "known": 1}
    for page in ("/providers", "/providers/live"):
        assert "2 new names in results" in client.get(page).content.decode()


# -- on the dashboard ------------------------------------------------------------------------------------
def test_the_dashboard_shows_the_five_worst(client: Client) -> None:
    for number in range(8):
        feed(f"p{number}", "s")
    feed("zz", "x" * 20)
    shown = client.get("/").context
    assert [card.health.label for card in shown["providers"]] == ["zz", "p0", "p1", "p2", "p3"]
    assert shown["more_providers"] == 4


def test_without_providers_it_has_no_panel_of_them(client: Client) -> None:
    assert 'id="dash-providers"' not in client.get("/").content.decode()
