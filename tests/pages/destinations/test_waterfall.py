"""The editor of a waterfall: saved whole, moved and mended without JavaScript, stale forms noticed."""

from decimal import Decimal
from typing import Any

import pytest
from django.test import Client

from jobs.models import Destination, DestinationChange, Hold
from providers import recording, steering
from providers.models import Provider
from providers.terms import Attempt, Outcome
from providers.waterfall import Step
from tests.support import a_destination

pytestmark = pytest.mark.django_db


@pytest.fixture
def people(db: None) -> Destination:
    made = a_destination()
    made.steps = [Step("hunter", Decimal("1.5")), Step("Prospeo"), Step("wiza", on=False)]
    made.save()
    return made


def address(people: Destination) -> str:
    return f"/destinations/{people.pk}/waterfall"


def typed(client: Client, people: Destination, *steps: tuple[str, str, bool], **more: Any) -> dict[str, Any]:
    """What a browser sends for these steps: name, credits, on."""
    seen = client.get(address(people)).context["form"].seen
    told: dict[str, Any] = {"step": [str(place) for place in range(len(steps))], "seen": seen}
    told |= {"sends_lists": "on", "use_input": "use_providers", "skip_input": "skip_providers"}
    for place, (name, credits, on) in enumerate(steps):
        told |= {f"provider-{place}": name, f"credits-{place}": credits} | (
            {f"on-{place}": "yes"} if on else {}
        )
    return {name: value for name, value in (told | more).items() if value is not None}


AS_IT_IS = (("hunter", "1.5", True), ("Prospeo", "", True), ("wiza", "", False))


def names(answer: Any) -> list[str]:
    return [step.line.provider for step in answer.context["steps"]]


def saved() -> list[Step]:
    return Destination.objects.get().steps


# -- showing -----------------------------------------------------------------------------------------
def test_the_steps_stand_there_in_order(client: Client, people: Destination) -> None:
    answer = client.get(address(people))
    assert names(answer) == ["hunter", "Prospeo", "wiza"]
    page = answer.content.decode()
    assert 'name="credits-0" id="credits-0" value="1.5"' in page
    assert page.count('type="checkbox" name="on-') == 3


def test_how_each_did_stands_beside_it_never_rounded_up(client: Client, people: Destination) -> None:
    recording.record([Attempt("hunter", Outcome.of(letter)) for letter in "s" * 49 + "x" * 51])
    page = client.get(address(people)).content.decode()
    assert "49 % of the last 100 without error" in page
    assert "left out" in page


def test_the_condition_for_each_column_is_shown(client: Client, people: Destination) -> None:
    assert 'NOT (skip_providers contains "Prospeo")' in client.get(address(people)).content.decode().replace(
        "&quot;", '"'
    )


def test_well_known_and_known_names_are_offered(client: Client, people: Destination) -> None:
    steering.add("Somebody Else")
    offered = client.get(address(people)).context["offered"]
    assert {"Somebody Else", "ZoomInfo"} <= set(offered)
    assert "Hunter" not in offered, "it stands in the list already"


def test_without_a_provider_it_says_what_that_means(client: Client) -> None:
    empty = a_destination("Empty")
    assert "Clay decides whom it asks" in client.get(address(empty)).content.decode()


# -- saving ------------------------------------------------------------------------------------------
def test_all_of_it_is_saved_at_once(client: Client, people: Destination) -> None:
    steps = [("wiza", "", True), ("hunter", "0.25", False), ("Somebody New", "3", True)]
    told = typed(client, people, *steps, use_input="ask", skip_input="leave")
    assert client.post(address(people), told)["Location"] == address(people)
    assert saved() == [
        Step("wiza"),
        Step("hunter", Decimal("0.25"), on=False),
        Step("Somebody New", Decimal(3)),
    ]
    found = Destination.objects.get()
    assert (found.use_input, found.skip_input, found.sends_lists) == ("ask", "leave", True)
    assert not Provider.objects.get(name="somebody new").is_new


def test_one_that_is_picked_by_how_it_is_shown_is_no_second_one(client: Client, people: Destination) -> None:
    steering.change(steering.add("apollo"), "Apollo.io", None)
    assert "Apollo.io" in client.get(address(people)).context["offered"]
    client.post(address(people), typed(client, people, *AS_IT_IS, new="apollo.IO"))
    assert [step.provider for step in saved()] == ["hunter", "Prospeo", "wiza", "apollo"]
    assert not Provider.objects.filter(name="apollo.io").exists()


