"""What Prometheus reads, by its own parser."""

import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.conf import LazySettings
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from budget import credits
from clayops.base import queues, redis
from clayops.pages.frame.metrics_token import token
from jobs.models import Batch, Destination, Hold, Job, JobState, RowState
from providers.models import Provider, State
from tests.heartbeats import sign_on
from tests.support import a_letter, draft, running

Samples = dict[str, float]


def scrape(browser: Client) -> Samples:
    """Every sample: `name{label="value"}` to its number."""
    answer = browser.get("/metrics", headers={"Authorization": f"Bearer {token()}"})
    assert answer.status_code == 200
    assert answer["Content-Type"].startswith("text/plain; version=")
    found: Samples = {}
    for family in text_string_to_metric_families(answer.content.decode()):
        assert family.documentation
        for sample in family.samples:
            labels = ",".join(f'{name}="{value}"' for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


def test_without_the_token_nothing_is_told(stranger: Client, client: Client, boss_client: Client) -> None:
    for browser in (stranger, client, boss_client):
        for told in ("", "Bearer", "Bearer wrong", f"Basic {token()}", token(), "Bearer é"):
            answer = browser.get("/metrics", headers={"Authorization": told})
            assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")
            assert b"clayops_" not in answer.content


def test_the_token_goes_with_the_secret_key(settings: LazySettings) -> None:
    before = token()
    settings.SECRET_KEY = "another"
    assert token() != before
    assert re.fullmatch("[0-9a-f]{64}", before)


def test_rows_and_jobs_by_state(stranger: Client, job: Job, people: Destination) -> None:
    draft(people)
    found = scrape(stranger)
    assert (found['clayops_rows{state="waiting"}'], found['clayops_rows{state="dead"}']) == (3, 0)
    assert (found['clayops_jobs{state="running"}'], found['clayops_jobs{state="draft"}']) == (1, 1)
    assert len([name for name in found if name.startswith("clayops_rows{")]) == len(RowState)
    assert len([name for name in found if name.startswith("clayops_jobs{")]) == len(JobState)


def test_a_job_whose_destination_is_on_hold_is_held(stranger: Client, job: Job, people: Destination) -> None:
    people.put_on_hold(Hold.KEY_REJECTED, "Clay says no")
    found = scrape(stranger)
    assert (found['clayops_jobs{state="held"}'], found['clayops_jobs{state="running"}']) == (1, 0)
    assert found['clayops_lane_held{destination="People"}'] == 1


def test_credits_of_today(stranger: Client) -> None:
    credits.set_limit(Decimal(500), None)
    credits.reserve("a", Decimal(20))
    credits.reserve("b", Decimal("1.5"))
    credits.settle("b")
    found = scrape(stranger)
    kinds = ("spent", "reserved", "limit")
    assert [found[f"clayops_credits_{kind}{{}}"] for kind in kinds] == [1.5, 20, 500]


def test_how_long_a_lane_waits(stranger: Client, job: Job, people: Destination) -> None:
    Batch.objects.update(not_before=timezone.now() - timedelta(seconds=90))
    Destination.objects.create(name="Idle", routine_id="function:t_2")
    found = scrape(stranger)
    assert 90 <= found['clayops_lane_wait_seconds{destination="People"}'] < 100
    assert found['clayops_lane_wait_seconds{destination="Idle"}'] == 0


def test_dead_letters_and_runs(stranger: Client, job: Job) -> None:
    a_letter(job)
    found = scrape(stranger)
    assert found["clayops_dead_letters_open{}"] == 1
    assert (found["clayops_runs_in_flight{}"], found["clayops_runs_stuck{}"]) == (0, 0)


def test_providers(stranger: Client) -> None:
    window = " ".join(f"{letter};;;{1764000000}" for letter in "sssexxxx")
    Provider.objects.create(name="hunter", state=State.EXCLUDED, window=window)
    Provider.objects.create(name="apollo")
    Provider.objects.create(name="out of a result", is_new=True)
    found = scrape(stranger)
    assert found['clayops_provider_success_rate{provider="hunter"}'] == 0.5
    assert found['clayops_provider_hit_rate{provider="hunter"}'] == 0.75
    assert found['clayops_provider_state{provider="hunter",state="excluded"}'] == 1
    assert found['clayops_provider_state{provider="hunter",state="healthy"}'] == 0
    assert 'clayops_provider_success_rate{provider="apollo"}' not in found
    assert not [line for line in found if "out of a result" in line]


@pytest.mark.django_db(transaction=True)
def test_queues_and_workers(stranger: Client) -> None:
    sign_on("lanes", scheduler=7, ticked=27, watched=47)
    queues.soon("results", "jobs.tasks.collect")
    found = scrape(stranger)
    assert found['clayops_workers_alive{queue="lanes"}'] == 1
    assert found['clayops_workers_alive{queue="work"}'] == 0
    assert found['clayops_queue_jobs{queue="results"}'] == 1
    silent = [found[f"clayops_{name}_silent_seconds{{}}"] for name in ("scheduler", "tick", "watch")]
    assert [round(seconds, -1) for seconds in silent] == [10, 30, 50]


def test_times_of_views_by_name_and_class_of_status(stranger: Client) -> None:
    def count(view: str, status: str) -> float:
        return scrape(stranger).get(f'clayops_request_seconds_count{{status="{status}",view="{view}"}}', 0)

    before = count("job", "3xx"), count("signin", "2xx")
    stranger.get("/jobs/1")
    stranger.get("/jobs/2")
    stranger.get("/signin")
    stranger.get("/static/clayops/icon.svg")
    stranger.get("/nothing/here")
    assert (count("job", "3xx"), count("signin", "2xx")) == (before[0] + 2, before[1] + 1)
    views = {name for name in scrape(stranger) if name.startswith("clayops_request_seconds_count")}
    assert not [name for name in views if 'view=""' in name or "static" in name or "nothing" in name]


def test_without_redis_the_database_is_told_all_the_same(
    stranger: Client, job: Job, settings: LazySettings
) -> None:
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    found = scrape(stranger)
    assert (found['clayops_up{part="database"}'], found['clayops_up{part="redis"}']) == (1, 0)
    assert found['clayops_rows{state="waiting"}'] == 3
    assert not [name for name in found if name.startswith("clayops_queue")]


def test_counted_rows_are_kept_for_a_moment(stranger: Client, job: Job) -> None:
    assert scrape(stranger)['clayops_rows{state="waiting"}'] == 3
    assert 0 < redis.client().ttl("clayops:metrics:rows") <= 5


def test_no_label_names_a_person_or_a_file(stranger: Client, ana: User, people: Destination) -> None:
    running(people, "email,domain\nzoe@secret.test,secret.test\n", "secret-leads.csv")
    text = "\n".join(scrape(stranger))
    assert not re.search("ana|secret|zoe|@", text)
