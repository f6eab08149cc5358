"""Each answer has an id; what is refused is in the security log by it; no cache keeps a page."""

import logging
from ipaddress import ip_network

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from jobs.models import Job


def lines(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [each.getMessage() for each in caplog.records if each.name == "clayops.security"]


def test_a_refused_permission(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "clayops.security"):
        answer = client.get("/people/new")
    assert answer.status_code == 403
    told = "refused method='GET' path='/people/new' user='ana' address=127.0.0.1"
    assert lines(caplog) == [f"{told} request={answer['X-Request-Id']}"]


def test_a_refused_hook(stranger: Client, settings: LazySettings, caplog: pytest.LogCaptureFixture) -> None:
    settings.CLAY_WEBHOOK_SECRET = "whsec"
    with caplog.at_level(logging.WARNING, "clayops.security"):
        stranger.post("/hooks/clay/run", b"{}", content_type="application/json")
    assert lines(caplog)[0].startswith("hook refused status='401'")


def test_people_and_links(boss_client: Client, ana: User, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "clayops.security"):
        boss_client.post(f"/people/{ana.pk}", {"rights": ["budget.change_limit"]})
        boss_client.post(f"/people/{ana.pk}/link")
        boss_client.post(f"/people/{ana.pk}/off")
        boss_client.post(f"/people/{ana.pk}/on")
        boss_client.post("/people/new", {"username": "cy"})
    told = [line.partition(" by=")[0] for line in lines(caplog)]
    off, new = ["person switched off", "person switched on"], ["person added", "link made"]
    assert told == ["rights changed", "link made", *off, *new]


def test_an_id_is_taken_from_a_trusted_proxy_alone(stranger: Client, settings: LazySettings) -> None:
    told = {"X-Request-Id": "edge-42"}
    assert stranger.get("/signin", headers=told)["X-Request-Id"] != "edge-42"
    settings.TRUSTED_PROXIES = [ip_network("127.0.0.1")]
    assert stranger.get("/signin", headers=told)["X-Request-Id"] == "edge-42"
    assert stranger.get("/signin", headers={"X-Request-Id": "a b"})["X-Request-Id"] != "a b"


@pytest.mark.parametrize("name", ["dashboard", "jobs", "budget-ledger-csv", "letters-csv", "dashboard-live"])
def test_no_cache_keeps_what_people_see(client: Client, job: Job, name: str) -> None:
    assert client.get(reverse(name))["Cache-Control"] == "no-store"
    assert client.get(reverse("job-export", args=[job.pk]))["Cache-Control"] == "no-store"


def test_static_files_may_be_kept(client: Client) -> None:
    answer = client.get("/static/clayops/components/texts.css")
    assert "no-store" not in answer.get("Cache-Control", "")


def test_a_page_that_is_no_address_is_forgotten(client: Client) -> None:
    odd = {"HX-Request": "true", "HX-Current-URL": "http://[::1"}
    answer = client.get("/", headers=odd)
    assert answer.status_code == 200
    assert "HX-Current-URL" not in answer.wsgi_request.headers
