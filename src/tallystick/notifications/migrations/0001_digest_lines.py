"""What waits for somebody's daily digest."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tallystick.core.clock


class Migration(migrations.Migration):
    """Creates it."""

    initial = True

    dependencies = [
        ("core", "0001_clock"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DigestLine",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("once", models.CharField(max_length=200, unique=True)),
                ("subject", models.CharField(max_length=100)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["person", "created_at"], name="digest_lines_of_person")],
            },
        ),
    ]
