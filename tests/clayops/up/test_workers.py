"""Work-horses: forked for each task, so what they would load is loaded before."""

import sys

import django_rq
import pytest

import jobs
from clayops.base.workers import Worker
from jobs import tasks
from tests.clayops.up.horse import report

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_work_horse_finds_the_tasks_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "jobs.tasks")
    monkeypatch.setattr(jobs, "tasks", tasks)  # both are put back: no other test meets a second module
    queue = django_rq.get_queue("work")
    job = queue.enqueue_call(report, result_ttl=60)
    Worker([queue], connection=queue.connection).work(burst=True)
    assert job.return_value() == "loaded"
