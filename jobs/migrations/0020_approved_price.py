from decimal import ROUND_UP, Decimal

from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def price_of_a_row(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """What was approved for a whole letter, a row of it; no more than a row costs now."""
    letters = apps.get_model("jobs", "DeadLetter").objects.filter(approved_credits__isnull=False, size__gt=0)
    for letter in letters.select_related("job__destination").iterator():
        price = (letter.approved_credits / letter.size).quantize(Decimal("0.01"), ROUND_UP)
        letter.approved_price = min(price, letter.job.destination.credits_per_row)
        letter.save(update_fields=["approved_price"])


class Migration(migrations.Migration):
    dependencies = [("jobs", "0019_approved_credits")]

    operations = [
        migrations.AddField(
            model_name="deadletter",
            name="approved_price",
            field=models.DecimalField(blank=True, decimal_places=2, max_digits=8, null=True),
        ),
        migrations.RunPython(price_of_a_row, migrations.RunPython.noop),
        migrations.RemoveField(model_name="deadletter", name="approved_credits"),
    ]