def test_what_was_changed_is_on_record(client: Client, people: Destination) -> None:
    steps = (("Prospeo", "2", True), ("hunter", "", False), ("wiza", "", True))
    client.post(address(people), typed(client, people, *steps, sends_lists=None, use_input="ask"))
    change = DestinationChange.objects.get()
    assert change.text == (
        "asks hunter, Prospeo, wiza → Prospeo, hunter, wiza; Prospeo: the usual → 2 credits a hit; "
        "hunter switched off; hunter: 1.5 → the usual credits a hit; wiza switched on; "
        "rows carry no lists any more; those to use go as ask, before as use_providers"
    )
    assert (str(change.by), change.what) == ("ana", "waterfall")
    assert "Asks hunter, Prospeo, wiza → Prospeo" in client.get(address(people)).content.decode()


def test_what_is_as_it_was_is_not_on_record(client: Client, people: Destination) -> None:
    client.post(address(people), typed(client, people, *AS_IT_IS))
    assert not DestinationChange.objects.exists()


def test_many_changes_are_a_click_away(client: Client, people: Destination) -> None:
    for number in range(8):
        DestinationChange.objects.create(destination=people, text=f"change {number}")
    shown = client.get(address(people))
    log = shown.context["log"]
    assert (log.items[0].text, log.more) == ("change 7", 3)
    assert "3 older" in shown.content.decode()
    assert len(client.get(f"{address(people)}?changes=all").context["log"].items) == 8


def test_saved_twice_is_the_same(client: Client, people: Destination) -> None:
    told = typed(client, people, ("wiza", "", True))
    for _ in range(2):
        assert client.post(address(people), told).status_code == 302
    assert saved() == [Step("wiza")]


def test_lists_are_switched_off(client: Client, people: Destination) -> None:
    client.post(address(people), typed(client, people, *AS_IT_IS, sends_lists=None))
    assert not Destination.objects.get().sends_lists


def test_a_lane_that_had_nobody_left_tries_again(client: Client, people: Destination) -> None:
    people.put_on_hold(Hold.NO_PROVIDER, "All are left out")
    client.post(address(people), typed(client, people, ("wiza", "", True)))
    assert Destination.objects.get().hold == ""


@pytest.mark.parametrize(
    ("credits", "says"),
    [("many", "must be a number of"), ("-1", "zero or more"), ("0.001", "decimals")],
)
def test_a_cost_that_is_none_is_said_at_the_field(
    client: Client, people: Destination, credits: str, says: str
) -> None:
    answer = client.post(address(people), typed(client, people, ("hunter", credits, True)))
    page = answer.content.decode()
    assert answer.status_code == 422
    assert says in page
    assert f'value="{credits}"' in page, "what was typed is kept"
    assert len(saved()) == 3, "nothing is saved"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"use_input": "email"}, "use_input"),
        ({"skip_input": ""}, "skip_input"),
        ({"use_input": "same", "skip_input": "same"}, "skip_input"),
        ({"use_input": "x" * 101}, "use_input"),
    ],
)
def test_names_that_cannot_be_are_said_at_the_field(
    client: Client, people: Destination, changes: dict[str, str], field: str
) -> None:
    answer = client.post(address(people), typed(client, people, *AS_IT_IS, **changes))
    assert answer.status_code == 422
    assert answer.context["form"].errors[field]
    assert Destination.objects.get().use_input == "use_providers"


def test_one_provider_twice_is_refused(client: Client, people: Destination) -> None:
    answer = client.post(address(people), typed(client, people, ("hunter", "", True), ("HUNTER", "", True)))
    assert "HUNTER stands in it twice." in answer.content.decode()


def test_thirty_one_do_not_fit(client: Client, people: Destination) -> None:
    steps = [(f"p{number}", "", True) for number in range(31)]
    answer = client.post(address(people), typed(client, people, *steps))
    assert (answer.status_code, len(saved())) == (422, 3)
    assert "at most 30 fit" in answer.content.decode()


