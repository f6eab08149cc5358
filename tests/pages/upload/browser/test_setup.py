"""The page of a draft by mouse, at the desk and on a phone: every change shows at once."""

import pytest
from playwright.sync_api import Page, expect

from jobs.intake.check import checking
from jobs.intake.rows import ingest
from jobs.models import Destination, Job, JobState
from tests.pages.browser_fixtures import DESK, PHONE, Open
from tests.support import csv_of, draft, fresh

PEOPLE = (
    "name;email;site\nZoë;ZOE@North.test;https://www.north.test/a\nJürgen;jo@south.test;https://south.test\n"
)
TROUBLE = csv_of(30) + "Li,li@x.test,x.test,too,many\nAna 1,ANA1@north1.test,north1.test\n"


@pytest.fixture(params=[DESK, PHONE], ids=["desk", "phone"])
def size(request: pytest.FixtureRequest) -> dict[str, int]:
    value: dict[str, int] = request.param
    return value


def setup(open_page: Open, job: Job, **options: object) -> Page:
    return open_page(f"/jobs/{job.pk}/setup", **options)


def read_differently(page: Page, label: str, choice: str) -> None:
    if page.locator("#differently").get_attribute("open") is None:
        page.get_by_text("Read it differently").click()
    page.get_by_label(label).select_option(label=choice)


def test_the_preview_follows_the_encoding(open_page: Open, people: Destination, size: dict[str, int]) -> None:
    page = setup(open_page, draft(people, PEOPLE.encode("cp1252")), viewport=size)
    expect(page.locator("#preview")).to_contain_text("Zoë")
    read_differently(page, "Encoding", "Mac Roman")
    expect(page.locator("#preview")).not_to_contain_text("Zoë")
    expect(page.locator("#setup-file")).to_contain_text("Mac Roman, semicolon")
    page.get_by_role("button", name="Back to the guess").click()
    expect(page.locator("#preview")).to_contain_text("Zoë")
    expect(page.get_by_label("Encoding")).not_to_have_value("mac-roman")


def test_the_columns_follow_the_delimiter(open_page: Open, people: Destination, size: dict[str, int]) -> None:
    page = setup(open_page, draft(people, PEOPLE), viewport=size)
    read_differently(page, "Between cells", "comma")
    expect(page.locator("#preview thead")).to_contain_text("name;email;site")
    expect(page.locator("#input-0 option")).to_have_count(3)
    read_differently(page, "Between cells", "semicolon")
    expect(page.locator("#input-0 option")).to_have_count(5)
    expect(page.locator("#input-0")).to_have_value("1")
    expect(page.locator("#line-0")).to_contain_text("jo@south.test")


def test_the_header_can_be_a_row(open_page: Open, people: Destination) -> None:
    page = setup(open_page, draft(people))
    read_differently(page, "First line", "is a row like the others")
    expect(page.locator("#preview thead")).to_contain_text("Column 1")
    expect(page.locator("#setup-start")).to_contain_text("4 rows")


def test_what_cannot_be_is_said_and_the_field_goes_back(open_page: Open, people: Destination) -> None:
    page = setup(open_page, draft(people))
    read_differently(page, "Encoding", "UTF-16 LE")
    expect(page.get_by_role("alert").filter(has_text="UTF-16 LE")).to_be_visible()
    expect(page.get_by_label("Encoding")).to_have_value("utf-8")
    expect(page.locator("#preview")).to_contain_text("ana1@north1.test")
    page.get_by_label("Lines to skip at the top").fill("1")
    page.keyboard.press("Tab")
    expect(page.locator("#preview thead")).to_contain_text("Ana 1")
    expect(page.locator("#read-encoding-error")).to_have_count(0)


def test_clean_ups_and_constants_show_what_clay_gets(
    open_page: Open, people: Destination, size: dict[str, int]
) -> None:
    page = setup(open_page, draft(people, PEOPLE), viewport=size)
    expect(page.locator("#line-1 .samples")).to_have_text("north.testsouth.test")  # cut out of the address
    page.locator("#line-0").get_by_text("lower case").click()
    expect(page.locator("#line-0 .samples")).to_contain_text("zoe@north.test")
    page.get_by_label("domain", exact=True).select_option("=")
    page.get_by_label("domain: the same text for every row").press_sequentially("acme.test")
    expect(page.locator("#line-1 .samples")).to_have_text("acme.test")  # while it is typed
    page.get_by_label("domain", exact=True).select_option(label="site")
    expect(page.locator("#line-1 .samples")).to_have_text("north.testsouth.test")


def test_enter_in_a_text_saves_and_does_not_start(open_page: Open, people: Destination) -> None:
    job = draft(people)
    page = setup(open_page, job)
    page.get_by_label("domain", exact=True).select_option("=")
    page.locator("#constant-1").fill("acme.test")
    page.keyboard.press("Enter")
    expect(page.locator("#line-1 .samples")).to_have_text("acme.test")
    assert (fresh(job).state, fresh(job).constants) == (JobState.DRAFT, {"domain": "acme.test"})


