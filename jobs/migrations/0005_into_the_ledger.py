"""What the ledger did not know so far: what each line was for; and the limits of the destinations."""

from django.db import migrations

CHUNK = 500


def limits_into_the_budget(apps, schema_editor):
    """The budget keeps every limit: take over those that stand at a destination only."""
    Destination, LimitChange = apps.get_model("jobs", "Destination"), apps.get_model("budget", "LimitChange")
    for destination in Destination.objects.exclude(daily_limit=None):
        scope = f"destination:{destination.pk}"
        newest = LimitChange.objects.filter(scope=scope).order_by("-pk").first()
        old = newest.new if newest else None
        if newest is None or old != destination.daily_limit:
            LimitChange.objects.create(
                scope=scope, old=old, new=destination.daily_limit, note="Taken over from the destination"
            )


def labels_into_the_ledger(apps, schema_editor):
    """From the submissions: those of deleted jobs are gone, their lines stay without labels."""
    Submission, Entry = apps.get_model("jobs", "Submission"), apps.get_model("budget", "Entry")
    last = 0
    while found := list(
        Submission.objects.filter(pk__gt=last).select_related("batch__job").order_by("pk")[:CHUNK]
    ):
        last = found[-1].pk
        entries = {each.holder: each for each in Entry.objects.filter(holder__in=[s.holder for s in found])}
        for submission in found:
            if (entry := entries.get(submission.holder)) is None:
                continue
            job = submission.batch.job
            entry.destination, entry.job, entry.person_id = submission.destination_id, job.pk, job.created_by_id
            entry.rows = len(submission.row_ids)
            entry.label = f"{job.name}, batch {submission.batch.number}"[:300]
            entry.scopes = ["", f"destination:{submission.destination_id}"]
            if entry.state == "settled":
                unknown = submission.outcome == "unknown" or submission.run_state == "given_up"
                entry.basis = "unknown" if unknown else "estimated"
        fields = ["destination", "job", "person", "rows", "label", "scopes", "basis"]
        Entry.objects.bulk_update(entries.values(), fields, batch_size=100)
    Entry.objects.filter(state="settled", basis="").update(basis="estimated")


class Migration(migrations.Migration):

    dependencies = [
        ("jobs", "0004_routine_since"),
        ("budget", "0002_daily_limit_that_holds"),
    ]

    operations = [
        migrations.RunPython(limits_into_the_budget, migrations.RunPython.noop),
        migrations.RunPython(labels_into_the_ledger, migrations.RunPython.noop),
    ]
