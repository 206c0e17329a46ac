"""A connection: an organisation's link to one account of one app. Its health is apart from its state."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, ClassVar, Self
from uuid import UUID

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from tallystick.audit import record
from tallystick.connections import vault
from tallystick.connections.models.credentials import Credential
from tallystick.connectors import catalogue
from tallystick.connectors.definition import Connector
from tallystick.core.access import may, reached_by
from tallystick.core.actor import HOUSE, Actor
from tallystick.core.clock import Now, now
from tallystick.core.models import Row
from tallystick.core.refused import Refused
from tallystick.jobs import later
from tallystick.organisations.models import Business, Organisation
from tallystick.organisations.models.tenants import hold_open
from tallystick.organisations.rights import not_allowed, role_now

STATES = ("connecting", "working", "trouble", "needs_client", "disconnected")
_LONGEST_NAME = 200


class ConnectionQuerySet(models.QuerySet["Connection"]):
    """Questions over connections."""

    def visible_to(self, actor: Actor, scope: str = "see") -> Self:
        """Those of the organisations the actor reaches; a business's contact sees those they made themselves."""
        if actor.side == "business" and actor.role == "contact":
            return self.filter(organisation_id__in=reached_by(actor, "connect"), made_by_person=actor.person_id)
        return self.filter(organisation_id__in=reached_by(actor, scope))

    def alive(self) -> Self:
        """Those not disconnected."""
        return self.exclude(state="disconnected")

    def hold(self) -> list[Connection]:
        """These: until the end of the transaction nobody else changes them, nor the consents that serve them."""
        held = list(self.order_by("pk").select_for_update())
        consents = Credential.objects.filter(pk__in={each.credential_id for each in held}).order_by("pk")
        list(consents.select_for_update().values_list("pk"))
        return held

    def of_accounts(self, organisation: Organisation, connector: str, *account_ids: str) -> Self:
        """The live ones of these accounts at this organisation: one of each at most."""
        return self.alive().filter(organisation=organisation, connector=connector, account_id__in=account_ids)


