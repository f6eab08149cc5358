"""What is decided about an upload before it starts: columns to inputs, clean-ups, what is left out."""

import json
from dataclasses import asdict
from functools import cached_property
from hashlib import sha256

from django.db import models

from jobs.mapping.plan import Plan
from jobs.models.destination import Destination
from jobs.models.upload import Upload


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


def mask_of(findings: "list[str]") -> int:
    """The bits of these findings, together."""
    return sum(Finding(each).bit for each in set(findings))


class Setup(Upload):
    """The decisions, and what the check found under them."""

    destination = models.ForeignKey(Destination, models.PROTECT, related_name="jobs")
    mapping = models.JSONField(default=dict)
    """`{input name: index of its column}`; inputs without a column are absent."""
    constants = models.JSONField(default=dict)
    """`{input name: the same text for every row}`."""
    cleanups = models.JSONField(default=dict)
    """`{input name: ["trim", "lower", "domain"]}`, see `jobs.mapping.cleanups`."""
    leave_out = models.JSONField(default=list)
    """Values of `Finding` whose rows are skipped."""
    reuse_results = models.BooleanField(default=False)
    """Rows enriched at this destination before take that result, at no cost."""
    reuse_days = models.PositiveSmallIntegerField(default=30)
    """How far back "enriched before" looks."""

    checked = models.CharField(max_length=64, blank=True)
    """The `check_key` that the findings belong to; empty before the first check."""
    checked_at = models.DateTimeField(null=True, blank=True)
    check_error = models.CharField(max_length=500, blank=True)
    """Why the file cannot be taken as it is, in a sentence."""
    findings = models.JSONField(default=dict)
    """`{finding: {"count": 3, "examples": [{"row": 7, "line": 8, "text": "…"}]}}`."""
    finding_masks = models.JSONField(default=dict)
    """`{"<bits>": rows}`: how many rows have exactly these findings; a row without any is in none."""

    class Meta:
        abstract = True

    @property
    def check_key(self) -> str:
        """Changes with everything that the check depends on."""
        there = self.destination
        given = [asdict(self.format), self.mapping, self.constants, self.cleanups, self.reuse_days]
        given += [there.pk, there.inputs, there.routine_since.timestamp()]
        return sha256(json.dumps(given, sort_keys=True).encode()).hexdigest()[:32]

    @property
    def is_checked(self) -> bool:
        return self.checked == self.check_key and not self.check_error

    @cached_property
    def plan(self) -> Plan:
        return Plan(self.mapping, self.constants, self.cleanups)

    @property
    def left_out_mask(self) -> int:
        """What is chosen, and what cannot be sent in any case."""
        return mask_of([*self.leave_out, *UNSENDABLE])

    @property
    def left_out_rows(self) -> int:
        """Rows that Start would skip."""
        chosen = self.left_out_mask
        return sum(rows for mask, rows in self.finding_masks.items() if int(mask) & chosen)

    @property
    def reused_rows(self) -> int:
        """Rows that Start would give an earlier result, at no cost."""
        if not self.reuse_results:
            return 0
        chosen, known = self.left_out_mask, Finding.ENRICHED_BEFORE.bit
        return sum(
            rows for mask, rows in self.finding_masks.items() if int(mask) & known and not int(mask) & chosen
        )

    @property
    def sendable_rows(self) -> int:
        """Rows that Start would send."""
        return self.row_count - self.left_out_rows - self.reused_rows

    @property
    def undecided(self) -> list[Finding]:
        """Findings that cannot be sent and that nobody has said to leave out."""
        return [each for each in UNSENDABLE if each in self.findings and each not in self.leave_out]

    @property
    def missing_inputs(self) -> list[str]:
        """Required inputs that have neither a column nor a constant."""
        filled = {*self.mapping, *(name for name, text in self.constants.items() if text.strip())}
        return [name for name in self.destination.required_inputs if name not in filled]


class SavedSetup(models.Model):
    """How a file with this header was mapped the last time it was started for this destination."""

    destination = models.ForeignKey(Destination, models.CASCADE, related_name="saved_setups")
    header = models.CharField(max_length=64)
    """`header_key` of the columns."""
    mapping = models.JSONField(default=dict)
    constants = models.JSONField(default=dict)
    cleanups = models.JSONField(default=dict)
    saved_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["destination", "header"], name="setup_saved_once")]

    def __str__(self) -> str:
        return f"{self.destination}: {self.header[:8]}"


def header_key(columns: list[str]) -> str:
    """The same for headers that are alike."""
    return sha256(json.dumps(columns).encode()).hexdigest()
