"""Testing a destination: the key, then one row."""

import pytest
from django.conf import LazySettings
from django.test import Client
from django.utils import timezone

from clayops.sandbox.server import Sandbox
from jobs.intake.rows import ingest
from jobs.models import Destination, Job
from tests.support import a_destination, bring_home, fresh, row, send, states

pytestmark = pytest.mark.django_db(transaction=True)


def test_it_says_whose_key_it_is(client: Client, people: Destination, clay: Sandbox) -> None:
    page = client.post(f"/destinations/{people.pk}/test").content.decode()
    assert "Clay knows the key: it belongs to" in page
    assert "in workspace" in page


def test_opening_the_page_asks_nobody(client: Client, people: Destination, settings: LazySettings) -> None:
    settings.CLAY_API_URL = "http://127.0.0.1:9"
    assert client.get(f"/destinations/{people.pk}/test").status_code == 200


def test_it_says_what_is_wrong_and_what_to_do(
    client: Client, people: Destination, settings: LazySettings
) -> None:
    settings.CLAY_API_URL = "http://127.0.0.1:9"
    page = client.post(f"/destinations/{people.pk}/test").content.decode()
    assert "Look at the network of this machine" in page


def test_a_rejected_key(client: Client, people: Destination, clay: Sandbox, settings: LazySettings) -> None:
    settings.CLAY_API_KEY = "rejected"
    assert "put it into CLAY_API_KEY" in client.post(f"/destinations/{people.pk}/test").content.decode()


def test_one_row_is_a_job_like_any_other(client: Client, people: Destination, clay: Sandbox) -> None:
    answer = client.post(f"/destinations/{people.pk}/test/send", {"input-0": "ana@north.test", "input-1": ""})
    job = Job.objects.get()
    assert answer["Location"] == f"/jobs/{job.pk}"
    assert (job.name, str(job.created_by), job.state) == ("Test of People", "ana", "ready")
    ingest.ingest(job.pk)
    send(people)
    bring_home()
    assert states(job) == {"enriched": 1}


@pytest.mark.parametrize("value", ["a;b", "1", "=1+1", '"', "a|b,c\td", "é ", "name", "'x'", "\\", "a\nb"])
def test_what_is_typed_is_what_clay_gets(client: Client, value: str) -> None:
    odd = a_destination("A/B", inputs=[{"name": "who; what", "required": True}])
    client.post(f"/destinations/{odd.pk}/test/send", {"input-0": value})
    job = Job.objects.get()
    ingest.ingest(job.pk)
    assert fresh(job).inputs_of(row(job, 1)) == {"who; what": value.strip()}


def test_inputs_that_are_called_alike_are_not_mixed_up_and_nothing_is_cleaned(client: Client) -> None:
    names = ["domain", "Domain", "2024"]
    odd = a_destination(inputs=[{"name": name, "required": True} for name in names])
    typed = ["https://www.North.test/x ", "south.test", "7"]
    answer = {f"input-{index}": value for index, value in enumerate(typed)}
    client.post(f"/destinations/{odd.pk}/test/send", answer)
    job = Job.objects.get()
    ingest.ingest(job.pk)
    assert fresh(job).inputs_of(row(job, 1)) == dict(zip(names, map(str.strip, typed), strict=True))


def test_a_row_of_numbers_under_numbers(client: Client) -> None:
    odd = a_destination(inputs=[{"name": name, "required": True} for name in ("1", "2")])
    client.post(f"/destinations/{odd.pk}/test/send", {"input-0": "3", "input-1": "4"})
    job = Job.objects.get()
    assert (job.row_count, job.columns, job.mapping) == (1, ["1", "2"], {"1": 0, "2": 1})


@pytest.mark.parametrize(
    ("typed", "says"),
    [({}, "Clay needs this input."), ({"input-0": "x" * 10_001}, "at most 10000 characters")],
)
def test_what_cannot_be_sent_is_said(
    client: Client, people: Destination, typed: dict[str, str], says: str
) -> None:
    answer = client.post(f"/destinations/{people.pk}/test/send", typed | {"input-1": "kept.test"})
    assert answer.status_code == 422
    assert says in answer.content.decode()
    assert "kept.test" in answer.content.decode()
    assert not Job.objects.exists()


def test_without_a_required_input_one_is_needed_all_the_same(client: Client) -> None:
    loose = a_destination(inputs=[{"name": "a", "required": False}])
    page = client.post(f"/destinations/{loose.pk}/test/send", {"input-0": " "}).content.decode()
    assert "Fill in at least one input." in page


def test_an_archived_one_sends_nothing(client: Client) -> None:
    gone = a_destination(archived_at=timezone.now())
    client.post(f"/destinations/{gone.pk}/test/send", {"input-0": "a@b.test"})
    assert not Job.objects.exists()
