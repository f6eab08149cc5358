"""What rows cost at a destination: estimate and actual side by side, misses, its own limit."""

from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from budget import credits
from budget.models import LimitChange
from jobs.models import Destination, Job
from jobs.sending import wake
from tests.jobs.credits.test_reported_costs import came_home
from tests.pages.destinations.test_form import GOOD
from tests.support import a_destination

pytestmark = pytest.mark.django_db(transaction=True)


def words(client: Client, path: str) -> str:
    return " ".join(client.get(path).content.decode().split())


@pytest.fixture
def told(people: Destination) -> Destination:
    """Three rows told what they cost: 3 on average, the estimate is 2."""
    came_home(people, [1, 2, 6])
    return people


# -- side by side ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("path", ["/destinations", "/live/destinations", "/destinations/{}/edit"])
def test_estimate_and_actual_stand_side_by_side(client: Client, told: Destination, path: str) -> None:
    page = words(client, path.format(told.pk))
    assert "Estimate <b>2</b>" in page
    assert "last 3 rows that told: <b>3</b> on average, 6 at most" in page
    assert "Use 3 from now on</button>" in page


def test_a_good_estimate_is_left_alone(client: Client, told: Destination) -> None:
    Destination.objects.update(credits_per_row=Decimal("2.90"))
    assert "from now on</button>" not in words(client, "/destinations")


def test_where_none_told_it_is_said_how_to(client: Client, people: Destination) -> None:
    assert "No result has told what it cost yet." in words(client, "/destinations")
    page = words(client, f"/destinations/{people.pk}/edit")
    assert "Let the routine return an output called <code>credits</code>" in page


def test_many_destinations_ask_no_more_than_one(client: Client, told: Destination) -> None:
    with CaptureQueriesContext(connection) as one:
        client.get("/live/destinations")
    for number in range(6):
        came_home(a_destination(f"Other {number}", daily_limit=500), [number + 1])
    with CaptureQueriesContext(connection) as many:
        assert client.get("/live/destinations").content.count(b"on average") == 7
    assert len(many) == len(one)


# -- taking it over --------------------------------------------------------------------------------------
def test_one_click_takes_it_over_and_changes_nothing_else(boss_client: Client, told: Destination) -> None:
    before = Destination.objects.values().get()
    answer = boss_client.post(f"/destinations/{told.pk}/price", {"credits": "3.00"}, follow=True)
    assert Destination.objects.values().get() == before | {"credits_per_row": Decimal(3)}
    assert "People counts with 3 credits a row from now on. It was 2." in answer.content.decode()
    assert not LimitChange.objects.exists()


def test_a_second_click_changes_nothing_more(boss_client: Client, told: Destination) -> None:
    for _ in range(2):
        answer = boss_client.post(f"/destinations/{told.pk}/price", {"credits": "3.00"}, follow=True)
    assert "People counts with 3 credits a row already." in answer.content.decode()


@pytest.mark.parametrize("typed", ["", "-1", "NaN", "much", "1e9", "0.001", "0", "0.00"])
def test_a_price_that_makes_no_sense_is_refused(boss_client: Client, told: Destination, typed: str) -> None:
    answer = boss_client.post(f"/destinations/{told.pk}/price", {"credits": typed}, follow=True)
    assert "The estimate is as it was" in answer.content.decode()
    assert Destination.objects.get().credits_per_row == 2


def test_it_leads_back_to_where_it_was_pressed(boss_client: Client, told: Destination) -> None:
    path = f"/destinations/{told.pk}/edit"
    answer = boss_client.post(f"/destinations/{told.pk}/price", {"credits": "3", "next": path})
    assert answer["Location"] == path


@pytest.mark.parametrize("path", ["/destinations", "/destinations/{}/edit"])
def test_who_may_not_change_limits_sees_the_button_disabled(
    client: Client, boss_client: Client, told: Destination, path: str
) -> None:
    for browser, is_off in ((client, True), (boss_client, False)):
        page = words(browser, path.format(told.pk))
        button = page[page.index('name="credits" value="3.00"') :].partition(">")[0]
        assert (" disabled" in button) is is_off
        assert (f'id="price-why-{told.pk}">You may not change limits' in page) is is_off


