"""How a draft's file is read: said in words, and corrected field by field."""

from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import Any

from django.http import QueryDict

from jobs import intake
from jobs.models import FileKind, Job
from jobs.reading.format import DELIMITERS, ENCODINGS, ESCAPES, QUOTES, Format, label_of

MOST_SKIPPED = 1_000_000
LABELS = {
    "sheet": "Sheet",
    "encoding": "Encoding",
    "delimiter": "Between cells",
    "quote": "Around cells",
    "escape": "Quote within a cell",
    "header": "First line",
}
HEADERS = {"yes": "names the columns", "no": "is a row like the others"}


@dataclass(frozen=True)
class Choice:
    """One thing that a field can be set to."""

    value: str
    word: str
    chosen: bool


@dataclass(frozen=True)
class Field:
    """One part of the format, as it is now."""

    name: str
    label: str
    value: str
    choices: list[Choice]
    error: str


@dataclass(frozen=True)
class Reading:
    """What the panel shows."""

    words: str
    fields: list[Field]
    skip: int
    skip_error: str
    general_error: str

    @property
    def has_errors(self) -> bool:
        return bool(self.skip_error or self.general_error or any(field.error for field in self.fields))


def panel(job: Job, errors: dict[str, str]) -> Reading:
    now = _values(job.format)
    fields = [
        Field(
            name,
            LABELS[name],
            now[name],
            [Choice(value, word, value == now[name]) for value, word in choices.items()],
            errors.get(name, ""),
        )
        for name, choices in _choices(job).items()
    ]
    return Reading(words(job), fields, job.skip, errors.get("skip", ""), errors.get("reading", ""))


def words(job: Job) -> str:
    """What was found, as in "Windows-1252, semicolon, header in line 3, 2 lines skipped"."""
    if job.kind == FileKind.TEXT:
        parts = [label_of(job.encoding), DELIMITERS.get(job.delimiter, job.delimiter)]
    else:
        parts = [FileKind(job.kind).label, f"sheet “{job.sheet}”"]
    if job.columns:
        parts.append(f"header in line {job.first_line - 1:,}" if job.header else "no header")
    if job.skip:
        parts.append(f"{job.skip:,} {'line' if job.skip == 1 else 'lines'} skipped")
    return ", ".join(parts)


def save(job: Job, data: QueryDict) -> dict[str, str]:
    """Read the file as the form says. Returns a sentence for each field that makes no sense."""
    if "guess" in data:
        return _try(job, lambda: intake.guess_again(job), "reading")
    wanted, errors = _wanted(job, data)
    changed = [name for name, value in _values(wanted).items() if value != _values(job.format)[name]]
    if errors or not changed:
        return errors
    return _try(job, lambda: intake.read_again(job, wanted), changed[0])


def _try(job: Job, read: Callable[[], None], name: str) -> dict[str, str]:
    """Read the file anew; where that leads nowhere, as before."""
    before, was_fine = job.format, not job.check_error
    kept = {each: getattr(job, each) for each in ("mapping", "constants", "cleanups")}
    try:
        read()
    except intake.Unreadable as problem:
        return {name: str(problem)}
    except OSError:
        return {name: "The file is not there any more. Discard the draft and upload it again."}
    if not (job.check_error and was_fine):
        return {}
    problem_found = job.check_error
    if job.sheet != before.sheet:
        intake.read_again(job, before)  # back to the sheet, which is laid out by a guess
    intake.read_again(job, before)
    intake.set_up(job, **kept)
    return {name: problem_found}


def _values(format: Format) -> dict[str, str]:
    """The parts of the format as a form has them."""
    values = {name: str(value) for name, value in asdict(format).items()}
    return values | {"header": "yes" if format.header else "no"}


def _choices(job: Job) -> dict[str, dict[str, str]]:
    """What each field can be set to, as `{field: {value: word}}`; what it is now is always among them."""
    if job.kind == FileKind.TEXT:
        found = {"encoding": ENCODINGS, "delimiter": DELIMITERS, "quote": QUOTES, "escape": ESCAPES}
    else:
        found = {"sheet": {name: name for name in job.sheets}}
    found["header"] = HEADERS
    now = _values(job.format)
    return {name: {**words, now[name]: words.get(now[name], now[name])} for name, words in found.items()}


def _wanted(job: Job, data: QueryDict) -> tuple[Format, dict[str, str]]:
    """The format that the form describes, and a sentence for each field that describes none."""
    changes: dict[str, Any] = {}
    errors = {}
    for name, choices in _choices(job).items():
        value = data.get(name)
        if value is not None and value not in choices:
            errors[name] = "Choose one of the list."
        elif value is not None:
            changes[name] = value == "yes" if name == "header" else value
    changes["skip"] = whole(data.get("skip", str(job.skip)), MOST_SKIPPED)
    if changes["skip"] is None:
        errors["skip"] = f"A number from 0 to {MOST_SKIPPED:,}."
    return (job.format if errors else replace(job.format, **changes)), errors


def whole(text: str, most: int) -> int | None:
    """The number from 0 to `most` that `text` says; None where it says none. Blank is 0."""
    text = text.strip() or "0"
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= len(str(most)) else most + 1
    return number if number <= most else None
