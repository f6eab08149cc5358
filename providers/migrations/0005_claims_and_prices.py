from django.apps.registry import Apps
from django.db import migrations, models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor


def prices_so_far(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Hours that know costs take all their finds to have told theirs, as they were shown until now."""
    hours = apps.get_model("providers", "ProviderHour").objects
    hours.filter(credits__gt=0).update(priced=models.F("success"))


class Migration(migrations.Migration):

    dependencies = [
        ('providers', '0004_emptied'),
    ]

    operations = [
        migrations.AddField(
            model_name='arrival',
            name='settled',
            field=models.JSONField(default=dict),
        ),
        migrations.AddField(
            model_name='provider',
            name='claim',
            field=models.PositiveBigIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='provider',
            name='cooled_at',
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name='provider',
            name='left_errors',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='provider',
            name='left_requests',
            field=models.PositiveSmallIntegerField(default=0),
        ),
        migrations.AddField(
            model_name='providerhour',
            name='priced',
            field=models.PositiveIntegerField(default=0),
        ),
        migrations.RunPython(prices_so_far, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='providerevent',
            name='kind',
            field=models.CharField(choices=[('state', 'State'), ('pin', 'Pin'), ('reset', 'Reset'), ('changed', 'Changed')], max_length=10),
        ),
    ]
