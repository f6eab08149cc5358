"""Names of a waterfall become steps, which have a price and can be switched off."""

from django.db import migrations


def to_steps(apps, schema_editor):
    for row in apps.get_model("jobs", "Destination").objects.exclude(waterfall=[]):
        row.waterfall = [{"provider": name, "credits": None, "on": True} for name in row.waterfall]
        row.save(update_fields=["waterfall"])


def to_names(apps, schema_editor):
    for row in apps.get_model("jobs", "Destination").objects.exclude(waterfall=[]):
        row.waterfall = [step["provider"] for step in row.waterfall if step["on"]]
        row.save(update_fields=["waterfall"])


class Migration(migrations.Migration):

    dependencies = [
        ("jobs", "0007_providers_in_the_waterfall"),
    ]

    operations = [migrations.RunPython(to_steps, to_names)]
