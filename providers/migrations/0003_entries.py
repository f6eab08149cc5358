"""Windows of letters ("ssex") become entries, of which neither cost, nor latency, nor time is known."""

from django.db import migrations

from providers.names import label_of


def to_entries(apps, schema_editor):
    for row in apps.get_model("providers", "Provider").objects.all():
        row.window = " ".join(f"{letter};;;0" for letter in row.window if letter in "sex")
        row.label = label_of(row.name)
        row.save(update_fields=["window", "label"])


def to_letters(apps, schema_editor):
    for row in apps.get_model("providers", "Provider").objects.all():
        row.window = "".join(entry[0] for entry in row.window.split())
        row.save(update_fields=["window"])


class Migration(migrations.Migration):

    dependencies = [
        ("providers", "0002_providers_in_the_waterfall"),
    ]

    operations = [migrations.RunPython(to_entries, to_letters)]
