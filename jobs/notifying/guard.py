"""Messages leave for the world only: this machine and its network are refused at each connection.

A name is resolved once, every address that it has is looked at, and the connection goes to the very addresses
that were: a DNS that answers otherwise a moment later changes nothing. The resolver reads all spellings
(2130706433, 0x7f.1, 0177.0.0.1). apprise speaks HTTP by urllib3 and mail by smtplib: both connect by this.
"""

import smtplib
import socket
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Any

from django.conf import settings
from urllib3.util import connection

_NAT64 = "64:ff9b::"


class Inside(OSError):
    """The address lies within this machine or its network."""


def check(host: str) -> None:
    """Look the host up and raise Inside for one within. A name that does not resolve (yet) is no reason."""
    if settings.NOTIFY_INTERNAL:
        return
    try:
        _resolved(host, 0)
    except (socket.gaierror, UnicodeError):
        return


def is_inside(address: str) -> bool:
    """Whether it is loopback, private, link-local (clouds' metadata among them) or no host's at all."""
    found = ip_address(address.partition("%")[0])
    return not all(each.is_global and not each.is_multicast for each in _meanings(found))


def _meanings(found: IPv4Address | IPv6Address) -> list[IPv4Address | IPv6Address]:
    """The address, and the IPv4 one that it stands for: mapped, 6to4, NAT64."""
    meant: list[IPv4Address | IPv6Address] = [found]
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped:
            return [found.ipv4_mapped]
        if found.sixtofour:
            meant.append(found.sixtofour)
        if int(found) >> 32 == int(IPv6Address(_NAT64)) >> 32:
            return [IPv4Address(int(found) & 0xFFFFFFFF)]
    return meant


def _resolved(host: str, port: int) -> list[str]:
    found = socket.getaddrinfo(host.strip("[]"), port, 0, socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(each[4][0]) for each in found))
    if any(is_inside(each) for each in addresses):
        raise Inside(f"inside: {host} is an address of this machine or its own network")
    return addresses


def _connect(connect: Any, address: tuple[str, int], *args: Any, **more: Any) -> Any:
    """`connect`, but only to addresses that were looked at."""
    if settings.NOTIFY_INTERNAL:
        return connect(address, *args, **more)
    problem: OSError = OSError("no address")
    for each in _resolved(*address):
        try:
            return connect((each, address[1]), *args, **more)
        except OSError as error:
            problem = error
    raise problem


_plain_connect = connection.create_connection


def _http(address: tuple[str, int], *args: Any, **more: Any) -> Any:
    return _connect(_plain_connect, address, *args, **more)


def _mail(self: smtplib.SMTP, host: str, port: int, timeout: float) -> Any:
    return _connect(socket.create_connection, (host, port), timeout, self.source_address)


def install() -> None:
    """For this process: nothing else here uses urllib3 or smtplib."""
    connection.create_connection = _http
    smtplib.SMTP._get_socket = _mail  # type: ignore[attr-defined]