class Connection(Row):
    """The link itself. Restoring keeps its id and history; disconnected is for good.

    `account_id` and `account_name` are the app's. `unconfirmed`: somebody unknown made it by the standing link, and nobody of
    either side has said yet that it is theirs; it is seen, not used. Evidence of trouble: since when, in which call, of
    which class, with which code. `latest` is what the last good read gave, sealed.
    """

    business = models.ForeignKey(Business, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="connections")
    connector = models.CharField(max_length=40)
    credential = models.ForeignKey(Credential, on_delete=models.PROTECT, related_name="connections")
    account_id = models.CharField(max_length=200)
    account_name = models.CharField(max_length=_LONGEST_NAME)
    account = models.JSONField(default=dict)
    missing = models.JSONField(default=list)

    state = models.CharField(max_length=12, default="connecting")
    state_since = models.DateTimeField(db_default=Now())
    version = models.PositiveIntegerField(default=1)

    unconfirmed = models.BooleanField(default=False)
    made_by_side = models.CharField(max_length=10)
    made_by_person = models.UUIDField(null=True)
    made_by_firm = models.UUIDField(null=True)

    good_read_at = models.DateTimeField(null=True)
    latest_key = models.BinaryField(null=True)
    latest = models.BinaryField(null=True)
    latest_ring_key = models.CharField(max_length=8, blank=True)
    check_at = models.DateTimeField(null=True, db_index=True)
    reads_today = models.PositiveSmallIntegerField(default=0)
    reads_day = models.DateField(null=True)

    trouble_since = models.DateTimeField(null=True)
    trouble_kind = models.CharField(max_length=40, blank=True)
    trouble_place = models.CharField(max_length=20, blank=True)
    trouble_code = models.CharField(max_length=80, blank=True)
    told_stage = models.PositiveSmallIntegerField(default=0)
    told_at = models.DateTimeField(null=True)
    consent_stage = models.PositiveSmallIntegerField(default=0)

    disconnected_at = models.DateTimeField(null=True)
    disconnected_because = models.CharField(max_length=40, blank=True)

    objects = ConnectionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation", "connector", "account_id"],
                condition=~Q(state="disconnected"),
                name="one_connection_of_an_account",
            ),
            models.CheckConstraint(condition=Q(state__in=STATES), name="connection_state_known"),
            models.UniqueConstraint(fields=["id", "business"], name="connection_with_business"),
        ]

    def __str__(self) -> str:
        return f"{self.connector}: {self.account_name}"

    @property
    def app(self) -> Connector:
        """The app it links to."""
        return catalogue.get(self.connector)

    @classmethod
    def establish(
        cls,
        organisation: Organisation,
        credential: Credential,
        account: dict[str, Any],
        *,
        by: Actor,
        missing: list[str],
        unconfirmed: bool = False,
    ) -> Connection:
        """The organisation is linked to this account, once: a second attempt at the same account is the same connection.

        `account` is one of a handshake's: id, name, and what reading it needs. The right is asked as it is now, not as it
        was when the attempt began; that of a guest, by the room that has the invitation. `unconfirmed`: made by somebody
        unknown, so it is seen but not used, and takes no other's place. Raises `Refused`.
        """
        with transaction.atomic():
            # Held, so that nobody closes these books meanwhile, nor connects the same account to them.
            is_open = hold_open(organisation.pk)
            if not is_open or (by.side != "guest" and not may(by.member_id, organisation.pk, "connect")):
                raise not_allowed()
            same = cls.objects.of_accounts(organisation, credential.connector, account["id"])
            twin = same.select_for_update().first()
            if twin:
                if not unconfirmed or twin.state == "needs_client":
                    twin._take(credential, account, missing)
                return twin
            connection = cls.objects.create(
                business_id=organisation.business_id,
                organisation=organisation,
                connector=credential.connector,
                credential=credential,
                account_id=account["id"],
                account_name=account["name"][:_LONGEST_NAME],
                account=account,
                missing=missing,
                unconfirmed=unconfirmed,
                made_by_side=by.side,
                made_by_person=by.person_id,
                made_by_firm=by.firm_id,
            )
            connection.record("connection.made", by=by, data={"unconfirmed": unconfirmed})
            later("connections.look", connection_id=str(connection.pk))
        return connection

    def restore(self, credential: Credential, account: dict[str, Any], *, by: Actor, missing: list[str]) -> None:
        """A new consent for the same account takes the old one's place; the id and the history stay.

        Raises `Refused` when it is another account, or the connection has been taken away meanwhile.
        """
        if by.side != "guest" and not may(by.member_id, self.organisation_id, "connect"):
            raise not_allowed()
        if account["id"] != self.account_id:
            message = _("This is %(other)s. The connection is to %(this)s.")
            names = {"other": account["name"], "this": self.account_name}
            raise Refused("other_account", message % names, status=409)
        with transaction.atomic():
            mine = Connection.objects.select_for_update().get(pk=self.pk)
            if mine.state == "disconnected":
                raise Refused("connection_ended", _("This app was disconnected. Connect it anew."), status=409)
            mine._take(credential, account, missing)
            mine.record("connection.restored", by=by)
        self.refresh_from_db()

    def _take(self, credential: Credential, account: dict[str, Any], missing: list[str]) -> None:
        """Serve through this consent from now on; one that nothing uses any more is taken back at the app."""
        before, self.credential = self.credential, credential
        self.account_name, self.account, self.missing = account["name"][:_LONGEST_NAME], account, missing
        self.consent_stage = 0
        self.save(update_fields=["credential", "account_name", "account", "missing", "consent_stage"])
        later("connections.look", connection_id=str(self.pk))
        if before.pk != credential.pk:
            before.retire_if_unused()

    def disconnect(self, *, by: Actor, because: str = "asked") -> None:
        """Take it away, now, whether the app is up or down; the consent there is taken back by a job that does not give up.

        Twice is once. Of a guest the room that has the invitation has asked already. Raises `Refused` for those who may not.
        """
        if by.side not in ("house", "guest") and not may(by.member_id, self.organisation_id, "disconnect"):
            raise not_allowed()
        if by.side == "business" and self.made_by_person != by.person_id and role_now(by) == "contact":
            raise not_allowed()
        with transaction.atomic():
            ended = Connection.objects.filter(pk=self.pk).exclude(state="disconnected")
            if not ended.update(
                state="disconnected",
                state_since=Now(),
                disconnected_at=Now(),
                disconnected_because=because,
                latest=None,
                latest_key=None,
                check_at=None,
                version=F("version") + 1,
            ):
                return
            # The consent it is served by now: it may have been restored since this object was read.
            Credential.objects.get(connections__id=self.pk).retire_if_unused()
            self.record("connection.removed", by=by, data={"because": because})
        self.refresh_from_db()

    def confirm(self, *, by: Actor) -> None:
        """Yes, this one is ours: what somebody unknown connected by the standing link may be used from now on.

        For whoever looks after these books: the business's owners and admins, the firm's people who may connect. Twice is
        once. Raises `Refused` for those who may not, and when it was taken away meanwhile.
        """
        if not may(by.member_id, self.organisation_id, "connect" if by.side == "firm" else "ask"):
            raise not_allowed()
        with transaction.atomic():
            if Connection.objects.alive().filter(pk=self.pk, unconfirmed=True).update(unconfirmed=False):
                self.record("connection.confirmed", by=by)
        self.refresh_from_db()
        if self.state == "disconnected":
            raise Refused("connection_ended", _("This app was disconnected. Connect it anew."), status=409)

    def disavow(self, *, by: Actor) -> None:
        """No, not ours: what somebody unknown connected by the standing link is taken away again. Twice is once.

        Raises `Refused` for those who may not, and when somebody else has said meanwhile that it is theirs.
        """
        if not may(by.member_id, self.organisation_id, "disconnect"):
            raise not_allowed()
        with transaction.atomic():
            mine = Connection.objects.select_for_update(no_key=True).get(pk=self.pk)
            if mine.state != "disconnected" and not mine.unconfirmed:
                raise Refused(
                    "confirmed_meanwhile",
                    _("Somebody has said meanwhile that %(account)s is yours.") % {"account": self.account_name},
                    next_step=_("If it is not, disconnect it."),
                    status=409,
                )
            mine.disconnect(by=by, because="not_ours")
        self.refresh_from_db()

    def note_good_read(self, found: dict[str, Any], *, next_check: datetime, through: UUID | None = None) -> None:
        """A read succeeded: it works. `found` holds the account's name and the latest records, which are kept sealed.

        `through`: the credential it was read with; one that was replaced meanwhile says nothing any more.
        """
        sealed = vault.close(found, self._place())
        with transaction.atomic():
            mine = Connection.objects.select_for_update().get(pk=self.pk)
            if mine.state == "disconnected" or through not in (None, mine.credential_id):
                return
            was = mine.state
            mine.latest_key, mine.latest, mine.latest_ring_key = sealed.data_key, sealed.secret, sealed.ring_key
            mine.good_read_at, mine.check_at = now(), next_check
            mine.trouble_since, mine.trouble_kind, mine.trouble_place, mine.trouble_code = None, "", "", ""
            mine.told_stage, mine.told_at = 0, None
            if was != "working":
                mine.state, mine.state_since, mine.version = "working", now(), mine.version + 1
            mine.save()
            if was in ("trouble", "needs_client"):
                mine.record("connection.mended", by=HOUSE, data={"was": was})

    def note_trouble(
        self,
        kind: str,
        *,
        place: str,
        code: str,
        needs_client: bool,
        next_check: datetime | None,
        through: UUID | None = None,
    ) -> None:
        """A read or renewal failed. `needs_client`: only a person can mend it, so people are told; else we go on trying.

        `through`: the credential it failed with; one that was replaced meanwhile says nothing any more.
        """
        with transaction.atomic():
            mine = Connection.objects.select_for_update().get(pk=self.pk)
            if mine.state == "disconnected" or through not in (None, mine.credential_id):
                return
            if mine.state == "needs_client" and not needs_client:
                return
            was, state = mine.state, "needs_client" if needs_client else "trouble"
            mine.trouble_since = mine.trouble_since or now()
            mine.trouble_kind, mine.trouble_place, mine.trouble_code = kind, place, code[:80]
            mine.check_at = next_check
            if was != state:
                mine.told_stage, mine.told_at = 0, None
                mine.state, mine.state_since, mine.version = state, now(), mine.version + 1
            mine.save()
            if was != state:
                fact = "connection.broke" if needs_client else "connection.troubled"
                mine.record(fact, by=HOUSE, data={"kind": kind, "place": place, "code": code[:80]})

    def what_was_read(self) -> dict[str, Any]:
        """What the last good read gave: `name` and `records`; empty before the first."""
        if self.latest is None or self.latest_key is None:
            return {}
        sealed = vault.Sealed(bytes(self.latest_key), bytes(self.latest), self.latest_ring_key)
        return vault.open_sealed(sealed, self._place())

    @property
    def ends_soon(self) -> bool:
        """Does the consent end within a month?"""
        ends = self.credential.consent_ends_at
        return self.state != "disconnected" and ends is not None and ends <= now() + timedelta(days=30)

    def record(self, kind: str, *, by: Actor, data: dict[str, Any] | None = None) -> None:
        """Write a fact about it, on the business's chain and its maker's."""
        said = {"connector": self.connector, **(data or {})}
        private = {"account": self.account_name, "organisation": self.organisation.name, "app": self.app.name}
        record(
            kind,
            self,
            by=by,
            business_id=self.business_id,
            organisation_id=self.organisation_id,
            data=said,
            private=private,
        )

    def _place(self) -> vault.Place:
        return vault.Place("connections_connection", "latest", self.pk, self.business_id)
