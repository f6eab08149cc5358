"""What a destination may be like: the one place that the page and the command ask."""

import math
import re
from collections.abc import Callable
from decimal import Decimal, InvalidOperation
from typing import TYPE_CHECKING, Any

from django.db import IntegrityError, transaction
from django.utils import timezone

from budget.credits import limit_of, set_limit
from budget.limits import parsed
from clayops.base import queues
from jobs.destinations import changes, prices
from jobs.destinations.refusals import Refused
from jobs.models import Destination, Job, JobState
from jobs.sending import wake
from providers import offering, steering, waterfall

if TYPE_CHECKING:
    from django.contrib.auth.models import User

MAX_INPUTS = 100
MAX_PROVIDERS = 30
LONGEST_NAME = 100
WHERE = ("kind", "routine_id", "webhook_url")
"""What says where rows go: what came back from elsewhere is no result of this destination."""
LISTS = ("use_providers", "skip_providers")
"""Names under which the waterfall's lists go with each row."""
NO_WEBHOOKS = "Sending to table webhooks is not built yet"
_ROUTINE = re.compile(r"(?:function|workflow):[!-~]{1,55}")
_IN_ADDRESS = re.compile(r"(function|workflow)(?::|%3[Aa])([A-Za-z0-9_-]+)")

Inputs = list[dict[str, Any]]


class Wrong(ValueError):
    """A value cannot be taken; the text goes on after its name: "must be from 1 to 100, not 101"."""

    def said_of(self, name: str) -> str:
        """The sentence about what is called so."""
        return f"{name} {self}."


class WrongAsTyped(Wrong):
    """The text is a sentence of its own: "12.500 can be read in two ways. Write …"."""

    def said_of(self, name: str) -> str:
        return f"{self}."


# -- one value each: text in, value out, or Wrong ------------------------------------------------------
def name(raw: str) -> str:
    if not raw:
        raise Wrong("is needed")
    if len(raw) > 100:
        raise Wrong("must have at most 100 characters")
    return raw


def routine(raw: str) -> str:
    """A routine's id; out of its address too, where that is given."""
    if raw.startswith(("https://", "http://")) and (found := _IN_ADDRESS.search(raw)):
        raw = ":".join(found.groups())
    if raw.startswith(("https://", "http://")):
        raise Wrong(f"must be a routine's id, such as function:t_x. {NO_WEBHOOKS}")
    if not raw:
        raise Wrong("is needed: the routine's id, such as function:t_x")
    if not _ROUTINE.fullmatch(raw) or len(raw) > 64:
        raise Wrong(f"must look like function:t_x or workflow:x, not {raw[:80]!r}")
    return raw


def table(raw: str) -> str:
    if len(raw) > 64:
        raise Wrong("has at most 64 characters")
    return raw


def amount(raw: str) -> Decimal:
    """Credits: zero or more, with at most two decimals."""
    try:
        value = Decimal(raw)
    except InvalidOperation:
        raise Wrong(f"must be a number of credits such as 2 or 0.25, not {raw[:40]!r}") from None
    if not value.is_finite() or not 0 <= value < 1_000_000 or value != round(value, 2):
        raise Wrong(f"must be zero or more, below a million, with at most two decimals, not {raw[:40]!r}")
    return value


def price(raw: str) -> Decimal:
    """Credits a row: never zero, as no limit would hold."""
    value = amount(raw)
    if not value:
        raise Wrong("must be more than zero: what costs nothing passes every limit")
    return value


def limit(raw: str) -> Decimal | None:
    """Credits a day as on the budget's pages: "12,500"; None for no limit."""
    if raw.lower() in {"", "none"}:
        return None
    try:
        return parsed(raw, "It")
    except ValueError as problem:
        said = str(problem)
        raise (Wrong(said[3:]) if said.startswith("It ") else WrongAsTyped(said)) from None


def yes_or_no(raw: str) -> bool:
    if raw.lower() not in {"yes", "no"}:
        raise Wrong(f"must be yes or no, not {raw[:40]!r}")
    return raw.lower() == "yes"


def output(raw: str) -> str:
    """The name of an output of the routine; empty for none."""
    if len(raw) > 200 or not raw.isprintable():
        raise Wrong("must be the name of an output, with at most 200 characters that can be seen")
    return raw


def number(low: float, high: float) -> Callable[[str], float]:
    """A reader of numbers from `low` to `high`."""

    def read(raw: str) -> float:
        try:
            value = float(raw)
        except ValueError:
            raise Wrong(f"must be a number from {low:g} to {high:g}, not {raw[:40]!r}") from None
        if not math.isfinite(value) or not low <= value <= high:
            raise Wrong(f"must be from {low:g} to {high:g}, not {raw[:40]}")
        return value

    return read


def rows(raw: str) -> int:
    value = number(1, 100)(raw)
    if value != int(value):
        raise Wrong(f"must be a whole number, not {raw[:40]}")
    return int(value)


def providers(raw: str) -> list[str]:
    """Names of a waterfall, in order."""
    return provider_names(names(raw))


def provider_names(found: list[str]) -> list[str]:
    if any(len(each) > 100 or not each.isprintable() for each in found):
        raise Wrong("has a name of more than 100 characters, or with some that cannot be seen")
    if len(found) > MAX_PROVIDERS:
        raise Wrong(f"has {len(found)} providers; at most {MAX_PROVIDERS} fit")
    return found


