"""Review in a browser: a thousand letters of five causes in a few clicks; each verb as each role."""

import re

import pytest
from django.contrib.auth.models import Permission, User
from playwright.sync_api import Locator, Page, expect

from jobs.models import Batch, BulkAction, Cause, Charge, DeadLetter, Destination, ReviewPolicy, Row
from jobs.review import verbs
from jobs.review.bulk import actions
from jobs.sending import completion
from tests.pages.browser_fixtures import Open
from tests.support import a_letter, csv_of, fresh, running

CAUSES = [
    ("Clay rejected the request (400): field “domain” is required", Charge.NO, 400),
    ("Clay rejected the request (422): The inputs do not fit the routine.", Charge.NO, 422),
    ("No answer within 30 s; the rows may have been sent", Charge.POSSIBLY, None),
    ("Clay answered 502", Charge.POSSIBLY, 502),
    ("Provider time-out", Charge.POSSIBLY, None),
]


@pytest.fixture
def thousand(people: Destination) -> list[int]:
    """A thousand letters of one row each, of five causes."""
    job = running(people, csv_of(1000))
    groups = [Cause.of(people.pk, text, status) for text, _, status in CAUSES]
    rows = list(job.rows.select_related("batch").order_by("number"))
    made = []
    for place, row in enumerate(rows):
        text, charge, _ = CAUSES[place % 5]
        told = {"group": groups[place % 5], "cause": text, "charge": charge, "size": 1}
        made.append(DeadLetter(job=job, batch=row.batch, **told))
    letters = DeadLetter.objects.bulk_create(made)
    for row, letter in zip(rows, letters, strict=True):
        row.letter, row.state, row.error = letter, "dead", letter.cause
    Row.objects.bulk_update(rows, ["letter", "state", "error"], batch_size=200)
    Batch.objects.update(state="finished")
    completion.finish_if_settled(fresh(job))
    return [letter.pk for letter in letters]


def approve_and_retry_all(open_page: Open) -> tuple[Page, int]:
    """From the dashboard to the page of the action: that page, and how many clicks it took."""
    User.objects.update(is_superuser=True)
    page = open_page("/")
    clicks = 0

    page.get_by_role("link", name=re.compile("^Dead letters")).first.click()
    clicks += 1
    expect(page.locator("[data-keys] tbody tr")).to_have_count(5)
    page.locator("[data-tick-all]").first.click()
    clicks += 1
    verb(page, "Approve and retry").click()
    clicks += 1
    expect(page.get_by_role("heading", name="Approve and retry 1,000 letters?")).to_be_visible()
    page.get_by_label("Note").fill("Looked into Clay’s table: none of them is there")
    clicks += 1
    page.get_by_role("button", name="Approve and retry 1,000 rows").click()
    clicks += 1
    expect(page.locator("#bulk")).to_be_visible()
    return page, clicks


def test_a_thousand_letters_take_under_ten_clicks(open_page: Open, thousand: list[int]) -> None:
    """What they ask for is frozen at the click: all of them, and what becomes of one of each cause."""
    page, clicks = approve_and_retry_all(open_page)
    assert clicks < 10
    action = BulkAction.objects.get()
    assert set(action.items.values_list("letter_id", flat=True)) == set(thousand)
    action.items.exclude(letter_id__in=thousand[:5]).delete()
    actions.run_here(action.pk)
    expect(page.locator("#bulk-head")).to_contain_text("letters dealt with")
    assert action.counts()["done"] == 5
    assert DeadLetter.objects.filter(pk__in=thousand[:5], state="retrying").count() == 5


def test_and_all_of_them_are_sent_again(open_page: Open, thousand: list[int]) -> None:
    page, _ = approve_and_retry_all(open_page)
    action = BulkAction.objects.get()
    actions.run_here(action.pk)
    expect(page.locator("#bulk-head")).to_contain_text("1,000 of 1,000 letters dealt with")
    assert action.counts()["done"] == 1000
    assert DeadLetter.objects.filter(state="retrying").count() == 1000


# -- each verb as each role --------------------------------------------------------------------------
RIGHTS = {
    "approver": ["approve_deadletter"],
    "retrier": ["retry_deadletter"],
    "discarder": ["discard_deadletter"],
    "both": ["approve_deadletter", "retry_deadletter"],
    "nobody": [],
}
MAY = {
    "Approve": {"approver", "both"},
    "Retry": {"retrier", "both"},
    "Approve and retry": {"both"},
    "Discard": {"discarder"},
    "Check with Clay": set(RIGHTS),
}


