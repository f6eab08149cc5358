"""Rows of a letter, edited before they are sent again. The upload's own cells stay as they are."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.utils import timezone

from clayops.base.wording import plural
from jobs.intake.check.rules import Rules, rules_for
from jobs.models import (
    DeadLetter,
    EventKind,
    Finding,
    Job,
    LetterEvent,
    LetterState,
    NotPossible,
    Row,
    RowState,
    Submission,
)
from jobs.review import verbs

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MOST = 200
"""Rows on one page of editing."""
Given = Mapping[int, Mapping[str, str]]
"""`{row id: {input: text}}`"""


@dataclass(frozen=True)
class Change:
    """One input of one row."""

    row: int
    number: int
    input: str
    before: str
    after: str

    @property
    def as_json(self) -> dict[str, Any]:
        """As a letter's history keeps it."""
        return {name: getattr(self, name) for name in ("row", "number", "input", "before", "after")}


@dataclass
class Checked:
    """What was typed: what it would change, and what is wrong with it, by row id and input."""

    changes: list[Change] = field(default_factory=list)
    problems: dict[int, dict[str, str]] = field(default_factory=dict)


def original(job: Job, row: Row) -> dict[str, str]:
    """The inputs as they were uploaded."""
    return job.plan.inputs(row.cells)


def check(job: Job, rows: list[Row], given: Given) -> Checked:
    """Only inputs that are mapped count; only what was changed must be right."""
    found = Checked()
    for row in rows:
        before = job.inputs_of(row)
        told = {name: text for name, text in given.get(row.pk, {}).items() if name in before}
        typed = {name: clean(text) for name, text in told.items() if not is_same(text, before[name])}
        new = {name: text for name, text in typed.items() if text != before[name]}
        found.changes += [Change(row.pk, row.number, name, before[name], text) for name, text in new.items()]
        if new and (wrong := _problems(job, before | new, new)):
            found.problems[row.pk] = wrong
    return found


def is_same(typed: str, text: str) -> bool:
    """Whether a field came back as it was: browsers change how its lines end, and nothing else."""
    ends = ("\r\n", "\n"), ("\r", "\n")
    for theirs, ours in ends:
        typed, text = typed.replace(theirs, ours), text.replace(theirs, ours)
    return typed == text


def clean(text: str) -> str:
    """What a person typed, without what no cell may have."""
    return text.replace("\0", "").replace("\r\n", "\n").strip()


def _problems(job: Job, inputs: dict[str, str], new: dict[str, str]) -> dict[str, str]:
    """What is wrong with the changed inputs, in words."""
    wrong = {}
    for name, text in new.items():
        if not text and name in job.destination.required_inputs:
            wrong[name] = "Clay needs this; it cannot be blank."
        for finding, test, words in rules_for(name):
            if text and finding != Finding.FREE_MAIL and test(text):
                wrong[name] = f"This {words}."
    rules = Rules(job.destination, set(inputs), settings.CLAY_WEBHOOK_ID)
    if not wrong and rules.mask(inputs) & Finding.TOO_LARGE.bit:
        longest = max(new, key=lambda name: len(new[name]))
        wrong[longest] = f"Too long: {rules.words(Finding.TOO_LARGE, inputs)}."
    if not wrong and not any(inputs.values()):
        wrong[next(iter(new))] = "Every input of the row would be blank."
    return wrong


def edit(letter: DeadLetter, by: "User | None", given: Given, note: str = "", seen: int | None = None) -> int:
    """Put what was typed in place of the upload's; returns how many rows changed.

    An approval ends with it: it was for what the rows were. Raises `NotPossible` for a row that has left
    the letter, for what `check` finds wrong, and where the letter's version is not the one that was `seen`:
    what somebody else typed since must not be undone unseen.
    """
    with verbs.locked(letter) as mine:
        verbs.refuse_unless_waiting(mine)
        if seen not in {None, mine.version}:
            raise NotPossible("Somebody changed the letter since you opened this page.")
        rows = list(Row.objects.filter(pk__in=given, letter=mine, state=RowState.DEAD).order_by("number"))
        if len(rows) < len(given):
            raise NotPossible("Rows have left the letter since the page was opened. Look at it again.")
        checked = check(mine.job, rows, given)
        if checked.problems:
            raise NotPossible("Some of what was typed cannot be sent.")
        _write(mine.job, rows, checked)
        changed = {change.row for change in checked.changes}
        if not changed:
            raise NotPossible("Nothing was changed.")
        mine.is_another()
        text = f"Edited: {plural(len(changed), verbs.ROWS)}"
        text += "; the approval ended with it" if mine.state == LetterState.APPROVED else ""
        told = [change.as_json for change in checked.changes]
        mine.note(EventKind.EDITED, text, by, note=verbs.kept_note(note), charge=mine.charge, changes=told)
        return len(changed)


def _first_edits(job: Job) -> dict[int, datetime]:
    """When each row of the job was edited first."""
    found: dict[int, datetime] = {}
    edits = LetterEvent.objects.filter(letter__job=job, kind=EventKind.EDITED).order_by("pk")
    for at, changes in edits.values_list("at", "changes"):
        for change in changes:
            found.setdefault(change["row"], at)
    return found


def _was_sent_since(row: Row, first: datetime | None) -> bool:
    """Whether it left since it was edited first: then a result of it may be one of what it is no more."""
    return first is not None and any(each.created_at > first for each in Submission.objects.carrying(row))


def _write(job: Job, rows: list[Row], checked: Checked) -> None:
    new: dict[int, dict[str, str]] = {}
    for change in checked.changes:
        new.setdefault(change.row, {})[change.input] = change.after
    first = _first_edits(job)
    for row in rows:
        if row.pk in new:
            uploaded = original(job, row)
            edits = (row.edits or {}) | new[row.pk]
            row.edits = {name: text for name, text in edits.items() if text != uploaded.get(name)} or None
            row.key = job.plan.key(job.inputs_of(row))
            row.edited_at = timezone.now() if row.edits or _was_sent_since(row, first.get(row.pk)) else None
            row.save(update_fields=["edits", "key", "edited_at"])
