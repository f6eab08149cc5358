"""The buttons of verbs: each with its key, and why it cannot be pressed where it cannot."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth.models import User

from jobs.models import DeadLetter, LetterState, ReviewPolicy, Verb
from jobs.review import rights, verbs

KEYS = {Verb.APPROVE: "a", Verb.RETRY: "r", rights.EDIT: "e", Verb.DISCARD: "d"}
USUAL = (Verb.APPROVE_RETRY, Verb.RETRY, Verb.APPROVE, Verb.CHECK, Verb.DISCARD)


@dataclass(frozen=True)
class Button:
    """`verb` is what it posts; `why_not` a sentence for whoever may not press it."""

    verb: str
    label: str
    key: str = ""
    why_not: str = ""


def for_many(user: User, state: str) -> list[Button]:
    """For a list of letters in this state (or `all`)."""
    wanted: Iterable[Verb] = USUAL
    if state == LetterState.DISCARDED:
        wanted = (Verb.RESTORE,)
    elif state == LetterState.APPROVED:
        wanted = (Verb.RETRY, Verb.CHECK, Verb.DISCARD)
    elif state in {LetterState.RETRYING, LetterState.RESOLVED}:
        wanted = ()
    policy = ReviewPolicy.load()
    return [_button(verb, rights.why_not(user, verb) or _why_no_policy(verb, policy)) for verb in wanted]


def for_one(user: User, letter: DeadLetter) -> list[Button]:
    """For a letter; its state and charge say more of what cannot be."""
    if letter.state == LetterState.DISCARDED:
        return [_button(Verb.RESTORE, rights.why_not(user, Verb.RESTORE) or verbs.why_not_restore(letter))]
    if verbs.why_not_waiting(letter):
        return []
    policy = ReviewPolicy.load()
    why_not = {
        Verb.APPROVE: f"Approved by {letter.approved_by or 'the shell'} already."
        if letter.state == LetterState.APPROVED
        else "",
        Verb.RETRY: verbs.why_not_retry(letter, user, policy),
        Verb.APPROVE_RETRY: verbs.why_not_both(policy),
    }
    wanted = [verb for verb in USUAL if verb != Verb.APPROVE_RETRY or letter.needs_approval]
    return [_button(verb, rights.why_not(user, verb) or why_not.get(verb, "")) for verb in wanted]


def edit_of(user: User) -> Button:
    return Button(rights.EDIT, "Edit rows", KEYS[rights.EDIT], rights.why_not(user, rights.EDIT))


def _button(verb: Verb, why_not: str) -> Button:
    return Button(verb.value, verb.label, KEYS.get(verb, ""), why_not)


def _why_no_policy(verb: Verb, policy: ReviewPolicy) -> str:
    return verbs.why_not_both(policy) if verb == Verb.APPROVE_RETRY else ""
