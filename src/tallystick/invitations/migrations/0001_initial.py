"""The tables of the invitations room."""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import tallystick.core.clock


class Migration(migrations.Migration):
    """Makes the tables."""

    initial = True

    dependencies = [
        ("connections", "0002_same_tenant"),
        ("organisations", "0002_same_tenant"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ClientConnectLink",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("two_words", models.CharField(max_length=40)),
                ("made_by", models.CharField(blank=True, max_length=120)),
                ("until", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("closed_at", models.DateTimeField(editable=False, null=True)),
                ("closed_because", models.CharField(blank=True, max_length=10)),
                (
                    "business",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.business"
                    ),
                ),
                (
                    "firm",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="organisations.firm",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="client_connect_links",
                        to="organisations.organisation",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)),
                        fields=("organisation",),
                        name="one_client_connect_link",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("contact_digest", models.CharField(blank=True, max_length=64)),
                ("reference_digest", models.CharField(max_length=64, unique=True)),
                ("sealed", models.BinaryField()),
                ("two_words", models.CharField(max_length=40)),
                ("language", models.CharField(max_length=10)),
                ("state", models.CharField(default="pending", max_length=10)),
                ("state_since", models.DateTimeField(db_default=tallystick.core.clock.Now())),
                ("version", models.PositiveIntegerField(default=1)),
                ("generation", models.PositiveIntegerField(default=1)),
                ("days", models.PositiveSmallIntegerField()),
                ("until", models.DateTimeField()),
                ("number", models.PositiveSmallIntegerField(default=0)),
                ("copied_to_asker", models.BooleanField(default=False)),
                ("passed_on_by", models.CharField(blank=True, max_length=120)),
                (
                    "asker",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "business",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="organisations.business"
                    ),
                ),
                (
                    "firm",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="organisations.firm",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to="organisations.organisation",
                    ),
                ),
                (
                    "replaces",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="replaced_by",
                        to="invitations.invitation",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(fields=["organisation", "-created_at"], name="invitations_of_organisation"),
                    models.Index(
                        condition=models.Q(("state", "pending")), fields=["until"], name="invitations_to_expire"
                    ),
                    models.Index(
                        condition=models.Q(("state", "pending")),
                        fields=["firm", "organisation"],
                        name="invitations_of_firm",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ("pending", "accepted", "declined", "withdrawn", "expired"))),
                        name="invitation_state_known",
                    ),
                    models.UniqueConstraint(fields=("id", "business"), name="invitation_with_business"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Ask",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("asker_tenant", models.UUIDField()),
                ("contact_digest", models.CharField(blank=True, max_length=64)),
                ("connector", models.CharField(max_length=40)),
                ("place", models.PositiveSmallIntegerField(default=0)),
                ("state", models.CharField(default="asked", max_length=10)),
                ("state_since", models.DateTimeField(db_default=tallystick.core.clock.Now())),
                ("version", models.PositiveIntegerField(default=1)),
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
                        related_name="asks",
                        to="connections.connection",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="asks",
                        to="organisations.organisation",
                    ),
                ),
                (
                    "invitation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="asks", to="invitations.invitation"
                    ),
                ),
                (
                    "passed_to",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="passed_on",
                        to="invitations.invitation",
                    ),
                ),
            ],
            options={
                "ordering": ["place"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ("asked", "at_app", "connected", "declined", "passed_on", "expired", "withdrawn"),
                            )
                        ),
                        name="ask_state_known",
                    ),
                    models.UniqueConstraint(fields=("invitation", "connector"), name="app_asked_once_in_an_invitation"),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state__in", ("asked", "at_app")), models.Q(("contact_digest", ""), _negated=True)
                        ),
                        fields=("asker_tenant", "organisation", "contact_digest", "connector"),
                        name="one_open_ask_of_a_contact",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GuestAttempt",
            fields=[
                (
                    "handshake",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="guest",
                        serialize=False,
                        to="connections.handshake",
                    ),
                ),
                (
                    "ask",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="invitations.ask",
                    ),
                ),
                (
                    "link",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attempts",
                        to="invitations.clientconnectlink",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("ask", None), ("link", None), _connector="XOR"), name="guest_came_one_way"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Kit",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("created_at", models.DateTimeField(db_default=tallystick.core.clock.Now(), editable=False)),
                ("name", models.CharField(max_length=120)),
                ("sort_name", models.CharField(db_collation="C", max_length=240)),
                (
                    "apps",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), size=None),
                ),
                ("closed_at", models.DateTimeField(editable=False, null=True)),
                (
                    "firm",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="kits", to="organisations.firm"
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("closed_at", None)), fields=("firm", "sort_name"), name="kit_name_once"
                    )
                ],
            },
        ),
    ]
