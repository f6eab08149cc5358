"""The environment, read strictly: a wrong value stops the start with one line that names it."""

import secrets
from decimal import Decimal
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from environs import Env, EnvError

env = Env()
MOST_CREDITS = 100_000_000
"""A higher limit is a slip of the finger."""


class BrokenVariable(Exception):
    """An environment variable (or what it points to) cannot be used; the text is one line that names it."""


def _fail(name: str, why: str) -> BrokenVariable:
    return BrokenVariable(f"{name} {why}")


def text(name: str, default: str = "") -> str:
    """The variable without surrounding blanks; empty counts as not set."""
    return env.str(name, "").strip() or default


def whole(name: str, default: int, low: int, high: int) -> int:
    """A whole number from `low` to `high`."""
    raw = text(name)
    if not raw:
        return default
    try:
        value = int(raw)
    except ValueError:
        raise _fail(name, f"must be a whole number, not {raw!r}") from None
    if not low <= value <= high:
        raise _fail(name, f"must be from {low} to {high}, not {value}")
    return value


def yes_or_no(name: str) -> bool:
    """`yes` or `no`; no where it is not set."""
    raw = text(name, "no").lower()
    if raw not in {"yes", "no"}:
        raise _fail(name, f"must be yes or no, not {raw!r}")
    return raw == "yes"


def credits_amount(name: str, default: int) -> Decimal:
    """A number of credits, zero or more, with at most two decimals."""
    raw = text(name)
    if not raw:
        return Decimal(default)
    try:
        value = Decimal(raw)
    except ArithmeticError:
        raise _fail(name, f"must be a number of credits, not {raw!r}") from None
    if not value.is_finite() or value < 0 or value != value.quantize(Decimal("0.01")):
        raise _fail(name, f"must be zero or more, with at most two decimals, not {raw!r}")
    if value > MOST_CREDITS:
        raise _fail(name, f"must be at most {MOST_CREDITS:,} credits, not {raw!r}")
    return value


def is_loopback(host: str) -> bool:
    """Whether `host` is a name or address of this machine only."""
    host = host.strip("[]")
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def clay_url(name: str, default: str) -> str:
    """An https address, or plain http on loopback; without a closing slash."""
    url = text(name, default)
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise _fail(name, f"must be an address such as {default}, not {url!r}")
    if parts.scheme == "http" and not is_loopback(parts.hostname):
        raise _fail(
            name, "may be plain http on loopback only; use https, or the API key would travel unprotected"
        )
    if parts.username or parts.query or parts.fragment:
        raise _fail(name, "must be a plain address without user, query or fragment")
    return url.rstrip("/")


def redis_url(name: str) -> str:
    """A redis://, rediss:// or unix:// address, or empty where the bundled Redis is meant."""
    url = text(name)
    if url and urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
        raise _fail(name, "must start with redis://, rediss:// or unix://")
    return url


def database_url(name: str, default_path: Path) -> dict[str, object]:
    """Django's DATABASES entry for a SQLite file or a PostgreSQL server."""
    url = text(name, f"sqlite:///{default_path}")
    scheme = urlsplit(url).scheme
    if scheme not in {"sqlite", "postgres", "postgresql"}:
        raise _fail(name, "must start with sqlite:/// or postgresql://")
    try:
        config: dict[str, object] = dict(Env().dj_db_url("…", url))
    except (EnvError, ValueError) as error:
        raise _fail(name, f"cannot be read: {type(error).__name__}") from None
    if scheme == "sqlite":
        config["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA busy_timeout=20000;",
        }
    else:
        config["CONN_MAX_AGE"] = 60
        config["CONN_HEALTH_CHECKS"] = True
    return config


def time_zone(name: str, default: str) -> str:
    """A time zone of the IANA data base, such as Europe/Paris."""
    zone = text(name, default)
    try:
        ZoneInfo(zone)
    except (ValueError, OSError):  # ZoneInfoNotFoundError is a KeyError on some paths
        raise _fail(name, f"must be a time zone such as Europe/Paris, not {zone!r}") from None
    except KeyError:
        raise _fail(name, f"must be a time zone such as Europe/Paris, not {zone!r}") from None
    return zone


def hosts(name: str) -> list[str]:
    """Host names, separated by commas."""
    return [host.strip() for host in text(name, "localhost,127.0.0.1,[::1]").split(",") if host.strip()]


def networks(name: str) -> list[IPv4Network | IPv6Network]:
    """Addresses and networks (10.0.0.0/8), separated by commas; none where it is not set."""
    try:
        return [ip_network(each.strip()) for each in text(name).split(",") if each.strip()]
    except ValueError:
        raise _fail(name, f"must be addresses or networks such as 10.0.0.0/8, not {text(name)!r}") from None


def folder(name: str, default: Path) -> Path:
    """A folder that exists (it is made where it does not) and can be written to."""
    path = Path(text(name, str(default))).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True, mode=0o700)
        (path / ".write-test").touch()
        (path / ".write-test").unlink(missing_ok=True)  # another process of ours may try at this moment
    except OSError as error:
        raise _fail(name, f"is not a folder that can be written to: {path} ({error.strerror})") from None
    return path


def kept_secret(path: Path) -> str:
    """The secret in `path`, made on first use and readable by its owner only."""
    try:
        return path.read_text().strip()
    except FileNotFoundError:
        pass
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    fresh.touch(mode=0o600)
    fresh.write_text(secrets.token_urlsafe(50))
    try:
        path.hardlink_to(fresh)  # the first process to get here wins, all others read its secret
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
    return path.read_text().strip()
