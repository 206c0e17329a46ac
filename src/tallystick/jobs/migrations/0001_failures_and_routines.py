"""The list of jobs that gave up, and when each routine is due."""

import uuid

from django.db import migrations, models

import tallystick.core.clock


class Migration(migrations.Migration):
    """Creates both."""

    initial = True

    dependencies = [("core", "0001_clock"), ("procrastinate", "0041_post_retry_failed_job")]

    operations = [
        migrations.CreateModel(
            name="Routine",
            fields=[
                ("name", models.CharField(max_length=128, primary_key=True, serialize=False)),
                ("next_at", models.DateTimeField()),
            ],
        ),
        migrations.CreateModel(
            name="Failure",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("job_id", models.BigIntegerField(unique=True)),
                ("name", models.CharField(max_length=128)),
                ("args", models.JSONField(default=dict)),
                ("error", models.CharField(max_length=200)),
                ("text", models.CharField(blank=True, max_length=300)),
                ("attempts", models.IntegerField()),
                ("repeated_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [models.Index(fields=["-created_at"], name="jobs_failur_created_9c156a_idx")],
            },
        ),
    ]
