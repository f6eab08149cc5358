"""Who may call which address: every one, with GET and with POST, by strangers, newcomers, each right, owners.

A new address needs a line in `TABLE`; a new right is tried on all of them by itself.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpResponseBase
from django.test import Client
from django.urls import URLResolver, get_resolver, reverse
from django.utils import timezone

from budget.models import Basis, Entry, EntryState, LimitRequest
from clayops.people import rights
from clayops.people.rights import (
    CHANGE_LIMIT,
    MANAGE_DESTINATIONS,
    SEE_PERSONAL_DATA,
    STEER_JOBS,
    STEER_PROVIDERS,
    STEER_RUNS,
)
from jobs.models import BulkAction, Charge, DeadLetter, Finding, Job, LetterState, NotificationRule, Verb
from providers import steering
from providers.models import Provider
from tests.pages.conftest import let
from tests.support import a_destination, a_letter, a_run, csv_of, draft, running

pytestmark = pytest.mark.breaks_a_promise  # its run and its line of the ledger are made up

APPROVE, RETRY = "jobs.approve_deadletter", "jobs.retry_deadletter"
DISCARD, EDIT = "jobs.discard_deadletter", "jobs.edit_rows"
NOTIFY = "jobs.change_notificationrule"

OPEN = "open"
"""Nobody has to be signed in."""
ALL = "all"
"""Everybody who is."""
OWNER = "owner"
NOBODY = "nobody"
"""There is no such way: 405."""


@dataclass(frozen=True)
class Line:
    """Who may GET, and who may POST: one of the words above, or the rights that are needed, all of them."""

    get: str | tuple[str, ...]
    post: str | tuple[str, ...]
    data: dict[str, str] = field(default_factory=dict)
    """What is posted, where it decides which right is needed."""


SEE = Line(ALL, NOBODY)
FREE = Line(ALL, ALL)
DO = Line(NOBODY, ALL)
PUBLIC = Line(OPEN, NOBODY)


def acts(*needed: str) -> Line:
    """A button."""
    return Line(NOBODY, needed)


def asks(*needed: str) -> Line:
    """A page that asks, then does it."""
    return Line(needed, needed)


def form(*needed: str) -> Line:
    """A page for everybody, with a form for some."""
    return Line(ALL, needed)


def takes(*needed: str) -> Line:
    """A file."""
    return Line(needed, NOBODY)


def letters_do(verb: str, *needed: str) -> Line:
    return Line(ALL, needed or ALL, {"verb": verb})


TABLE: dict[str, Line | list[Line]] = {
    # the dashboard
    "dashboard": FREE,
    "dashboard-live": FREE,
    "live-chrome": FREE,
    "workers": SEE,
    # uploads and drafts: here those of somebody else
    "upload": FREE,
    "sample": SEE,
    "job-setup": form(STEER_JOBS),
    "job-setup-progress": SEE,
    "job-findings": takes(SEE_PERSONAL_DATA),
    "job-start": acts(STEER_JOBS),
    "job-raise": acts(STEER_JOBS, CHANGE_LIMIT),
    "job-discard": asks(STEER_JOBS),
    # jobs of somebody else
    "jobs": FREE,
    "jobs-live": FREE,
    "job": SEE,
    "job-live": SEE,
    "job-rows": SEE,
    "job-row": SEE,
    "job-batches": SEE,
    "job-history": SEE,
    "job-export": takes(SEE_PERSONAL_DATA),
    "job-export-xlsx": takes(SEE_PERSONAL_DATA),
    "job-pause": acts(STEER_JOBS),
    "job-resume": acts(STEER_JOBS),
    "job-cancel": asks(STEER_JOBS),
    "job-rename": asks(STEER_JOBS),
    "job-up": acts(STEER_JOBS),
    "job-down": acts(STEER_JOBS),
    "job-duplicate": acts(SEE_PERSONAL_DATA),
    "job-delete": Line((STEER_JOBS,), (STEER_JOBS, DISCARD)),  # it has an open dead letter
    "job-file": takes(SEE_PERSONAL_DATA),
    # runs of such jobs
    "runs": SEE,
    "runs-live": SEE,
    "runs-all": asks(STEER_RUNS),
    "run-check": acts(STEER_RUNS),
    "run-wait": asks(STEER_RUNS),
    "run-give-up": asks(STEER_RUNS),
    # dead letters
    "deadletters": SEE,
    "deadletters-live": SEE,
    "letters": SEE,
    "letters-live": SEE,
    "letters-csv": SEE,
    "letter-rows-csv": takes(SEE_PERSONAL_DATA),
    "letters-view": DO,
    "letters-view-delete": DO,
    "cause-note": FREE,
    "letters-do": [
        letters_do(Verb.APPROVE, APPROVE),
        letters_do(Verb.RETRY, RETRY),
        letters_do(Verb.APPROVE_RETRY, APPROVE, RETRY),
        letters_do(Verb.DISCARD, DISCARD),
        letters_do(Verb.RESTORE, DISCARD),
        letters_do(Verb.CHECK),
        letters_do(Verb.ASSIGN),
    ],
    "bulks": SEE,
    "bulk": SEE,
    "bulk-confirm": Line(ALL, OWNER),  # whoever asked confirms: here it is the owner
    "bulk-stop": form(DISCARD),
    "bulk-live": SEE,
    "review-policy": Line(NOBODY, OWNER),
    "deadletter": SEE,
    "letter-live": SEE,
    "letter-history": SEE,
    "letter-comment": FREE,
    "letter-assign": FREE,
    "letter-withdraw": Line(ALL, (APPROVE,)),
    "letter-ticked": DO,
    "letter-edit": asks(EDIT),
    # the budget
    "budget": SEE,
    "budget-live": SEE,
    "budget-day": SEE,
    "budget-ledger": SEE,
    "budget-ledger-csv": SEE,
    "budget-decide-many": asks(CHANGE_LIMIT),
    "budget-line": SEE,
    "budget-decide": form(CHANGE_LIMIT),
    "budget-limit": form(CHANGE_LIMIT),
    "budget-limit-preview": SEE,
    "budget-limits": SEE,
    "budget-warn": form(CHANGE_LIMIT),
    "budget-ask": FREE,
    "budget-grant": form(CHANGE_LIMIT),
    "budget-decline": form(CHANGE_LIMIT),
    "budget-withdraw": Line(ALL, OWNER),  # whoever asked: here it is the owner
    "breaker-close": DO,
    # providers
    "providers": SEE,
    "providers-live": SEE,
    "provider-add": form(STEER_PROVIDERS),
    "provider": SEE,
    "provider-live": SEE,
    "provider-log": SEE,
    "provider-pin": form(STEER_PROVIDERS),
    "provider-reset": asks(STEER_PROVIDERS),
    "provider-change": form(STEER_PROVIDERS),
    "provider-accept": acts(STEER_PROVIDERS),
    "provider-remove": asks(STEER_PROVIDERS),
    # destinations
    "destinations": SEE,
    "destinations-live": SEE,
    "destination-new": form(MANAGE_DESTINATIONS),
    "destination-edit": form(MANAGE_DESTINATIONS),
    "destination-waterfall": form(MANAGE_DESTINATIONS),
    "destination-outcomes": form(MANAGE_DESTINATIONS),
    "destination-test": FREE,
    "destination-send": DO,
    "destination-price": acts(CHANGE_LIMIT),
    "destination-pause": asks(MANAGE_DESTINATIONS),
    "destination-resume": acts(MANAGE_DESTINATIONS),
    "destination-archive": acts(MANAGE_DESTINATIONS),
    "destination-restore": acts(MANAGE_DESTINATIONS),
    "hold-lift": DO,
    # alerts, notifications
    "alerts": SEE,
    "alerts-live": SEE,
    "alert-snooze": FREE,
    "alert-wake": FREE,
    "notifications": takes(NOTIFY),
    "notification-new": asks(NOTIFY),
    "notification": asks(NOTIFY),
    "notification-test": acts(NOTIFY),
    "notification-on": acts(NOTIFY),
    "notification-off": acts(NOTIFY),
    "notification-delete": asks(NOTIFY),
    # people, accounts, settings
    "people": SEE,
    "person-new": Line(OWNER, OWNER),
    "person": Line(OWNER, OWNER),
    "person-off": Line(OWNER, OWNER),
    "person-on": Line(NOBODY, OWNER),
    "person-link": Line(OWNER, OWNER),
    "join": Line(OPEN, OPEN),
    "signin": Line(OPEN, OPEN),
    "signout": DO,
    "password": FREE,
    "welcome": Line(OPEN, OPEN),
    "settings": FREE,
    "endings": SEE,
    # machines
    "hook-run": Line(NOBODY, OPEN),
    "healthz": PUBLIC,
    "healthz-web": PUBLIC,
    "metrics": PUBLIC,
}
CASES = [
    (name, line) for name, lines in TABLE.items() for line in (lines if isinstance(lines, list) else [lines])
]
"""Each line of the table, with the address that it is of."""
NAMES = [right.name for right in rights.RIGHTS]


@pytest.fixture
def addresses(boss: User, settings: Any) -> dict[str, str]:
    """Each address, of things that are there and all the owner's."""
    settings.CLAY_API_URL = "http://127.0.0.1:9"  # nobody answers
    keys = _things(boss)
    found = {name: reverse(name, kwargs=_kwargs(name, keys)) for name in TABLE}
    return found | {"letter-rows-csv": f"{found['letter-rows-csv']}?state=all"}


