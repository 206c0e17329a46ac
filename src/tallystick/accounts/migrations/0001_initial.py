"""People, contacts, codes, sessions, second factors."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tallystick.core.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_clock"),
    ]

    operations = [
        migrations.CreateModel(
            name="User",
            fields=[
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("name", models.CharField(blank=True, max_length=120)),
                ("sort_name", models.CharField(blank=True, db_collation="C", editable=False, max_length=240)),
                ("language", models.CharField(default="en", max_length=10)),
                ("time_zone", models.CharField(default="UTC", max_length=64)),
                ("is_active", models.BooleanField(default=True)),
                ("is_operator", models.BooleanField(default=False)),
                ("password_stands_alone", models.BooleanField(default=False, editable=False)),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Allowance",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("full_at", models.DateTimeField()),
            ],
            options={
                "indexes": [models.Index(fields=["full_at"], name="allowance_full_at")],
            },
        ),
        migrations.CreateModel(
            name="Attempt",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("purpose", models.CharField(max_length=30)),
                ("contact_kind", models.CharField(max_length=6)),
                ("contact_digest", models.CharField(max_length=64)),
                ("contact_sealed", models.BinaryField(max_length=508)),
                ("person_id", models.UUIDField(null=True)),
                ("language", models.CharField(default="en", max_length=10)),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("sendings", models.PositiveSmallIntegerField(default=0)),
                ("sent_at", models.DateTimeField(null=True)),
                ("until", models.DateTimeField()),
                ("proved_at", models.DateTimeField(null=True)),
            ],
            options={
                "indexes": [
                    models.Index(fields=["contact_digest", "-created_at"], name="attempts_on_contact"),
                    models.Index(fields=["until"], name="attempt_until"),
                ],
            },
        ),
        migrations.CreateModel(
            name="AuthenticatorApp",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("secret", models.BinaryField()),
                ("last_step", models.BigIntegerField(default=0)),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="authenticator_app",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Code",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("number", models.PositiveSmallIntegerField()),
                ("digest", models.CharField(max_length=64)),
                ("until", models.DateTimeField()),
                (
                    "attempt",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="codes", to="accounts.attempt"
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("attempt", "number"), name="code_number_once")],
            },
        ),
        migrations.CreateModel(
            name="Contact",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("kind", models.CharField(choices=[("email", "email"), ("mobile", "mobile")], max_length=6)),
                ("value", models.CharField(max_length=254)),
                ("verified_at", models.DateTimeField(blank=True, null=True)),
                ("primary", models.BooleanField(default=False)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contacts",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["kind", "value"], name="contact_value")],
                "constraints": [
                    models.UniqueConstraint(fields=("person", "kind", "value"), name="contact_once_per_person"),
                    models.UniqueConstraint(
                        condition=models.Q(("verified_at__isnull", False)),
                        fields=("kind", "value"),
                        name="contact_proved_by_one",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("primary", True)), fields=("person", "kind"), name="contact_primary_once"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="NotificationChoice",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("kind", models.CharField(max_length=60)),
                ("choice", models.CharField(choices=[("on", "on"), ("daily", "daily"), ("off", "off")], max_length=5)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notification_choices",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("person", "kind"), name="choice_once_per_kind")],
            },
        ),
        migrations.CreateModel(
            name="RecoveryCode",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("digest", models.CharField(max_length=64)),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "person",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="recovery_codes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("person", "digest"), name="recovery_code_once")],
            },
        ),
        migrations.CreateModel(
            name="Session",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("key_digest", models.CharField(max_length=64, unique=True)),
                ("data", models.BinaryField()),
                ("seen_at", models.DateTimeField(db_default=tallystick.core.clock.Now())),
                ("until", models.DateTimeField()),
                ("idle", models.DurationField()),
                ("proved_at", models.DateTimeField(null=True)),
                ("ended_at", models.DateTimeField(null=True)),
                ("ended_because", models.CharField(blank=True, max_length=20)),
                ("browser", models.CharField(blank=True, max_length=80)),
                ("network", models.CharField(blank=True, max_length=50)),
                (
                    "person",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="sessions",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["person", "-seen_at"], name="sessions_of_person"),
                    models.Index(fields=["seen_at"], name="session_seen"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ended_at", None), models.Q(("ended_because", ""), _negated=True), _connector="OR"
                        ),
                        name="session_end_has_reason",
                    )
                ],
            },
        ),
    ]
