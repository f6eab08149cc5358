"""How long Clay's call waits for our answer beside a view that does nothing.

`make test` runs it at a size that measures nothing; `make bench` names this folder, and so asks for figures.
"""

import json
import time
from collections.abc import Callable
from itertools import count

import pytest
from django.conf import LazySettings
from django.test import Client

from clayops.clay import signature
from jobs.models import Submission
from tests.support import a_destination, csv_of, running, send

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("clay")]

SECRET = "whsec_bench"


def milliseconds(work: Callable[[], object], times: int) -> float:
    """Of one, in the best of five rounds: other work only adds."""
    rounds = []
    work()
    for _ in range(5):
        began = time.perf_counter()
        for _ in range(times):
            work()
        rounds.append((time.perf_counter() - began) / times * 1000)
    return min(rounds)


def test_a_call_beside_a_bare_view(
    settings: LazySettings, measuring: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.CLAY_WEBHOOK_SECRET = SECRET
    people = a_destination(batch_size=1)
    times = 40 if measuring else 1
    running(people, csv_of(5 * times + 1))
    send(people, seconds=100)
    runs = iter(Submission.objects.out().values_list("run_id", flat=True))
    strangers = count()
    client = Client()

    def call(run_id: str, secret: str = SECRET) -> int:
        body = json.dumps({"data": {"routine_run_id": run_id}}).encode()
        headers = {signature.HEADER: signature.sign(body, secret)}
        answer = client.post("/hooks/clay/run", body, content_type="application/json", headers=headers)
        return answer.status_code

    bare = milliseconds(lambda: client.get("/healthz/web"), times)
    known = milliseconds(lambda: call(next(runs)), times)
    unknown = milliseconds(lambda: call(f"rr_{next(strangers)}"), times)
    refused = milliseconds(lambda: call("rr_1", "another"), times)
    if measuring:
        with capsys.disabled():
            print(
                f"\na bare view: {bare:.2f} ms; Clay's call about a run of ours: {known:.2f} ms,"
                f" about another: {unknown:.2f} ms, with a wrong signature: {refused:.2f} ms"
            )
            print(json.dumps({"hook_to_bare_view": round(known / bare, 2)}))
