"""A real browser on the real pages. Debian's Chromium; on a machine without it these tests are left out."""

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from playwright.sync_api import Browser, ConsoleMessage, Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

# Playwright's own loop runs in this thread; our calls to the database beside it are plain ones.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = shutil.which("chromium-headless-shell") or shutil.which("chromium") or ""
"""The one without windows takes a third less of a processor for the same pages."""
ARGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1280, "height": 800}
both_looks = pytest.mark.parametrize(
    ("size", "colours"), [(DESK, "light"), (PHONE, "dark")], ids=["desk-light", "phone-dark"]
)
"""Each size and each scheme of colours once: all four of them see nothing that these two do not."""
expect.set_options(timeout=10_000)
SHOTS = Path(__file__).parents[2] / "test-results"

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    if not CHROMIUM:
        message = "needs Chromium: apt-get install chromium-headless-shell (or chromium)"
        if os.environ.get("CI") == "true":
            pytest.fail(message)
        pytest.skip(message)
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGS)
        yield chromium
        chromium.close()


@pytest.fixture
def open_page(browser: Browser, live_server: LiveServer, ana: User) -> Iterator[Open]:
    """`open_page("/jobs")`: a tab of Ana's, or of `as_user`; what the console complains about fails the test
    at its end.
    """
    contexts, complaints = [], []

    def complain(message: ConsoleMessage) -> None:
        expected = "status of 422" in message.text  # a form that says what is wrong
        if message.type in {"error", "warning"} and not expected:
            complaints.append(message.text)

    def open_it(
        path: str = "/", *, signed_in: bool = True, as_user: User | None = None, **options: Any
    ) -> Page:
        context = browser.new_context(base_url=live_server.url, **({"viewport": DESK} | options))
        contexts.append(context)
        if signed_in:
            client = Client()
            client.force_login(as_user or ana)
            session = client.cookies["sessionid"].value
            context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("console", complain)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(path)
        return page

    yield open_it
    for context in contexts:
        context.close()
    assert complaints == []
