"""The states of everything, and the other closed lists that the database keeps. Knows no model."""

from django.db import models


class NotPossible(Exception):
    """It cannot be done now; the text says why and what to do."""


# -- destinations ------------------------------------------------------------------------------------------
class Kind(models.TextChoices):
    ROUTINE = "routine"
    WEBHOOK = "webhook", "table webhook"


class Hold(models.TextChoices):
    """Why a batch may not leave now."""

    BUDGET = "budget"
    PAUSED = "paused"
    CLAY_DOWN = "clay_down", "Clay is down"
    KEY_REJECTED = "key_rejected", "key rejected"
    NO_PROVIDER = "no_provider", "no provider"
    WEBHOOK_FULL = "webhook_full", "webhook full"


class Means(models.TextChoices):
    """What an output of a result says about providers."""

    FOUND = "found", "names the provider that found it"
    STATUS = "status", "says how one provider did"


# -- jobs and their files ----------------------------------------------------------------------------------
class JobState(models.TextChoices):
    """`HELD` is never stored: it is how a running job shows while its destination is on hold."""

    DRAFT = "draft"
    READY = "ready"
    RUNNING = "running"
    HELD = "held"
    PAUSED = "paused"
    DONE = "done"
    CANCELLED = "cancelled"


UNFINISHED = (JobState.READY, JobState.RUNNING, JobState.PAUSED)
ENDED = (JobState.DONE, JobState.CANCELLED)


class FileKind(models.TextChoices):
    TEXT = "text", "CSV"
    XLSX = "xlsx", "Excel workbook"
    ODS = "ods", "OpenDocument sheet"


class Finding(models.TextChoices):
    """What a check finds about a row; the order is fixed, as `bit` is stored."""

    UNREADABLE = "unreadable", "cannot be read"
    TOO_LARGE = "too_large", "too large for Clay"
    MISSING = "missing", "a required input is blank"
    INVALID_EMAIL = "invalid_email", "not an e-mail address"
    INVALID_DOMAIN = "invalid_domain", "not a domain"
    FREE_MAIL = "free_mail", "a free-mail domain"
    DUPLICATE = "duplicate", "twice in the file"
    ENRICHED_BEFORE = "enriched_before", "enriched before"
    WAITING_ELSEWHERE = "waiting_elsewhere", "waiting in another job"

    @property
    def bit(self) -> int:
        return 1 << list(Finding).index(self)


UNSENDABLE = (Finding.UNREADABLE, Finding.TOO_LARGE)
"""Such rows can only be left out, and only when the user says so."""


def mask_of(findings: list[str]) -> int:
    """The bits of these findings, together."""
    return sum(Finding(each).bit for each in set(findings))


# -- rows and batches --------------------------------------------------------------------------------------
class RowState(models.TextChoices):
    WAITING = "waiting"
    SENDING = "sending"
    IN_FLIGHT = "in_flight", "in flight"
    ENRICHED = "enriched"
    DEAD = "dead"
    DISCARDED = "discarded"
    SKIPPED = "skipped"


UNSETTLED = (RowState.WAITING, RowState.SENDING, RowState.IN_FLIGHT)
"""States in which something still happens to a row by itself."""
CANCELLED_UNSENT = "The job was cancelled before this row was sent"


class Proof(models.TextChoices):
    """What is known about whether a row ever reached Clay."""

    NOT_SENT = "not_sent", "not sent"
    MAYBE = "maybe", "may have been sent"
    SENT = "sent", "sent"


class BatchState(models.TextChoices):
    WAITING = "waiting"
    SENDING = "sending"
    IN_FLIGHT = "in_flight", "in flight"
    FINISHED = "finished"


# -- submissions and their runs ----------------------------------------------------------------------------
class Outcome(models.TextChoices):
    """How an attempt ended; empty while its bytes may be under way."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNKNOWN = "unknown"


class RunState(models.TextChoices):
    OUT = "out", "in flight"
    FINISHED = "finished"
    GIVEN_UP = "given_up", "given up"


class Trouble(models.TextChoices):
    """Why a run needs a person."""

    STUCK = "stuck"
    GONE = "gone", "results gone"
    ODD = "odd", "unknown status"


# -- dead letters ------------------------------------------------------------------------------------------
class Charge(models.TextChoices):
    """Whether Clay may already have charged for the rows."""

    NO = "no"
    POSSIBLY = "possibly"
    YES = "yes"


def worst(*charges: str) -> Charge:
    """Of several charges the one that costs the most."""
    order = list(Charge)
    return max(map(Charge, charges), key=order.index)


class LetterState(models.TextChoices):
    OPEN = "open"
    APPROVED = "approved"
    RETRYING = "retrying"
    RESOLVED = "resolved"
    DISCARDED = "discarded"


NEEDS_A_PERSON = (LetterState.OPEN, LetterState.APPROVED)
"""States in which a letter has its rows."""


class EventKind(models.TextChoices):
    """What happened to a letter."""

    FAILED = "failed"
    APPROVED = "approved"
    WITHDRAWN = "withdrawn", "approval withdrawn"
    RETRIED = "retried"
    EDITED = "edited"
    CHECKED = "checked", "checked with Clay"
    DISCARDED = "discarded"
    RESTORED = "restored"
    ASSIGNED = "assigned"
    COMMENT = "comment"
    SPLIT = "split", "rows taken apart"
    LATE = "late", "late result"
    RESOLVED = "resolved"


class Verb(models.TextChoices):
    """What can be done to many letters at once."""

    APPROVE = "approve", "Approve"
    RETRY = "retry", "Retry"
    APPROVE_RETRY = "approve-retry", "Approve and retry"
    CHECK = "check", "Check with Clay"
    DISCARD = "discard", "Discard"
    RESTORE = "restore", "Restore"
    ASSIGN = "assign", "Assign"


class BulkState(models.TextChoices):
    ASKED = "asked", "not confirmed"
    RUNNING = "running"
    TRYING = "trying", "waits for the first"
    DONE = "done"
    STOPPED = "stopped"


class ItemOutcome(models.TextChoices):
    DONE = "done"
    REFUSED = "refused"
    LEFT = "left", "left as it was"
