"""What comes from outside and is used later is bounded where it comes in."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse

from clayops.clay import answers
from jobs.models import Job, Proof, RowState
from tests.pages.conftest import PASSWORD


@pytest.mark.parametrize("elsewhere", ["abc", "[", "/" + "x" * 5000, "/a\0b", "/a\nb"])
def test_an_odd_way_back_is_none(stranger: Client, ana: User, elsewhere: str) -> None:
    signed_in = stranger.post("/signin", {"username": "ana", "password": PASSWORD, "next": elsewhere})
    assert signed_in["Location"] == "/"


@pytest.mark.parametrize("odd", ["[]", "[", "[::1", "a b", "a\0b", "..", "[fe80::1%eth0]", "x" * 300])
def test_an_odd_mail_server_is_said_at_its_field(boss_client: Client, odd: str) -> None:
    given = {"name": "Mail", "where": "mail", "mail_to": "a@north.test", "mail_from": "b@north.test"}
    answer = boss_client.post("/settings/notifications/new", given | {"mail_host": odd})
    assert answer.status_code == 422
    assert "mail_host" in answer.context["form"].errors


@pytest.mark.parametrize("field", ["mail_to", "mail_from", "mail_user", "mail_password", "mail_port"])
def test_a_nul_is_said_at_its_field(boss_client: Client, field: str) -> None:
    given = {"name": "Mail", "where": "mail", "mail_to": "a@north.test", "mail_from": "b@north.test"}
    answer = boss_client.post("/settings/notifications/new", given | {"mail_host": "m.test", field: "a\0b"})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_a_result_nested_900_deep_is_shown_and_exported(client: Client, job: Job) -> None:
    deep = "[" * 900 + "]" * 900
    with ThreadPoolExecutor(1) as pool:  # as results are read: with a stack of its own
        result = pool.submit(answers.read_object, b'{"found": %s}' % deep.encode()).result()
    job.rows.filter(number=1).update(result=result, state=RowState.ENRICHED, proof=Proof.SENT)
    for name, args in (("job-row", [job.pk, 1]), ("job-rows", [job.pk]), ("job-export", [job.pk])):
        answer = client.get(reverse(name, args=args))
        assert answer.status_code == 200
        list(answer) if answer.streaming else None
    assert str(result).count("[") == 900, "all of it is there: what lies deeper is kept as text"
