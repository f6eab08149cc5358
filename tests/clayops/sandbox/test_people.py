"""The made-up data: repeatable, believable, and harmless."""

import re
from typing import Any

import pytest

from clayops.sandbox.knobs import Knobs
from clayops.sandbox.people import outcome

ADA = {"full_name": "Ada Lovelace", "company": "Analytical Engines"}


def result(inputs: dict[str, Any], **knobs: Any) -> dict[str, Any]:
    found = outcome(Knobs().changed({"fail_rate": 0, **knobs}), {"id": "1", "inputs": inputs})
    assert found["status"] == "complete"
    facts: dict[str, Any] = found["result"]
    return facts


def attempts(**knobs: Any) -> list[dict[str, Any]]:
    """All attempts of many rows."""
    return [one for row in many(fail_rate=0, **knobs) for one in row["result"]["provider_attempts"]]


def many(**knobs: Any) -> list[dict[str, Any]]:
    changed = Knobs().changed(knobs)
    return [
        outcome(changed, {"id": str(n), "inputs": {**ADA, "email": f"ada{n}@x.test"}}) for n in range(2000)
    ]


def test_the_same_row_finds_the_same() -> None:
    assert result(ADA) == result(dict(reversed(ADA.items())))


def test_another_seed_finds_something_else() -> None:
    assert result(ADA) != result(ADA, seed="another")


def test_a_row_of_nothing_finds_somebody() -> None:
    assert result({}) == result({})
    assert result({})["company_domain"].endswith(".example")


def test_about_85_of_100_find_an_address() -> None:
    found = [one for one in many(fail_rate=0) if one["result"]["work_email"]]
    assert 0.82 < len(found) / 2000 < 0.88


def test_about_2_of_100_fail() -> None:
    failed = [one for one in many() if one["status"] == "failed"]
    assert 0.01 < len(failed) / 2000 < 0.03
    assert all(one["error"]["message"].endswith(".") for one in failed)


@pytest.mark.parametrize(
    "domain", ["https://www.google.com/about", "acme.co.uk", "x.example", "EVIL.TEST", ""]
)
def test_no_real_domain_comes_out(domain: str) -> None:
    facts = result({**ADA, "domain": domain, "email": "ada@gmail.com"})
    texts = [facts["company_domain"], facts["work_email"] or "a@b.test", facts["linkedin_url"].split("/")[2]]
    assert all(re.search(r"\.(example|test)$", text) for text in texts)


def test_phones_are_of_the_range_for_fiction() -> None:
    phones = {one["result"]["phone"] for one in many(fail_rate=0)} - {None}
    assert all(re.fullmatch(r"\+1 \d{3} 555 01\d\d", phone) for phone in phones)


def test_the_waterfall_ends_where_it_found_something() -> None:
    for one in many(fail_rate=0):
        attempts = one["result"]["provider_attempts"]
        assert [a["status"] for a in attempts[:-1]].count("success") == 0
        assert (attempts[-1]["status"] == "success") == bool(one["result"]["work_email"])


def test_the_waterfall_has_its_order() -> None:
    longest = max((one["result"]["provider_attempts"] for one in many(fail_rate=0)), key=len)
    assert [one["provider"] for one in longest] == ["prospeo", "findymail", "hunter", "apollo"]


def test_a_skipped_provider_is_not_attempted() -> None:
    attempts = result({**ADA, "skip_providers": ["prospeo", "Hunter"]})["provider_attempts"]
    assert not {"prospeo", "hunter"} & {one["provider"] for one in attempts}


def test_only_the_providers_to_use_are_attempted() -> None:
    attempts = result({**ADA, "use_providers": "dropcontact, apollo"})["provider_attempts"]
    assert {one["provider"] for one in attempts} <= {"dropcontact", "apollo"}


def test_skipping_a_provider_changes_no_other_fact() -> None:
    steered = result({**ADA, "skip_providers": ["prospeo"], "use_providers": []})
    assert steered["job_title"] == result(ADA)["job_title"]


def test_the_lists_may_have_other_names() -> None:
    attempts = result({**ADA, "leave_out": ["prospeo"]}, skip_input="leave_out")["provider_attempts"]
    assert attempts[0]["provider"] != "prospeo"


def test_with_no_provider_left_nothing_is_found() -> None:
    facts = result({**ADA, "use_providers": ["hunter"], "skip_providers": ["hunter"]})
    assert (facts["provider_attempts"], facts["work_email"]) == ([], None)


def test_a_provider_can_be_made_to_fail() -> None:
    told = attempts(provider_errors={"hunter": 1})
    assert {one["status"] for one in told if one["provider"] == "hunter"} == {"error"}


def test_an_attempt_takes_150_to_2500_milliseconds() -> None:
    latencies = sorted(one["latency_ms"] for one in attempts() if one["status"] != "error")
    assert 150 <= latencies[0] < 250
    assert 500 < latencies[len(latencies) // 2] < 700
    assert 2000 < latencies[-1] <= 2500


def test_an_error_takes_the_timeout_give_or_take_a_tenth() -> None:
    latencies = [one["latency_ms"] for one in attempts(timeout_ms=1000) if one["status"] == "error"]
    assert 900 <= min(latencies) < 950
    assert 1050 < max(latencies) <= 1100


def test_an_error_and_nothing_else_says_what_it_was() -> None:
    told = attempts(provider_errors={"hunter": 1})
    assert {one["status"] for one in told if "error" in one} == {"error"}
    messages = {one["error"] for one in told if one["provider"] == "hunter"}
    assert len(messages) > 100  # ids and numbers
    assert "No answer within 8 s." in messages
    assert any(re.fullmatch(r"Hunter answered 503 \(request [0-9a-f]{12}\)\.", one) for one in messages)


def test_the_timeout_and_the_price_of_errors_change_no_other_fact() -> None:
    def facts(**knobs: Any) -> list[dict[str, Any]]:
        return [one["result"] | {"provider_attempts": None} for one in many(fail_rate=0, **knobs)]

    assert facts() == facts(timeout_ms=1, error_credits=1)


def test_an_error_costs_its_share_of_the_price() -> None:
    errors = {"provider_errors": {"hunter": 1, "apollo": 1}, "waterfall": "hunter, apollo"}
    prices = {
        (one["provider"], one["credits"])
        for share in (0, 0.333)
        for one in attempts(**errors, error_credits=share)
    }
    assert prices == {("hunter", 0), ("apollo", 0), ("hunter", 0.33), ("apollo", 0.67)}


def test_a_row_tells_what_its_attempts_cost() -> None:
    errors = {"prospeo": 1, "findymail": 1, "hunter": 1, "apollo": 1}
    assert result(ADA, report_credits=1, provider_errors=errors, error_credits=0.1)["credits"] == 1.5


def test_a_slow_error_costs_the_row_its_later_providers() -> None:
    slow = {"provider_errors": {"prospeo": 1}, "row_seconds": 5}
    assert [one["provider"] for one in result(ADA, **slow)["provider_attempts"]] == ["prospeo"]
    assert len(result(ADA, **slow, timeout_ms=10)["provider_attempts"]) > 1


def test_a_row_may_take_its_time_by_default() -> None:
    everybody = {"prospeo": 1, "findymail": 1, "hunter": 1, "apollo": 1}
    assert len(result(ADA, provider_errors=everybody)["provider_attempts"]) == 4
