"""An invitation: what one side asks of one person by a link. Its parts are rows of their own; today these are asks."""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterable
from datetime import timedelta
from typing import Any, ClassVar, Self
from uuid import UUID

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.utils.translation import gettext as _

from tallystick.accounts.addresses import Address, known_as
from tallystick.accounts.models import User
from tallystick.accounts.models.limits import Limit
from tallystick.audit import record
from tallystick.connectors.definition import Connector
from tallystick.core.access import may, reached_by
from tallystick.core.actor import HOUSE, Actor
from tallystick.core.clock import Now, now
from tallystick.core.links import Link, make_link, read_link
from tallystick.core.models import Row
from tallystick.core.refused import Refused
from tallystick.core.sealing import keyed_digest, keyed_digests, seal, unseal
from tallystick.invitations import asking
from tallystick.invitations.asking import NOBODY, Recipient
from tallystick.invitations.words import two_words
from tallystick.organisations.models import Business, Firm, Organisation
from tallystick.organisations.models.tenants import hold_books, hold_open
from tallystick.organisations.rights import not_allowed
from tallystick.outbox import Delivery
from tallystick.outbox.models import address_digests
from tallystick.partnerships.reaching import firm_may

STATES = ("pending", "accepted", "declined", "withdrawn", "expired")
REFERENCE_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ23456789"  # no letters and figures that look like others
REFERENCE_LENGTH = 10
_REFERENCE = "invitation reference"
RESEND = Limit("invitation.resend", times=2, every=timedelta(hours=1))


class InvitationQuerySet(models.QuerySet["Invitation"]):
    """Questions over invitations."""

    def visible_to(self, actor: Actor) -> Self:
        """A firm sees its own, a business all of its own books: on the organisations that the actor may ask for."""
        if actor.side not in ("firm", "business"):
            return self.none()
        own = {"firm_id": actor.tenant_id} if actor.side == "firm" else {"business_id": actor.tenant_id}
        return self.filter(organisation_id__in=reached_by(actor, "ask"), **own)

    def pending(self) -> Self:
        """Those that can still be answered."""
        return self.filter(state="pending", until__gt=Now())

    def lapsed(self) -> Self:
        """Those whose time is over, and nobody has written it down yet."""
        return self.filter(state="pending", until__lte=Now())

    def withdraw_all(self) -> list[str]:
        """Withdraw those of these that are pending, because that on which they hung has ended; the ids, for its fact."""
        from tallystick.invitations.models.asks import Ask  # stands on this class

        open_ones = self.filter(state="pending").order_by("pk").select_for_update(no_key=True)
        ended = {"state": "withdrawn", "state_since": Now(), "version": F("version") + 1}
        with transaction.atomic():
            held = list(open_ones.values_list("pk", flat=True))
            Ask.objects.open().filter(invitation__in=held).update(**ended)
            Invitation.objects.filter(pk__in=held).update(**ended)
        return sorted(str(each) for each in held)

    def newest_first(self) -> Self:
        """The latest on top."""
        return self.order_by("-created_at", "-pk")

    def with_asks(self) -> Self:
        """With their asks, what came of each, who asked and for which firm: so that a list asks for nothing more."""
        return self.select_related("firm", "asker").prefetch_related("asks__connection")

    def after(self, last: Invitation | None) -> Self:
        """The newest first, those that follow this one: for the next page of a list."""
        if last is None:
            return self.newest_first()
        older = Q(created_at__lt=last.created_at) | Q(created_at=last.created_at, pk__lt=last.pk)
        return self.filter(older).newest_first()

    def asked_of(self, contact: Address, slugs: Iterable[str]) -> Self:
        """Those in which one of these apps can still be answered by this contact."""
        from tallystick.invitations.models.asks import Ask  # stands on this class

        same = Ask.objects.open().filter(connector__in=slugs, contact_digest__in=address_digests(contact.value))
        return self.filter(pk__in=same.values("invitation"), state="pending")