def _things(boss: User) -> dict[str, int]:
    """The ids of one of each, by how names of addresses begin; the longest that fits counts."""
    there = a_destination()
    waiting, job = draft(there), running(there, csv_of(120))
    Job.objects.update(created_by=boss)
    first, second, _ = job.batches.order_by("number")
    letter = a_letter(job, [row.number for row in first.rows.all()], charge=Charge.POSSIBLY, batch=first)
    DeadLetter.objects.filter(pk=letter.pk).update(state=LetterState.APPROVED, approved_by=boss)
    steering.add("hunter")
    now = timezone.now()
    entry = Entry.objects.create(
        holder="table",
        day=now.date(),
        scopes=[""],
        credits=5,
        spent=5,
        basis=Basis.UNKNOWN,
        state=EntryState.SETTLED,
        reserved_at=now,
        closed_at=now,
    )
    return {
        "job": job.pk,
        **dict.fromkeys(DRAFTS, waiting.pk),
        "run": a_run(second, now).pk,
        "letter": letter.pk,
        "deadletter": letter.pk,
        "cause": letter.group_id,
        "letters-view": 1,  # everybody has their own
        "bulk": BulkAction.objects.create(verb=Verb.DISCARD, by=boss).pk,
        "budget": LimitRequest.objects.create(by=boss, credits=5, why="more").pk,
        "budget-line": entry.pk,
        "budget-decide": entry.pk,
        "provider": Provider.objects.get(name="hunter").pk,
        "destination": there.pk,
        "hold": there.pk,
        "notification": NotificationRule.objects.create(name="all", target="x", service="JSON").pk,
        "person": User.objects.create_user("zoe").pk,
    }


