"""Rows of a letter, edited on a page of their own: what was typed is not lost, whatever happens meanwhile."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import islice
from typing import Any

from django.contrib import messages
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST

from clayops.pages.deadletters.letter.views import load
from clayops.pages.frame.web import Request
from jobs.models import DeadLetter, NotPossible, ReviewPolicy, Row, Verb
from jobs.review import editing as edits
from jobs.review import rights, verbs
from jobs.review.bulk import actions
from jobs.review.inputs import inputs_of

FIELDS = 4000
"""Fields of one form: Django takes 5,000."""
LETTERS = 400_000
"""Characters in the fields of one form: Django takes 2.5 MB, and one may become six bytes on the way."""
LONG = 60
"""Characters from which a field has several lines."""
_NAME = re.compile(r"r(\d{1,18}):(.+)", re.DOTALL)
Typed = dict[int, dict[str, str]]


@dataclass(frozen=True)
class Field:
    """One input of one row in the form."""

    name: str
    label: str
    text: str
    """What it shows: what was typed, or what is there."""
    now: str
    original: str
    problem: str = ""

    @property
    def is_long(self) -> bool:
        return len(self.now) > LONG or len(self.text) > LONG or "\n" in self.text or "\r" in self.text

    @property
    def differs_from_upload(self) -> bool:
        return not edits.is_same(self.text, self.original)

    @property
    def differs_from_now(self) -> bool:
        return not edits.is_same(self.text, self.now)


@dataclass(frozen=True)
class RowFields:
    row: Row
    fields: list[Field]

    @property
    def changed(self) -> list[Field]:
        """What was typed into it, and is not kept."""
        return [each for each in self.fields if each.differs_from_now]


@dataclass
class Form:
    """What the page shows beside the letter."""

    note: str = ""
    typed: Typed = field(default_factory=dict)
    problems: dict[int, dict[str, str]] = field(default_factory=dict)
    problem: str = ""
    stale: bool = False
    """What is there now differs from what the person saw: it is shown beside."""


@require_POST
def ticked(request: Request, pk: int) -> HttpResponse:
    """To the page that edits the rows that are ticked; its address names them, and nothing secret."""
    rows = [("row", each) for each in request.POST.getlist("row") if each.isdecimal()]
    return redirect(f"{reverse('letter-edit', args=[pk])}{'?' if rows else ''}{urlencode(rows)}")


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: Request, pk: int) -> HttpResponse:
    """Rows that `row` names, or all; a POST puts them right, or says what is wrong."""
    if why := rights.why_not(request.user, rights.EDIT):
        raise PermissionDenied(why)
    found = load(pk)
    if request.method != "POST":
        return _page(request, found, Form())
    form = Form(note=request.POST.get("note", ""), typed=typed_in(request.POST))
    if field_name := _NAME.fullmatch(request.POST.get("original", "")):
        return _page(request, found, _put_back(found, form, int(field_name[1]), field_name[2]))
    return _save(request, found, form)


def typed_in(given: QueryDict) -> Typed:
    """What the form's fields say, by row and input."""
    found: Typed = {}
    for name in given:
        if match := _NAME.fullmatch(name):
            found.setdefault(int(match[1]), {})[match[2]] = str(given[name])
    return found


def _put_back(letter: DeadLetter, form: Form, pk: int, name: str) -> Form:
    """The upload's text in place of what was typed; nothing is saved."""
    row = Row.objects.filter(pk=pk, job=letter.job_id).first()
    if row is not None and name in (uploaded := edits.original(letter.job, row)):
        form.typed.setdefault(pk, {})[name] = uploaded[name]
    return form


def _save(request: Request, letter: DeadLetter, form: Form) -> HttpResponse:
    wants_retry = request.POST.get("then") == "retry"
    if wants_retry and (why := rights.why_not(request.user, Verb.RETRY)):
        raise PermissionDenied(why)
    rows = list(letter.rows.filter(pk__in=form.typed))
    form.problems = edits.check(letter.job, rows, form.typed).problems
    seen = request.POST.get("version", "")
    try:
        if not form.problems:
            version = int(seen) if seen.isdecimal() and len(seen) < 10 else None
            changed = edits.edit(letter, request.user, form.typed, form.note, version)
            return _saved(request, letter, changed, list(form.typed) if wants_retry else [])
    except NotPossible as problem:
        form.problem = str(problem)
    found = load(letter.pk)
    form.stale = seen != str(found.version)
    return _page(request, found, form, status=422)


