"""The people, by mouse, by keyboard and without JavaScript: adding, the link, joining, switching off."""

import pytest
from django.contrib.auth.models import Permission, User
from playwright.sync_api import expect

from clayops.people import rights as rules
from tests.pages.browser_fixtures import Open, both_looks
from tests.pages.looks import look

GOOD = "kiln and glaze 9"


@pytest.fixture
def owner(ana: User) -> User:
    ana.is_superuser = True
    ana.save(update_fields=["is_superuser"])
    return ana


@pytest.fixture
def team(owner: User) -> User:
    """People of every kind; Ben among them, who only asks for more."""
    ben = User.objects.create_user("ben", password=GOOD)
    mira = User.objects.create_user("mira.at.a-company-with-a-rather-long-name.example", password=GOOD)
    mira.user_permissions.add(Permission.objects.get(codename="change_limit"))
    User.objects.create_superuser("olga", password=GOOD)
    rules.add(owner, "tom", ["budget.change_limit"], owner=False)
    User.objects.create_user("zoe", password=GOOD, is_active=False)
    return ben


@pytest.mark.parametrize("javascript", [True, False], ids=["js", "no-js"])
def test_the_owner_adds_ben_who_joins_in_another_browser(
    open_page: Open, owner: User, javascript: bool
) -> None:
    page = open_page("/settings", java_script_enabled=javascript)
    page.get_by_role("link", name="Manage people").click()
    page.get_by_role("link", name="Add a person").click()
    page.get_by_label("User name").fill("ben")
    page.get_by_label("User name").press("Enter")
    link = page.get_by_label("Link", exact=True).input_value()

    his = open_page(link, signed_in=False, java_script_enabled=javascript)
    his.get_by_label("Password", exact=True).fill("ben")
    his.get_by_label("The same password again").fill("ben")
    his.get_by_role("button", name="Set the password").click()
    expect(his.locator(".field:has(#id_password)")).to_contain_text("This password is too short")
    his.get_by_label("Password", exact=True).fill(GOOD)
    his.get_by_label("The same password again").fill(GOOD)
    his.get_by_role("button", name="Set the password").click()
    expect(his.get_by_text("Welcome, ben")).to_be_visible()

    page.get_by_role("link", name="Done").click()
    expect(page.get_by_role("row", name="ben")).to_contain_text("active")


def test_copy_puts_the_whole_link_into_the_clipboard(open_page: Open, owner: User) -> None:
    page = open_page("/people/new", permissions=["clipboard-read", "clipboard-write"])
    page.get_by_label("User name").fill("ben")
    page.get_by_role("button", name="Add and make a link").click()
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    expect(page.locator("#link-copied")).to_have_text("Copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.get_by_label("Link", exact=True).input_value()
    assert "/join/" in copied


def test_where_the_browser_forbids_it_the_link_is_selected(open_page: Open, owner: User) -> None:
    page = open_page("/people/new")
    page.get_by_label("User name").fill("ben")
    page.get_by_role("button", name="Add and make a link").click()
    page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('no')); }")
    page.get_by_role("button", name="Copy").click()
    expect(page.get_by_role("button", name="Press Ctrl+C")).to_be_visible()
    field = page.get_by_label("Link", exact=True)
    assert field.evaluate("f => f.selectionEnd - f.selectionStart") == len(field.input_value())


def test_a_tick_by_keyboard(open_page: Open, team: User) -> None:
    page = open_page(f"/people/{team.pk}")
    page.get_by_label("May change credit limits").press("Space")
    page.get_by_role("button", name="Save").press("Enter")
    expect(page.get_by_role("row", name="ben")).to_contain_text("Change limits")
    assert User.objects.get(pk=team.pk).has_perm("budget.change_limit")


def test_switching_off_asks_in_a_dialog(open_page: Open, team: User) -> None:
    page = open_page(f"/people/{team.pk}")
    page.get_by_role("link", name="Switch off …").press("Enter")
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("ben is signed out everywhere at once")
    expect(dialog.get_by_role("link", name="Leave it on")).to_be_focused()
    dialog.get_by_role("button", name="Switch off").click()
    row = page.get_by_role("row", name="ben")
    expect(row).to_contain_text("switched off")
    row.get_by_role("button", name="Switch ben on").click()
    expect(page.get_by_text("ben can sign in again.")).to_be_visible()


def test_the_only_owner_reads_why_both_are_closed(open_page: Open, owner: User) -> None:
    page = open_page(f"/people/{owner.pk}")
    expect(page.get_by_label("Owner: everything, and manages people")).to_be_disabled()
    expect(page.get_by_role("button", name="Switch off …")).to_be_disabled()
    expect(page.get_by_role("button", name="Switch off …")).to_have_accessible_description(
        "You cannot switch yourself off. Another owner can."
    )


@both_looks
def test_every_screen(
    open_page: Open, owner: User, size: dict[str, int], colours: str, request: pytest.FixtureRequest
) -> None:
    page = open_page("/people", viewport=size, color_scheme=colours, reduced_motion="reduce")
    name = request.node.callspec.id
    problems = look(page, f"people-alone-{name}")
    page.goto(f"/people/{owner.pk}")
    problems += look(page, f"people-only-owner-{name}")
    page.goto("/settings")
    problems += look(page, f"people-settings-{name}")
    ben = request.getfixturevalue("team")
    tom = User.objects.get(username="tom")
    screens = {"all": "", "new": "/new", "ben": f"/{ben.pk}", "tom": f"/{tom.pk}"}
    for screen, path in (screens | {"ask-link": f"/{ben.pk}/link", "ask-off": f"/{ben.pk}/off"}).items():
        page.goto(f"/people{path}")
        problems += look(page, f"people-{screen}-{name}")
    page.goto("/people/new")
    page.get_by_label("User name").fill("BEN")
    page.get_by_role("button", name="Add and make a link").click()
    problems += look(page, f"people-taken-{name}")
    page.get_by_label("User name").fill("una")
    page.get_by_role("button", name="Add and make a link").click()
    problems += look(page, f"people-link-{name}")
    page.goto(page.get_by_label("Link", exact=True).input_value())
    problems += look(page, f"people-join-{name}")
    owner.is_superuser = False
    owner.save(update_fields=["is_superuser"])
    page.goto("/people")
    problems += look(page, f"people-read-only-{name}")
    assert problems == []
