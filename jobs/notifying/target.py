"""Addresses that apprise understands, and what may be shown of them."""

import re
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from apprise import AppriseAttachment
from apprise.exception import AppriseException
from apprise.plugins.email.base import NotifyEmail

from jobs.notifying import guard
from jobs.notifying.quiet_apprise import Apprise, AppriseAsset, NotifyBase

LONGEST = 2000
WORDS = {
    "slack": "Slack",
    "workflow": "Microsoft Teams",
    "msteams": "Microsoft Teams",
    "mailto": "E-mail",
    "mailtos": "E-mail",
    "json": "JSON",
    "jsons": "JSON",
}
OWN = {"json", "jsons", "xml", "xmls", "form", "forms"}
"""Addresses of one's own: the host says which it is, and the rest stays hidden."""
LOCAL = {"syslog", "rsyslog", "aprs", "dbus", "qt", "kde", "glib", "gnome", "macosx", "windows"}
"""What shows on the machine itself, or leaves by sockets of its own, where nobody looks at the address."""
FILES = ("keyfile", "subfile", "template")
"""Options of some services that name a file by its path."""
SHOWN = 4
"""At most so many characters of a secret are shown, and never more than a third of it."""
INSIDE = "That is an address of ClayOps’s machine or its own network. NOTIFY_INTERNAL=yes allows those."
CONNECT_SECONDS, READ_SECONDS = 10.0, 15.0


class Refused(Exception):
    """Nothing can be sent there. The text is a sentence for the field."""


@dataclass(frozen=True)
class Target:
    """`url` is the secret; the others are for pages."""

    url: str
    service: str
    hint: str


def read(url: str) -> Target:
    """What the address is of. Raises Refused."""
    service = load(url)
    return Target(url, service_of(service), _hint(url, service))


def load(url: str) -> NotifyBase:
    """The service behind the address, ready to send. Raises Refused."""
    if len(url) > LONGEST or not url.isprintable():
        raise Refused(f"That is no address: it is longer than {LONGEST:,} characters, or has line breaks.")
    try:
        service = Apprise.instantiate(url, asset=_asset(), suppress_exceptions=False)
    except AppriseException as problem:
        raise Refused(f"apprise does not understand it: {problem}") from None
    except Exception:  # noqa: BLE001  a plugin that stumbles over what was typed; its words may repeat that
        raise Refused("apprise does not understand it. Look the address’s form up in its list.") from None
    if service is None:
        raise Refused(_why_not(url))
    if isinstance(service, NotifyEmail) and not service.targets:
        raise Refused("Nobody would get it: there is no e-mail address behind to=.")
    if _names_a_file(service):
        raise Refused("It names a file on ClayOps’s machine. That is not allowed.")
    if schema_of(service) in LOCAL:
        raise Refused("It tells ClayOps’s machine only, and nobody would see it there.")
    _look_outside(url, service)
    if "cto=" not in url and "rto=" not in url:
        service.socket_connect_timeout, service.socket_read_timeout = CONNECT_SECONDS, READ_SECONDS
    return service


def _look_outside(url: str, service: NotifyBase) -> None:
    host = getattr(service, "smtp_host", "") or getattr(service, "host", "")
    try:
        guard.check(str(host or ""))
    except guard.Inside:
        raise Refused(INSIDE) from None


def service_of(service: NotifyBase) -> str:
    return WORDS.get(schema_of(service)) or str(service.service_name)[:60]


def schema_of(service: NotifyBase) -> str:
    return str(service.url(privacy=True)).partition("://")[0]  # type: ignore[no-untyped-call]


def _asset() -> AppriseAsset:
    """No pictures from elsewhere, no redirects: a POST that is redirected arrives as a GET, empty."""
    return AppriseAsset(
        app_id="ClayOps",
        app_desc="ClayOps",
        image_path_mask=False,
        image_url_mask="",
        image_url_logo="",
        http_redirects=False,
        pgp_autogen=False,
        pem_autogen=False,
        storage_mode="memory",
    )


def _why_not(url: str) -> str:
    scheme = url.partition("://")[0].lower() if "://" in url else ""
    if scheme in {"http", "https"}:
        own = "jsons://" if scheme == "https" else "json://"
        return (
            "That is no address of a service that apprise knows by it. "
            f"To have a message posted there as JSON, begin with {own} in place of {scheme}://."
        )
    if not scheme:
        return "That is no address. It begins with the service: discord://, pagerduty://, json:// …"
    return f"apprise knows no service {scheme}://, or something is missing behind it."


def _names_a_file(service: NotifyBase) -> bool:
    """Templates and keys: what they hold would be sent away."""
    values = vars(service).values()
    keys = (getattr(service, "pgp_key", None), getattr(service, "pgp_privkey", None))
    files = any(isinstance(value, AppriseAttachment) and len(value) for value in values)
    return files or any(keys) or any(getattr(service, name, None) for name in FILES)


def _hint(url: str, service: NotifyBase) -> str:
    """The end of the secret, or whom an e-mail goes to."""
    if isinstance(service, NotifyEmail):
        return _people([address for _, address in service.targets])
    parts = urlsplit(url)
    if schema_of(service) in OWN:
        return (parts.hostname or "")[:120]
    signed = re.search(r"[?&]sig=([^&]+)", url)
    secret = signed.group(1) if signed else f"{parts.netloc}{parts.path}"
    pieces = re.findall(r"[\w-]+", unquote(secret))
    last = pieces[-1] if pieces else ""
    return f"…{last[-min(SHOWN, len(last) // 3) :]}" if len(last) >= 3 else "…"


def _people(addresses: list[str]) -> str:
    """`o…@north.test and 2 more`: enough to know it by."""
    local, _, domain = addresses[0].rpartition("@")
    more = f" and {len(addresses) - 1} more" if addresses[1:] else ""
    return f"{local[:1]}…@{domain}{more}"[:120]
