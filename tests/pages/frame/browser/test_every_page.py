"""All pages, light and dark, at 360 px: WCAG 2.2 AA by axe, nothing sticks out. Pictures: test-results/."""

from datetime import timedelta

import pytest
from django.utils import timezone

from jobs.models import Charge, Destination, Hold, Job, Proof, RowState
from providers.models import Provider
from tests.pages.browser_fixtures import DESK, PHONE, Open, both_looks
from tests.pages.looks import look
from tests.pages.providers.provider_data import providers_in_every_state
from tests.support import a_destination, a_letter, csv_of, draft, running

MAIN = ["dashboard", "setup", "job", "deadletters", "letter", "budget", "providers", "runs"]
RAGGED = csv_of(30) + "Li,li@contoso.test,contoso.test,too,many\n"


@pytest.fixture
def busy(people: Destination) -> dict[str, str]:
    """A product in use, and the addresses to look at."""
    held = a_destination("Phone finder with a rather long name", credits_per_row="5.5")
    held.put_on_hold(Hold.KEY_REJECTED, "Clay answered 401: invalid API key")
    running(held, name="events.csv")
    job = running(people, csv_of(120), name="a-list-with-a-very-long-name-2026-10-31-final-v2.csv")
    first, second = job.batches.order_by("number")[:2]
    first.rows.update(state=RowState.ENRICHED, proof=Proof.SENT, result={"title": "CTO", "tried": ["a", "b"]})
    cause = "No answer within 30 s; the rows may have been sent"
    numbers = list(second.rows.values_list("number", flat=True))
    letter = a_letter(job, numbers, cause, Charge.POSSIBLY, batch=second)
    Job.objects.update(started_at=timezone.now() - timedelta(minutes=5))
    setup = draft(people, RAGGED)
    names = ["", "upload", "jobs", "deadletters", "budget", "destinations", "settings", "password"]
    providers_in_every_state(people)
    hunter = Provider.objects.get(name="hunter").pk
    names += ["runs", "alerts", "workers"]
    names += ["providers", f"providers/{hunter}", f"providers/{hunter}/log", f"providers/{hunter}/reset"]
    names += ["budget/ledger", "budget/limit", "budget/limits", "budget/ask", "people"]
    of_job = ["", "/rows", "/batches", "/history", "/cancel"]
    return (
        {name.replace("/", "-") or "dashboard": f"/{name}" for name in names}
        | {f"job{part.replace('/', '-')}": f"/jobs/{job.pk}{part}" for part in of_job}
        | {"letter": f"/deadletters/{letter.pk}", "setup": f"/jobs/{setup.pk}/setup"}
        | {"discard": f"/jobs/{setup.pk}/discard"}
    )


@pytest.mark.short
def test_the_main_pages(open_page: Open, busy: dict[str, str]) -> None:
    """One visit of each: what axe finds, what sticks out of a phone, what the console says, in the dark."""
    page = open_page("/settings", viewport=PHONE, color_scheme="dark", reduced_motion="reduce")
    problems = []
    for name in MAIN:
        page.goto(busy[name])
        problems += look(page, f"{name}-main")
    assert problems == []


@both_looks
def test_in_use(
    open_page: Open, busy: dict[str, str], size: dict[str, int], colours: str, request: pytest.FixtureRequest
) -> None:
    page = open_page("/settings", viewport=size, color_scheme=colours, reduced_motion="reduce")
    problems = []
    for name, path in busy.items():
        page.goto(path)
        problems += look(page, f"{name}-{request.node.callspec.id}")
    assert problems == []


@pytest.mark.parametrize("size", [DESK, PHONE], ids=["desk", "phone"])
def test_empty(open_page: Open, size: dict[str, int]) -> None:
    page = open_page("/settings", viewport=size, reduced_motion="reduce")
    problems = []
    for name in (
        "",
        "upload",
        "jobs",
        "deadletters",
        "budget",
        "providers",
        "destinations",
        "runs",
        "alerts",
        "workers",
    ):
        page.goto(f"/{name}")
        problems += look(page, f"empty-{name or 'dashboard'}-{size['width']}")
    assert problems == []


@pytest.mark.short
def test_for_a_stranger(open_page: Open) -> None:
    page = open_page("/signin", signed_in=False, reduced_motion="reduce")
    assert look(page, "signin", stylesheets=True) == []


def test_nothing_moves_while_a_page_loads(open_page: Open, busy: dict[str, str]) -> None:
    page = open_page("/settings")
    page.add_init_script(
        "window.moved = 0;"
        "new PerformanceObserver(list => list.getEntries().forEach(shift => window.moved += shift.value))"
        ".observe({type: 'layout-shift', buffered: true});"
    )
    for path in (busy["dashboard"], busy["job"], busy["upload"]):
        page.goto(path)
        page.wait_for_timeout(1500)
        assert page.evaluate("window.moved") < 0.01
