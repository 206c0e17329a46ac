"""A firm has a logo."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

import tallystick.core.clock


class Migration(migrations.Migration):
    dependencies = [
        ("organisations", "0002_same_tenant"),
    ]

    operations = [
        migrations.AddField(
            model_name="firm",
            name="logo_digest",
            field=models.CharField(blank=True, db_default="", default="", editable=False, max_length=8),
        ),
        migrations.CreateModel(
            name="FirmLogo",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("kind", models.CharField(max_length=10)),
                ("content", models.BinaryField()),
                (
                    "firm",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT, related_name="logo", to="organisations.firm"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("image/png", "image/jpeg"))), name="logo_kind_known"
                    )
                ],
            },
        ),
    ]
