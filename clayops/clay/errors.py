"""What can go wrong with Clay: each error says whether anything was charged and whether a retry helps."""

from enum import StrEnum


class Charged(StrEnum):
    """Whether Clay may have charged credits for the request."""

    NO = "no"
    POSSIBLY = "possibly"


class ClayError(Exception):
    """A request that did not end as hoped; its text is a sentence for people and never holds the API key.

    `status` is Clay's HTTP status, where one came; `retry_after` is in seconds, where Clay named a time.
    """

    charged: Charged = Charged.NO
    retryable: bool = False

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.retry_after = retry_after


class NotSent(ClayError):
    """Nothing left this machine: name not resolved, connection refused, TLS failure, no free connection."""

    retryable = True


class TooFast(ClayError):
    """429, or 503 with Retry-After: Clay took nothing; wait `retry_after` seconds."""

    retryable = True


class Rejected(ClayError):
    """400, 404, 413, 422: Clay will not take this request, however often it comes."""


class KeyRejected(ClayError):
    """401, 403: the API key, or what it may do."""


class NoCredits(ClayError):
    """402: the workspace's credits or actions are used up."""


class Unclear(ClayError):
    """We cannot know what Clay did: another 5xx, an unlisted status, no answer, or one outside the contract.

    A run may have been charged. Reading (`for_reading`) is free, and may be tried again.
    """

    charged = Charged.POSSIBLY

    def for_reading(self) -> None:
        """It only read."""
        self.charged, self.retryable = Charged.NO, True