def test_who_may_not_change_limits_changes_no_price(client: Client, told: Destination) -> None:
    assert client.post(f"/destinations/{told.pk}/price", {"credits": "3"}).status_code == 403
    assert Destination.objects.get().credits_per_row == 2


@pytest.mark.parametrize(
    ("field", "typed"), [("credits_per_row", "0.01"), ("charges_misses", "no"), ("credits_output", "cost")]
)
def test_what_rows_count_with_is_refused_at_the_field(
    client: Client, people: Destination, field: str, typed: str
) -> None:
    before = Destination.objects.values().get()
    page = words(client, path := f"/destinations/{people.pk}/edit")
    assert " disabled" in page[page.index(f'name="{field}"') :].partition(">")[0]
    answer = client.post(path, GOOD | {field: typed})
    assert answer.status_code == 422
    said = "You may not change limits, nor what rows count with. Ask somebody who may."
    assert said in answer.content.decode()
    assert Destination.objects.values().get() == before


def test_the_command_takes_no_price_of_zero(people: Destination) -> None:
    with pytest.raises(CommandError, match="--credits-per-row must be more than zero: "):
        call_command("destination", "People", "--credits-per-row", "0")


def test_one_that_costs_nothing_stays_so_until_its_price_is_sent(client: Client, people: Destination) -> None:
    Destination.objects.update(credits_per_row=0)
    without = {name: value for name, value in GOOD.items() if name != "credits_per_row"}
    without["routine_id"] = people.routine_id  # moving elsewhere gives it the price of there
    assert client.post(f"/destinations/{people.pk}/edit", without).status_code == 302
    assert Destination.objects.get().credits_per_row == 0


def test_who_and_how(client: Client, boss_client: Client, stranger: Client, people: Destination) -> None:
    assert client.get(f"/destinations/{people.pk}/price").status_code == 405
    assert boss_client.post("/destinations/4711/price", {"credits": "3"}).status_code == 404
    assert stranger.post(f"/destinations/{people.pk}/price")["Location"].startswith("/signin")


# -- misses, and the output that tells ---------------------------------------------------------------------
def test_misses_and_the_output_are_saved(boss_client: Client, people: Destination) -> None:
    changes = {"charges_misses": "no", "credits_output": " cost "}
    boss_client.post(f"/destinations/{people.pk}/edit", GOOD | changes)
    saved = Destination.objects.get()
    assert (saved.charges_misses, saved.credits_output) == (False, "cost")
    page = words(boss_client, f"/destinations/{people.pk}/edit")
    assert '<option value="no" selected>' in page
    assert 'name="credits_output" value="cost"' in page


def test_what_is_not_sent_stays(client: Client, people: Destination) -> None:
    Destination.objects.update(charges_misses=False, credits_output="cost")
    client.post(f"/destinations/{people.pk}/edit", GOOD)
    saved = Destination.objects.get()
    assert (saved.charges_misses, saved.credits_output) == (False, "cost")


@pytest.mark.parametrize(
    ("field", "typed", "says"),
    [
        ("charges_misses", "perhaps", "It must be yes or no"),
        ("credits_output", "x" * 201, "at most 200 characters"),
        ("credits_output", "a\u200bb", "characters that can be seen"),
    ],
)
def test_what_cannot_be_is_said_at_the_field(
    client: Client, people: Destination, field: str, typed: str, says: str
) -> None:
    answer = client.post(f"/destinations/{people.pk}/edit", GOOD | {field: typed})
    assert answer.status_code == 422
    assert says in answer.content.decode()


