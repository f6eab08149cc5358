"""What a job learns of the outputs that come back."""

from functools import partial
from typing import Any

import pytest

from jobs.models import Job
from jobs.results import output_columns
from tests.support import a_destination, draft, fresh
from tests.threads import at_once


@pytest.fixture
def job(transactional_db: None) -> Job:
    return draft(a_destination())


@pytest.mark.parametrize(
    ("result", "paths"),
    [
        ({"a": {"b": {"c": 1}}, "d": [1]}, ["a.b.c", "d"]),
        ({"a": {}, "b": None, "c": {"d": None}}, ["a"]),
        ({"a.b": 1, "c\\": {"d.e": 2}}, ["a\\.b", "c\\\\.d\\.e"]),
    ],
)
def test_paths_lead_to_leaves(job: Job, result: dict[str, Any], paths: list[str]) -> None:
    output_columns.learn(job.pk, [result])
    assert (fresh(job).paths, fresh(job).outputs) == (paths, list(result))


def test_they_are_in_order_of_appearance(job: Job) -> None:
    output_columns.learn(job.pk, [{"b": 1}, {"a": 2}])
    output_columns.learn(job.pk, [{"a": 1, "c": {"x": 1}, "b": 2}])
    assert (fresh(job).outputs, fresh(job).paths) == (["b", "a", "c"], ["b", "a", "c.x"])


def test_nothing_new_writes_nothing(job: Job, django_assert_num_queries: Any) -> None:
    output_columns.learn(job.pk, [{"a": {"b": 1}}])
    with django_assert_num_queries(1):
        output_columns.learn(job.pk, [{"a": {"b": 2}}, {"a": None}])


def test_the_number_of_paths_is_bounded(job: Job) -> None:
    output_columns.learn(job.pk, [{"by_email": {f"ana{n}@x.test": n}} for n in range(2000)])
    assert len(fresh(job).paths) == output_columns.MAX_PATHS + 1
    assert fresh(job).paths[-1] == "by_email"


def test_what_is_very_deep_stays_json(job: Job) -> None:
    deep: dict[str, Any] = {"z": 1}
    for _ in range(900):
        deep = {"a": deep}
    output_columns.learn(job.pk, [deep])
    assert fresh(job).paths == [".".join("a" * output_columns.DEPTH)]


def test_a_job_that_is_gone_is_no_error(db: None) -> None:
    output_columns.learn(4711, [{"a": 1}])


def test_two_collectors_at_once_lose_nothing(job: Job) -> None:
    def collect(mine: int) -> None:
        for n in range(10):
            output_columns.learn(job.pk, [{f"c{mine}_{n}": {"x": n}}])

    at_once(*[partial(collect, mine) for mine in range(4)])
    wanted = {f"c{mine}_{n}" for mine in range(4) for n in range(10)}
    assert set(fresh(job).outputs) == wanted
    assert set(fresh(job).paths) == {f"{name}.x" for name in wanted}
