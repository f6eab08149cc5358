"""`manage.py limit`."""

from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from budget import credits
from budget.models import LimitChange
from jobs.models import Destination

pytestmark = pytest.mark.django_db(transaction=True)


def run(*args: str) -> str:
    out = StringIO()
    call_command("limit", *args, stdout=out)
    return out.getvalue()


def test_it_says_what_changed_and_where_the_day_stands() -> None:
    for holder, amount in {"a": 3412, "b": 288}.items():
        credits.reserve(holder, Decimal(amount))
    credits.settle("a")
    said = run("5000", "--note", "slow start")
    assert said == "Daily limit: 10,000 -> 5,000 credits. 3,412 spent and 288 reserved today.\n"
    assert LimitChange.objects.get().note == "slow start"


def test_a_destination_gets_a_limit_of_its_own() -> None:
    people = Destination.objects.create(name="People", routine_id="function:t_x")
    assert run("12.5", "--destination", "People") == (
        "Daily limit of People: none -> 12.50 credits. 0 spent and 0 reserved today.\n"
    )
    people.refresh_from_db()
    assert people.daily_limit == Decimal("12.5")
    assert LimitChange.objects.get().scope == f"destination:{people.pk}"
    assert credits.limit_of().amount == 10_000


def test_zero_says_that_all_sending_stops() -> None:
    assert run("0").endswith("today. All sending stops.\n")
    Destination.objects.create(name="People", routine_id="function:t_x")
    assert run("0", "--destination", "People").endswith("today. All sending to People stops.\n")


def test_a_standing_limit_says_that_it_ends_the_one_for_today() -> None:
    run("1600", "--today")
    assert "for today ends" not in run("1500", "--today")
    assert run("2000").endswith("today. The limit of 1,500 for today ends with it.\n")
    assert "for today ends" not in run("2100")


@pytest.mark.parametrize("amount", ["lots", "-5", "nan", "1.234", "1e99", ""])
def test_a_wrong_amount_is_one_line_and_exit_2(amount: str) -> None:
    with pytest.raises(CommandError) as error:
        run("--", amount)
    assert error.value.returncode == 2
    assert "\n" not in str(error.value)
    assert credits.limit_of().amount == 10_000


def test_an_unknown_destination_is_one_line_and_exit_2() -> None:
    with pytest.raises(CommandError, match="There is no destination named 'Nobody'") as error:
        run("5", "--destination", "Nobody")
    assert error.value.returncode == 2