def test_the_command_sets_both(people: Destination) -> None:
    call_command("destination", "People", "--charges-misses", "no", "--credits-output", "cost")
    saved = Destination.objects.get()
    assert (saved.charges_misses, saved.credits_output) == (False, "cost")
    call_command("destination", "People", "--charges-misses", "yes", "--credits-output", "")
    saved = Destination.objects.get()
    assert (saved.charges_misses, saved.credits_output) == (True, "")


def test_the_command_refuses_what_cannot_be(people: Destination) -> None:
    with pytest.raises(CommandError, match="--charges-misses must be yes or no, not 'maybe'"):
        call_command("destination", "People", "--charges-misses", "maybe")


# -- its own daily limit -----------------------------------------------------------------------------------
def test_who_may_sets_it_on_record_and_wakes_the_lanes(
    boss_client: Client, boss: User, people: Destination
) -> None:
    before = wake.times_woken()
    boss_client.post(f"/destinations/{people.pk}/edit", GOOD | {"daily_limit": "500"})
    change = LimitChange.objects.get()
    assert (change.scope, change.new, change.by) == (people.scope, Decimal(500), boss)
    assert wake.times_woken() != before


def test_saving_it_as_it_is_records_nothing(boss_client: Client, people: Destination) -> None:
    for _ in range(2):
        boss_client.post(f"/destinations/{people.pk}/edit", GOOD | {"daily_limit": "500"})
    assert LimitChange.objects.count() == 1


def test_the_limit_for_today_is_not_the_one_that_stands(boss_client: Client, people: Destination) -> None:
    credits.set_limit(Decimal(100), None, scope=people.scope)
    credits.set_limit(Decimal(900), None, scope=people.scope, today_only=True)
    page = words(boss_client, f"/destinations/{people.pk}/edit")
    assert 'name="daily_limit" value="100"' in page
    assert "Until midnight it is 900." in page
    boss_client.post(f"/destinations/{people.pk}/edit", GOOD | {"daily_limit": "100"})
    assert people.daily_limit == 900


def test_who_may_not_sees_it_disabled_with_the_reason(client: Client, people: Destination) -> None:
    credits.set_limit(Decimal(100), None, scope=people.scope)
    page = words(client, f"/destinations/{people.pk}/edit")
    field = page[page.index('name="daily_limit"') :].partition(">")[0]
    assert "disabled" in field
    assert "You may not change limits." in page
    assert f'href="/budget/ask?scope=destination%3A{people.pk}"' in page


def test_who_may_not_is_refused_at_the_field(client: Client, people: Destination) -> None:
    credits.set_limit(Decimal(100), None, scope=people.scope)
    for typed in ("500", ""):
        answer = client.post(f"/destinations/{people.pk}/edit", GOOD | {"daily_limit": typed})
        assert answer.status_code == 422
        assert "You may not change limits. Ask somebody who may." in answer.content.decode()
    assert (people.daily_limit, Destination.objects.get().name) == (Decimal(100), "People")


def test_who_may_not_saves_the_rest(client: Client, people: Destination) -> None:
    credits.set_limit(Decimal(100), None, scope=people.scope)
    without = {name: value for name, value in GOOD.items() if name != "daily_limit"}
    for given in (without, GOOD | {"daily_limit": "100", "name": "Persons"}):
        assert client.post(f"/destinations/{people.pk}/edit", given).status_code == 302
    assert (people.daily_limit, Destination.objects.get().name) == (Decimal(100), "Persons")


def test_an_old_form_does_not_undo_what_another_set(boss_client: Client, people: Destination) -> None:
    path = f"/destinations/{people.pk}/edit"
    credits.set_limit(Decimal(100), None, scope=people.scope)
    assert 'name="daily_limit_was" value="100"' in words(boss_client, path)
    credits.set_limit(Decimal(50), None, scope=people.scope)
    old = GOOD | {"daily_limit": "100", "daily_limit_was": "100", "name": "Persons"}
    assert boss_client.post(path, old).status_code == 302
    assert (people.daily_limit, Destination.objects.get().name) == (Decimal(50), "Persons")