def test_somebody_else_s_change_is_noticed_and_what_was_typed_is_kept(
    client: Client, people: Destination
) -> None:
    told = typed(client, people, ("wiza", "9", True))
    people.steps = [Step("apollo")]
    people.save()
    answer = client.post(address(people), told)
    assert (answer.status_code, saved()) == (422, [Step("apollo")])
    assert (names(answer), "apollo" in answer.content.decode()) == (["wiza"], True)
    told["seen"] = answer.context["form"].seen
    assert client.post(address(people), told).status_code == 302
    assert saved() == [Step("wiza", Decimal(9))], "saved again it replaces"


# -- buttons without JavaScript ------------------------------------------------------------------------
@pytest.mark.parametrize(
    ("button", "order"),
    [
        ({"up": "1"}, ["Prospeo", "hunter", "wiza"]),
        ({"down": "0"}, ["Prospeo", "hunter", "wiza"]),
        ({"up": "0"}, ["hunter", "Prospeo", "wiza"]),
        ({"down": "2"}, ["hunter", "Prospeo", "wiza"]),
        ({"remove": "0"}, ["Prospeo", "wiza"]),
        ({"remove": "9"}, ["hunter", "Prospeo", "wiza"]),
        ({"add": "1", "new": "Apollo"}, ["hunter", "Prospeo", "wiza", "Apollo"]),
        ({"enter": "1", "new": "Apollo"}, ["hunter", "Prospeo", "wiza", "Apollo"]),
    ],
)
def test_a_button_shows_the_list_as_it_would_be_and_saves_nothing(
    client: Client, people: Destination, button: dict[str, str], order: list[str]
) -> None:
    answer = client.post(address(people), typed(client, people, *AS_IT_IS, **button))
    assert (answer.status_code, names(answer)) == (200, order)
    assert [step.provider for step in saved()] == ["hunter", "Prospeo", "wiza"]


@pytest.mark.parametrize("new", ["", "  ", "HUNTER", "x" * 101, "\u200b"])
def test_what_cannot_be_added_is_said_at_the_field(client: Client, people: Destination, new: str) -> None:
    answer = client.post(address(people), typed(client, people, *AS_IT_IS, add="1", new=new))
    assert answer.status_code == 422
    assert answer.context["form"].new_error
    assert len(names(answer)) == 3


def test_what_was_typed_outlives_a_button(client: Client, people: Destination) -> None:
    told = typed(client, people, ("hunter", "7.5", False), ("Prospeo", "", True), up="1", use_input="ask")
    page = client.post(address(people), told).content.decode()
    assert 'value="7.5"' in page
    assert 'value="ask"' in page


# -- who ------------------------------------------------------------------------------------------------
def test_a_stranger_changes_nothing(stranger: Client, client: Client, people: Destination) -> None:
    told = typed(client, people, ("wiza", "", True))
    assert stranger.post(address(people), told)["Location"].startswith("/signin?next=")
    assert len(saved()) == 3


def test_one_that_is_not_there_is_a_404(client: Client) -> None:
    assert client.get("/destinations/4711/waterfall").status_code == 404


def test_the_pages_of_a_destination_lead_to_each_other(client: Client, people: Destination) -> None:
    for page in ("edit", "waterfall", "outcomes", "test"):
        shown = client.get(f"/destinations/{people.pk}/{page}").content.decode()
        for other in ("edit", "waterfall", "outcomes", "test"):
            assert f'href="/destinations/{people.pk}/{other}"' in shown


def test_the_card_marks_who_is_off(client: Client, people: Destination) -> None:
    page = client.get("/destinations").content.decode()
    assert "hunter → Prospeo → <s>wiza</s>" in page


def test_editing_the_destination_leaves_the_waterfall_as_it_is(client: Client, people: Destination) -> None:
    form = client.get(f"/destinations/{people.pk}/edit").content.decode()
    assert 'name="waterfall"' not in form
    told = {"name": "People", "routine_id": "function:t_people", "input": ["email"], "need": ["required"]}
    told |= {"credits_per_row": "2", "batch_size": "50", "pause_seconds": "0", "timeout_minutes": "30"}
    assert client.post(f"/destinations/{people.pk}/edit", told | {"charges_misses": "yes"}).status_code == 302
    assert len(saved()) == 3
