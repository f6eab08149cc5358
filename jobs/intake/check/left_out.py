"""Rows that were left out at Start: how many for which reason, and which they are."""

from collections import Counter
from dataclasses import dataclass

from django.db.models import Q

from jobs.models import Finding, Job, RowState


def begins(finding: Finding) -> str:
    """How the reason on a row begins that was left out for `finding`; what follows may quote its cells."""
    return "Line " if finding is Finding.UNREADABLE else f"Left out ({finding.label}): "


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
    return Q(state=RowState.SKIPPED, error__startswith=begins(finding))
