"""What the ledger is filtered by, all of it in the address; nonsense is said at its field."""

from datetime import date, datetime, timedelta
from functools import cached_property
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.http import QueryDict
from django.utils import timezone

from budget.models import Basis, Entry, EntryState
from budget.models.ledger import EntryQuerySet
from budget.terms import end_of
from clayops.base import text_search
from jobs.models import Destination

NOBODY = "none"
"""Stands for lines that know no such thing: `?person=none` is what a command started."""
DIGITS = 18
"""A key of more digits is none: SQLite and PostgreSQL count up to 2**63."""
FIRST, LAST = date(2000, 1, 1), date(2100, 1, 1)
PLACES = ("after", "before")
"""Where a page begins; not part of the filter."""
STATES = {
    EntryState.RESERVED: "reserved",
    EntryState.SETTLED: "settled",
    EntryState.RELEASED: "released",
    EntryState.PENDING: "being reserved",
}
BASES = {
    Basis.REPORTED: "reported",
    Basis.PARTLY: "partly reported",
    Basis.ESTIMATED: "estimated",
    Basis.UNKNOWN: "may have been charged",
    Basis.DECIDED: "decided by a person",
}


def hours_of(day: date) -> list[tuple[datetime, datetime]]:
    """The real hours of a day in `TIME_ZONE`, from its midnight on: 23 or 25 where clocks change."""
    at, end = (end_of(day - timedelta(days=back)) for back in (1, 0))
    hours = []
    while at < end:
        hours.append((at, min(at + timedelta(hours=1), end)))
        at += timedelta(hours=1)
    return hours


def hour_in_words(day: date, index: int) -> str:
    """`13:00 to 14:00`; with the zone's name on days when clocks change, as 02:00 may come twice."""
    hours = hours_of(day)
    told = "%H:%M" if len(hours) == 24 else "%H:%M %Z"
    zone = timezone.get_default_timezone()
    return " to ".join(at.astimezone(zone).strftime(told) for at in hours[index])


def day_in_words(day: date) -> str:
    return f"{day:%-d %b %Y}"


class DayInput(forms.DateInput):
    input_type = "date"


def _day(label: str) -> forms.DateField:
    wrong = f"Give a day between {FIRST.year} and {LAST.year}, such as 2026-11-24"
    return forms.DateField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d"],
        validators=[MinValueValidator(FIRST, wrong), MaxValueValidator(LAST, wrong)],
        error_messages={"invalid": wrong},
        widget=DayInput(format="%Y-%m-%d"),
    )


class KeyField(forms.Field):
    """A thing's key, or `none`. What it names may be gone: the ledger still knows its number."""

    def to_python(self, value: str | None) -> int | str | None:
        if not value or value == NOBODY:
            return value or None
        if not (value.isascii() and value.isdigit() and len(value) <= DIGITS and int(value)):
            raise ValidationError(self.error_messages["invalid"])
        return int(value)


def _key(label: str, wrong: str, widget: forms.Widget) -> KeyField:
    return KeyField(label=label, required=False, error_messages={"invalid": wrong}, widget=widget)


def _choice(label: str, choices: dict[Any, str], wrong: str) -> forms.ChoiceField:
    given = [("", "All"), *((str(value), word.capitalize()) for value, word in choices.items())]
    return forms.ChoiceField(
        label=label, required=False, choices=given, error_messages={"invalid_choice": wrong}
    )


