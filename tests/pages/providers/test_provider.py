"""A provider's page: its history, errors and log, and what people do with it."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from clayops.pages.providers.history import last_days, last_hours
from clayops.up.redis_server import OwnRedis
from jobs.models import Destination
from jobs.sending import wake
from providers import choosing, health, recording, steering
from providers.models import Provider, ProviderEvent, ProviderHour, State
from providers.terms import Attempt, Outcome
from providers.waterfall import of_names
from tests.pages.providers.test_overview import feed, row
from tests.support import a_destination

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 10, 12, 30, tzinfo=UTC)


@pytest.fixture
def hunter(db: None) -> Provider:
    feed("hunter", "x" * 20)
    return row("hunter")


def page(client: Client, hunter: Provider) -> str:
    return " ".join(client.get(f"/providers/{hunter.pk}").content.decode().split())


# -- what it shows -----------------------------------------------------------------------------------------
def test_it_says_how_it_stands(client: Client, hunter: Provider) -> None:
    shown = page(client, hunter)
    assert "left out" in shown
    assert "0 success, 0 empty, 20 error" in shown


def test_where_no_list_is_sent_it_is_not_said_to_be_left_out(client: Client, hunter: Provider) -> None:
    people = a_destination(waterfall=["hunter"])
    Destination.objects.filter(pk=people.pk).update(sends_lists=False)
    for address in (f"/providers/{hunter.pk}", "/providers"):
        shown = " ".join(client.get(address).content.decode().split())
        assert "failing</span>" in shown
        assert "no list is sent where it is used: Clay goes on asking it" in shown
        assert "1st of 1 · no lists sent, so still asked" in shown
    waterfall = client.get(f"/destinations/{people.pk}/waterfall").context["steps"]
    assert [step.look.word for step in waterfall] == ["failing"]
    Destination.objects.filter(pk=people.pk).update(sends_lists=True)
    assert "failing</span>" not in page(client, hunter)


def test_a_probe_that_is_out_is_said(client: Client, hunter: Provider) -> None:
    a_destination(waterfall=["hunter"])
    later = timezone.now() + timedelta(minutes=2)
    assert choosing.choose(of_names(["hunter"]), later, timedelta(minutes=30)).probes
    assert "a batch is out that tries it" in page(client, hunter)


def test_the_live_part_alone(client: Client, hunter: Provider) -> None:
    shown = client.get(f"/providers/{hunter.pk}/live").content.decode()
    assert 'id="steer-now"' in shown, "what a person does shows for others, too"
    assert 'id="provider-now"' in shown
    assert "<html" not in shown


def test_errors_that_are_alike_are_one_line(client: Client) -> None:
    told = [Attempt("hunter", Outcome.ERROR, error=f"HTTP 503, request r{number}") for number in range(7)]
    recording.record([*told, Attempt("hunter", Outcome.ERROR)])
    shown = page(client, row("hunter"))
    assert 'typed">HTTP 503, request r6</td> <td class="num strong" data-label="Times">7<' in shown
    assert "no message told" in shown


def test_the_log_says_what_changed_why_and_by_whom(client: Client, hunter: Provider) -> None:
    client.post(f"/providers/{hunter.pk}/pin", {"pinned": "in", "why": "the only one for Japan"})
    client.post(f"/providers/{hunter.pk}/reset", {"why": "they mended it"})
    for address in (f"/providers/{hunter.pk}", f"/providers/{hunter.pk}/log"):
        shown = " ".join(client.get(address).content.decode().split())
        assert "left out</strong> · 0 % of its last 20 requests were good" in shown
        assert "by itself" in shown
        assert "<strong>pinned in</strong> · the only one for Japan" in shown
        assert "· ana<" in shown
        assert "<strong>Window reset</strong>, was left out · they mended it" in shown


def test_a_long_log_has_a_page_of_its_own(client: Client, hunter: Provider) -> None:
    for number in range(60):
        steering.pin(hunter, "in", None, f"reason {number}")
    shown = client.get(f"/providers/{hunter.pk}").content.decode()
    assert f'href="/providers/{hunter.pk}/log">All changes' in shown
    assert shown.count('id="event-') == 10
    answer = client.get(f"/providers/{hunter.pk}/log")
    assert answer.content.decode().count('id="event-') == 50
    older = client.get(f"/providers/{hunter.pk}/log{answer.context['page'].following}").content.decode()
    assert older.count('id="event-') == 11


def test_one_that_is_pinned_says_how_it_would_stand_by_itself(client: Client, hunter: Provider) -> None:
    steering.pin(hunter, "in", None, "the only one for Japan")
    assert "By its outcomes it would be" in page(client, hunter)
    steering.pin(hunter, "", None, "")
    assert "By its outcomes it would be" not in page(client, hunter)


def test_one_that_is_not_there_is_a_404(client: Client) -> None:
    assert client.get("/providers/4711").status_code == 404


# -- history ---------------------------------------------------------------------------------------------
def hour(hunter: Provider, at: datetime, **fields: object) -> None:
    begins = at.replace(minute=0, second=0, microsecond=0)
    ProviderHour.objects.create(provider=hunter, hour=begins, **fields)


@pytest.fixture
def unused(db: None) -> Provider:
    return steering.add("hunter")


def test_24_hours_up_to_the_present_one(unused: Provider) -> None:
    hour(unused, NOON, success=3, empty=2, error=5, credits=Decimal(6), priced=2, timed=2, latency_ms=900)
    hour(unused, NOON - timedelta(hours=23), success=1)
    hour(unused, NOON - timedelta(hours=24), success=100)
    found = last_hours(unused, NOON)
    assert len(found.each) == 24
    assert (found.each[-1].sums.requests, found.each[0].sums.requests) == (10, 1)
    total = found.total
    assert (total.requests, total.success_rate, total.hit_rate) == (11, "54 %", "66 %")
    assert (total.credits_per_hit, total.latency) == (Decimal("3.00"), 450), "of hits that told"


def test_30_days_of_the_product_s_time_zone(unused: Provider) -> None:
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        hour(unused, datetime(2026, 3, 9, 14, tzinfo=UTC), success=1)  # 23:00 there
        hour(unused, datetime(2026, 3, 9, 15, tzinfo=UTC), success=2)  # 00:00 of the next day
        found = last_days(unused, NOON)
    assert len(found.each) == 30
    assert [each.sums.success for each in found.each[-3:]] == [0, 1, 2]


def test_hours_with_nothing_are_gaps(unused: Provider) -> None:
    hour(unused, NOON, success=3)
    found = last_hours(unused, NOON)
    assert [len(each.column.parts) for each in found.each] == [0] * 23 + [1]
    assert [each.name for each in found.used] == ["Tue 12:00"]


def test_with_no_history_it_says_so(client: Client, unused: Provider) -> None:
    assert page(client, unused).count("It was not asked in this time") == 2


# -- pins ------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("pinned", "said"), [("in", "Hunter is pinned in"), ("out", "Hunter is pinned out")])
def test_a_pin_needs_a_note_and_is_on_record(
    client: Client, hunter: Provider, pinned: str, said: str
) -> None:
    answer = client.post(f"/providers/{hunter.pk}/pin", {"pinned": pinned, "why": "as agreed"}, follow=True)
    assert said in answer.content.decode()
    hunter.refresh_from_db()
    assert (hunter.pinned, hunter.pin_reason) == (pinned, "as agreed")
    event = ProviderEvent.objects.filter(kind="pin").get()
    assert (event.new, event.reason, str(event.by)) == (pinned, "as agreed", "ana")


def test_without_a_note_it_is_not_pinned(client: Client, hunter: Provider) -> None:
    answer = client.post(f"/providers/{hunter.pk}/pin", {"pinned": "in", "why": " "})
    assert answer.status_code == 422
    assert "Say why, so that others know" in answer.content.decode()
    assert 'Nothing was changed. What is wrong is said <a href="#steer">' in answer.content.decode()
    assert not row("hunter").pinned


def test_enter_in_the_note_asks_and_pins_nothing(client: Client, hunter: Provider) -> None:
    shown = page(client, hunter)
    form = shown[shown.index('id="steer"') :]
    assert form.index('name="ask"') < form.index('name="pinned"'), (
        "the first button is the one that Enter presses"
    )
    answer = client.post(f"/providers/{hunter.pk}/pin", {"why": "as agreed", "ask": "1"})
    asked = answer.content.decode()
    assert 'value="as agreed"' in asked
    assert ('value="in">Pin in' in asked, 'value="out">Pin out' in asked) == (True, True)
    assert not ProviderEvent.objects.filter(kind="pin").exists()


def test_back_to_automatic_needs_none(client: Client, hunter: Provider) -> None:
    steering.pin(hunter, "out", None, "as agreed")
    client.post(f"/providers/{hunter.pk}/pin", {"pinned": ""})
    assert (row("hunter").pinned, row("hunter").pin_reason) == ("", "")


def test_done_twice_is_said(client: Client, hunter: Provider) -> None:
    steering.pin(hunter, "out", None, "as agreed")
    answer = client.post(f"/providers/{hunter.pk}/pin", {"pinned": "out", "why": "as agreed"}, follow=True)
    assert "Hunter was pinned out already. Nothing was changed." in answer.content.decode()


def test_a_pin_of_nonsense_is_refused(client: Client, hunter: Provider) -> None:
    assert client.post(f"/providers/{hunter.pk}/pin", {"pinned": "up", "why": "x"}).status_code == 422


@pytest.mark.parametrize(("pinned", "wakes"), [("in", True), ("", True), ("out", False)])
@pytest.mark.django_db(transaction=True)
def test_what_is_used_again_lets_lanes_go_on(
    client: Client, hunter: Provider, pinned: steering.Pinned, wakes: bool
) -> None:
    steering.pin(hunter, "in" if pinned == "out" else "out", None, "before")
    before = wake.times_woken()
    client.post(f"/providers/{hunter.pk}/pin", {"pinned": pinned, "why": "as agreed"})
    assert (wake.times_woken() != before) is wakes


# -- reset -----------------------------------------------------------------------------------------------
def test_a_reset_asks_first(client: Client, hunter: Provider) -> None:
    shown = client.get(f"/providers/{hunter.pk}/reset").content.decode()
    assert "20 new outcomes" in shown
    assert health.health("hunter").requests == 20


def test_a_reset_forgets_the_outcomes(client: Client, hunter: Provider) -> None:
    client.post(f"/providers/{hunter.pk}/reset", {"why": "they mended it"})
    found = health.health("hunter")
    assert (found.requests, found.state) == (0, State.UNKNOWN)
    event = ProviderEvent.objects.filter(kind="reset").get()
    assert (event.reason, str(event.by)) == ("they mended it", "ana")


@pytest.mark.django_db(transaction=True)
def test_with_redis_away_nothing_is_forgotten(
    client: Client, hunter: Provider, redis_server: OwnRedis
) -> None:
    redis_server.kill()
    try:
        answer = client.post(f"/providers/{hunter.pk}/reset", follow=True)
        assert "Redis is away: nothing was forgotten" in answer.content.decode()
        assert "0 success, 0 empty, 20 error" in answer.content.decode()
    finally:
        redis_server.restart()


# -- name and price ----------------------------------------------------------------------------------------
def test_its_name_and_price_are_changed(client: Client, hunter: Provider) -> None:
    client.post(f"/providers/{hunter.pk}/change", {"label": "Hunter.io", "credits": "1.5"})
    changed = row("hunter")
    assert (str(changed), changed.credits, changed.is_new) == ("Hunter.io", Decimal("1.5"), False)
    client.post(f"/providers/{hunter.pk}/change", {"label": "Hunter.io", "credits": ""})
    assert row("hunter").credits is None


def test_a_name_of_another_is_refused_at_the_field(client: Client, hunter: Provider) -> None:
    steering.add("wiza")
    answer = client.post(f"/providers/{hunter.pk}/change", {"label": "WIZA", "credits": ""})
    assert answer.status_code == 422
    assert answer.context["form"].errors["label"] == [
        "Wiza is known or shown by that name already. Take another."
    ]
    assert str(row("hunter")) == "Hunter"


def test_what_somebody_else_changed_meanwhile_is_shown_and_kept(client: Client, hunter: Provider) -> None:
    seen = client.get(f"/providers/{hunter.pk}").context["seen"]
    steering.change(hunter, "Hunter.io", Decimal(3))
    typed = {"label": "The Hunter", "credits": "2", "seen": seen}
    answer = client.post(f"/providers/{hunter.pk}/change", typed)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert "Now it is shown as “Hunter.io”, at 3 credits a hit." in shown
    assert 'value="The Hunter"' in shown
    assert str(row("hunter")) == "Hunter.io"
    client.post(f"/providers/{hunter.pk}/change", typed | {"seen": answer.context["seen"]})
    assert str(row("hunter")) == "The Hunter"
    event = ProviderEvent.objects.filter(kind="changed").first()
    assert event is not None
    assert (event.reason, str(event.by)) == (
        "Shown as “Hunter.io” → “The Hunter”, credits a hit 3 → 2",
        "ana",
    )
    assert "<strong>Name and price</strong> · Shown as" in page(client, hunter)


@pytest.mark.parametrize("credits", ["much", "-1", "1.234", "NaN", "1e9", "1000000", "1e-999999"])
def test_a_price_that_is_none_is_refused_at_the_field(client: Client, hunter: Provider, credits: str) -> None:
    answer = client.post(f"/providers/{hunter.pk}/change", {"label": "H", "credits": credits})
    assert answer.status_code == 422
    assert answer.context["form"].errors["credits"]
    assert f'value="{credits}"' in answer.content.decode()
    assert row("hunter").credits is None


# -- who and how -------------------------------------------------------------------------------------------
@pytest.mark.parametrize("verb", ["pin", "change"])
def test_a_form_s_own_address_leads_to_its_page(client: Client, hunter: Provider, verb: str) -> None:
    answer = client.get(f"/providers/{hunter.pk}/{verb}")
    assert (answer.status_code, answer["Location"]) == (302, f"/providers/{hunter.pk}")
    assert client.put(f"/providers/{hunter.pk}/{verb}").status_code == 405


@pytest.mark.parametrize("verb", ["live", "log"])
def test_looking_is_all_that_can_be_done(client: Client, hunter: Provider, verb: str) -> None:
    assert client.post(f"/providers/{hunter.pk}/{verb}").status_code == 405
    assert client.put(f"/providers/{hunter.pk}/reset").status_code == 405


@pytest.mark.parametrize("verb", ["pin", "reset", "change", "accept"])
def test_one_that_is_gone_cannot_be_steered(client: Client, verb: str) -> None:
    assert client.post(f"/providers/4711/{verb}").status_code == 404


@pytest.mark.parametrize("verb", ["pin", "reset", "change", "accept"])
def test_a_stranger_changes_nothing(stranger: Client, hunter: Provider, verb: str) -> None:
    answer = stranger.post(f"/providers/{hunter.pk}/{verb}", {"pinned": "in", "why": "x", "label": "x"})
    assert answer["Location"].startswith("/signin?next=")
    assert (row("hunter").pinned, health.health("hunter").requests) == ("", 20)