def test_findings_are_left_out_and_it_starts(
    open_page: Open, people: Destination, size: dict[str, int]
) -> None:
    job = draft(people, TROUBLE)
    page = setup(open_page, job, viewport=size)
    expect(page.locator("#start")).to_be_disabled()
    expect(page.locator("#blocked")).to_contain_text("1 line cannot be read or sent")
    page.get_by_label("Leave out: Lines that cannot be read").check()
    expect(page.locator("#start")).to_have_text("Start: send 31 rows")
    page.get_by_role("button", name="Leave out all of these").click()
    expect(page.get_by_label("Leave out: Twice in the file")).to_be_checked()
    page.get_by_role("button", name="Start: send 30 rows").click()
    expect(page.locator("#job-panel [role=status]")).to_have_text("getting ready")
    assert fresh(job).leave_out == ["unreadable", "duplicate"]


def test_the_lines_and_the_download(open_page: Open, people: Destination) -> None:
    page = setup(open_page, draft(people, TROUBLE))
    page.get_by_text("The lines", exact=True).click()
    expect(page.locator("#finding-unreadable .preview")).to_contain_text("too")
    with page.expect_download() as download:
        page.get_by_role("link", name="Download: Twice in the file").click()
    assert download.value.suggested_filename == "leads-duplicate.csv"
    assert "same as row 1" in download.value.path().read_text("utf-8-sig")


def test_a_trial_of_ten_rows(open_page: Open, people: Destination) -> None:
    job = draft(people, csv_of(30))
    page = setup(open_page, job)
    page.get_by_role("button", name="Send the first 10 rows").click()
    expect(page.get_by_text("the first 10 rows go to People, then it pauses")).to_be_visible()
    ingest.ingest(job.pk)
    assert fresh(job).trial_batches == 1


def test_a_large_file_shows_how_far_the_check_is(
    open_page: Open, people: Destination, size: dict[str, int]
) -> None:
    job = draft(people, csv_of(20_000))
    page = setup(open_page, job, viewport=size)
    expect(page.locator("#preview")).to_contain_text("ana1@north1.test")
    expect(page.locator("#start")).to_be_disabled()
    checking._tell_progress(job, 0.42)
    expect(page.locator("#setup-checking")).to_contain_text("42 %")
    page.get_by_label("domain", exact=True).select_option(label="name")  # in use meanwhile
    expect(page.locator("#line-1 .samples")).to_contain_text("Ana 1")
    checking.check_by_worker(job.pk)
    expect(page.locator("#start")).to_have_text("Start: send 20,000 rows")
    expect(page.get_by_label("domain", exact=True)).to_have_value("0")
    expect(page.locator("#setup-checking")).to_have_count(0)


def test_quick_changes_are_all_kept(open_page: Open, people: Destination) -> None:
    job = draft(people, PEOPLE)
    page = setup(open_page, job)
    page.evaluate("""() => {
        document.querySelectorAll('#cleanups-0 [type=checkbox]:not(:checked)').forEach(box => box.click());
        const list = document.querySelector('#input-1'); list.value = '0';
        list.dispatchEvent(new Event('change', {bubbles: true}));
    }""")
    expect(page.locator("#line-1 .samples")).to_contain_text("Zoë")
    assert (fresh(job).mapping["domain"], fresh(job).cleanups["email"]) == (0, ["trim", "lower", "domain"])


def test_a_button_is_not_pressed_again_by_the_next_change(open_page: Open, people: Destination) -> None:
    job = draft(people, TROUBLE)
    page = setup(open_page, job)
    page.get_by_role("button", name="Leave out all of these").click()
    expect(page.get_by_label("Leave out: Twice in the file")).to_be_checked()
    page.get_by_label("Leave out: Twice in the file").evaluate(  # no click, no focus: as htmx sees it
        "box => { box.checked = false; box.dispatchEvent(new Event('change', {bubbles: true})); }"
    )
    expect(page.locator("#start")).to_have_text("Start: send 31 rows")
    expect(page.get_by_label("Leave out: Twice in the file")).not_to_be_checked()


def test_what_did_not_arrive_is_said_and_can_be_saved_again(open_page: Open, people: Destination) -> None:
    job = draft(people)
    page = setup(open_page, job).context.new_page()  # what this one complains about is expected
    page.goto(f"/jobs/{job.pk}/setup")
    page.route("**/setup", lambda route: route.abort())
    page.get_by_label("domain", exact=True).select_option("")
    expect(page.locator("#unsaved")).to_be_visible()
    page.unroute("**/setup")
    page.get_by_role("button", name="Save again").click()
    expect(page.locator("#unsaved")).to_be_hidden()
    assert "domain" not in fresh(job).mapping


def test_a_thousand_columns_stay_usable(open_page: Open, people: Destination, size: dict[str, int]) -> None:
    names = ",".join(["email", *(f"column {n}" for n in range(2, 1001))])
    job = draft(people, f"{names}\na@b.test" + ",x" * 999 + "\n")
    page = setup(open_page, job, viewport=size)
    expect(page.locator("#preview-pager")).to_contain_text("Columns 1 to 50 of 1,000")
    page.get_by_role("button", name="Columns after").click()
    expect(page.locator("#preview thead")).to_contain_text("column 51")
    page.get_by_label("domain", exact=True).select_option(label="column 1000")
    expect(page.locator("#line-1 .samples")).to_have_text("x")
    expect(page.locator("#preview-pager")).to_contain_text("Columns 51 to 100")
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0
