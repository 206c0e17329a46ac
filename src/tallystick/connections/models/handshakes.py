"""A handshake: one attempt to connect one app for one organisation, from the press of a button to what became of it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, ClassVar, Self
from uuid import UUID

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tallystick.connections import vault
from tallystick.connections.models.connections import Connection
from tallystick.connections.models.credentials import Credential
from tallystick.connectors.definition import Connector
from tallystick.connectors.talking import new_verifier
from tallystick.core.access import may, reached_by
from tallystick.core.actor import Actor, Side
from tallystick.core.clock import Now, now
from tallystick.core.models import Row
from tallystick.core.refused import Refused
from tallystick.core.sealing import keyed_digest, keyed_digests, random_text
from tallystick.jobs import later
from tallystick.organisations.models import Business, Firm, Organisation
from tallystick.organisations.rights import not_allowed

LIFE = timedelta(minutes=15)
"""From the press of the button to the return from the app (quality bar 34)."""

_PATIENCE = timedelta(seconds=30)
LONGEST_TALK = timedelta(seconds=90)
"""A token call, and who it is, with their time-outs: who was not heard of for longer has died."""

STATES = ("open", "returned", "choosing", "done", "failed")
_STATE, _BROWSER = "connect state", "connect browser"


class HandshakeQuerySet(models.QuerySet["Handshake"]):
    """Questions over handshakes."""

    def visible_to(self, actor: Actor) -> Self:
        """Those on organisations the actor may connect apps for."""
        return self.filter(organisation_id__in=reached_by(actor, "connect"))

    def of_browser(self, browser: str) -> Self:
        """Those that this browser began."""
        return self.filter(browser_digest__in=keyed_digests(browser, purpose=_BROWSER)) if browser else self.none()

    def lapsed(self) -> Self:
        """Those over time that nobody finished."""
        return self.filter(state__in=("open", "returned", "choosing"), until__lte=Now() - LIFE)


class Handshake(Row):
    """Tied to the browser that began it, to one organisation and one app; lives 15 minutes; returns once.

    `state_digest` finds it when the app sends its visitor back; `browser_digest` proves that it is the same browser. The
    PKCE verifier and what the app sent back are sealed. `because` says why it failed, as a word that pages have a
    sentence for. `accounts` are those the consent gave, shown before any is kept.
    """

    business = models.ForeignKey(Business, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")
    connector = models.CharField(max_length=40)
    inputs = models.JSONField(default=dict)
    restoring = models.ForeignKey(Connection, on_delete=models.PROTECT, null=True, related_name="+")

    by_side = models.CharField(max_length=10)
    by_person = models.UUIDField(null=True)
    by_member = models.UUIDField(null=True)
    by_tenant = models.UUIDField(null=True)
    by_name = models.CharField(max_length=120, blank=True)

    state_digest = models.CharField(max_length=64, unique=True)
    browser_digest = models.CharField(max_length=64)
    redirect_uri = models.CharField(max_length=300)
    data_key = models.BinaryField()
    secret = models.BinaryField()
    ring_key = models.CharField(max_length=8)
    until = models.DateTimeField()

    state = models.CharField(max_length=10, default="open")
    returned_at = models.DateTimeField(null=True)
    talking_at = models.DateTimeField(null=True)
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, null=True, related_name="+")
    accounts = models.JSONField(default=list)
    missing = ArrayField(models.CharField(max_length=200), default=list)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, null=True, related_name="handshakes")
    because = models.CharField(max_length=40, blank=True)
    finished_at = models.DateTimeField(null=True)

    objects = HandshakeQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(state__in=STATES), name="handshake_state_known")]
        indexes: ClassVar = [models.Index(fields=["organisation", "-created_at"], name="handshakes_of_organisation")]

    def __str__(self) -> str:
        return f"{self.connector} for {self.organisation_id}: {self.state}"

    @classmethod
    def begin(
        cls,
        organisation: Organisation,
        connector: Connector,
        inputs: Mapping[str, str],
        *,
        by: Actor,
        browser: str,
        restoring: Connection | None = None,
    ) -> tuple[Handshake, str]:
        """Begin an attempt; the handshake, and the `state` that goes to the app with it, which is kept as a digest only.

        Of a guest the room that has the invitation has asked already. Raises `Refused` when the actor may not connect apps
        here, the app is not set up, or what is restored is gone.
        """
        if by.side != "guest" and not may(by.member_id, organisation.pk, "connect"):
            raise not_allowed()
        if not connector.is_set_up:
            raise Refused("app_not_set_up", _("%(app)s is not set up here yet.") % {"app": connector.name}, status=409)
        if restoring and restoring.state == "disconnected":
            raise Refused("connection_ended", _("This app was disconnected. Connect it anew."), status=409)
        state = random_text()
        handshake = cls(
            business_id=organisation.business_id,
            organisation=organisation,
            connector=connector.slug,
            inputs={key: value for key, value in inputs.items() if not _is_secret(connector, key)},
            restoring=restoring,
            by_side=by.side,
            by_person=by.person_id,
            by_member=by.member_id,
            by_tenant=by.tenant_id,
            by_name=by.name,
            state_digest=keyed_digest(state, purpose=_STATE),
            browser_digest=keyed_digest(browser, purpose=_BROWSER),
            redirect_uri=return_address(connector),
            until=now() + LIFE,
        )
        handshake.seal({"state": state, "verifier": new_verifier(), "inputs": dict(inputs)})
        handshake.save()
        return handshake, state

    @classmethod
    def claim(cls, connector: Connector, state: str, browser: str, answer: str) -> Handshake:
        """The app has sent its visitor back: one return is taken, and the job left that talks to the app.

        `answer` is the query of the return as it came, because some apps sign it. The same browser, the same app, in
        time, once. Raises `Refused`, telling a stranger nothing: `attempt_unknown`, `attempt_too_old`.
        """
        digests = keyed_digests(state, purpose=_STATE) if state else []
        found = cls.objects.of_browser(browser).filter(state_digest__in=digests, connector=connector.slug).first()
        if found is None:
            raise Refused(
                "attempt_unknown",
                _("This page belongs to another browser, or to an attempt that we do not know."),
                next_step=_("Go back to where you began and press the button again."),
                status=404,
            )
        found.seal({**found.opened(), "answer": answer})
        with transaction.atomic():
            taken = cls.objects.filter(pk=found.pk, state="open", until__gt=Now()).update(
                state="returned",
                returned_at=Now(),
                data_key=found.data_key,
                secret=found.secret,
                ring_key=found.ring_key,
            )
            if taken:
                later("connections.finish", handshake_id=str(found.pk))
        found.refresh_from_db()
        if not taken and found.state == "open":
            raise Refused(
                "attempt_too_old",
                _("This took longer than 15 minutes, so nothing was connected."),
                next_step=_("Go back to where you began and press the button again."),
                status=409,
            )
        return found

    @property
    def actor(self) -> Actor:
        """Who began it. Their right is asked again before anything is kept."""
        side: Side = self.by_side  # type: ignore[assignment]  # written from an Actor
        return Actor(side, self.by_person, self.by_member, self.by_tenant, name=self.by_name)

    @property
    def is_anybodys(self) -> bool:
        """Was it begun by a link alone? Not signed in; and only who connected it, or has proved the contact, restores."""
        return self.by_side == "guest" and self.by_person is None and self.restoring_id is None

    def seal(self, secret: dict[str, Any]) -> None:
        """Put the verifier, the typed inputs and the app's answer in place; saving is the caller's."""
        sealed = vault.close(secret, self._place())
        self.data_key, self.secret, self.ring_key = sealed.data_key, sealed.secret, sealed.ring_key

    def opened(self) -> dict[str, Any]:
        """`verifier`, `inputs`, and after the return `answer`. Raises `Unopenable`."""
        return vault.open_sealed(vault.Sealed(bytes(self.data_key), bytes(self.secret), self.ring_key), self._place())

    @classmethod
    def take_to_talk(cls, handshake_id: UUID) -> Handshake | None:
        """The one that returned, for whoever talks to the app about it now: one at a time, because a code holds once.

        Somebody who took it and was not heard of for longer than the longest talk has died; the next one may try.
        """
        free = Q(talking_at=None) | Q(talking_at__lte=Now() - LONGEST_TALK)
        if cls.objects.filter(free, pk=handshake_id, state="returned").update(talking_at=Now()):
            return cls.objects.get(pk=handshake_id)
        return None

    def retried(self) -> bool:
        """Has the talk been tried for half a minute already?"""
        return self.returned_at is not None and now() > self.returned_at + _PATIENCE

    def fail(self, because: str) -> None:
        """It came to nothing, for a reason that pages have a sentence for. Twice is once; done stays done."""
        Handshake.objects.filter(pk=self.pk).exclude(state__in=("done", "failed")).update(
            state="failed", because=because, finished_at=Now()
        )

    @property
    def tenant_handle(self) -> str:
        """What stands in addresses for the tenant on whose desk it began."""
        tenants = Firm if self.by_side == "firm" else Business
        handle: str = tenants.objects.values_list("handle", flat=True).get(pk=str(self.by_tenant))
        return handle

    def _place(self) -> vault.Place:
        return vault.Place("connections_handshake", "secret", self.pk, self.business_id)


def return_address(connector: Connector) -> str:
    """Where the app sends its visitor back to; what operators register there. One for each app."""
    return f"{settings.BASE_URL}/connect/{connector.slug}/return/"


def _is_secret(connector: Connector, key: str) -> bool:
    return any(each.secret for each in connector.inputs if each.key == key)