def test_what_moved_meanwhile_is_replaced_only_knowingly(boss_client: Client, people: Destination) -> None:
    path = f"/destinations/{people.pk}/edit"
    credits.set_limit(Decimal(50), None, scope=people.scope)
    old = GOOD | {"daily_limit": "1,200", "daily_limit_was": "100"}
    answer = boss_client.post(path, old)
    page = " ".join(answer.content.decode().split())
    assert answer.status_code == 422
    assert "It was set to 50 meanwhile. Save again to replace that." in page
    assert 'name="daily_limit" value="1,200"' in page
    assert 'name="daily_limit_was" value="50"' in page
    assert people.daily_limit == 50
    assert boss_client.post(path, old | {"daily_limit_was": "50"}).status_code == 302
    assert people.daily_limit == 1200


def test_another_mistake_does_not_make_an_old_form_new(boss_client: Client, people: Destination) -> None:
    credits.set_limit(Decimal(50), None, scope=people.scope)
    old = GOOD | {"daily_limit": "100", "daily_limit_was": "100", "name": ""}
    answer = boss_client.post(f"/destinations/{people.pk}/edit", old)
    assert 'name="daily_limit_was" value="100"' in " ".join(answer.content.decode().split())


def test_a_limit_may_be_as_high_as_on_its_own_page(boss_client: Client, people: Destination) -> None:
    boss_client.post(f"/destinations/{people.pk}/edit", GOOD | {"daily_limit": "12,500,000"})
    assert people.daily_limit == 12_500_000


def test_zero_is_for_the_limit_s_own_page(boss_client: Client, people: Destination) -> None:
    answer = boss_client.post(f"/destinations/{people.pk}/edit", GOOD | {"daily_limit": "0"})
    assert answer.status_code == 422
    assert f'0 stops all sending. <a href="/budget/limit?scope={people.scope}">' in answer.content.decode()
    assert people.daily_limit is None
    answer = boss_client.post("/destinations/new", GOOD | {"name": "New", "daily_limit": "0"})
    assert "Save it without a limit first" in answer.content.decode()


def test_a_zero_that_stands_does_not_stop_the_rest_from_being_saved(
    boss_client: Client, people: Destination
) -> None:
    credits.set_limit(Decimal(0), None, scope=people.scope)
    same = GOOD | {"daily_limit": "0", "daily_limit_was": "0", "name": "Persons"}
    assert boss_client.post(f"/destinations/{people.pk}/edit", same).status_code == 302
    assert (people.daily_limit, Destination.objects.get().name) == (Decimal(0), "Persons")


def test_who_may_finds_the_page_of_the_limit(boss_client: Client, people: Destination) -> None:
    page = words(boss_client, f"/destinations/{people.pk}/edit")
    assert f'href="/budget/limit?scope=destination%3A{people.pk}"' in page


# -- on the pages of a job ---------------------------------------------------------------------------------
def test_a_job_s_page_says_what_it_cost_and_how_that_is_known(client: Client, job: Job) -> None:
    credits.reserve("batch:1", Decimal(4), purpose=credits.Purpose(job=job.pk))
    credits.settle("batch:1", Decimal(3), credits.Basis.REPORTED)
    credits.reserve("batch:2", Decimal(2), purpose=credits.Purpose(job=job.pk))
    page = words(client, f"/jobs/{job.pk}")
    assert "3 credits spent and 2 reserved of 6" in page
    assert "<b>3</b> reported" in page
    assert f'href="/budget/ledger?job={job.pk}"' in page
    assert "3 credits spent" in words(client, f"/jobs/{job.pk}/rows")


def test_a_row_s_page_says_what_it_told(client: Client, told: Destination) -> None:
    job = Job.objects.get()
    assert "<dt>Credits, as its result told</dt><dd>6</dd>" in words(client, f"/jobs/{job.pk}/rows/3")
    job.rows.filter(number=3).update(credits=None)
    assert "as its result told" not in words(client, f"/jobs/{job.pk}/rows/3")
