"""Who may read the metrics: whoever has the token that Settings shows to owners."""

from django.utils.crypto import constant_time_compare, salted_hmac

PURPOSE = "clayops.pages.health.metrics"


def token() -> str:
    """Made of SECRET_KEY for this purpose only: it opens nothing else, and changes with that key."""
    return salted_hmac(PURPOSE, "token", algorithm="sha256").hexdigest()


def is_allowed(authorization: str) -> bool:
    """Whether the `Authorization` header is `Bearer` and the token, compared in constant time."""
    scheme, _, told = authorization.partition(" ")
    return constant_time_compare(told.strip(), token()) and scheme.lower() == "bearer"
