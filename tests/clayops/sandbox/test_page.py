"""The sandbox's own page and its settings."""

import re

import httpx
import pytest

from clayops.clay import Clay
from clayops.sandbox.knobs import BadSetting, Knobs
from clayops.sandbox.server import Sandbox
from tests.clayops.sandbox.conftest import ADA, ROUTINE


def form_of(html: str) -> dict[str, str]:
    """The fields of the page's form with their values, as a browser would send them."""
    fields = dict(re.findall(r'<input [^>]*name="([^"]+)"[^>]*value="([^"]*)"', html))
    selected = re.findall(r'<select [^>]*name="([^"]+)".*?<option selected>(\d+)</option>', html)
    return fields | dict(selected)


def test_the_page_says_what_it_is(http: httpx.Client) -> None:
    assert "Sandbox: a stand-in for Clay. No credits, no real data." in http.get("/sandbox").text


def test_every_setting_is_on_the_page_with_a_label(http: httpx.Client) -> None:
    html = http.get("/sandbox").text
    for name in set(vars(Knobs())) - {"provider_errors"} | {"provider_errors.hunter"}:
        assert f'for="{name}"' in html
        assert f'id="{name}" name="{name}"' in html


def test_the_form_saved_as_it_is_changes_nothing(sandbox: Sandbox, http: httpx.Client) -> None:
    before = sandbox.settings()
    answer = http.post("/sandbox", data=form_of(http.get("/sandbox").text))
    assert (answer.status_code, answer.headers["location"]) == (303, "/sandbox?saved=1")
    assert sandbox.settings() == before


def test_the_form_makes_a_provider_fail(sandbox: Sandbox, http: httpx.Client) -> None:
    http.post("/sandbox", data=form_of(http.get("/sandbox").text) | {"provider_errors.hunter": "1"})
    assert sandbox.settings()["provider_errors"] == {"hunter": 1.0}
    assert 'name="provider_errors.hunter" inputmode="decimal" value="1.0"' in http.get("/sandbox").text


def test_a_wrong_value_is_named_and_nothing_is_saved(sandbox: Sandbox, http: httpx.Client) -> None:
    answer = http.post("/sandbox", data={"seed": "new", "fail_rate": "2"})
    assert answer.status_code == 400
    assert "Nothing was saved: fail_rate must be a number from 0 to 1." in answer.text
    assert sandbox.settings()["seed"] == "clay"


def test_what_is_typed_is_escaped(sandbox: Sandbox, http: httpx.Client) -> None:
    sandbox.settings(seed='"><script>', waterfall=["<b>"])
    assert "<script>" not in http.get("/sandbox").text
    assert "<b>" not in http.get("/sandbox").text


def test_settings_as_json(http: httpx.Client) -> None:
    assert http.post("/sandbox/settings.json", json={"next_hang": 3}).json()["next_hang"] == 3
    assert http.get("/sandbox/settings.json").json()["next_hang"] == 3


@pytest.mark.parametrize(
    "changes",
    [{"next_hang": -1}, {"next_hang": 1.5}, {"seed": ""}, {"nothing": 1}, {"refusal_status": 418}, [1]],
)
def test_wrong_json_is_refused(http: httpx.Client, changes: object) -> None:
    assert http.post("/sandbox/settings.json", json=changes).status_code == 400


@pytest.mark.parametrize("value", [True, "nan", "inf", None, "x", []])
def test_a_number_is_a_number(value: object) -> None:
    with pytest.raises(BadSetting, match="base_seconds"):
        Knobs().changed({"base_seconds": value})


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "null"},
    {"Origin": "http://127.0.0.1:1"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Host": "evil.example"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "["},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_another_web_page_changes_nothing(
    sandbox: Sandbox, http: httpx.Client, headers: dict[str, str]
) -> None:
    for method, path in (("POST", "/sandbox"), ("POST", "/sandbox/reset"), ("DELETE", "/sandbox/log")):
        assert http.request(method, path, data={"seed": "evil"}, headers=headers).status_code == 403
    assert sandbox.settings()["seed"] == "clay"


def test_a_name_of_elsewhere_reads_nothing(http: httpx.Client) -> None:
    assert http.get("/sandbox/log", headers={"Host": "evil.example"}).status_code == 403


def test_the_pages_own_form_may(sandbox: Sandbox, http: httpx.Client) -> None:
    headers = {"Origin": f"http://127.0.0.1:{sandbox.port}", "Sec-Fetch-Site": "same-origin"}
    assert http.post("/sandbox", data={"seed": "mine"}, headers=headers).status_code == 303
    assert sandbox.settings()["seed"] == "mine"


def test_the_log_over_http(clay: Clay, http: httpx.Client) -> None:
    clay.run(ROUTINE, [ADA])
    assert http.get("/sandbox/log").json()[0]["item_id"] == "1"
    assert http.get("/sandbox/log?counts=1").json()["accepted"] == {"1": 1}


def test_the_log_can_be_emptied(sandbox: Sandbox, clay: Clay, http: httpx.Client) -> None:
    clay.run(ROUTINE, [ADA])
    assert http.delete("/sandbox/log").status_code == 200
    assert sandbox.log() == []


def test_reset_forgets_all(sandbox: Sandbox, clay: Clay, http: httpx.Client) -> None:
    sandbox.settings(seed="mine")
    clay.run(ROUTINE, [ADA])
    http.post("/sandbox/reset")
    assert (sandbox.log(), sandbox.settings()["seed"]) == ([], "clay")


def test_other_pages_do_not_exist(http: httpx.Client) -> None:
    assert http.get("/sandbox/else").status_code == 404
    assert http.get("/").headers["location"] == "/sandbox"


def test_a_body_without_a_length_is_refused(http: httpx.Client) -> None:
    assert http.post("/sandbox", content=iter([b"seed=", b"x"])).status_code == 413


def test_the_secret_is_shown_to_nobody_and_kept_when_the_form_is_saved(sandbox: Sandbox) -> None:
    sandbox.settings(webhook_secret="whsec_1")
    root = sandbox.page
    shown = httpx.get(f"{root}/settings.json").json()
    assert "whsec_1" not in httpx.get(root).text + str(shown)
    answer = httpx.post(f"{root}/settings.json", json=shown | {"fail_rate": 0.5})
    assert "whsec_1" not in answer.text
    assert sandbox.settings()["webhook_secret"] == "whsec_1"
    httpx.post(f"{root}/settings.json", json={"webhook_secret": ""})
    assert sandbox.settings()["webhook_secret"] == ""
