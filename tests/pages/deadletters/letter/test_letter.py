"""The page of one letter: what it says of its rows, their cost, their attempts and its history."""

import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from budget import credits
from clayops.pages.deadletters.letter import views
from jobs.models import (
    BulkAction,
    Charge,
    DeadLetter,
    EventKind,
    Job,
    LetterState,
    Outcome,
    Proof,
    Row,
    RowState,
    Submission,
    Verb,
)
from jobs.review import editing, verbs
from jobs.sending.dead_lettering import recount
from providers.waterfall import Choice
from tests.support import a_letter, csv_of, running


@pytest.fixture
def letter(job: Job) -> DeadLetter:
    """All three rows of the job, which may have been charged for."""
    return a_letter(job, [], "No answer within 30 s", Charge.POSSIBLY)


def page_of(client: Client, letter: DeadLetter, query: str = "") -> str:
    answer = client.get(f"/deadletters/{letter.pk}{query}")
    assert answer.status_code == 200
    return " ".join(answer.content.decode().split())


def test_it_says_what_a_retry_may_cost_twice(client: Client, letter: DeadLetter) -> None:
    page = page_of(client, letter)
    assert "A retry may pay for them twice: up to 6 credits." in page
    assert "10,000 left today" in page


def test_what_was_surely_not_charged_is_paid_once(client: Client, job: Job) -> None:
    page = page_of(client, a_letter(job))
    assert "surely did not charge" in page
    assert "twice" not in page


def test_its_rows_as_they_would_be_sent(client: Client, letter: DeadLetter) -> None:
    page = page_of(client, letter)
    assert "ana3@north3.test" in page
    assert "may have been sent" in page
    assert page.count('name="row"') == 3


