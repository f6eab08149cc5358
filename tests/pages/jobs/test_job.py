from decimal import Decimal

import pytest
from django.contrib.auth.models import User
from django.test import Client

from budget import credits
from clayops.pages.jobs import listing
from clayops.sandbox.server import Sandbox
from jobs import steering
from jobs.models import BatchState, Destination, Finding, Hold, Job, JobState
from jobs.sending import completion
from tests.support import draft, fresh, running, send


def test_the_list_shows_each_job_with_its_state(client: Client, leads: Job, job: Job) -> None:
    page = client.get("/jobs").content.decode()
    assert page.count("leads.csv") == 2
    assert "draft" in page
    assert "running" in page


def test_the_filter_is_in_the_address(client: Client, leads: Job, job: Job) -> None:
    page = client.get("/jobs?state=draft").content.decode()
    assert f'href="/jobs/{leads.pk}"' in page
    assert f'href="/jobs/{job.pk}"' not in page


def test_an_unknown_filter_shows_all(client: Client, job: Job) -> None:
    assert f'href="/jobs/{job.pk}"' in client.get("/jobs?state=nonsense").content.decode()


def test_pages(client: Client, people: Destination, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listing, "SIZE", 2)
    oldest, middle, newest = (draft(people, name=f"{n}.csv") for n in (1, 2, 3))
    first = client.get("/jobs?state=draft")
    assert [job.pk for job in first.context["page"].items] == [newest.pk, middle.pk]
    second = client.get("/jobs" + first.context["page"].following)
    assert [job.pk for job in second.context["page"].items] == [oldest.pk]
    assert second.context["chosen"].value == "draft"
    assert not second.context["page"].following
    back = client.get("/jobs" + second.context["page"].previous)
    assert [job.pk for job in back.context["page"].items] == [newest.pk, middle.pk]
    assert not back.context["page"].previous


def test_a_job_page_counts_by_state_and_links_to_the_rows(client: Client, job: Job) -> None:
    page = client.get(f"/jobs/{job.pk}").content.decode()
    assert f"/jobs/{job.pk}/rows?state=waiting" in page
    assert "0 of 3 rows settled" in page


def test_a_draft_s_page_is_its_setup(client: Client, leads: Job) -> None:
    assert client.get(f"/jobs/{leads.pk}")["Location"] == f"/jobs/{leads.pk}/setup"


def test_the_live_part_is_what_the_page_shows(client: Client, job: Job) -> None:
    part = client.get(f"/jobs/{job.pk}/live")
    assert part.status_code == 200
    assert "<html" not in part.content.decode()
    assert part.content.decode().split()[-1] == "</div>"


def test_it_stops_asking_when_the_job_has_ended(client: Client, job: Job) -> None:
    assert f'hx-get="/jobs/{job.pk}/live' in client.get(f"/jobs/{job.pk}").content.decode()
    steering.jobs.cancel(job)
    assert client.get(f"/jobs/{job.pk}/live").status_code == 286
    page = client.get(f"/jobs/{job.pk}").content.decode()
    assert f'hx-get="/jobs/{job.pk}/live' not in page
    assert "http-equiv" not in page


def test_without_javascript_the_page_reloads_while_it_runs(client: Client, job: Job) -> None:
    page = client.get(f"/jobs/{job.pk}").content.decode()
    assert '<noscript><meta http-equiv="refresh" content="5"></noscript>' in page


def test_a_hold_says_why_and_what_to_do(client: Client, people: Destination, job: Job) -> None:
    people.put_on_hold(Hold.KEY_REJECTED, "Clay answered 401: invalid API key")
    page = client.get(f"/jobs/{job.pk}").content.decode()
    assert "held: key rejected" in page
    assert "Clay answered 401: invalid API key" in page
    assert f'formaction="/destinations/{people.pk}/check"' in page


def test_pausing_and_resuming(client: Client, ana: User, job: Job) -> None:
    for verb, state in [("pause", JobState.PAUSED), ("pause", JobState.PAUSED), ("resume", JobState.RUNNING)]:
        assert client.post(f"/jobs/{job.pk}/{verb}")["Location"] == f"/jobs/{job.pk}"
        assert fresh(job).state == state
    assert [event.by for event in job.events.filter(kind="paused")] == [ana]


