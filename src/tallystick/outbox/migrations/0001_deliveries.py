"""Deliveries, the relay's pauses, marked addresses, the demo's letters."""

import uuid

from django.db import migrations, models

import tallystick.core.clock


class Migration(migrations.Migration):
    """Creates them."""

    initial = True
    dependencies = [("core", "0001_clock")]

    operations = [
        migrations.CreateModel(
            name="Relay",
            fields=[
                ("channel", models.CharField(max_length=4, primary_key=True, serialize=False)),
                ("away_since", models.DateTimeField(null=True)),
                ("paused_until", models.DateTimeField(null=True)),
                ("failures", models.IntegerField(default=0)),
                ("answer", models.CharField(blank=True, max_length=200)),
            ],
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("once", models.CharField(max_length=200, unique=True)),
                ("channel", models.CharField(choices=[("mail", "Mail"), ("text", "Text message")], max_length=4)),
                ("kind", models.CharField(max_length=60)),
                ("person_id", models.UUIDField(db_index=True, null=True)),
                ("firm_id", models.UUIDField(db_index=True, null=True)),
                ("business_id", models.UUIDField(db_index=True, null=True)),
                ("language", models.CharField(max_length=10)),
                ("secret", models.BooleanField()),
                ("sealed", models.BinaryField(null=True)),
                ("to_digest", models.CharField(db_index=True, max_length=64)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "Waiting"),
                            ("sent", "Sent"),
                            ("deferred", "Not yet taken, trying again"),
                            ("failed", "Not taken"),
                            ("bounced", "Came back"),
                            ("suppressed", "Not sent"),
                        ],
                        default="queued",
                        max_length=10,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=30)),
                ("answer", models.CharField(blank=True, max_length=200)),
                ("tries", models.IntegerField(default=0)),
                ("next_try_at", models.DateTimeField(db_default=tallystick.core.clock.Now())),
                ("expires_at", models.DateTimeField(null=True)),
                ("lease", models.UUIDField(null=True)),
                ("lease_until", models.DateTimeField(null=True)),
                ("sent_at", models.DateTimeField(null=True)),
                ("message_id", models.CharField(max_length=320)),
            ],
            options={
                "verbose_name_plural": "deliveries",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ("queued", "deferred"))),
                        fields=["next_try_at"],
                        name="deliveries_to_send",
                    ),
                    models.Index(fields=["created_at"], name="deliveries_by_age"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["queued", "sent", "deferred", "failed", "bounced", "suppressed"])
                        ),
                        name="delivery_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ("queued", "deferred")), _negated=True),
                            ("sealed__isnull", False),
                            _connector="OR",
                        ),
                        name="unsent_has_contents",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Letter",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("message_id", models.CharField(max_length=320, unique=True)),
                ("channel", models.CharField(max_length=4)),
                ("sealed", models.BinaryField()),
            ],
            options={
                "indexes": [models.Index(fields=["-created_at"], name="letters_newest_first")],
            },
        ),
        migrations.CreateModel(
            name="Mark",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("channel", models.CharField(max_length=4)),
                ("to_digest", models.CharField(max_length=64)),
                ("answer", models.CharField(blank=True, max_length=200)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("channel", "to_digest"), name="one_mark_per_address")],
            },
        ),
    ]