def test_rows_come_in_pages(client: Client, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(views, "ROWS", 2)
    letter = a_letter(job)
    assert [line.row.number for line in client.get(f"/deadletters/{letter.pk}").context["lines"]] == [1, 2]
    after = client.get(f"/deadletters/{letter.pk}?after=2")
    assert [line.row.number for line in after.context["lines"]] == [3]
    assert client.get(f"/live/deadletters/{letter.pk}?after=2").context["lines"][0].row.number == 3


def test_an_edited_input_stands_beside_the_upload_s(client: Client, letter: DeadLetter, boss: User) -> None:
    row = letter.rows.first()
    assert row is not None
    editing.edit(letter, boss, {row.pk: {"email": "bea@north1.test"}})
    page = page_of(client, letter)
    assert '<del title="ana1@north1.test">' in page
    assert '<ins title="bea@north1.test">' in page


def test_rows_that_have_left_are_shown_as_they_are_now(
    client: Client, letter: DeadLetter, boss: User
) -> None:
    verbs.discard(letter, boss, "Not ours")
    page = page_of(client, letter)
    assert "ana1@north1.test" in page
    assert "It can be restored until" in page
    assert 'name="row"' not in page


def test_what_comes_home_is_counted(client: Client, job: Job, boss: User) -> None:
    letter = verbs.retry(a_letter(job), boss)
    Row.objects.filter(job=job, number=1).update(state=RowState.ENRICHED, proof=Proof.SENT, result={"a": "b"})
    page = page_of(client, letter)
    assert "<b>1</b> enriched" in page
    assert "<b>2</b> waiting" in page
    assert 'name="verb"' not in page


def test_whose_it_is_and_who_approved(client: Client, letter: DeadLetter, boss: User, ana: User) -> None:
    verbs.approve(letter, boss, "Not in the table")
    verbs.assign(letter, boss, ana)
    page = page_of(client, letter)
    assert "<dt>Assigned to</dt><dd>ana</dd>" in page
    assert "<dt>Approved by</dt><dd>bea<small>" in page


def test_letters_taken_apart_name_each_other(client: Client, letter: DeadLetter, boss: User) -> None:
    part = verbs.split(letter, [letter.row_ids()[0]], boss)
    assert f'<a href="/deadletters/{part.pk}">Letter {part.pk}</a>' in page_of(client, letter)
    assert f'<a href="/deadletters/{letter.pk}">Letter {letter.pk}</a>' in page_of(client, part)


def test_the_note_of_its_cause_and_others_like_it(client: Client, job: Job, boss: User) -> None:
    letter, other = a_letter(job, [1]), a_letter(job, [2])
    letter.group.write_note("Ask Dan about these", boss)
    assert "Ask Dan about these" in page_of(client, letter)
    address = f"/deadletters/letters?state=all&amp;cause={letter.group_id}"
    assert f'<dd><a href="{address}">2 letters</a></dd>' in page_of(client, other)
    assert client.get(address.replace("&amp;", "&")).context["page"].items == [other, letter]


@pytest.mark.parametrize("part", ["", "/history", "/edit"])
def test_no_page_of_it_needs_what_the_csp_forbids(boss_client: Client, letter: DeadLetter, part: str) -> None:
    page = boss_client.get(f"/deadletters/{letter.pk}{part}").content.decode()
    assert not re.search(r"<[^>]+\sstyle=|<style|<script(?![^>]*\ssrc=)|\son\w+=|hx-on|javascript:", page)


def test_a_stranger_s_text_is_no_markup(client: Client, job: Job, boss: User) -> None:
    letter = a_letter(job)
    verbs.comment(letter, boss, "<img src=x>")
    letter.group.write_note("<img src=y>", boss)
    editing.edit(letter, boss, {letter.row_ids()[0]: {"domain": "x.test"}}, "<img src=z>")
    assert "<img" not in page_of(client, letter)


# -- attempts -------------------------------------------------------------------------------------
@pytest.fixture
def attempt(letter: DeadLetter) -> Submission:
    """Sent with one provider of two, and lost."""
    there = letter.job.destination
    credits.reserve("h", Decimal(3), [there.scope], credits.Purpose(destination=there.pk))
    credits.settle("h", Decimal(3))
    told = Choice(use=["hunter"], skip=["prospeo"], why={"prospeo": "41 % of the last 100 succeeded"})
    return Submission.objects.create(
        destination=there,
        batch=letter.batch,
        attempt=1,
        runner="r",
        holder="h",
        row_ids=letter.row_ids(),
        credits=3,
        outcome=Outcome.UNKNOWN,
        http_status=502,
        message="Clay answered 502: bad gateway",
        run_id="run_17",
        waterfall=told.dumped(),
    )


def test_an_attempt_tells_what_clay_answered(client: Client, letter: DeadLetter, attempt: Submission) -> None:
    page = page_of(client, letter)
    for text in ("HTTP 502", "bad gateway", "<code>run_17</code>", "3 reserved"):
        assert text in page


def test_an_attempt_tells_who_was_left_out_and_why(
    client: Client, letter: DeadLetter, attempt: Submission
) -> None:
    page = page_of(client, letter)
    assert "<dt>Providers asked</dt><dd>hunter</dd>" in page
    assert "<b>prospeo</b> · 41 % of the last 100 succeeded" in page


def test_the_row_s_page_shows_the_same_attempt(
    client: Client, letter: DeadLetter, attempt: Submission
) -> None:
    page = " ".join(client.get(f"/jobs/{letter.job_id}/rows/1").content.decode().split())
    assert "<b>prospeo</b> · 41 % of the last 100 succeeded" in page


def test_the_row_s_page_shows_edits_and_every_letter_it_was_in(
    client: Client, letter: DeadLetter, boss: User
) -> None:
    first, second, _ = letter.row_ids()
    other = verbs.split(letter, [second], boss)
    editing.edit(letter, boss, {first: {"email": "bea@north1.test"}})
    verbs.discard(letter, boss, "Not ours")
    page = client.get(f"/jobs/{letter.job_id}/rows/1")
    text = page.content.decode()
    assert [each.pk for each in page.context["letters"]] == [letter.pk]
    assert "Uploaded: </span>ana1@north1.test</del>" in text
    assert "Edited to: </span>bea@north1.test</ins>" in text
    both = client.get(f"/jobs/{letter.job_id}/rows/2").context["letters"]
    assert {each.pk for each in both} == {letter.pk, other.pk}


def test_letters_of_other_rows_of_its_batch_are_not_named(client: Client, job: Job) -> None:
    mine, _ = a_letter(job, [1]), a_letter(job, [2])
    page = client.get(f"/jobs/{job.pk}/rows/1")
    assert [each.pk for each in page.context["letters"]] == [mine.pk]


def test_the_row_s_page_names_the_letter_it_was_sent_again_from(client: Client, job: Job, boss: User) -> None:
    verbs.retry(a_letter(job), boss)
    assert "it was sent again from here" in client.get(f"/jobs/{job.pk}/rows/1").content.decode()


def test_the_list_of_rows_says_which_are_edited(client: Client, letter: DeadLetter, boss: User) -> None:
    editing.edit(letter, boss, {letter.row_ids()[0]: {"email": "bea@north1.test"}})
    page = client.get(f"/jobs/{letter.job_id}/rows").content.decode()
    assert page.count("<small>edited</small>") == 1
    assert "<del>ana1@north1.test</del> <ins>bea@north1.test</ins>" in page


# -- history --------------------------------------------------------------------------------------
def test_its_history_tells_the_newest_first(client: Client, letter: DeadLetter, boss: User) -> None:
    verbs.approve(letter, None, "From the shell")
    verbs.comment(letter, boss, "Looked at it")
    kinds = [event.kind for event in client.get(f"/deadletters/{letter.pk}").context["events"]]
    assert kinds == [EventKind.COMMENT, EventKind.APPROVED, EventKind.FAILED]


def test_it_says_who_did_it_and_what_nobody_did(client: Client, letter: DeadLetter, boss: User) -> None:
    assert "by the shell" not in page_of(client, letter)
    verbs.approve(letter, None, "fine")
    verbs.comment(letter, boss, "Looked at it")
    page = page_of(client, letter)
    assert "by the shell" in page
    assert "by bea" in page


def test_an_edit_is_a_diff(client: Client, letter: DeadLetter, boss: User) -> None:
    rows = letter.row_ids()
    editing.edit(letter, boss, {rows[0]: {"email": "bea@north1.test"}}, "Typo")
    page = page_of(client, letter)
    assert "<del>ana1@north1.test</del> <ins>bea@north1.test</ins>" in page
    assert "Typo" in page


def test_a_bulk_action_is_a_click_away(client: Client, letter: DeadLetter, boss: User) -> None:
    bulk = BulkAction.objects.create(verb=Verb.APPROVE, by=boss, letters=12)
    verbs.approve(letter, boss, "All of them", bulk)
    assert f'<a href="/deadletters/bulk/{bulk.pk}">Approve, 12 letters</a>' in page_of(client, letter)


def test_a_long_history_has_a_page_of_its_own(
    client: Client, letter: DeadLetter, boss: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "EVENTS", 2)
    for text in ("one", "two", "three"):
        verbs.comment(letter, boss, text)
    page = client.get(f"/deadletters/{letter.pk}")
    assert [event.note for event in page.context["events"]] == ["three", "two"]
    address = f"/deadletters/{letter.pk}/history"
    assert f'href="{address}"' in page.content.decode()
    first = client.get(address)
    second = client.get(f"{address}{first.context['page'].following}")
    assert [event.note for event in second.context["events"]] == ["one", ""]


# -- buttons --------------------------------------------------------------------------------------
def test_who_may_nothing_sees_why(client: Client, letter: DeadLetter) -> None:
    page = page_of(client, letter)
    assert "You may not approve dead letters or retry dead letters." in page
    assert "Edit rows: You may not edit rows." in page


def test_who_may_everything_sees_what_is_in_the_way(boss_client: Client, letter: DeadLetter) -> None:
    page = page_of(boss_client, letter)
    assert "You may not" not in page
    assert "Retry: Clay may have charged for it: it needs an approval first." in page


def test_ticked_rows_only_are_treated_apart(boss_client: Client, letter: DeadLetter) -> None:
    rows = letter.row_ids()
    given = {"verb": "approve", "letter": letter.pk, "row": rows[:2]}
    answer = boss_client.post("/deadletters/do", given)
    item = BulkAction.objects.get().items.get()
    assert answer["Location"] == f"{item.bulk.get_absolute_url()}?next=%2Fdeadletters"
    assert (item.letter, item.rows) == (letter, rows[:2])


def test_a_discarded_one_can_be_restored(boss_client: Client, letter: DeadLetter, boss: User) -> None:
    verbs.discard(letter, boss, "Not ours")
    page = page_of(boss_client, letter)
    assert 'value="restore"' in page
    assert 'value="retry"' not in page
    old = timezone.now() - timedelta(days=31)
    DeadLetter.objects.update(resolved_at=old)
    assert "more than 30 days" in page_of(boss_client, letter)


def test_the_live_part_is_the_same(client: Client, letter: DeadLetter) -> None:
    answer = client.get(f"/live/deadletters/{letter.pk}")
    assert "ana3@north3.test" in answer.content.decode()
    assert "<html" not in answer.content.decode()


@pytest.mark.parametrize("part", ["", "/history", "/edit"])
def test_a_letter_that_is_not_there(boss_client: Client, part: str) -> None:
    assert boss_client.get(f"/deadletters/4711{part}").status_code == 404


def test_a_letter_of_a_deleted_job_is_gone(client: Client, letter: DeadLetter) -> None:
    Job.objects.update(deleted_at=timezone.now())
    assert client.get(f"/deadletters/{letter.pk}").status_code == 404


def test_keys_have_no_separators(client: Client, job: Job) -> None:
    letter = a_letter(job)
    DeadLetter.objects.filter(pk=letter.pk).update(size=1)
    part = DeadLetter.objects.get(pk=letter.pk)
    part.pk, part.parent, part.size = 31341, letter, 2
    part.save(force_insert=True)
    job.rows.exclude(number=1).update(letter=part)
    assert "31,341" not in page_of(client, part) + page_of(client, letter)


def test_rows_cost_no_queries_of_their_own(
    client: Client, job: Job, django_assert_max_num_queries: Callable[[int], Any]
) -> None:
    letter = a_letter(running(job.destination, csv_of(50)))
    page_of(client, letter)
    with django_assert_max_num_queries(48):
        page_of(client, letter)


def test_resolved_says_so(client: Client, letter: DeadLetter) -> None:
    letter.rows.update(state=RowState.ENRICHED, proof=Proof.SENT, result={"a": "b"}, letter=None)
    recount(letter)
    assert DeadLetter.objects.get().state == LetterState.RESOLVED
    assert "Nothing is left to do" in page_of(client, letter)
