from django.db import migrations


class Migration(migrations.Migration):
    # apart from 0002: PostgreSQL alters no table that the same transaction has updated

    dependencies = [
        ('jobs', '0002_forgiving_intake'),
    ]

    operations = [
        migrations.RemoveField(
            model_name='job',
            name='leave_out_unreadable',
        ),
    ]