def inputs(given: Inputs) -> Inputs:
    """The inputs as they are kept; lines without a name are left out."""
    kept = [{"name": each["name"].strip(), "required": bool(each["required"])} for each in given]
    kept = [each for each in kept if each["name"]]
    called = [each["name"] for each in kept]
    if not kept:
        raise Wrong("needs at least one input, spelled as in Clay")
    if len(kept) > MAX_INPUTS:
        raise Wrong(f"has {len(kept)} inputs; at most {MAX_INPUTS} fit")
    if twice := [each for each in dict.fromkeys(called) if called.count(each) > 1]:
        raise Wrong(f"has {', '.join(twice)} more than once")
    if taken := [each for each in LISTS if each in called]:
        raise Wrong(f"cannot have {taken[0]}: ClayOps sends the waterfall's providers under that name")
    if any(len(each) > 100 or not each.isprintable() for each in called):
        raise Wrong("has a name that is too long, or holds characters that cannot be seen")
    return kept


READERS: dict[str, Callable[[str], Any]] = {
    "name": name,
    "routine_id": routine,
    "table": table,
    "credits_per_row": price,
    "charges_misses": yes_or_no,
    "credits_output": output,
    "batch_size": rows,
    "pause_seconds": number(0, 3600),
    "timeout_minutes": number(0.001, 100_000),
    "daily_limit": limit,
    "waterfall": providers,
}


def names(raw: str) -> list[str]:
    """The names of a list separated by commas, each once."""
    return list(dict.fromkeys(each.strip() for each in raw.split(",") if each.strip()))


def parse_inputs(raw: str) -> Inputs:
    """`email,company?` as `[{"name": "email", "required": true}, {"name": "company", "required": false}]`."""
    return [{"name": each.removesuffix("?"), "required": not each.endswith("?")} for each in names(raw)]


# -- the whole -----------------------------------------------------------------------------------------
def save(destination: Destination, values: dict[str, Any], by: "User | None" = None) -> list[str]:
    """Create it, or change these fields of it, and nothing else (a lane may be at work).

    `daily_limit` is the standing limit of its own, which the budget keeps; `waterfall` has names, in order
    (what is known of a step stays). Returns sentences about what else that changed. Raises `Refused`; then
    nothing is changed.
    """
    others = Destination.objects.exclude(pk=destination.pk)
    if others.filter(name=values.get("name", destination.name)).exists():
        raise Refused("name", "Another destination has this name. Archived ones count too.")
    values, limits = _apart(values)
    with transaction.atomic():
        if "waterfall" in values:
            steps = waterfall.of_names(map(offering.meant, values["waterfall"]), destination.steps)
            before, values["waterfall"] = destination.waterfall, waterfall.dumped(steps)
            steering.add_all(step.provider for step in steps)
        said = _change_inputs(destination, values["inputs"]) if "inputs" in values else []
        values, of_price = prices.decide(destination, values, by)
        said += [of_price] * bool(of_price)
        is_new, then = destination.pk is None, {name: getattr(destination, name) for name in values}
        if any(
            values.get(field, getattr(destination, field)) != getattr(destination, field) for field in WHERE
        ):
            values = {**values, "routine_since": timezone.now()}
        for field, value in values.items():
            setattr(destination, field, value)
        try:
            with transaction.atomic():
                destination.save(update_fields=list(values) if destination.pk else None)
        except IntegrityError:
            raise Refused("name", "Another destination has this name.") from None
        changes.note_setup(destination, {} if is_new else then, values, by)
        if prices.PRICE in values:
            prices.share(destination, by)
        if "waterfall" in values:
            then, now = {"waterfall": before}, {"waterfall": values["waterfall"]}
            changes.note_waterfall(destination, then, now, by)
        for limit in limits:
            if limit != (was := standing_limit(destination)):
                changes.note_setup(destination, {"daily_limit": was}, {"daily_limit": limit}, by)
                set_limit(limit, by, "Changed with the destination", destination.scope)
                wake.wake()
    return said


def standing_limit(destination: Destination) -> Decimal | None:
    """Credits a day for it from tomorrow on, whatever holds for today only; None for no limit of its own."""
    return limit_of(destination.scope).standing if destination.pk else None


def _apart(values: dict[str, Any]) -> tuple[dict[str, Any], list[Decimal | None]]:
    """The fields of the destination itself, and the daily limit, where there is one: the budget keeps it."""
    limits = [values["daily_limit"]] if "daily_limit" in values else []
    return {field: values[field] for field in values if field != "daily_limit"}, limits


def _change_inputs(destination: Destination, new: Inputs) -> list[str]:
    """Refuse while a job runs; else mend the drafts, which are checked again."""
    if destination.pk and Destination.objects.select_for_update().get(pk=destination.pk).inputs == new:
        return []
    if taken := {each["name"] for each in new} & set(destination.own_inputs):
        raise Refused("inputs", f"ClayOps sends something of its own under the name {min(taken)}.")
    if not destination.pk:
        return []
    if busy := Job.objects.unfinished().filter(destination=destination).count():
        jobs = "1 job is" if busy == 1 else f"{busy:,} jobs are"
        raise Refused(
            "inputs", f"{jobs} not finished here, and sent with the inputs as they are. Wait, or cancel."
        )
    drafts = Job.objects.shown().filter(destination=destination, state=JobState.DRAFT)
    return [said for draft in drafts for said in _mend(draft, {each["name"] for each in new})]


def _mend(draft: Job, left: set[str]) -> list[str]:
    """Drop what a draft says about inputs that are gone; the rest of its mapping stays."""
    parts = {part: getattr(draft, part) for part in ("mapping", "constants", "cleanups")}
    fitting = {part: {key: each[key] for key in each if key in left} for part, each in parts.items()}
    still = Job.objects.filter(pk=draft.pk, state=JobState.DRAFT)
    if not still.update(**fitting):
        return []
    queues.soon("long", "jobs.tasks.check", draft.pk)
    gone = dict.fromkeys(key for part in ("mapping", "constants") for key in parts[part] if key not in left)
    return [f"The draft {draft.name} no longer fills {', '.join(gone)}."] if gone else []
