"""Each letter gets its cause and its size."""

from django.db import migrations
from django.db.models import Count, F

from clayops.base.wording import alike


def give_causes(apps, schema_editor):
    DeadLetter, Cause = apps.get_model("jobs", "DeadLetter"), apps.get_model("jobs", "Cause")
    known = {}
    undone = DeadLetter.objects.filter(group=None).select_related("submission").order_by("pk")
    undone = undone.annotate(n=Count("rows"), there=F("job__destination"))
    for letter in undone.iterator(chunk_size=1000):
        status = (letter.submission.http_status if letter.submission else None) or 0
        if status in {200, 202}:
            status = 0  # the failure was in the result
        key = (letter.there, alike(letter.cause, keep=str(status or "")), status)
        if key not in known:
            names = {"destination_id": key[0], "text": key[1], "http_status": key[2]}
            known[key] = Cause.objects.get_or_create(**names)[0].pk
        changed = {"group": known[key], "size": letter.n, "seen_at": letter.created_at}
        DeadLetter.objects.filter(pk=letter.pk).update(**changed)


class Migration(migrations.Migration):
    dependencies = [("jobs", "0014_letters_reviewed")]

    operations = [migrations.RunPython(give_causes, migrations.RunPython.noop)]
