"""The filter of dead letters: what it finds, that it is told in words, and that it lives in the address."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone

from jobs.models import Charge, DeadLetter, Destination, Job, LetterState
from tests.support import a_destination, a_letter, csv_of, running


@pytest.fixture
def three(people: Destination, ana: User) -> list[DeadLetter]:
    """`refused` of People; `lost`, old and Ana's; `approved` of Companies."""
    now = timezone.now()
    job, other = running(people, csv_of(5)), running(a_destination("Companies"), csv_of(9), "firms.csv")
    return [
        a_letter(job, [1], "refused", seen_at=now - timedelta(hours=3)),
        a_letter(job, [2, 3], "lost", Charge.POSSIBLY, seen_at=now - timedelta(days=8), assigned_to=ana),
        a_letter(other, [9], "approved", Charge.YES, state=LetterState.APPROVED),
    ]


def found(client: Client, query: str) -> list[str]:
    page = client.get(f"/deadletters/letters?order=oldest&{query}").context["page"]
    return [letter.cause for letter in page.items]


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("", ["refused", "lost"]),
        ("state=all", ["refused", "lost", "approved"]),
        ("state=approved", ["approved"]),
        ("state=nonsense", ["refused", "lost"]),
        ("charge=possibly", ["lost"]),
        ("state=all&charge=yes", ["approved"]),
        ("age=hour", []),
        ("age=day", ["refused"]),
        ("age=old", ["lost"]),
        ("assigned=nobody", ["refused"]),
        ("q=REFUS", ["refused"]),
        ("q=ana3%40north3", ["lost"]),
        ("state=all&q=ana9%40", ["approved"]),
        ("q=%00", ["refused", "lost"]),
        ("destination=99999999999999999999", ["refused", "lost"]),
    ],
)
def test_what_it_finds(client: Client, three: list[DeadLetter], query: str, wanted: list[str]) -> None:
    assert found(client, query) == wanted


def test_by_job_destination_person_and_cause(client: Client, three: list[DeadLetter], ana: User) -> None:
    refused, _, approved = three
    assert found(client, f"state=all&job={approved.job_id}") == ["approved"]
    assert found(client, f"state=all&destination={approved.job.destination_id}") == ["approved"]
    assert found(client, f"assigned={ana.pk}") == ["lost"]
    assert found(client, f"cause={refused.group_id}") == ["refused"]


def test_each_part_is_told_and_can_be_taken_away(client: Client, three: list[DeadLetter]) -> None:
    place = three[0].job.destination_id
    query = f"state=all&charge=no&destination={place}&q=ref"
    chips = client.get(f"/deadletters?{query}").context["chips"]
    assert [chip.words for chip in chips] == ["with “ref”", "charged: no", "of People"]
    assert chips[0].address == f"/deadletters?state=all&charge=no&destination={place}"
    assert client.get(f"/deadletters?{query}").context["clear"] == "/deadletters?state=all"


def test_what_is_gone_is_told_by_its_number(client: Client, three: list[DeadLetter]) -> None:
    for name in ("job", "destination", "cause", "assigned"):
        page = client.get(f"/deadletters?{name}=4711")
        assert page.status_code == 200
        assert "4711 (gone)" in page.content.decode()


@pytest.mark.parametrize("path", ["/deadletters", "/deadletters/letters"])
def test_the_form_keeps_what_is_chosen(client: Client, three: list[DeadLetter], ana: User, path: str) -> None:
    query = (
        f"state=all&cause={three[0].group_id}&charge=no&age=day&assigned={ana.pk}&q=x&job={three[0].job_id}"
    )
    page = client.get(f"{path}?{query}").content.decode()
    for wanted in (
        '<input type="hidden" name="state" value="all">',
        f'<input type="hidden" name="cause" value="{three[0].group_id}">',
        '<option value="no" selected>',
        '<option value="day" selected>',
        f'<option value="{ana.pk}" selected>ana (you)',
        f'<option value="{three[0].job_id}" selected>leads.csv',
        'name="q" type="search" value="x"',
    ):
        assert wanted in page


def test_it_survives_the_way_to_the_other_list_and_the_downloads(
    client: Client, three: list[DeadLetter]
) -> None:
    answer = client.get("/deadletters?charge=no&state=all")
    assert answer.context["one_by_one"] == "/deadletters/letters?state=all&charge=no"
    assert answer.context["rows_csv"] == "/deadletters/rows.csv?state=all&charge=no"
    assert answer.context["letters_csv"] == "/deadletters/letters.csv?state=all&charge=no"


def test_the_chosen_job_is_among_those_to_choose_from(
    client: Client, three: list[DeadLetter], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clayops.pages.deadletters.filter_bar.JOBS", 1)
    job = three[0].job
    assert Job.objects.count() == 2
    assert job in client.get(f"/deadletters?job={job.pk}").context["jobs"]


def test_live_parts_keep_the_filter(client: Client, three: list[DeadLetter]) -> None:
    page = client.get("/deadletters?charge=no&q=ref").content.decode()
    assert 'hx-get="/live/deadletters?charge=no&amp;q=ref"' in page
