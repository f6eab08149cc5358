"""What ends something needs the right of each thing that it ends, and leaves a record that outlives it."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import Permission, User
from django.utils import timezone

from budget.models import Basis, Entry, EntryState
from clayops.people import rights
from jobs import steering
from jobs.intake import erasure
from jobs.models import Charge, Destination, Ended, Ending, Job, NotificationRule, NotPossible, Row
from providers import steering as providers
from providers.models import Provider
from tests.support import a_destination, a_letter, a_run, draft, fresh, running


@pytest.fixture
def ana(db: None) -> User:
    return User.objects.create_user("ana")


def _may_discard(user: User) -> User:
    right = next(each for each in rights.RIGHTS if each.name == rights.DISCARD_LETTERS)
    user.user_permissions.add(Permission.objects.get(right.permission))
    return User.objects.get(pk=user.pk)


def _dead(there: Destination) -> Job:
    """An ended job of three rows, all in an open letter, 6 credits spent."""
    job = running(there)
    a_letter(job, charge=Charge.NO)
    now = timezone.now()
    spent = {"credits": 6, "spent": 6, "basis": Basis.ESTIMATED, "state": EntryState.SETTLED}
    Entry.objects.create(
        holder="x", day=now.date(), scopes=[""], reserved_at=now, closed_at=now, job=job.pk, **spent
    )
    return fresh(job)


@pytest.mark.breaks_a_promise  # the line of the ledger is made up
def test_open_letters_go_only_with_the_right_to_discard_them(ana: User) -> None:
    job = _dead(a_destination())
    with pytest.raises(NotPossible, match="You may not discard dead letters"):
        steering.removal.remove(job, ana)
    assert fresh(job).deleted_at is None
    assert not Ending.objects.exists()
    assert steering.removal.remove(job, _may_discard(ana))


@pytest.mark.breaks_a_promise
def test_the_record_of_a_deletion_outlives_job_and_person(ana: User) -> None:
    job = _dead(a_destination())
    steering.removal.remove(job, _may_discard(ana))
    erasure.erase(job.pk)
    User.objects.filter(pk=ana.pk).delete()
    assert not Job.objects.filter(pk=job.pk).exists()
    kept = Ending.objects.get()
    assert (kept.what, kept.by_name, kept.by) == (Ended.JOB_DELETED, "ana", None)
    assert (kept.subject, kept.text) == (f"leads.csv (job {job.pk})", "To People, uploaded from the shell")
    assert (kept.rows, kept.letters, kept.credits) == (3, 1, Decimal(6))
    assert timezone.now() - kept.at < timedelta(minutes=1)


def test_a_deletion_that_is_refused_leaves_no_record(ana: User) -> None:
    with pytest.raises(NotPossible):
        steering.removal.remove(running(a_destination()), ana)
    assert not Ending.objects.exists()


def test_cancelling_discards_no_letters_without_that_right(ana: User) -> None:
    job = running(a_destination())
    letter = a_letter(job, [1])
    Row.objects.filter(letter=letter).update(state="waiting", letter=None, retry_of=letter)
    letter.state = "retrying"
    letter.save(update_fields=["state"])
    with pytest.raises(NotPossible, match="You may not discard dead letters"):
        steering.jobs.cancel(fresh(job), ana)
    assert fresh(job).is_unfinished
    steering.jobs.cancel(fresh(job), _may_discard(ana))
    assert Ending.objects.get().letters == 1


def test_each_act_that_ends_something_is_on_record(ana: User) -> None:
    there = a_destination()
    steering.jobs.cancel(running(there), ana)
    steering.jobs.delete_draft(draft(there), ana)
    steering.destinations.archive(there, ana)
    rule = NotificationRule.objects.create(name="Slack", target="x", service="Slack")
    steering.others.delete_rule(rule, ana)
    providers.add("hunter")
    hunter = Provider.objects.get()
    steering.others.reset_provider(hunter, ana, "the key was wrong")
    Provider.objects.update(is_new=True)
    steering.others.remove_provider(hunter, ana)
    assert [(each.what, each.subject.split(" (job")[0]) for each in Ending.objects.order_by("pk")] == [
        (Ended.JOB_CANCELLED, "leads.csv"),
        (Ended.DRAFT_DISCARDED, "leads.csv"),
        (Ended.DESTINATION_ARCHIVED, "People"),
        (Ended.RULE_DELETED, "Slack"),
        (Ended.PROVIDER_RESET, "Hunter"),
        (Ended.PROVIDER_REMOVED, "Hunter"),
    ]
    assert set(Ending.objects.values_list("by_name", flat=True)) == {"ana"}


@pytest.mark.breaks_a_promise  # the run's credits are made up
def test_a_run_that_is_given_up_is_on_record(ana: User) -> None:
    job = running(a_destination())
    job.rows.update(state="in_flight")
    run = a_run(job.batches.get(), timezone.now())
    assert steering.runs.give_up(run, ana)
    kept = Ending.objects.get()
    assert (kept.what, kept.rows, kept.credits) == (Ended.RUN_GIVEN_UP, 3, Decimal(6))
    assert not steering.runs.give_up(run, ana)
    assert Ending.objects.count() == 1