class Invitation(Row):
    """One ask of one person, by one link. Pending until everything in it has ended; terminal is terminal.

    `firm` is who asks, None when the business itself asks. `asker` pressed the button. Address, name, words and reference are
    sealed; `contact_digest` finds the address again, empty for a link that the asker sends themselves. `number` counts the
    mails. `two_words` are shown to both sides. `replaces`: the one asked before it; `passed_on_by`: who passed it on;
    `wanted_again_at`: when whoever was asked wanted a new link.
    """

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, null=True, related_name="invitations")
    business = models.ForeignKey(Business, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="invitations")
    asker = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    contact_digest = models.CharField(max_length=64, blank=True)
    reference_digest = models.CharField(max_length=64, unique=True)
    sealed = models.BinaryField()
    two_words = models.CharField(max_length=40)
    language = models.CharField(max_length=10)

    state = models.CharField(max_length=10, default="pending")
    state_since = models.DateTimeField(db_default=Now())
    version = models.PositiveIntegerField(default=1)
    generation = models.PositiveIntegerField(default=1)
    days = models.PositiveSmallIntegerField()
    until = models.DateTimeField()
    number = models.PositiveSmallIntegerField(default=0)
    copied_to_asker = models.BooleanField(default=False)
    replaces = models.ForeignKey("self", on_delete=models.PROTECT, null=True, related_name="replaced_by")
    passed_on_by = models.CharField(max_length=120, blank=True)
    wanted_again_at = models.DateTimeField(null=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=STATES), name="invitation_state_known"),
            models.UniqueConstraint(fields=["id", "business"], name="invitation_with_business"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-created_at"], name="invitations_of_organisation"),
            models.Index(fields=["until"], condition=Q(state="pending"), name="invitations_to_expire"),
            models.Index(fields=["firm", "organisation"], condition=Q(state="pending"), name="invitations_of_firm"),
        ]

    def __str__(self) -> str:
        return f"invitation {self.pk}: {self.state}"

    # Asking.

    @classmethod
    def ask(
        cls,
        organisation: Organisation,
        apps: Iterable[str],
        *,
        by: Actor,
        to: Recipient = NOBODY,
        days: int = asking.DAYS,
        replaces: Invitation | None = None,
    ) -> Invitation:
        """Ask somebody to connect these apps to these books. With an address it is mailed; without, it is a link to send.

        Asked for the same apps without an address twice, the first link stands. Raises `Refused`: the right is missing, an
        app can't be asked for, the address is wrong, or the same was asked of the same address already (`asked_already`).
        """
        demand_ask(organisation, by)
        connectors = asking.askable(apps)
        contact, said = asking.checked(to, by=by)
        life = asking.days_of(days)
        if contact:
            asking.demand_allowance(contact, by=by)
        with transaction.atomic():
            hold_books(organisation.business_id, [organisation])
            expire_lapsed(cls.objects.filter(organisation=organisation))
            same = cls._open_one(organisation, connectors, contact, by=by)
            if same and contact:
                raise asked_already(contact)
            if same:
                return same
            made = cls(
                business_id=organisation.business_id,
                organisation=organisation,
                firm_id=by.firm_id,
                asker_id=_person_of(by),
                copied_to_asker=contact is not None,
                replaces=replaces,
                days=days,
                until=now() + life,
            )
            made._begin(contact, said, language=to.language)
            made.save()
            made.lay(each.slug for each in connectors)
            made.record("invitation.made", by=by, data={"apps": [each.slug for each in connectors], "days": days})
        return made

    @classmethod
    def _open_one(
        cls, organisation: Organisation, connectors: list[Connector], contact: Address | None, *, by: Actor
    ) -> Invitation | None:
        """The open one of this asker in which one of these apps is asked of this contact; of links, just these apps."""
        mine = cls.objects.filter(organisation=organisation, state="pending", firm=by.firm_id)
        slugs = {each.slug for each in connectors}
        if contact:
            return mine.asked_of(contact, slugs).first()
        for link in mine.filter(contact_digest="").prefetch_related("asks"):
            if {ask.connector for ask in link.asks.all()} == slugs:
                return link
        return None

    def _begin(self, contact: Address | None, said: dict[str, str], *, language: str) -> None:
        """Whom it asks, and the words and reference by which both sides know it."""
        reference = "".join(secrets.choice(REFERENCE_LETTERS) for _letter in range(REFERENCE_LENGTH))
        self.contact_digest = address_digests(contact.value)[0] if contact else ""
        self.reference_digest = keyed_digest(reference, purpose=_REFERENCE)
        self.two_words, self.language, self.number = two_words(), language, 1 if contact else 0
        sealed = {"address": contact.value if contact else "", "reference": reference, **said}
        self.sealed = seal(json.dumps(sealed).encode(), place=self._place())

    def handed_to(self, contact: Address, said: dict[str, str], *, by: Actor) -> Invitation:
        """A new invitation of the same asker on the same terms, for somebody to whom part of this one is passed on."""
        to = Invitation(
            business_id=self.business_id,
            organisation=self.organisation,
            firm_id=self.firm_id,
            asker_id=self.asker_id,
            passed_on_by=by.name or (self.contact.masked if self.contact else ""),
            days=self.days,
            until=self.until,
        )
        to._begin(contact, said, language=self.language)
        to.save()
        return to

    def lay(self, slugs: Iterable[str]) -> None:
        """Its asks, one for each app."""
        from tallystick.invitations.models.asks import Ask  # stands on this class

        Ask.objects.bulk_create(
            Ask(
                invitation=self,
                business_id=self.business_id,
                organisation_id=self.organisation_id,
                asker_tenant=self.firm_id or self.business_id,
                contact_digest=self.contact_digest,
                connector=slug,
                place=place,
            )
            for place, slug in enumerate(slugs)
        )

    def send_again(self, *, by: Actor) -> None:
        """One mail more, and its time starts anew; the older link still leads here. Raises `Refused`."""
        demand_ask(self.organisation, by, self)
        if not self.contact:
            raise Refused("no_address", _("No address is known here. Copy the link and send it yourself."), status=409)
        if not RESEND.take(str(self.pk)):
            raise Refused("sent_often", _("This was sent just now. Wait an hour before you send it again."), status=409)
        asking.demand_allowance(self.contact, by=by)
        with transaction.atomic():
            fresh = now() + asking.days_of(self.days)
            sent = Invitation.objects.pending().filter(pk=self.pk)
            if not sent.update(number=F("number") + 1, until=fresh, version=F("version") + 1):
                raise self.over()
            self.refresh_from_db()
            self.record("invitation.sent_again", by=by, data={"number": self.number})

    def withdraw(self, *, by: Actor, told: bool = True) -> None:
        """Its links die at once. `told`: the person asked hears of it, if it had been mailed. Twice is once."""
        if by.side != "house":
            demand_ask(self.organisation, by, self, to_withdraw=True)
        with transaction.atomic():
            if self._end("withdrawn"):
                self._end_asks("withdrawn")
                self.record("invitation.withdrawn", by=by, data={"told": told and self.number > 0})
        self.refresh_from_db()

    def readdress(self, address: str, *, by: Actor) -> Invitation:
        """Ask another address instead: this one is withdrawn and its links die, what is still open is asked anew."""
        demand_ask(self.organisation, by, self)
        asking.contact_of(address, by=by)
        left = [ask.connector for ask in self.asks.filter(state__in=OPEN)]
        to = Recipient(address, self.name, self.words, self.language)
        with transaction.atomic():
            hold_open(self.organisation_id)
            if not self.is_pending:
                raise self.over()
            self.withdraw(by=by, told=False)
            return Invitation.ask(self.organisation, left, by=by, to=to, days=self.days, replaces=self)

    def want_again(self, *, by: Actor) -> None:
        """Whoever was asked would answer after all: the asker is told. Twice is once. Raises `Refused`: it is not over, or gone.

        Nothing is made live again: it is for the asker to ask anew.
        """
        if not self.can_be_wanted_again:
            raise self.over() if self.why_dead else not_allowed()
        with transaction.atomic():
            if Invitation.objects.filter(pk=self.pk, wanted_again_at=None).update(wanted_again_at=Now()):
                self.record("invitation.wanted_again", by=by)
        self.refresh_from_db()

    # What it is.

    @property
    def can_be_wanted_again(self) -> bool:
        """Is it over by time or by a no, with an asker who may still ask, and an address by which to prove who wants it?"""
        over = self.why_dead in ("expired", "declined")
        return over and self.contact is not None and asker_may(self.organisation, self.firm_id)

    @property
    def contact(self) -> Address | None:
        """The address asked, None for a link that the asker sends themselves, or one that was erased."""
        value = self._opened().get("address", "")
        return known_as("email", value) if value else None

    @property
    def name(self) -> str:
        """The name of who is asked, as the asker wrote it; may be empty."""
        return str(self._opened().get("name", ""))

    @property
    def words(self) -> str:
        """The asker's own words, plain text; may be empty."""
        return str(self._opened().get("words", ""))

    @property
    def reference(self) -> str:
        """What can be typed at our address instead of clicking: "ABCDE FGHJK"."""
        letters = str(self._opened().get("reference", ""))
        return f"{letters[:5]} {letters[5:]}"

    @property
    def token(self) -> str:
        """Its link: signed, not stored. Made only to be sent or copied; never for a log, a fact or a title."""
        return make_link(Link("invitation", self.pk, self.generation))

    @property
    def link(self) -> str:
        """The whole address of its link: for the mail, and for those who may copy it."""
        return f"{settings.BASE_URL}/i/{self.token}/"

    @classmethod
    def by_token(cls, token: str) -> Invitation | None:
        """The one that this link leads to, whatever became of it. None: the link is none of ours, or an older one."""
        link = read_link(token, "invitation")
        rows = cls.objects.select_related("firm", "organisation__business", "asker")
        return rows.filter(pk=link.row, generation=link.generation).first() if link else None

    @classmethod
    def by_reference(cls, typed: str) -> Invitation | None:
        """The one with this reference, spaces and case aside."""
        letters = "".join(typed.upper().split()).replace("-", "")
        if len(letters) != REFERENCE_LENGTH:
            return None
        return cls.objects.filter(reference_digest__in=keyed_digests(letters, purpose=_REFERENCE)).first()

    @property
    def tenant(self) -> Firm | Business:
        """Who asks: the firm, or the business itself."""
        return self.firm or self.organisation.business

    @property
    def is_pending(self) -> bool:
        """Can it still be answered? Its end is tested against the clock, whether or not anybody wrote it down."""
        return self.state == "pending" and self.until > now()

    @property
    def why_dead(self) -> str:
        """Why its link leads nowhere, as a word that pages have a sentence for; "" while it can be used."""
        if self.state == "pending" and self.until <= now():
            return "expired"
        if self.state != "pending":
            return self.state
        return "" if asker_may(self.organisation, self.firm_id) else "asker_gone"

    def over(self) -> Refused:
        """The no for what can't be done any more."""
        noes = {
            "accepted": _over("invitation_accepted", _("Everything asked for here has been answered.")),
            "declined": _over("invitation_declined", _("The answer was no. Ask again if something has changed.")),
            "withdrawn": _over("invitation_withdrawn", _("This was withdrawn. Ask again to send a new link.")),
            "expired": _over("invitation_expired", _("The time for this is over. Ask again to send a new link.")),
            "asker_gone": _over("invitation_asker_gone", _("Whoever asked for this no longer works on these books.")),
        }
        self.refresh_from_db()
        return noes[self.why_dead or "expired"]

    def deliveries(self) -> list[Delivery]:
        """The mails to the person asked, newest first, with what became of each."""
        keys = [delivery_key(self.pk, number) for number in range(1, self.number + 1)]
        return sorted(Delivery.objects.filter(once__in=keys), key=lambda each: each.created_at, reverse=True)

    # Ends.

    def settle(self, *, by: Actor) -> None:
        """After one of its asks has ended: when all have, so has it."""
        left = list(self.asks.values_list("state", flat=True))
        if any(state in OPEN for state in left):
            return
        outcome = "declined" if set(left) == {"declined"} else "accepted"
        if self._end(outcome):
            self.record("invitation.completed", by=by, data={"outcome": outcome})

    def expire(self) -> bool:
        """Write down that its time is over. False when it was not, or somebody else has."""
        with transaction.atomic():
            if (
                not Invitation.objects.lapsed()
                .filter(pk=self.pk)
                .update(state="expired", state_since=Now(), version=F("version") + 1)
            ):
                return False
            self._end_asks("expired")
            self.record("invitation.expired", by=HOUSE)
        return True

    def _end(self, state: str) -> bool:
        rows = Invitation.objects.filter(pk=self.pk, state="pending")
        return rows.update(state=state, state_since=Now(), version=F("version") + 1) == 1

    def _end_asks(self, state: str) -> None:
        self.asks.filter(state__in=OPEN).update(state=state, state_since=Now(), version=F("version") + 1)

    def record(self, kind: str, *, by: Actor, data: dict[str, Any] | None = None, reason: str = "") -> None:
        """Write a fact about it, on the asker's chain and the business's. The address stands beside it, masked."""
        private = {"organisation": self.organisation.name, "apps": self.app_names, "tenant": self.tenant.name}
        if self.contact:
            private["to"] = self.name or self.contact.masked
        record(
            kind,
            self,
            by=by,
            firm_id=self.firm_id,
            business_id=self.business_id,
            organisation_id=self.organisation_id,
            data=data,
            private=private,
            reason=reason,
        )

    @property
    def app_names(self) -> str:
        """The names of the apps asked for: "Larkstall, Otterbank"."""
        return ", ".join(ask.app_name for ask in self.asks.all())

    def _place(self) -> tuple[str, ...]:
        return ("invitations_invitation", "sealed", str(self.pk), str(self.business_id))

    def _opened(self) -> dict[str, str]:
        said: dict[str, str] = json.loads(unseal(bytes(self.sealed), place=self._place()))
        return said


