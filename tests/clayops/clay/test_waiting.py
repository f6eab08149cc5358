"""Retry-After and X-RateLimit-*: when to come again."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from clayops.clay import Clay, RateLimit, TooFast
from clayops.clay.headers import rate_limit, retry_after
from tests.clayops.clay.conftest import ADA
from tests.clayops.clay.server import IN_PROGRESS, Server, says

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def http_date(moment: datetime) -> str:
    return format_datetime(moment, usegmt=True)


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        ("3", 3.0),
        ("0", 0.0),
        ("1.5", 1.5),
        ("-4", 0.0),
        ("", None),
        ("soon", None),
        ("nan", None),
        ("inf", None),
    ],
)
def test_retry_after_in_seconds(raw: str, seconds: float | None) -> None:
    assert retry_after({"retry-after": raw}) == seconds


def test_retry_after_as_a_date_is_read_by_clays_clock() -> None:
    headers = {"date": http_date(NOON), "retry-after": http_date(NOON + timedelta(seconds=90))}
    assert retry_after(headers) == 90.0


def test_retry_after_as_a_date_without_clays_clock() -> None:
    moment = http_date(datetime.now(UTC) + timedelta(seconds=60))
    assert retry_after({"retry-after": moment}) == pytest.approx(60, abs=2)


def test_a_date_gone_by_means_now() -> None:
    assert retry_after({"retry-after": http_date(NOON - timedelta(days=9))}) == 0.0


def test_a_wait_of_years_is_cut_to_a_day() -> None:
    assert retry_after({"retry-after": "999999999"}) == 86_400


@pytest.mark.parametrize(
    ("raw", "seconds"),
    [
        ("12", 12.0),
        (str(NOON.timestamp() + 5), 5.0),
        (str((NOON.timestamp() + 5) * 1000), 5.0),
        (str(NOON.timestamp() - 5), 0.0),
        ("tomorrow", None),
    ],
)
def test_the_reset_is_seconds_or_an_epoch(raw: str, seconds: float | None) -> None:
    assert rate_limit({"x-ratelimit-reset": raw, "date": http_date(NOON)}).reset_seconds == seconds


def test_limits_come_with_the_accepted_run(server: Server, clay: Clay) -> None:
    limits = {"x_ratelimit_limit": "60", "x_ratelimit_remaining": "59", "x_ratelimit_reset": "1"}
    server.answers = [says(202, IN_PROGRESS, **limits)]
    assert clay.run("function:t_1", [ADA]).rate == RateLimit(60, 59, 1.0)


def test_limits_that_are_missing_or_odd_are_none(server: Server, clay: Clay) -> None:
    server.answers = [says(202, IN_PROGRESS, x_ratelimit_limit="many")]
    assert clay.run("function:t_1", [ADA]).rate == RateLimit(None, None, None)


def test_a_429_that_does_not_say_how_long_means_five_seconds(server: Server, clay: Clay) -> None:
    server.answers = [says(429, {"message": "Too many requests"})]
    with pytest.raises(TooFast) as caught:
        clay.run("function:t_1", [ADA])
    assert caught.value.retry_after == 5.0
    assert str(caught.value) == "Clay asks us to wait 5 seconds (429): Too many requests"