class LedgerForm(forms.Form):
    """The filter as a form that works by GET; also what reads it from an address."""

    q = forms.CharField(
        label="File or job",
        required=False,
        max_length=text_search.LONGEST,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "leads.csv", "autocomplete": "off"}),
    )
    day = _day("Day")
    hour = forms.TypedChoiceField(label="Hour", required=False, coerce=int, empty_value=None)
    destination = _key("Destination", "There is no such destination", forms.Select())
    person = forms.ChoiceField(
        label="Person", required=False, error_messages={"invalid_choice": "There is no such person"}
    )
    state = _choice("State", STATES, "There is no such state")
    basis = _choice("How it is known", BASES, "Nothing is known in such a way")
    job = _key("Job number", "A job’s number is a whole number", forms.TextInput({"inputmode": "numeric"}))
    released = forms.BooleanField(label="Released lines as well", required=False)
    field_order = ["q", "day", "hour", "destination", "person", "state", "basis", "from", "to", "job"]

    def __init__(self, given: QueryDict) -> None:
        super().__init__(given, auto_id="f-%s", label_suffix="", use_required_attribute=False)
        self.fields["from"], self.fields["to"] = _day("From"), _day("To")
        self.order_fields(self.field_order)
        self._offer()
        for name in set(self.errors) & {"day", "from", "to"}:
            self.fields[name].widget = forms.TextInput()  # a browser's own field does not show nonsense

    def _offer(self) -> None:
        """What can be chosen: all destinations and people, and the hours of the day that is chosen."""
        destinations = [(str(pk), name) for pk, name in self.destinations.items()]
        chosen = self.data.get("destination", "")
        if chosen not in {"", NOBODY, *dict(destinations)}:
            destinations.append((chosen, f"destination {chosen}"[:40]))  # gone, or nonsense
        choices = [("", "All"), *destinations, (NOBODY, "not known")]
        self.fields["destination"].widget.choices = choices
        people = [(str(pk), name) for pk, name in self.people.items()]
        self._set_choices("person", [("", "Anyone"), *people, (NOBODY, "nobody (from the shell)")])
        day = self._day_given()
        hours = range(len(hours_of(day)) if day else 0)
        wrong = "This day has no such hour" if day else "Choose the day as well"
        self.fields["hour"].error_messages["invalid_choice"] = wrong
        words = [(str(each), hour_in_words(day, each)) for each in hours] if day else []
        self._set_choices("hour", [("", "All" if day else "Pick a day"), *words])

    def _set_choices(self, name: str, choices: list[tuple[str, str]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101
        field.choices = choices

    def _day_given(self) -> date | None:
        try:
            day: date | None = self.fields["day"].clean(self.data.get("day", ""))
        except ValidationError:
            return None
        return day

    @cached_property
    def destinations(self) -> dict[int, str]:
        return dict(Destination.objects.order_by("name").values_list("pk", "name"))

    @cached_property
    def people(self) -> dict[int, str]:
        return dict(User.objects.order_by("username").values_list("pk", "username"))

    def clean(self) -> dict[str, Any]:
        given = self.cleaned_data
        given["q"] = text_search.term_of(given.get("q", ""))
        first, last = given.get("from"), given.get("to")
        if first and last and first > last:
            self.add_error("to", f"This is before {day_in_words(first)}, where it begins")
        return given

    # -- what matches ---------------------------------------------------------------------------------
    def matching(self) -> EntryQuerySet:
        """Every line of the filter, those that were released among them; none where it makes no sense."""
        if not self.is_valid():
            return Entry.objects.none()
        given = self.cleaned_data
        found = Entry.objects.all()
        for name, lookup in _LOOKUPS.items():
            if given[name] not in (None, ""):
                found = found.filter(**{lookup: given[name]})
        if given["hour"] is not None:
            start, end = hours_of(given["day"])[given["hour"]]
            found = found.filter(reserved_at__gte=start, reserved_at__lt=end)
        for name in ("destination", "job", "person"):
            if (key := given[name]) == NOBODY:
                found = found.filter(**{f"{name}__isnull": True})
            elif key:
                found = found.filter(**{name: int(key)})
        return found.filter(text_search.in_any(given["q"], "label")) if given["q"] else found

    def shown(self) -> EntryQuerySet:
        """The lines of the list: without those that were released, unless somebody asks for them."""
        found = self.matching()
        return found if self.with_released else found.counted()

    @property
    def with_released(self) -> bool:
        given = self.cleaned_data if self.is_valid() else {}
        return bool(given.get("released")) or given.get("state") == EntryState.RELEASED

    @property
    def asks_for_unknown(self) -> bool:
        return self.is_valid() and self.cleaned_data["basis"] == Basis.UNKNOWN

    @property
    def more(self) -> list[forms.BoundField]:
        """What stands behind "More"."""
        return [self[name] for name in ("hour", "from", "to", "job")]

    @property
    def uses_more(self) -> bool:
        return any(self.data.get(field.name) for field in self.more)

    # -- in words, and as addresses -------------------------------------------------------------------
    @property
    def query(self) -> str:
        """The filter as it goes into other addresses of the ledger."""
        return self._query().urlencode()

    @property
    def suffix(self) -> str:
        """The same behind its `?`; empty where there is no filter."""
        return f"?{self.query}" if self.query else ""

    @property
    def only_unknown(self) -> str:
        """The address of those of these lines whose outcome nobody knows."""
        query = self._query("basis", "state", "released")
        query["basis"] = Basis.UNKNOWN
        return f"?{query.urlencode()}"

    @property
    def narrows(self) -> bool:
        return any(self.data.get(name) for name in self.fields)

    def without(self, *names: str) -> str:
        """The address of the same filter without these."""
        return f"?{self._query(*names).urlencode()}"

    def _query(self, *less: str) -> QueryDict:
        query = QueryDict(mutable=True)
        for name in self.fields:
            if name not in less and (value := self.data.get(name, "")):
                query[name] = value
        return query


_LOOKUPS = {
    "day": "day",
    "from": "day__gte",
    "to": "day__lte",
    "state": "state",
    "basis": "basis",
}
