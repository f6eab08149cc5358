"""Which column is which input, what every row shares, and what is cleaned up."""

from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.html import conditional_escape
from django.utils.safestring import SafeString, mark_safe

from clayops.pages.upload.preview import clipped
from jobs import intake
from jobs.mapping.cleanups import CLEANUPS, WORDS
from jobs.mapping.guess import suggest_cleanups
from jobs.models import Job, SavedSetup, header_key

SAMPLES = 3
SAME = "="
"""What the list of columns says for "the same for every row"."""
LONGEST = 10_000
"""Characters of such a text."""
NAME = 80
"""Characters of a column's name that a list shows."""


@dataclass(frozen=True)
class Tick:
    """A clean-up that can be ticked."""

    value: str
    word: str
    on: bool


@dataclass(frozen=True)
class Line:
    """One input of the destination and what fills it."""

    number: int
    """Its place: inputs may be called anything, so form fields go by this."""
    name: str
    required: bool
    chosen: str
    """The value of its list: a column's index, `SAME`, or empty."""
    constant: str
    options: SafeString
    cleanups: list[Tick]
    samples: list[str]
    error: str

    @property
    def is_same(self) -> bool:
        return self.chosen == SAME

    @property
    def missing(self) -> bool:
        return self.required and (self.chosen == "" or (self.is_same and not self.constant.strip()))


@dataclass(frozen=True)
class Mapping:
    """What the panel shows."""

    lines: list[Line]
    remembered: bool
    """Whether it is as it was the last time a file with this header was started for this destination."""
    others: int
    """Columns that no input takes."""
    key: str
    """Of the header that the form's columns belong to."""


def panel(job: Job, rows: list[intake.PreviewRow], errors: dict[str, str]) -> Mapping:
    options = _Options(job.column_names)
    sent = [job.plan.inputs(row.cells) for row in rows if not row.problem]
    lines = []
    for number, given in enumerate(job.destination.inputs):
        name = given["name"]
        chosen = SAME if name in job.constants else str(job.mapping.get(name, ""))
        lines.append(
            Line(
                number,
                name,
                given["required"],
                chosen,
                job.constants.get(name, ""),
                options.with_chosen(chosen, "Choose a column" if given["required"] else "nothing"),
                [Tick(each, WORDS[each], each in job.cleanups.get(name, ())) for each in CLEANUPS],
                _samples([inputs.get(name, "") for inputs in sent]),
                errors.get(f"input-{number}") or errors.get(f"constant-{number}", ""),
            )
        )
    taken = {index for name, index in job.mapping.items() if name not in job.constants}
    return Mapping(lines, _is_remembered(job), len(job.columns) - len(taken), key_of(job))


def key_of(job: Job) -> str:
    return header_key(job.columns)[:16]


def _samples(texts: list[str]) -> list[str]:
    """The first that are not blank, each once."""
    filled = dict.fromkeys(text for text in texts if text.strip())
    return [clipped(text) for text in list(filled)[:SAMPLES]]


def _is_remembered(job: Job) -> bool:
    saved = SavedSetup.objects.filter(destination=job.destination, header=header_key(job.columns)).first()
    now = (job.mapping, job.constants, job.cleanups)
    return saved is not None and (saved.mapping, saved.constants, saved.cleanups) == now


class _Options:
    """The list of columns, made once: of 1,000 columns and 10 inputs there are 10,000 options."""

    def __init__(self, names: list[str]) -> None:
        often = {name for name in names if names.count(name) > 1} if len(set(names)) < len(names) else set()
        self._made = [
            (str(index), conditional_escape(_label(name, index, name in often)))
            for index, name in enumerate(names)
        ]

    def with_chosen(self, chosen: str, nothing: str) -> SafeString:
        first = [("", nothing), (SAME, "The same for every row …")]
        made = (
            f'<option value="{value}"{" selected" if value == chosen else ""}>{label}</option>'
            for value, label in [*first, *self._made]
        )
        return mark_safe("".join(made))  # noqa: S308  names are escaped above


def _label(name: str, index: int, is_ambiguous: bool) -> str:
    shown = name if len(name) <= NAME else f"{name[: NAME - 1]}…"
    return f"{shown} (column {index + 1})" if is_ambiguous else shown


# -- what the form sent -------------------------------------------------------------------------------


def decisions(job: Job, data: QueryDict) -> tuple[dict[str, Any], dict[str, str]]:
    """Fields of `Setup` that the form sets, and a sentence for each of its fields that makes no sense.

    An input whose fields are not in the form, or make no sense, stays as it is.
    """
    if data.get("header_key", key_of(job)) != key_of(job):
        return {}, {}  # the page shows other columns: they are not these
    sent = _Sent(job, data)
    for number, name in enumerate(job.destination.input_names):
        if f"input-{number}" in data:
            sent.take(number, name)
    return {"mapping": sent.mapping, "constants": sent.constants, "cleanups": sent.cleanups}, sent.errors


class _Sent:
    """The mapping of a draft while a form is read into it."""

    def __init__(self, job: Job, data: QueryDict) -> None:
        self._job, self._data = job, data
        self.mapping, self.constants = dict(job.mapping), dict(job.constants)
        self.cleanups, self.errors = dict(job.cleanups), dict[str, str]()

    def take(self, number: int, name: str) -> None:
        chosen = self._data.get(f"input-{number}", "")
        if chosen == SAME:
            self._take_constant(number, name)
        elif chosen == "":
            for part in (self.mapping, self.constants, self.cleanups):
                part.pop(name, None)
        elif not _is_index(chosen, len(self._job.columns)):
            self.errors[f"input-{number}"] = "The file has no such column. Choose one of the list."
        else:
            self._take_column(number, name, int(chosen))

    def _take_constant(self, number: int, name: str) -> None:
        text = self._data.get(f"constant-{number}", "")
        if len(text) > LONGEST:
            self.errors[f"constant-{number}"] = f"At most {LONGEST:,} characters."
        elif "\0" in text:
            self.errors[f"constant-{number}"] = "It contains a NUL character. Type it again."
        else:
            self.constants[name] = text
            self.mapping.pop(name, None)
            self.cleanups.pop(name, None)

    def _take_column(self, number: int, name: str, index: int) -> None:
        before = self.mapping.get(name)
        self.constants.pop(name, None)
        self.mapping[name] = index
        ticked = set(self._data.getlist(f"cleanup-{number}"))
        if f"cleanup-{number}" in self._data and before is not None:
            self.cleanups[name] = [each for each in CLEANUPS if each in ticked]
        untouched = before is None or self.cleanups.get(name, []) == self._suggested(name, before)
        if index != before and untouched:
            self.cleanups[name] = self._suggested(name, index)

    def _suggested(self, name: str, index: int) -> list[str]:
        try:
            rows = intake.preview(self._job, rows=200)
        except (OSError, UnicodeError):
            return []
        samples = [row.cells for row in rows if not row.problem]
        return suggest_cleanups({name: index}, samples)[name]


def _is_index(text: str, width: int) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10 and int(text) < width
