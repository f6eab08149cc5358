"""One letter in a browser: who may what, ticked rows, editing, talking; live, and without JavaScript."""

import re

import pytest
from django.contrib.auth.models import Permission, User
from django.test import Client
from playwright.sync_api import Page, expect

from jobs.models import BulkAction, Charge, DeadLetter, Destination, Job, Proof, Row, RowState
from jobs.review import verbs
from jobs.review.bulk import actions
from jobs.sending.dead_lettering import recount
from tests.pages.browser_fixtures import Open, both_looks
from tests.pages.looks import look
from tests.support import a_letter, running, states

BUTTONS = ["Approve and retry", "Retry", "Approve", "Check with Clay", "Discard", "Edit rows"]
FREE = ["Check with Clay"]


@pytest.fixture
def job(people: Destination) -> Job:
    return running(people)


@pytest.fixture
def letter(job: Job) -> DeadLetter:
    """Three rows that Clay surely did not charge for."""
    return a_letter(job, [], "Clay answered 422: no such person")


@pytest.fixture
def dear(job: Job) -> DeadLetter:
    """Three rows that Clay may have charged for."""
    return a_letter(job, [], "No answer within 30 s", Charge.POSSIBLY)


@pytest.fixture
def bea(transactional_db: None) -> User:
    """An owner."""
    return User.objects.create_superuser("bea")


def with_right(codename: str) -> User:
    """Somebody who may do this, and nothing else."""
    user = User.objects.create_user(codename)
    user.user_permissions.add(Permission.objects.get(codename=codename))
    return user


def enabled(page: Page) -> list[str]:
    """Buttons of the letter that can be pressed."""
    buttons = page.locator("#letter-form [type=submit]:enabled").all()
    return [button.inner_text() for button in buttons]


def posts(user: User, letter: DeadLetter) -> dict[str, int]:
    """What the server answers to each verb, whatever the page shows."""
    client, told = Client(), {}
    client.force_login(user)
    for verb in ("approve", "retry", "approve-retry", "check", "discard", "restore"):
        told[verb] = client.post("/deadletters/do", {"verb": verb, "letter": letter.pk}).status_code
    told["edit"] = client.get(f"/deadletters/{letter.pk}/edit").status_code
    return told


# -- who may what ---------------------------------------------------------------------------------
def test_an_owner_may_all_that_the_letter_allows(open_page: Open, bea: User, dear: DeadLetter) -> None:
    page = open_page(f"/deadletters/{dear.pk}", as_user=bea)
    assert enabled(page) == [name for name in BUTTONS if name != "Retry"]
    expect(
        page.get_by_text("Retry: Clay may have charged for it: it needs an approval first.")
    ).to_be_visible()
    assert 403 not in posts(bea, dear).values()


@pytest.mark.parametrize(
    ("right", "label", "verbs_allowed"),
    [
        ("approve_deadletter", "Approve", {"approve"}),
        ("retry_deadletter", "Retry", {"retry"}),
        ("discard_deadletter", "Discard", {"discard", "restore"}),
        ("edit_rows", "Edit rows", {"edit"}),
    ],
)
def test_one_right_is_one_button(
    open_page: Open, letter: DeadLetter, right: str, label: str, verbs_allowed: set[str]
) -> None:
    user = with_right(right)
    page = open_page(f"/deadletters/{letter.pk}", as_user=user)
    assert sorted(enabled(page)) == sorted([*FREE, label])
    told = posts(user, letter)
    assert {verb for verb, status in told.items() if status != 403} == verbs_allowed | {"check"}


def test_who_may_nothing_is_told_why_and_refused(open_page: Open, ana: User, dear: DeadLetter) -> None:
    page = open_page(f"/deadletters/{dear.pk}", as_user=ana)
    assert enabled(page) == FREE
    for text in ("You may not discard dead letters. An owner can let you", "You may not edit rows."):
        expect(page.get_by_text(text)).to_be_visible()
    assert {verb for verb, status in posts(ana, dear).items() if status != 403} == {"check"}