def as_role(user: User, role: str) -> None:
    user.user_permissions.set(Permission.objects.filter(codename__in=RIGHTS[role]))


@pytest.fixture
def letter(people: Destination) -> DeadLetter:
    return a_letter(running(people), [], "No answer within 30 s", Charge.POSSIBLY)


def verb(page: Page, label: str) -> Locator:
    """The button; it counts what is ticked."""
    return page.locator("main").get_by_role("button", name=re.compile(rf"^{label}( \d|$)"))


def ask(page: Page, label: str) -> None:
    page.locator("[data-keys] tbody tr").first.locator("input[type=checkbox]").check()
    verb(page, label).click()


@pytest.mark.parametrize("role", RIGHTS)
def test_buttons_of_each_role(open_page: Open, ana: User, letter: DeadLetter, role: str) -> None:
    as_role(ana, role)
    page = open_page("/deadletters/letters")
    for label, may in MAY.items():
        button = verb(page, label)
        if role in may:
            expect(button).to_be_enabled()
        else:
            expect(button).to_be_disabled()
            expect(page.locator(".why-not", has_text=label).first).to_contain_text("An owner can let you")


def test_an_approver_approves_and_a_retrier_retries(open_page: Open, ana: User, letter: DeadLetter) -> None:
    as_role(ana, "approver")
    page = open_page("/deadletters/letters")
    ask(page, "Approve")
    page.get_by_role("button", name="Approve 1 letter").click()
    expect(page.get_by_text("A note is needed")).to_be_visible()
    page.get_by_label("Note").fill("Not in the table")
    page.get_by_role("button", name="Approve 1 letter").click()
    expect(page.locator("#bulk-head")).to_be_visible()
    actions.run(BulkAction.objects.get().pk)
    expect(page.locator("#bulk-items")).to_contain_text("approved")

    as_role(ana, "retrier")
    page.goto("/deadletters/letters?state=approved")
    ask(page, "Retry")
    page.get_by_role("button", name="Retry 3 rows").click()
    expect(page.locator("#bulk-head")).to_be_visible()
    actions.run(BulkAction.objects.latest("pk").pk)
    expect(page.locator("#bulk-items")).to_contain_text("retrying")


def test_a_discarder_discards_and_takes_it_back(open_page: Open, ana: User, letter: DeadLetter) -> None:
    as_role(ana, "discarder")
    page = open_page("/deadletters/letters")
    ask(page, "Discard")
    page.get_by_label("Reason").fill("Old leads")
    page.get_by_role("button", name="Discard 1 letter").click()
    actions.run(BulkAction.objects.get().pk)
    page.goto("/deadletters/letters?state=discarded")
    ask(page, "Restore")
    page.get_by_role("button", name="Restore 1 letter").click()
    actions.run(BulkAction.objects.latest("pk").pk)
    assert DeadLetter.objects.get().state == "open"


def test_without_a_right_anybody_checks_with_clay(open_page: Open, ana: User, letter: DeadLetter) -> None:
    page = open_page("/deadletters/letters")
    ask(page, "Check with Clay")
    page.get_by_role("button", name="Check with Clay 1 letter").click()
    actions.run(BulkAction.objects.get().pk)
    expect(page.locator("#bulk-items")).to_contain_text("nothing to ask about")


def test_stop_on_the_page_of_an_action_that_runs(open_page: Open, ana: User, letter: DeadLetter) -> None:
    as_role(ana, "both")
    page = open_page("/deadletters/letters")
    ask(page, "Approve and retry")
    page.get_by_label("Note").fill("x")
    page.get_by_label("Send one row first").check()
    page.get_by_role("button", name="Approve and retry 3 rows").click()
    actions.run(BulkAction.objects.get().pk)
    expect(page.locator("#bulk-head")).to_contain_text("One row was sent first")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#bulk-head")).to_contain_text("Stopped by ana")
    assert DeadLetter.objects.get(pk=letter.pk).size == 2


def test_four_eyes_close_the_button_that_does_both(open_page: Open, ana: User, letter: DeadLetter) -> None:
    as_role(ana, "both")
    ReviewPolicy.set_four_eyes(True, ana)
    verbs.approve(letter, ana, "x")
    page = open_page(f"/deadletters/{letter.pk}")
    expect(verb(page, "Retry")).to_be_disabled()
    expect(page.locator("main")).to_contain_text("whoever retries must not be who approved")
