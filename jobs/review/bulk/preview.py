"""What confirming a bulk action would do, as things are: letter by letter, as the worker would decide."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal

from budget.terms import shown
from jobs.credits.fits_today import left_today
from jobs.models import BulkAction, Charge, DeadLetter, Destination, JobState, LetterState, ReviewPolicy, Verb
from jobs.review import verbs

CHUNK = 2000
CHANGED = "It has changed since this was asked for. Look at it again."


@dataclass
class Preview:
    """What confirming would do, as things are."""

    letters: int = 0
    rows: int = 0
    credits: Decimal = Decimal(0)
    """At most; nothing where nothing is sent."""
    cost: Decimal = Decimal(0)
    """The same of the letters, whether or not this sends them."""
    charged: dict[str, int] = field(default_factory=dict)
    """Rows by whether Clay may have charged for them, without what is none."""
    refused: dict[str, int] = field(default_factory=dict)
    """Letters that stay as they are, by the reason."""
    waits: dict[str, int] = field(default_factory=dict)
    """Letters whose rows would wait, by the reason."""
    short: list[str] = field(default_factory=list)
    """Destinations whose own limit for today is too small for it, in sentences."""

    @property
    def paid_twice(self) -> int:
        """Rows that may be paid for twice."""
        return sum(rows for charge, rows in self.charged.items() if charge != Charge.NO)


def preview(bulk: BulkAction) -> Preview:
    """Letter by letter, as the worker would decide."""
    found, policy = Preview(), ReviewPolicy.load()
    wanted: dict[Destination, Decimal] = defaultdict(Decimal)
    items = bulk.items.select_related("letter__job__destination").order_by("pk")
    for item in items.iterator(chunk_size=CHUNK):
        letter = item.letter
        if item.rows:  # these alone, in a letter of their own
            letter.size = letter.rows.filter(pk__in=item.rows).count()
        if why := CHANGED if letter.version != item.version else _why_not(bulk, letter, policy):
            found.refused[why] = found.refused.get(why, 0) + 1
            continue
        found.letters += 1
        found.rows += letter.size
        found.charged[letter.charge] = found.charged.get(letter.charge, 0) + letter.size
        found.cost += letter.credits
        if bulk.sends:
            found.credits += letter.credits
            wanted[letter.job.destination] += letter.credits
            if why := _why_waits(letter):
                found.waits[why] = found.waits.get(why, 0) + 1
    found.short = _short(wanted)
    return found


def _short(wanted: Mapping[Destination, Decimal]) -> list[str]:
    """Where a destination's own limit does not let all of it go today."""
    left = left_today([there.pk for there in wanted])
    over = [(there, left[there.pk], credits) for there, credits in wanted.items() if there.pk in left]
    return [
        f"{there} may use {shown(own)} more credits today: {shown(credits - own)} of it wait."
        for there, own, credits in over
        if credits > own
    ]


def _why_not(bulk: BulkAction, letter: DeadLetter, policy: ReviewPolicy) -> str:
    """Why the verb will leave this letter as it is; empty where it will not."""
    if letter.job.deleted_at:
        return "Its job has been deleted."
    if bulk.verb == Verb.ASSIGN:
        return ""
    if bulk.verb == Verb.RESTORE:
        return verbs.why_not_restore(letter)
    if why := verbs.why_not_waiting(letter):
        return why
    if not letter.size:
        return "The rows that were ticked have left it."
    match bulk.verb:
        case Verb.APPROVE:
            return (
                "Approved already." if letter.state == LetterState.APPROVED and not letter.is_dearer else ""
            )
        case Verb.RETRY:
            return verbs.why_not_retry(letter, bulk.by, policy)
        case Verb.APPROVE_RETRY:
            if letter.needs_approval:
                return verbs.why_not_both(policy)
            return verbs.why_not_retry(letter, bulk.by, policy)
    return ""


def _why_waits(letter: DeadLetter) -> str:
    """What keeps its rows from leaving soon; empty for nothing."""
    job = letter.job
    if job.state == JobState.PAUSED:
        return f"The job {job} is paused: they go when it is resumed."
    if job.destination.hold:
        hold = job.destination.get_hold_display()
        return f"{job.destination} is on hold ({hold}): they go when it goes on."
    return ""


def needs_note(bulk: BulkAction, seen: Preview) -> bool:
    """Whether somebody has to say why."""
    if bulk.verb == Verb.DISCARD:
        return True
    return bulk.verb in {Verb.APPROVE, Verb.APPROVE_RETRY} and bool(seen.paid_twice)
