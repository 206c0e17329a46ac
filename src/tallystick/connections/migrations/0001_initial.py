"""The tables of connections: attempts, credentials with their leases, connections, and what apps tell us."""

import uuid

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.db.models.deletion
from django.db import migrations, models

import tallystick.core.clock


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_clock"),
        ("organisations", "0002_same_tenant"),
    ]

    operations = [
        migrations.CreateModel(
            name="Breaker",
            fields=[
                ("connector", models.CharField(max_length=40, primary_key=True, serialize=False)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("last_credential", models.UUIDField(null=True)),
                ("failing_since", models.DateTimeField(null=True)),
                ("open_until", models.DateTimeField(null=True)),
                ("refused_since", models.DateTimeField(null=True)),
                ("refused_code", models.CharField(blank=True, max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name="Credential",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("connector", models.CharField(max_length=40)),
                ("inputs", models.JSONField(default=dict)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), default=list, size=None
                    ),
                ),
                ("generation", models.PositiveIntegerField(default=1)),
                (
                    "marks",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=64), default=list, size=None
                    ),
                ),
                ("data_key", models.BinaryField()),
                ("secret", models.BinaryField()),
                ("ring_key", models.CharField(db_index=True, max_length=8)),
                ("obtained_at", models.DateTimeField()),
                ("access_ends_at", models.DateTimeField(null=True)),
                ("renew_at", models.DateTimeField(db_index=True, null=True)),
                ("refresh_ends_at", models.DateTimeField(null=True)),
                ("consent_ends_at", models.DateTimeField(db_index=True, null=True)),
                ("dead_at", models.DateTimeField(null=True)),
                ("dead_because", models.CharField(blank=True, max_length=40)),
                (
                    "business",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.business"
                    ),
                ),
            ],
            options={
                "indexes": [django.contrib.postgres.indexes.GinIndex(fields=["marks"], name="credentials_by_mark")],
                "constraints": [models.UniqueConstraint(fields=("id", "business"), name="credential_with_business")],
            },
        ),
        migrations.CreateModel(
            name="Lease",
            fields=[
                (
                    "credential",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="lease",
                        serialize=False,
                        to="connections.credential",
                    ),
                ),
                ("owner", models.UUIDField(null=True)),
                ("generation", models.PositiveBigIntegerField(default=1)),
                ("taken_at", models.DateTimeField()),
                ("until", models.DateTimeField()),
                ("sent_at", models.DateTimeField(null=True)),
                ("lost_since", models.DateTimeField(null=True)),
                ("failing_since", models.DateTimeField(null=True)),
                ("retry_at", models.DateTimeField(null=True)),
                ("failure", models.CharField(blank=True, max_length=40)),
                ("failure_code", models.CharField(blank=True, max_length=80)),
            ],
        ),
        migrations.CreateModel(
            name="Connection",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("connector", models.CharField(max_length=40)),
                ("account_id", models.CharField(max_length=200)),
                ("account_name", models.CharField(max_length=200)),
                ("account", models.JSONField(default=dict)),
                ("missing", models.JSONField(default=list)),
                ("state", models.CharField(default="connecting", max_length=12)),
                ("state_since", models.DateTimeField(db_default=tallystick.core.clock.Now())),
                ("version", models.PositiveIntegerField(default=1)),
                ("unconfirmed", models.BooleanField(default=False)),
                ("made_by_side", models.CharField(max_length=10)),
                ("made_by_person", models.UUIDField(null=True)),
                ("made_by_firm", models.UUIDField(null=True)),
                ("good_read_at", models.DateTimeField(null=True)),
                ("latest_key", models.BinaryField(null=True)),
                ("latest", models.BinaryField(null=True)),
                ("latest_ring_key", models.CharField(blank=True, max_length=8)),
                ("check_at", models.DateTimeField(db_index=True, null=True)),
                ("reads_today", models.PositiveSmallIntegerField(default=0)),
                ("reads_day", models.DateField(null=True)),
                ("trouble_since", models.DateTimeField(null=True)),
                ("trouble_kind", models.CharField(blank=True, max_length=40)),
                ("trouble_place", models.CharField(blank=True, max_length=20)),
                ("trouble_code", models.CharField(blank=True, max_length=80)),
                ("told_stage", models.PositiveSmallIntegerField(default=0)),
                ("told_at", models.DateTimeField(null=True)),
                ("consent_stage", models.PositiveSmallIntegerField(default=0)),
                ("disconnected_at", models.DateTimeField(null=True)),
                ("disconnected_because", models.CharField(blank=True, max_length=40)),
                (
                    "business",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.business"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="connections",
                        to="organisations.organisation",
                    ),
                ),
                (
                    "credential",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="connections",
                        to="connections.credential",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "disconnected"), _negated=True),
                        fields=("organisation", "connector", "account_id"),
                        name="one_connection_of_an_account",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ("connecting", "working", "trouble", "needs_client", "disconnected"))
                        ),
                        name="connection_state_known",
                    ),
                    models.UniqueConstraint(fields=("id", "business"), name="connection_with_business"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Handshake",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("connector", models.CharField(max_length=40)),
                ("inputs", models.JSONField(default=dict)),
                ("by_side", models.CharField(max_length=10)),
                ("by_person", models.UUIDField(null=True)),
                ("by_member", models.UUIDField(null=True)),
                ("by_tenant", models.UUIDField(null=True)),
                ("by_name", models.CharField(blank=True, max_length=120)),
                ("state_digest", models.CharField(max_length=64, unique=True)),
                ("browser_digest", models.CharField(max_length=64)),
                ("redirect_uri", models.CharField(max_length=300)),
                ("data_key", models.BinaryField()),
                ("secret", models.BinaryField()),
                ("ring_key", models.CharField(max_length=8)),
                ("until", models.DateTimeField()),
                ("state", models.CharField(default="open", max_length=10)),
                ("returned_at", models.DateTimeField(null=True)),
                ("talking_at", models.DateTimeField(null=True)),
                ("accounts", models.JSONField(default=list)),
                (
                    "missing",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200), default=list, size=None
                    ),
                ),
                ("because", models.CharField(blank=True, max_length=40)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "business",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.business"
                    ),
                ),
                (
                    "connection",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="handshakes",
                        to="connections.connection",
                    ),
                ),
                (
                    "credential",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="connections.credential",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.organisation"
                    ),
                ),
                (
                    "restoring",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="connections.connection",
                    ),
                ),
            ],
            options={
                "indexes": [models.Index(fields=["organisation", "-created_at"], name="handshakes_of_organisation")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("open", "returned", "choosing", "done", "failed"))),
                        name="handshake_state_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("connector", models.CharField(max_length=40)),
                ("notice_id", models.CharField(max_length=300)),
                ("kind", models.CharField(max_length=20)),
                ("about", models.JSONField(default=dict)),
                ("happened_at", models.DateTimeField(null=True)),
                ("ends_at", models.DateTimeField(null=True)),
                ("worked_on_at", models.DateTimeField(null=True)),
                ("concerned", models.PositiveIntegerField(default=0)),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("connector", "notice_id"), name="notice_once")],
            },
        ),
        migrations.CreateModel(
            name="Revocation",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("tries", models.PositiveIntegerField(default=0)),
                ("last_tried_at", models.DateTimeField(null=True)),
                ("next_try_at", models.DateTimeField(null=True)),
                ("last_answer", models.CharField(blank=True, max_length=80)),
                ("done_at", models.DateTimeField(null=True)),
                ("outcome", models.CharField(blank=True, max_length=20)),
                (
                    "credential",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revocations",
                        to="connections.credential",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("credential",), name="one_revocation_of_a_credential")],
            },
        ),
    ]
