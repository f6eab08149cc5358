"""Whether what was started answers yet, and the address to open."""

import http.client
import threading
import time
from collections.abc import Callable

import redis
from django.conf import settings
from django.contrib.auth import get_user_model

from clayops.base import environment
from clayops.people import first_owner


def redis_answers() -> bool:
    """Whether our own Redis has read its files and takes commands."""
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=2, socket_connect_timeout=2) as client:
            return bool(client.ping())
    except redis.RedisError:
        return False


def web_asked() -> Callable[[], bool]:
    """Ask the web server for a page, again until it answers; the returned function says whether it has.

    In a thread: a server that is just starting takes the connection seconds before it answers.
    """
    answered = threading.Event()
    threading.Thread(target=_ask_web, args=(answered,), daemon=True).start()
    return answered.is_set


def _ask_web(answered: threading.Event) -> None:
    while not answered.is_set():
        connection = http.client.HTTPConnection("127.0.0.1", settings.PORT, timeout=60)
        try:
            connection.request("GET", "/signin", headers={"Host": _host(), "X-Forwarded-Proto": "https"})
            connection.getresponse().read()
            answered.set()
        except (OSError, http.client.HTTPException):
            time.sleep(0.1)
        finally:
            connection.close()


def _host() -> str:
    """A name that we answer to: asked for another, Django would log an error."""
    named = next((host.lstrip(".") for host in settings.ALLOWED_HOSTS if host.strip(".") != "*"), "localhost")
    return named or "localhost"


def address() -> str:
    """Where people find the product: this machine's port, or the name it is served under."""
    public = [host for host in settings.ALLOWED_HOSTS if not environment.is_loopback(host)]
    named = next((host.lstrip(".") for host in public if host != "*"), None)
    return f"https://{named}" if named else f"http://localhost:{settings.PORT}"


def line() -> str:
    """What `up` prints when all is there: the address, on the first run the link for the owner."""
    if get_user_model().objects.exists():
        return f"ClayOps is ready: {address()}"
    return f"ClayOps is ready. Create the owner's account: {address()}/welcome/{first_owner.link_token()}"
