"""Which programs make up the product."""

import pytest
from pytest_django.fixtures import Settings

from clayops.up import children


def names() -> list[str]:
    return [child.name for child in [*children.front(), *children.workers()]]


def test_every_queue_has_workers_and_lanes_has_as_many_as_asked_for(settings: Settings) -> None:
    settings.WORKERS = 2
    assert names() == [
        "web",
        "sandbox",
        "lanes-1",
        "lanes-2",
        "results",
        "work",
        "long",
        "scheduler",
        "watch",
    ]
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


def test_the_sandbox_calls_us_with_a_secret_of_this_start(settings: Settings) -> None:
    first, second = children.sandbox_webhook(), children.sandbox_webhook()
    assert first["CLAY_WEBHOOK_ID"] == second["CLAY_WEBHOOK_ID"] == "webhook_sandbox"
    assert len(first["CLAY_WEBHOOK_SECRET"]) == 64
    assert first["CLAY_WEBHOOK_SECRET"] != second["CLAY_WEBHOOK_SECRET"]


@pytest.mark.parametrize(
    "changes", [{"SANDBOX": False}, {"CLAY_WEBHOOK_ID": "wh"}, {"CLAY_WEBHOOK_SECRET": "s"}]
)
def test_a_webhook_that_somebody_set_stays(settings: Settings, changes: dict[str, object]) -> None:
    for name, value in changes.items():
        setattr(settings, name, value)
    assert children.sandbox_webhook() == {}


def test_the_web_processes_tell_their_times_together() -> None:
    assert f"--env=PROMETHEUS_MULTIPROC_DIR={children.metrics_folder()}" in children.web_child().argv