# -- rows -----------------------------------------------------------------------------------------
def test_ticked_rows_are_treated_apart(open_page: Open, bea: User, letter: DeadLetter) -> None:
    page = open_page(f"/deadletters/{letter.pk}", as_user=bea)
    page.get_by_label("Row 2", exact=True).check()
    page.get_by_role("button", name="Discard").click()
    page.wait_for_url("**/deadletters/bulk/*")
    page.get_by_label("Reason").fill("Old")
    page.get_by_role("button", name="Discard 1 letter").click()
    expect(page.locator("#bulk")).to_be_visible()
    actions.run(BulkAction.objects.get().pk)
    part = DeadLetter.objects.get(parent=letter)
    assert (part.state, part.rows_had().get().number) == ("discarded", 2)
    assert DeadLetter.objects.get(pk=letter.pk).size == 2


def test_ticked_rows_that_come_home_are_not_all(open_page: Open, bea: User, letter: DeadLetter) -> None:
    page = open_page(f"/deadletters/{letter.pk}", as_user=bea)
    page.get_by_label("Row 2", exact=True).check()
    row = letter.rows.get(number=2)
    Row.objects.filter(pk=row.pk).update(state=RowState.ENRICHED, letter=None, result={}, proof=Proof.SENT)
    recount(letter)
    expect(page.get_by_label("Row 2", exact=True)).to_have_count(0)
    page.get_by_role("button", name="Discard").click()
    expect(page.locator("body")).to_contain_text("The rows that you ticked have left the letter")
    assert not BulkAction.objects.exists()


def test_rows_by_keyboard(open_page: Open, bea: User, letter: DeadLetter) -> None:
    page = open_page(f"/deadletters/{letter.pk}", as_user=bea)
    for key in ("j", "j", "x"):
        page.keyboard.press(key)
    expect(page.get_by_label("Row 2", exact=True)).to_be_checked()
    expect(page.locator("[data-ticked]")).to_have_text("1 ticked")
    page.get_by_label("Tick all rows on this page").check()
    expect(page.locator("[data-ticked]")).to_have_text("3 ticked")
    page.get_by_label("Tick all rows on this page").uncheck()
    page.keyboard.press("e")
    page.wait_for_url("**/edit*")


def test_ticks_and_half_typed_text_outlive_what_comes_home(
    open_page: Open, bea: User, letter: DeadLetter
) -> None:
    page = open_page(f"/deadletters/{letter.pk}", as_user=bea)
    page.get_by_label("Row 3", exact=True).check()
    page.get_by_label("Assigned to").select_option(label="ana")
    page.get_by_label("Comment").fill("Half a thou")
    page.get_by_role("button", name="Discard").focus()
    Row.objects.filter(letter=letter, number=1).update(
        state=RowState.ENRICHED, proof=Proof.SENT, result={"a": "b"}, letter=None, error=""
    )
    recount(letter)
    expect(page.get_by_label("Row 1", exact=True)).to_have_count(0)
    expect(page.get_by_label("Row 3", exact=True)).to_be_checked()
    expect(page.get_by_label("Row 2", exact=True)).not_to_be_checked()
    expect(page.get_by_label("Comment")).to_have_value("Half a thou")
    expect(page.get_by_label("Assigned to")).to_have_value(str(User.objects.get(username="ana").pk))
    expect(page.get_by_role("button", name="Discard")).to_be_focused()


def test_the_buttons_go_as_soon_as_somebody_retries(open_page: Open, bea: User, letter: DeadLetter) -> None:
    page = open_page(f"/deadletters/{letter.pk}", as_user=bea)
    verbs.retry(letter, bea)
    expect(page.locator("#coming-home")).to_contain_text("3 waiting")
    expect(page.get_by_role("button", name="Retry")).to_have_count(0)


