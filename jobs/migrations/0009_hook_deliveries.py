import django.utils.timezone
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('jobs', '0008_steps'),
    ]

    operations = [
        migrations.CreateModel(
            name='HookDelivery',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('what', models.CharField(choices=[('test', 'Test'), ('known', 'known run'), ('unknown', 'unknown run'), ('repeated', 'Repeated'), ('refused', 'Refused')], max_length=10)),
                ('run_id', models.CharField(blank=True, max_length=64)),
                ('at', models.DateTimeField(default=django.utils.timezone.now)),
                ('count', models.PositiveIntegerField(default=1)),
                ('hour', models.DateTimeField(null=True, unique=True)),
            ],
            options={
                'verbose_name_plural': 'hook deliveries',
                'ordering': ['-at', '-id'],
            },
        ),
    ]
