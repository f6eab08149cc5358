"""Rows that were left out at Start: how many for which reason, and which they are."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Q

from jobs.models import Finding, Job, RowState

_SAYS = {
    Finding.UNREADABLE: ["could not be read:"],
    Finding.TOO_LARGE: ["Left out: it would take"],
    Finding.MISSING: [" is blank", " are blank"],
    Finding.INVALID_EMAIL: ["is not an e-mail address:"],
    Finding.INVALID_DOMAIN: ["is not a domain:", "is not a web address:"],
    Finding.FREE_MAIL: ["is a free-mail domain"],
    Finding.DUPLICATE: ["Left out: same as row"],
    Finding.ENRICHED_BEFORE: ["Left out: enriched at this destination"],
    Finding.WAITING_ELSEWHERE: ["Left out: waiting in another job"],
}
"""What the reason on a row has in it (see `jobs.intake.findings`, `Words.left_out`)."""


@dataclass(frozen=True)
class Why:
    """One reason, and how many rows were left out for it."""

    finding: Finding
    count: int


def whys(job: Job) -> list[Why]:
    """By reason, the most first. A row with several counts for the first of them, as its own text does."""
    chosen, counts = job.left_out_mask, Counter[Finding]()
    for mask, rows in job.finding_masks.items():
        left_out = [each for each in Finding if each.bit & int(mask) & chosen]
        if left_out:
            counts[left_out[0]] += rows
    return [Why(finding, count) for finding, count in counts.most_common()]


def because_of(finding: Finding) -> Q:
    """The skipped rows that name this reason."""
    says = Q()
    for words in _SAYS[finding]:
        says |= Q(error__contains=words)
    return says & Q(state=RowState.SKIPPED)