# -- editing --------------------------------------------------------------------------------------
def test_an_edit_with_an_error_and_then_right(open_page: Open, bea: User, letter: DeadLetter) -> None:
    page = open_page(f"/deadletters/{letter.pk}", as_user=bea)
    page.get_by_label("Row 1", exact=True).check()
    page.get_by_role("button", name="Edit rows").click()
    email = page.get_by_role("textbox", name="email")
    email.fill("no address")
    email.press("Enter")
    expect(page.get_by_text("This is not an e-mail address.")).to_be_visible()
    expect(email).to_be_focused()
    expect(email).to_have_value("no address")
    page.get_by_label("Note").fill("Typo")
    email.fill("bea@north1.test")
    email.press("Enter")
    expect(page.get_by_text("1 row is edited.")).to_be_visible()
    expect(page.locator("#letter-rows del")).to_have_text("Uploaded: ana1@north1.test")
    expect(page.locator("#letter-rows ins")).to_have_text("Edited to: bea@north1.test")
    expect(page.locator("#history")).to_contain_text("Typo")


def test_the_uploaded_text_comes_back(open_page: Open, bea: User, letter: DeadLetter) -> None:
    emails = open_page(f"/deadletters/{letter.pk}/edit", as_user=bea).get_by_role("textbox", name="email")
    emails.first.fill("wrong")
    emails.last.fill("typed@north3.test")
    page = emails.page
    page.get_by_role("button", name="Save", exact=True).last.click()
    page.get_by_role("button", name="Put the uploaded email of row 1 back").click()
    expect(emails.first).to_have_value("ana1@north1.test")
    expect(emails.last).to_have_value("typed@north3.test")


def test_save_and_retry_asks_first(open_page: Open, bea: User, letter: DeadLetter) -> None:
    page = open_page(f"/deadletters/{letter.pk}/edit?row={letter.row_ids()[0]}", as_user=bea)
    page.get_by_role("textbox", name="email").fill("bea@north1.test")
    page.get_by_role("button", name="Save and retry 1 row").click()
    page.wait_for_url("**/deadletters/bulk/*")
    expect(page.get_by_text("1 row is edited.")).to_be_visible()
    assert states(letter.job) == {"dead": 3}


# -- talking --------------------------------------------------------------------------------------
def test_comment_and_assign(open_page: Open, letter: DeadLetter, bea: User) -> None:
    page = open_page(f"/deadletters/{letter.pk}")
    page.get_by_label("Comment").fill("Dan knows these")
    page.get_by_role("button", name="Comment").click()
    expect(page.locator("#history")).to_contain_text("Dan knows these")
    page.get_by_role("button", name="Assign to me").click()
    expect(page.get_by_text("It is ana’s now.")).to_be_visible()
    expect(page.get_by_label("Assigned to")).to_have_value(str(User.objects.get(username="ana").pk))
    page.get_by_label("Assigned to").select_option(label="nobody")
    page.get_by_role("button", name="Assign", exact=True).click()
    expect(page.get_by_text("It is nobody’s now.")).to_be_visible()


def test_without_javascript(open_page: Open, bea: User, letter: DeadLetter) -> None:
    page = open_page(f"/deadletters/{letter.pk}", as_user=bea, java_script_enabled=False)
    page.get_by_label("Comment").fill("Dan knows these")
    page.get_by_role("button", name="Comment").click()
    expect(page.locator("#history")).to_contain_text("Dan knows these")
    page.get_by_label("Row 2", exact=True).check()
    page.get_by_role("button", name="Edit rows").click()
    page.get_by_label("domain").fill("north.test")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.locator("#letter-rows ins")).to_have_text("Edited to: north.test")
    page.get_by_role("button", name="Retry").click()
    page.wait_for_url(re.compile("/deadletters/bulk/"))


# -- looks ----------------------------------------------------------------------------------------
@both_looks
def test_it_looks_right(
    open_page: Open, bea: User, dear: DeadLetter, size: dict[str, int], colours: str
) -> None:
    page = open_page(
        f"/deadletters/{dear.pk}", as_user=bea, viewport=size, color_scheme=colours, reduced_motion="reduce"
    )
    problems = look(page, f"letter-{size['width']}")
    page.goto(f"/deadletters/{dear.pk}/edit")
    page.get_by_label("email").first.fill("no address")
    page.get_by_role("button", name="Save", exact=True).last.click()
    expect(page.get_by_role("alert")).to_be_visible()
    problems += look(page, f"letter-edit-{size['width']}")
    page.goto(f"/deadletters/{dear.pk}/history")
    problems += look(page, f"letter-history-{size['width']}")
    assert problems == []
