"""An ask: one app that one person is asked to connect, with a state of its own."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from tallystick.audit import record
from tallystick.connections.models import Connection
from tallystick.connectors import catalogue
from tallystick.connectors.definition import Connector
from tallystick.core.access import reached_by
from tallystick.core.actor import Actor
from tallystick.core.clock import Now
from tallystick.core.models import Row
from tallystick.core.refused import Refused
from tallystick.core.text import clean_name
from tallystick.invitations import asking
from tallystick.invitations.asking import Recipient
from tallystick.invitations.models.invitations import OPEN, Invitation, asked_already
from tallystick.organisations.models import Business, Organisation
from tallystick.organisations.models.tenants import hold_open
from tallystick.outbox.models import address_digests

STATES = ("asked", "at_app", "connected", "declined", "passed_on", "expired", "withdrawn")
_LONGEST_REASON = 200


class AskQuerySet(models.QuerySet["Ask"]):
    """Questions over asks."""

    def visible_to(self, actor: Actor) -> Self:
        """A firm sees what it asked, a business all that was asked about its books."""
        if actor.side not in ("firm", "business"):
            return self.none()
        own = {"asker_tenant": actor.tenant_id} if actor.side == "firm" else {"business_id": actor.tenant_id}
        return self.filter(organisation_id__in=reached_by(actor, "ask"), **own)

    def open(self) -> Self:
        """Those that can still be answered, as far as they themselves say."""
        return self.filter(state__in=OPEN)


class Ask(Row):
    """asked → connected, declined, passed on, expired or withdrawn; at the app once the app has sent its visitor back.

    `asker_tenant` and `contact_digest` are the invitation's, so that the database refuses the same ask twice. `connection` is
    what came of it; `passed_to` the invitation that took it over; `because` the reason that was shared with a no.
    """

    invitation = models.ForeignKey(Invitation, on_delete=models.PROTECT, related_name="asks")
    business = models.ForeignKey(Business, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="asks")
    asker_tenant = models.UUIDField()
    contact_digest = models.CharField(max_length=64, blank=True)
    connector = models.CharField(max_length=40)
    place = models.PositiveSmallIntegerField(default=0)

    state = models.CharField(max_length=10, default="asked")
    state_since = models.DateTimeField(db_default=Now())
    version = models.PositiveIntegerField(default=1)
    connection = models.ForeignKey(Connection, on_delete=models.PROTECT, null=True, related_name="asks")
    passed_to = models.ForeignKey(Invitation, on_delete=models.PROTECT, null=True, related_name="passed_on")

    objects = AskQuerySet.as_manager()

    class Meta:
        ordering: ClassVar = ["place"]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=STATES), name="ask_state_known"),
            models.UniqueConstraint(fields=["invitation", "connector"], name="app_asked_once_in_an_invitation"),
            models.UniqueConstraint(
                fields=["asker_tenant", "organisation", "contact_digest", "connector"],
                condition=Q(state__in=OPEN) & ~Q(contact_digest=""),
                name="one_open_ask_of_a_contact",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.connector}: {self.state}"

    @property
    def app(self) -> Connector | None:
        """The app asked for; None when an operator has taken its definition away since."""
        try:
            return catalogue.get(self.connector)
        except catalogue.NoSuchApp:
            return None

    @property
    def app_name(self) -> str:
        """What people call the app."""
        return self.app.name if self.app else self.connector

    @property
    def is_unanswered(self) -> bool:
        """Has nothing become of it yet, as far as it itself says? Whether its invitation is alive is another question."""
        return self.state in OPEN

    @property
    def is_open(self) -> bool:
        """Can it still be answered?"""
        return not self.why_dead

    @property
    def why_dead(self) -> str:
        """Why it can't be answered any more, as a word; "" while it can."""
        return self.invitation.why_dead if self.state in OPEN else self.state

    # What the person who was asked does.

    def reach_app(self, *, by: Actor) -> None:
        """The app has sent its visitor back. Twice is once."""
        with transaction.atomic():
            if self._move("at_app", only_from=("asked",)):
                self.record("ask.reached_app", by=by)

    def connect(self, connection: Connection, *, by: Actor) -> None:
        """This connection is what was asked for. In the transaction that makes it. Raises `Refused` when it is over."""
        self._answer("connected", connection=connection)
        self.record("ask.connected", by=by, private={"account": connection.account_name})
        self.invitation.settle(by=by)

    def decline(self, *, by: Actor, reason: str = "") -> None:
        """No, not this app. The asker is told, with the reason if one was shared. Raises `Refused` when it is over."""
        with transaction.atomic():
            self.hold()
            self._answer("declined")
            self.record("ask.declined", by=by, reason=clean_name(reason)[:_LONGEST_REASON])
            self.invitation.settle(by=by)

    def pass_on(self, to: Recipient, *, by: Actor) -> Invitation:
        """Somebody else has the right at this app: they get this one ask, from the same asker, until the same moment.

        Raises `Refused`: the address is wrong, one's own, or has been asked for this app already, or the ask is over.
        """
        whole = self.invitation
        contact, said = asking.checked(to, by=by)
        if contact is None:
            raise Refused("address_missing", _("Type your colleague's mail address."), field="address", status=422)
        if whole.contact_digest in address_digests(contact.value):
            message = _("%(address)s is the address that you were asked at. Type that of the other person.")
            raise Refused("own_address", message % {"address": contact.shown}, field="address", status=422)
        asking.demand_allowance(contact, by=Actor("house", tenant_id=self.asker_tenant))
        with transaction.atomic():
            hold_open(self.organisation_id)  # of books that close meanwhile nobody new is asked
            self.hold()
            twin = Ask.objects.open().filter(
                asker_tenant=self.asker_tenant,
                organisation_id=self.organisation_id,
                contact_digest__in=address_digests(contact.value),
                connector=self.connector,
            )
            if twin.exists():
                raise asked_already(contact)
            handed = whole.handed_to(contact, said, by=by)
            self._answer("passed_on", passed_to=handed)
            handed.lay([self.connector])
            self.record("ask.passed_on", by=by, private={"to": handed.name or contact.masked})
            data = {"apps": [self.connector], "days": handed.days, "passed_on": True}
            handed.record("invitation.made", by=by, data=data)
            whole.settle(by=by)
        return handed

    def over(self) -> Refused:
        """The no for an ask that can't be answered any more."""
        self.refresh_from_db()
        if self.state in OPEN:
            return self.invitation.over()
        app = {"app": self.app_name}
        noes = {
            "connected": _over("ask_connected", _("%(app)s is connected already.") % app),
            "declined": _over(
                "ask_declined",
                _("You said no to %(app)s before. Ask for a new link if you have changed your mind.") % app,
            ),
            "passed_on": _over("ask_passed_on", _("You passed %(app)s on to somebody else before.") % app),
            "expired": _over("ask_expired", _("The time to connect %(app)s is over. Ask for a new link.") % app),
            "withdrawn": _over("ask_withdrawn", _("You need not connect %(app)s any more: this was withdrawn.") % app),
        }
        return noes[self.state]

    def hold(self) -> None:
        """Until the end of the transaction nobody else answers. Raises `Refused` when it is over already."""
        held = Invitation.objects.select_for_update(no_key=True).get(pk=self.invitation_id)
        self.refresh_from_db()
        if self.state not in OPEN or held.why_dead:
            raise self.over()

    def _answer(self, state: str, **changes: Any) -> None:
        if not self._move(state, **changes):
            raise self.over()

    def _move(self, state: str, *, only_from: tuple[str, ...] = OPEN, **changes: Any) -> bool:
        """Go on to a state, once: in time by the one clock, and only from where it can."""
        rows = Ask.objects.filter(pk=self.pk, state__in=only_from, invitation__in=Invitation.objects.pending())
        moved = rows.update(state=state, state_since=Now(), version=F("version") + 1, **changes)
        if moved:
            self.refresh_from_db()
        return moved == 1

    def record(self, kind: str, *, by: Actor, reason: str = "", private: dict[str, str] | None = None) -> None:
        """Write a fact about it, on the asker's chain and the business's."""
        whole = self.invitation
        names = {"app": self.app_name, "organisation": whole.organisation.name, "tenant": whole.tenant.name}
        record(
            kind,
            self,
            by=by,
            firm_id=whole.firm_id,
            business_id=self.business_id,
            organisation_id=self.organisation_id,
            data={"connector": self.connector},
            private=names | (private or {}),
            reason=reason,
        )


def _over(code: str, sentence: str) -> Refused:
    return Refused(code, sentence, status=409)
