"""A product that is served under a public name."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.http.request import validate_host

from clayops.up import ready
from tests.clayops.up.product import eventually, manage, python

ASKED = "from django.conf import settings; print(settings.SECURE_HSTS_SECONDS, settings.SECURE_HSTS_PRELOAD)"


@pytest.fixture
def asked_for(settings: LazySettings) -> Iterator[list[str]]:
    """By which names a web server on our port is asked."""
    names: list[str] = []

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            names.append(self.headers["Host"])
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        settings.PORT = server.server_port
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield names
        server.shutdown()


@pytest.mark.parametrize("names", [["localhost"], ["clayops.example"], [".example"], ["*"], ["[::1]"]])
def test_whether_it_is_ready_is_asked_by_a_name_that_it_has(
    asked_for: list[str], settings: LazySettings, names: list[str]
) -> None:
    settings.ALLOWED_HOSTS = names
    assert eventually(ready.web_asked(), 5)
    assert [validate_host(name, names) for name in asked_for] == [True]


def test_preload_is_said_only_where_it_was_asked_for(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env = {"ALLOWED_HOSTS": "clayops.example"}
    assert python(ASKED, data, **env) == "31536000 False"
    assert python(ASKED, data, **env, HSTS_PRELOAD="yes") == "31536000 True"
    wrong = manage("check", data=data, **env, HSTS_PRELOAD="maybe")
    assert "HSTS_PRELOAD must be yes or no, not 'maybe'" in wrong.stderr
