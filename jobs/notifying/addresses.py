"""Apprise's addresses out of what people have: a webhook of Slack or Teams, or a mail server."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from ipaddress import IPv6Address
from urllib.parse import quote, urlencode

from clayops.base import environment
from jobs.notifying import target
from jobs.notifying.target import Refused, Target

SLACK = re.compile(r"https://hooks\.slack(-gov)?\.com/(services|workflows|triggers)/", re.I)
TEAMS = re.compile(r"https://[^/]+\.(logic\.azure|\w*platform)\.[^/]+/.*workflows/", re.I)
LONGEST_HOST = 253
"""Characters of a name (RFC 1035, without the closing dot)."""
PORTS = {"starttls": 587, "ssl": 465, "insecure": 25}


def slack(url: str) -> Target:
    """An incoming webhook. Raises Refused."""
    if not SLACK.match(url):
        raise Refused("A webhook of Slack begins with https://hooks.slack.com/services/")
    return _known(url, "Slack", "It is not complete: three parts follow behind services/.")


def teams(url: str) -> Target:
    """A workflow that posts into a channel. Raises Refused."""
    if re.match(r"https://[^/]*webhook\.office\.com/", url, re.I):
        raise Refused("That is a connector: Microsoft has switched those off. Make a workflow in Teams.")
    if not TEAMS.match(url):
        raise Refused("That is no address of a workflow: those hold logic.azure.com or powerplatform.com.")
    return _known(url, "Microsoft Teams", "It is not complete: it ends with &sig= and a long text.")


def _known(url: str, service: str, otherwise: str) -> Target:
    try:
        found = target.read(url)
    except Refused:
        raise Refused(otherwise) from None
    if found.service != service:
        raise Refused(otherwise)
    return found


@dataclass(frozen=True)
class Mail:
    """A mail server, and who writes to whom by it."""

    to: Sequence[str]
    sender: str
    host: str
    port: int | None = None
    security: str = "starttls"
    """`starttls`, `ssl` (TLS from the start) or `insecure`."""
    user: str = ""
    password: str = ""

    @property
    def is_readable(self) -> bool:
        """Whether a password would go over the network for anybody to read."""
        return self.security == "insecure" and not environment.is_loopback(self.host)

    def target(self) -> Target:
        """`mailto(s)://user:password@host:port?smtp=…&from=…&to=…&mode=…`, for apprise. Raises Refused."""
        named: Mapping[str, str] = {
            "smtp": self.host,
            "from": self.sender,
            "to": ",".join(self.to),
            "mode": self.security,
        }
        scheme = "mailto" if self.security == "insecure" else "mailtos"
        host = f"[{self.host}]" if ":" in self.host else self.host
        where = f"{self._login()}{host}:{self.port or PORTS[self.security]}"
        return target.read(f"{scheme}://{where}?{urlencode(named)}")

    def _login(self) -> str:
        if not self.user:
            return ""
        password = f":{quote(self.password, safe='')}" if self.password else ""
        return f"{quote(self.user, safe='')}{password}@"


def host_of(typed: str) -> str:
    """The bare name of a host. Raises Refused for an address of another kind."""
    bare = typed[1:-1] if typed.startswith("[") and typed.endswith("]") else typed
    if len(bare) <= LONGEST_HOST and (re.fullmatch(r"[\w-]+(\.[\w-]+)*\.?", bare) or _is_ipv6(bare)):
        return bare
    raise Refused("Only the server’s name, such as smtp.example.com; its port has a field of its own.")


def _is_ipv6(text: str) -> bool:
    try:
        IPv6Address(text)
    except ValueError:
        return False
    return "%" not in text