OPEN = ("asked", "at_app")
"""The states of an ask that can still be answered."""


def _person_of(actor: Actor) -> UUID:
    assert actor.person_id is not None, "only people ask; their right was asked for above"
    return actor.person_id


def delivery_key(invitation_id: UUID, number: int) -> str:
    """The outbox's key of the mail of this number to the person asked."""
    return f"invitation:{invitation_id}:{number}"


def _over(code: str, sentence: str) -> Refused:
    return Refused(code, sentence, status=409)


def asked_already(contact: Address) -> Refused:
    """The no for the same ask twice; the page points to the first."""
    message = _("%(address)s has been asked for this already, and can still answer.")
    return Refused(
        "asked_already",
        message % {"address": contact.shown},
        next_step=_("Send the first one again, or copy its link."),
        field="address",
        status=409,
    )


def demand_ask(
    organisation: Organisation, by: Actor, invitation: Invitation | None = None, *, to_withdraw: bool = False
) -> None:
    """Raise `Refused` unless the actor may ask for these books now, and the invitation is one of their tenant's.

    Withdrawing is wider: a business may take back what a firm asked of its people, because the books are its own, and a firm
    its own although it has lost the books meanwhile.
    """
    own = invitation is None or invitation.firm_id == by.firm_id
    theirs = by.side == "business" and to_withdraw
    lost = by.side == "firm" and to_withdraw and own
    if by.side not in ("firm", "business") or not (own or theirs):
        raise not_allowed()
    if not (lost or may(by.member_id, organisation.pk, "ask")):
        raise not_allowed()


def asker_may(organisation: Organisation, firm_id: UUID | None) -> bool:
    """Does whoever asked still work on these books: the business on open books of its own, the firm with a live partnership?"""
    if firm_id is None:
        return Organisation.objects.live().filter(pk=organisation.pk).exists()
    return firm_may(firm_id, organisation.pk, "ask")


def expire_lapsed(rows: InvitationQuerySet, most: int = 500) -> int:
    """Write down the ends that have come among these; how many."""
    return sum(invitation.expire() for invitation in rows.lapsed().order_by("until")[:most])
