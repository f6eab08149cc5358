"""Which programs make up the product."""

import pytest
from pytest_django.fixtures import Settings

from clayops.up import children


def names() -> list[str]:
    return [child.name for child in [*children.front(), *children.workers()]]


def test_every_queue_has_workers_and_lanes_has_as_many_as_asked_for(settings: Settings) -> None:
    settings.WORKERS = 2
    assert names() == ["web", "sandbox", "lanes-1", "lanes-2", "results", "work", "scheduler"]
    queues = {child.argv[3] for child in children.workers() if "rqworker" in child.argv}
    assert queues == set(settings.RQ_QUEUES)


@pytest.mark.parametrize(
    ("sandbox", "url"),
    [(False, "https://api.clay.com/public/v0"), (True, "http://127.0.0.1:9999/public/v0")],
    ids=["a key of Clay's", "a sandbox elsewhere"],
)
def test_no_sandbox_is_started_where_another_clay_is_meant(
    settings: Settings, sandbox: bool, url: str
) -> None:
    settings.SANDBOX, settings.CLAY_API_URL = sandbox, url
    assert "sandbox" not in names()


def test_only_redis_waits_until_the_others_are_gone() -> None:
    assert children.redis_child().last
    assert not any(child.last for child in [*children.front(), *children.workers()])