DRAFTS = ["job-setup", "job-setup-progress", "job-findings", "job-start", "job-raise", "job-discard"]
OTHER: dict[str, dict[str, Any]] = {
    "job-row": {"number": 1},
    "job-findings": {"kind": Finding.DUPLICATE.value},
    "runs-all": {"verb": "check"},
    "budget-day": {"day": timezone.now().date()},
    "welcome": {"token": "x"},
    "join": {"uid": "x", "token": "y"},
}
WITHOUT_KEY = {"runs-all", "budget-day", "welcome", "join"}


def _kwargs(name: str, keys: dict[str, int]) -> dict[str, Any]:
    other = OTHER.get(name, {})
    if name in WITHOUT_KEY or "<int:pk>" not in PATTERNS[name]:
        return other
    return {"pk": keys[max((key for key in keys if name.startswith(key)), key=len)], **other}


def _patterns(resolver: URLResolver) -> Iterator[tuple[str, str]]:
    for each in resolver.url_patterns:
        if isinstance(each, URLResolver):
            yield from _patterns(each)
        else:
            yield each.name or "", str(each.pattern)


PATTERNS = dict(_patterns(get_resolver()))


def test_every_address_has_a_line() -> None:
    assert set(PATTERNS) == set(TABLE)


# -- the table, tried ---------------------------------------------------------------------------------
def _may(who: str | tuple[str, ...], has: set[str], *, owner: bool = False) -> bool:
    if isinstance(who, str):
        return who in {OPEN, ALL} or owner
    return owner or set(who) <= has


def _answer(browser: Client, line: Line, address: str, method: str) -> HttpResponseBase:
    """What is answered; what is done by it is undone."""
    with transaction.atomic():
        response = browser.get(address) if method == "get" else browser.post(address, line.data)
        transaction.set_rollback(True)
    return response


def _assert_so(response: HttpResponseBase, who: str | tuple[str, ...], may: bool, case: str) -> None:
    if who == NOBODY:
        assert response.status_code == 405, case
    elif may:
        assert response.status_code not in {403, 405, 500}, case
        assert not response.headers.get("Location", "").startswith("/signin?next"), case
    else:
        assert response.status_code == 403, case


