import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("jobs", "0015_letters_by_cause")]

    operations = [
        migrations.RemoveField(model_name="deadletter", name="cause_group"),
        migrations.AlterField(
            model_name="deadletter",
            name="group",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="letters", to="jobs.cause"
            ),
        ),
    ]