def test_cancelling_asks_with_numbers(client: Client, job: Job) -> None:
    page = client.get(f"/jobs/{job.pk}/cancel").content.decode()
    assert "<strong>3 rows</strong> that have not been sent" in page
    assert "about 6 credits" in page
    assert fresh(job).state == JobState.RUNNING


def test_cancelling_twice_cancels_once(client: Client, job: Job) -> None:
    for _ in range(2):
        assert client.post(f"/jobs/{job.pk}/cancel")["Location"] == f"/jobs/{job.pk}"
    assert fresh(job).state == JobState.CANCELLED
    assert job.events.filter(kind="cancelled").count() == 1
    assert client.get(f"/jobs/{job.pk}/cancel")["Location"] == f"/jobs/{job.pk}"


def test_the_export_is_named_after_the_file(client: Client, people: Destination) -> None:
    job = running(people, name="Büro “Nord”.csv")
    answer = client.get(f"/jobs/{job.pk}/export.csv")
    assert "filename*=utf-8''B%C3%BCro" in answer["Content-Disposition"]
    assert b"".join(answer).count(b"waiting") == 3


def test_a_draft_has_no_export(client: Client, leads: Job) -> None:
    assert client.get(f"/jobs/{leads.pk}/export.csv")["Location"] == f"/jobs/{leads.pk}/setup"


def test_what_a_trial_is_and_that_it_is_over_is_said(client: Client, job: Job) -> None:
    Job.objects.filter(pk=job.pk).update(trial_rows=2, trial_batches=1)
    assert "Trial: the first 2 rows." in client.get(f"/jobs/{job.pk}").content.decode()
    job.batches.update(state=BatchState.FINISHED)
    completion.end_trial(fresh(job))
    page = client.get(f"/jobs/{job.pk}").content.decode()
    job.batches.update(state=BatchState.WAITING)  # for the audit
    assert "The trial is sent." in page
    assert "Resume sends the other 3" in page
    assert "Paused: no further row" not in page
    client.post(f"/jobs/{job.pk}/resume")
    steering.jobs.pause(fresh(job))
    assert "The trial is sent." not in client.get(f"/jobs/{job.pk}").content.decode()


def test_while_its_rows_are_stored_it_says_how_far_it_is(client: Client, leads: Job) -> None:
    steering.jobs.start(leads)
    Job.objects.update(row_count=4_000)
    assert '<progress max="4000" value="0"' in client.get(f"/jobs/{leads.pk}").content.decode()
    Job.objects.update(ingest_error="OSError: disk full", row_count=3)
    assert "OSError: disk full It is tried again" in client.get(f"/jobs/{leads.pk}").content.decode()


def test_reused_rows_are_said(client: Client, job: Job) -> None:
    masks = {str(Finding.ENRICHED_BEFORE.bit): 12}
    Job.objects.update(reuse_results=True, finding_masks=masks)
    assert "12 rows took earlier results, at no cost." in client.get(f"/jobs/{job.pk}").content.decode()


@pytest.mark.parametrize(
    ("limit", "says"),
    [(0, "It fits into no day"), (5, "It fits into no day"), (6, "goes on by itself when the day turns")],
)
def test_waiting_for_credits_says_what_helps(
    client: Client, clay: Sandbox, people: Destination, limit: int, says: str
) -> None:
    """Three rows cost 6 credits, and 1 of the day's is used."""
    credits.reserve("another", Decimal(1))
    credits.set_limit(Decimal(limit), by=None)
    job = running(people)
    send(people)
    assert says in client.get(f"/jobs/{job.pk}").content.decode()


def test_no_limit_of_ours_helps_where_clay_has_no_credits(
    client: Client, clay: Sandbox, people: Destination
) -> None:
    clay.settings(next_refusals=1, refusal_status=402)
    job = running(people)
    send(people)
    page = client.get(f"/jobs/{job.pk}").content.decode()
    assert "Top up in Clay, then press Check again" in page
    assert "limit is raised" not in page
    assert f'formaction="/destinations/{people.pk}/check"' in page
