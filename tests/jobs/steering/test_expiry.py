"""Drafts that nobody touches are kept for 30 days, then thrown away by themselves, on record."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone
from django_rq import get_queue

from jobs import steering, tasks
from jobs.intake import draft as drafts
from jobs.models import Destination, Ended, Ending, Job
from jobs.upkeep import tick
from tests.support import draft, fresh, running

pytestmark = pytest.mark.django_db(transaction=True)
MONTH = timedelta(days=30)


def old(job: Job, days: int = 31) -> Job:
    Job.objects.filter(pk=job.pk).update(touched_at=timezone.now() - timedelta(days=days))
    return fresh(job)


def test_the_tick_has_them_thrown_away_and_it_is_on_record(people: Destination) -> None:
    job, young, started = old(draft(people)), old(draft(people), 29), old(running(people))
    file = Path(job.file.path)
    tick.start_expiry()
    assert [each.func_name for each in get_queue("long").jobs] == ["jobs.tasks.expire_drafts"]
    tasks.expire_drafts()
    assert set(Job.objects.all()) == {young, started}
    assert not file.exists()
    ending = Ending.objects.get()
    assert (ending.what, ending.rows, ending.by_name) == (Ended.DRAFT_EXPIRED, 3, "")
    assert job.name in ending.subject


def test_a_decision_or_another_name_keeps_it_for_a_month_more(people: Destination) -> None:
    decided, renamed = old(draft(people)), old(draft(people))
    drafts.set_up(decided, leave_out=["duplicate"])
    steering.jobs.rename(renamed, "Spring")
    assert steering.jobs.expire_drafts(timezone.now()) == 0
    assert fresh(decided).kept_until > timezone.now() + MONTH - timedelta(hours=1)


def test_twice_is_once(people: Destination) -> None:
    old(draft(people))
    assert [steering.jobs.expire_drafts(timezone.now()) for _ in range(2)] == [1, 0]
