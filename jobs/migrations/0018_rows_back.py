from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0017_answered_at'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='submission',
            name='submission_finished',
        ),
        migrations.AddIndex(
            model_name='submission',
            index=models.Index(fields=['run_state', 'finished_at', 'run_finished'], name='submission_back'),
        ),
    ]
