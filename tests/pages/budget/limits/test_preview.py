"""What a limit would mean, said before it holds."""

from decimal import Decimal

import pytest
from django.test import Client

from budget import credits
from budget.models import LimitChange
from jobs.models import Destination, Hold
from tests.support import a_destination, csv_of, running

PREVIEW = "/budget/limit/preview"


@pytest.fixture
def people(db: None) -> Destination:
    return a_destination(batch_size=10)


def use(people: Destination, amount: int) -> None:
    purpose = credits.Purpose(destination=people.pk)
    credits.reserve("earlier", Decimal(amount), [people.scope], purpose)


def points(client: Client, typed: str, **more: str) -> list[str]:
    answer = client.get(PREVIEW, {"credits": typed, **more})
    assert answer.status_code == 200
    return [point.text for point in answer.context["panel"].points]


def hold(*places: Destination) -> None:
    for place in places:
        place.put_on_hold(Hold.BUDGET, "The daily limit is reached")


def test_raised_it_says_what_goes_on(boss_client: Client, people: Destination) -> None:
    credits.set_limit(Decimal(20), None)
    use(people, 20)
    for rows in (600, 600, 40):
        running(people, csv_of(rows))
    hold(people)
    said = points(boss_client, "12,400")
    assert said[0] == "That is 620 times the present limit of 20."
    assert said[1:] == [
        "3 held jobs, 1,240 rows will go on, at most 2,480 credits.",
        "From now on, every day.",
    ]


def test_and_what_does_not(boss_client: Client, people: Destination) -> None:
    credits.set_limit(Decimal(20), None)
    use(people, 20)
    running(people, csv_of(35))
    hold(people)
    assert points(boss_client, "60")[:2] == [
        "1 held job, 20 rows will go on, at most 40 credits.",
        "15 rows still wait: all go today with 90.",
    ]


def test_lowered_it_says_what_stops(boss_client: Client, people: Destination) -> None:
    use(people, 340)
    credits.set_limit(Decimal(1000), None)
    running(people, csv_of(35))
    assert points(boss_client, "364")[:2] == [
        "10 rows more can leave today; 340 credits are out and come back.",
        "1 job stops at it today: 25 rows stay behind.",
    ]


def test_below_what_is_used_nothing_new_is_sent(boss_client: Client, people: Destination) -> None:
    use(people, 340)
    assert points(boss_client, "2000", until="today") == [
        "No row waits for credits now. 1,660 credits are left today under it.",
        "Until midnight (00:00), then 10,000 again.",
    ]
    assert points(boss_client, "300")[1:2] == [
        "Nothing new is sent today; what is out comes back. 340 credits are spent or reserved already."
    ]


def test_zero_shows_the_tick(boss_client: Client) -> None:
    page = boss_client.get(PREVIEW, {"credits": "0"}).content.decode()
    assert "All sending stops." in page
    assert 'name="confirm"' in page
    assert 'name="confirm"' not in boss_client.get(PREVIEW, {"credits": "1"}).content.decode()


@pytest.mark.parametrize(
    ("typed", "size"),
    [
        ("100,001", "That is 10 times the present limit of 10,000."),
        ("999", "That is 10 % of the present limit of 10,000."),
        ("100,000", ""),
        ("1,000", ""),
    ],
)
def test_a_slip_of_the_finger_is_pointed_out(boss_client: Client, typed: str, size: str) -> None:
    assert [text for text in points(boss_client, typed) if "present limit" in text] == [size][: bool(size)]


def test_the_same_is_said_to_be_the_same(boss_client: Client) -> None:
    assert points(boss_client, "10 000") == ["It is 10,000 already."]


def test_a_standing_limit_ends_the_one_for_today(boss_client: Client) -> None:
    credits.set_limit(Decimal(20_000), None, today_only=True)
    assert points(boss_client, "15000")[-1] == (
        "From now on, every day. The limit of 20,000 for today ends with it."
    )


def test_clay_without_credits_is_said(boss_client: Client, people: Destination) -> None:
    credits.open_breaker("Clay reports no credits left")
    assert points(boss_client, "20000")[0].startswith("Clay itself reports no credits left")


def test_another_limit_that_holds_is_named(boss_client: Client, people: Destination) -> None:
    credits.set_limit(Decimal(20), None, scope=people.scope)
    credits.set_limit(Decimal(100), None)
    running(people, csv_of(35))
    assert points(boss_client, "500")[0] == (
        "It makes no difference: 10 of the 35 rows that wait leave today, "
        "a destination’s own limit holds the others. 500 credits are left today under it."
    )


def test_a_destination_has_no_more_room_than_the_workspace(boss_client: Client, people: Destination) -> None:
    credits.set_limit(Decimal(400), None, scope=people.scope)
    credits.set_limit(Decimal(100), None)
    credits.reserve("another", Decimal(100))
    running(people, csv_of(35))
    said = points(boss_client, "500", scope=people.scope)
    assert said[0] == (
        "It makes no difference to the 35 rows that wait today: the workspace’s limit holds them. "
        "0 credits are left today under the workspace’s limit."
    )
    assert sum("35 rows" in each for each in said) == 1


def test_what_is_wrong_is_said_in_it(boss_client: Client) -> None:
    answer = boss_client.get(PREVIEW, {"credits": "12.500"})
    assert answer.status_code == 200
    assert "12.500 can be read in two ways" in answer.content.decode()


def test_seen_without_javascript_it_changes_nothing(boss_client: Client) -> None:
    answer = boss_client.post("/budget/limit", {"credits": "0", "until": "today", "see": "1"})
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "All sending stops." in page
    assert 'value="today" id="limit-until_1" checked' in page.replace('" checked', '" checked')
    assert not LimitChange.objects.exists()