def _try(name: str, line: Line, address: str, user: User, has: set[str], *, owner: bool = False) -> None:
    if OPEN in {line.get, line.post}:
        return  # whoever comes, signed in or not
    browser = Client(raise_request_exception=True)
    for method, who in (("get", line.get), ("post", line.post)):
        browser.force_login(user)
        may = _may(who, has, owner=owner)
        response = _answer(browser, line, address, method)
        _assert_so(response, who, may, f"{method} {name} by {sorted(has)}: {response.status_code}")


def _try_all(attempt: Callable[[str, Line], None]) -> None:
    """Every line of the table on the same things, as what one did is undone; all that are wrong are named."""
    wrong = []
    for name, line in CASES:
        with transaction.atomic():
            try:
                attempt(name, line)
            except AssertionError as error:
                wrong.append(f"{name} {line.data}: {str(error).splitlines()[0]}")
            transaction.set_rollback(True)
    assert wrong == []


def test_strangers_are_sent_to_sign_in(addresses: dict[str, str]) -> None:
    def attempt(name: str, line: Line) -> None:
        for method, who in (("get", line.get), ("post", line.post)):
            response = _answer(Client(), line, addresses[name], method)
            if OPEN in {line.get, line.post}:
                assert (response.status_code == 405) == (who == NOBODY), method
            else:
                assert response.headers.get("Location", "").split("?")[0] == "/signin", method

    _try_all(attempt)


def test_who_has_no_right_may_see(addresses: dict[str, str], newcomer: User) -> None:
    _try_all(lambda name, line: _try(name, line, addresses[name], newcomer, set()))


def test_owners_may_what_others_may_not(addresses: dict[str, str], boss: User) -> None:
    def attempt(name: str, line: Line) -> None:
        if {line.get, line.post} - {OPEN, ALL, NOBODY}:
            _try(name, line, addresses[name], boss, set(), owner=True)

    _try_all(attempt)


@pytest.mark.long
def test_owners_may_all(addresses: dict[str, str], boss: User) -> None:
    _try_all(lambda name, line: _try(name, line, addresses[name], boss, set(), owner=True))


def test_who_has_all_the_rights_that_are_needed(addresses: dict[str, str], newcomer: User) -> None:
    def attempt(name: str, line: Line) -> None:
        asked = {who for who in (line.get, line.post) if isinstance(who, tuple)}
        for who in sorted(asked, key=len):  # what is given is not taken back in between
            _try(name, line, addresses[name], let(newcomer, *who), set(who))

    _try_all(attempt)


@pytest.mark.long
@pytest.mark.parametrize("right", NAMES)
def test_no_right_opens_more_than_its_own(right: str, addresses: dict[str, str], newcomer: User) -> None:
    let(newcomer, right)
    _try_all(lambda name, line: _try(name, line, addresses[name], newcomer, {right}))


# -- one's own ----------------------------------------------------------------------------------------
OWN = [
    "job-setup",
    "job-discard",
    "job-pause",
    "job-cancel",
    "job-rename",
    "job-export",
    "job-file",
    "run-wait",
]


@pytest.mark.parametrize("name", [*OWN, "job-findings", "run-check", "run-give-up", "job-start"])
def test_what_is_ones_own_needs_no_right(name: str, addresses: dict[str, str], newcomer: User) -> None:
    Job.objects.update(created_by=newcomer)
    line = TABLE[name]
    assert isinstance(line, Line)
    get, post = (who if who == NOBODY else ALL for who in (line.get, line.post))
    _try(name, Line(get, post), addresses[name], newcomer, set())


def test_a_refusal_says_why_in_words(addresses: dict[str, str], newcomer_client: Client) -> None:
    page = newcomer_client.post(addresses["job-pause"])
    assert page.status_code == 403
    assert "You may not steer the jobs of others. An owner can let you, on the page People." in page.text


@pytest.mark.parametrize(
    ("page", "button"),
    [
        ("job", 'id="pause"'),
        ("job", 'id="cancel"'),
        ("job", 'id="export"'),
        ("job-setup", 'class="whole"'),
        ("destinations", 'id="pause-'),
        ("destination-edit", 'class="whole"'),
        ("provider", 'class="whole"'),
        ("runs", 'aria-label="Check run'),
    ],
)
def test_who_may_not_sees_the_button_disabled(
    page: str, button: str, addresses: dict[str, str], newcomer_client: Client, boss_client: Client
) -> None:
    """With the reason beside it; whoever may sees neither."""
    refused, allowed = newcomer_client.get(addresses[page]).text, boss_client.get(addresses[page]).text
    found = re.search(rf"<(button|fieldset)[^>]*{button}[^>]*>", refused)
    assert found and " disabled" in found[0]
    assert "An owner can let you" in refused
    assert "An owner can let you" not in allowed