# -- after saving ---------------------------------------------------------------------------------
def _saved(request: Request, letter: DeadLetter, changed: int, again: list[int]) -> HttpResponse:
    messages.success(request, "1 row is edited." if changed == 1 else f"{changed:,} rows are edited.")
    found = load(letter.pk)
    if not again:
        return redirect(found)
    verb = _verb(request.user, found)
    if verb is None:
        messages.info(request, "Not sent again: Clay may have charged for it, so it needs an approval first.")
        return redirect(found)
    try:
        mine = DeadLetter.objects.shown().filter(pk=found.pk)
        return redirect(actions.ask(verb, mine, request.user, rows=again))
    except NotPossible as problem:
        messages.error(request, str(problem))
        return redirect(found)


def _verb(user: User, letter: DeadLetter) -> Verb | None:
    """How this person may send it again; None where somebody else has to approve."""
    if not letter.needs_approval:
        return Verb.RETRY
    refused = rights.why_not(user, Verb.APPROVE_RETRY) or verbs.why_not_both(ReviewPolicy.load())
    return None if refused else Verb.APPROVE_RETRY


# -- the page -------------------------------------------------------------------------------------
def _page(request: Request, letter: DeadLetter, form: Form, status: int = 200) -> HttpResponse:
    why_closed = verbs.why_not_waiting(letter)
    there = letter.rows.order_by("number")
    wanted = there.filter(pk__in=form.typed) if form.typed else _wanted(request, there)
    rows = [] if why_closed else [_fields(letter, row, form) for row in _fitting(letter, wanted)]
    gone = Row.objects.filter(pk__in=form.typed, job=letter.job_id).exclude(
        pk__in=[each.row.pk for each in rows]
    )
    lost = [_fields(letter, row, form) for row in gone.order_by("number")]
    context = {
        "letter": letter,
        "form": form,
        "rows": rows,
        "lost": [each for each in lost if each.changed],
        "why_closed": why_closed,
        "following": 0 if form.typed else _following(wanted, rows),
        "following_url": _address_after(request, rows),
        "first": next((each.name for row in rows for each in row.fields if each.problem), ""),
        "wrong": sum(map(len, form.problems.values())),
        "unmapped": [] if why_closed else _unmapped(letter),
        "why_not_retry": rights.why_not(request.user, Verb.RETRY),
        "waits_for_approval": _verb_after(request.user, letter) is None,
    }
    return render(request, "deadletters/letter/edit.html", context, status=status)


def _verb_after(user: User, letter: DeadLetter) -> Verb | None:
    """The same once it is edited: an approval ends with that."""
    ended = DeadLetter(state="open", charge=letter.charge)
    return _verb(user, ended)


def _wanted(request: Request, there: Any) -> Any:
    """Rows that the address names; those `after` a number, where there are too many for one page."""
    named = [int(each) for each in request.GET.getlist("row") if each.isdecimal() and len(each) < 19]
    after = request.GET.get("after", "")
    there = there.filter(pk__in=named) if named else there
    return there.filter(number__gt=int(after)) if after.isdecimal() and len(after) < 10 else there


def _fitting(letter: DeadLetter, rows: Iterable[Row]) -> Iterable[Row]:
    """As many of the first as one form can carry; at least one."""
    fields = letters = 0
    for row in islice(rows, edits.MOST):
        inputs = letter.job.inputs_of(row)
        fields, letters = fields + len(inputs), letters + sum(map(len, inputs.values()))
        if letters > LETTERS or fields > FIELDS:
            if fields == len(inputs):
                yield row
            return
        yield row


def _following(wanted: Any, rows: list[RowFields]) -> int:
    """So many rows of those that were wanted come after the last that is shown."""
    return int(wanted.filter(number__gt=rows[-1].row.number).count()) if rows else 0


def _address_after(request: Request, rows: list[RowFields]) -> str:
    query = request.GET.copy()
    query["after"] = str(rows[-1].row.number) if rows else ""
    return f"?{query.urlencode()}"


def _fields(letter: DeadLetter, row: Row, form: Form) -> RowFields:
    typed, wrong = form.typed.get(row.pk, {}), form.problems.get(row.pk, {})
    fields = [
        Field(
            name=f"r{row.pk}:{each.name}",
            label=each.name,
            text=typed.get(each.name, each.text),
            now=each.text,
            original=each.original,
            problem=wrong.get(each.name, ""),
        )
        for each in inputs_of(letter.job, row)
    ]
    return RowFields(row, fields)


def _unmapped(letter: DeadLetter) -> list[str]:
    """Inputs of the destination that nothing of the upload fills: they cannot be edited here."""
    filled = {*letter.job.plan.columns, *letter.job.plan.constants}
    return [name for name in letter.job.destination.input_names if name not in filled]
