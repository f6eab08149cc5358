"""No message reaches into this machine or its own network, however the address is spelled."""

import smtplib
import socket
from typing import Any

import pytest
from django.conf import LazySettings

from jobs.notifying import guard, target
from jobs.notifying.delivering import Failed, deliver
from jobs.notifying.message import Message

HELLO = Message("ClayOps", "hello", "info")
INSIDE = ["127.0.0.1", "2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost", "0"]
INSIDE += ["[::1]", "10.0.0.1", "192.168.1.1", "169.254.169.254", "[::ffff:127.0.0.1]", "[fd00:ec2::254]"]


@pytest.fixture(autouse=True)
def _outside_only(settings: LazySettings) -> None:
    settings.NOTIFY_INTERNAL = False


@pytest.mark.parametrize("host", INSIDE)
def test_an_address_inside_is_refused_however_it_is_spelled(host: str) -> None:
    with pytest.raises(target.Refused):  # some spellings apprise itself refuses
        target.read(f"json://{host}:8001/")


@pytest.mark.parametrize("address", ["93.184.215.14", "2606:2800:21f:cb07:6820:80da:af6b:8b2c"])
def test_the_world_is_not_inside(address: str) -> None:
    assert not guard.is_inside(address)


def test_nothing_arrives_where_a_name_changed_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    """Public while it was looked at, loopback when it is sent to."""
    listener = socket.create_server(("127.0.0.1", 0))
    listener.settimeout(0.2)
    with listener:
        real, port = socket.getaddrinfo, listener.getsockname()[1]

        def rebound(host: Any, *args: Any, **more: Any) -> Any:
            return real("127.0.0.1" if host == "rebind.test" else host, *args, **more)

        monkeypatch.setattr(socket, "getaddrinfo", rebound)
        monkeypatch.setattr(guard, "check", lambda host: None)  # it was public when it was looked at
        with pytest.raises(Failed, match="own network"):
            deliver(f"json://rebind.test:{port}/", HELLO)
        with pytest.raises(TimeoutError):
            listener.accept()


def test_the_connection_goes_to_the_address_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, tried = [], []
    answers = iter(["93.184.215.14", "127.0.0.1"])

    def flips(host: str, port: int, *_: Any) -> Any:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", flips)
    guard._connect(lambda address: tried.append(address), ("flips.test", 80))
    assert (asked, tried) == (["flips.test"], [("93.184.215.14", 80)])


def test_mail_goes_through_the_same_gate() -> None:
    with pytest.raises(guard.Inside):
        smtplib.SMTP("127.0.0.1", 1, timeout=1)
