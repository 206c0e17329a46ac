"""The Client Connect link of a set of books: one that stands until it is replaced, for whoever the firm or business gives it."""

from __future__ import annotations

from datetime import timedelta
from typing import ClassVar, Self

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tallystick.audit import record
from tallystick.core.access import reached_by
from tallystick.core.actor import HOUSE, Actor
from tallystick.core.clock import Now, now
from tallystick.core.links import Link, make_link, read_link
from tallystick.core.models import Row
from tallystick.core.refused import Refused
from tallystick.invitations.models.invitations import asker_may, demand_ask
from tallystick.invitations.words import two_words
from tallystick.organisations.models import Business, Firm, Organisation
from tallystick.organisations.models.tenants import hold_books

UNUSED = timedelta(days=365)
"""A link that nobody used for so long is dead (quality bar 4)."""


class ClientConnectLinkQuerySet(models.QuerySet["ClientConnectLink"]):
    """Questions over standing links."""

    def visible_to(self, actor: Actor) -> Self:
        """Those of the books that the actor may ask for."""
        return self.filter(organisation_id__in=reached_by(actor, "ask"))

    def standing(self) -> Self:
        """Those that work now."""
        return self.filter(closed_at=None, until__gt=Now())

    def close_all(self, because: str) -> list[str]:
        """End those of these that stand, because that on which they hung has ended; the ids, for its fact."""
        standing = self.filter(closed_at=None).order_by("pk").select_for_update()
        with transaction.atomic():
            held = list(standing.values_list("pk", flat=True))
            ClientConnectLink.objects.filter(pk__in=held).update(closed_at=Now(), closed_because=because)
        return sorted(str(each) for each in held)

    def lapsed(self) -> Self:
        """Those unused for a year that nobody has written down yet."""
        return self.filter(closed_at=None, until__lte=Now())


class ClientConnectLink(Row):
    """One link. Replacing it makes a new row, and the old link dies at once; it can still say that it was replaced.

    `firm` is the one that made it, whose name its page shows; None when the business made it itself. `until` moves on by a year
    with each use. Whoever holds the link may send themselves to an app; what comes of that is unconfirmed.
    """

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, null=True, related_name="+")
    business = models.ForeignKey(Business, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="client_connect_links")
    two_words = models.CharField(max_length=40)
    made_by = models.CharField(max_length=120, blank=True)
    until = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField(null=True, editable=False)
    closed_because = models.CharField(max_length=10, blank=True)

    objects = ClientConnectLinkQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(closed_at=None), name="one_client_connect_link"
            )
        ]

    def __str__(self) -> str:
        return f"Client Connect link of {self.organisation_id}"

    @classmethod
    def of(cls, organisation: Organisation) -> ClientConnectLink | None:
        """The one that works now, if there is one."""
        return cls.objects.standing().filter(organisation=organisation).select_related("firm").first()

    @classmethod
    def make(cls, organisation: Organisation, *, by: Actor) -> ClientConnectLink:
        """The link of these books: the one that stands, or a new one. Raises `Refused` for those who may not ask."""
        demand_ask(organisation, by)
        with transaction.atomic():
            hold_books(organisation.business_id, [organisation])
            standing = cls.of(organisation)
            return standing or cls._open(organisation, "link.made", by)

    @classmethod
    def replace(cls, organisation: Organisation, *, by: Actor) -> ClientConnectLink:
        """A new link; the one before it dies now. Raises `Refused` for those who may not ask."""
        demand_ask(organisation, by)
        with transaction.atomic():
            hold_books(organisation.business_id, [organisation])
            return cls._open(organisation, "link.replaced", by)

    @classmethod
    def _open(cls, organisation: Organisation, kind: str, by: Actor) -> ClientConnectLink:
        before = cls.objects.filter(organisation=organisation, closed_at=None)
        had = before.update(closed_at=Now(), closed_because="replaced")
        link = cls.objects.create(
            firm_id=by.firm_id,
            business_id=organisation.business_id,
            organisation=organisation,
            two_words=two_words(),
            made_by=by.name,
            until=now() + UNUSED,
        )
        link._record(kind if had else "link.made", by)
        return link

    @property
    def token(self) -> str:
        """The link: signed, not stored. Made only to be shown to those who may ask."""
        return make_link(Link("client_connect", self.pk))

    @property
    def link(self) -> str:
        """The whole address of the link, for those who may ask."""
        return f"{settings.BASE_URL}/c/{self.token}/"

    @classmethod
    def by_token(cls, token: str) -> ClientConnectLink | None:
        """The one that this link names, dead or not; None for a string of somebody else's."""
        link = read_link(token, "client_connect")
        return (
            cls.objects.select_related("firm", "organisation__business").filter(pk=link.row).first() if link else None
        )

    @property
    def tenant(self) -> Firm | Business:
        """Who made it: the firm, or the business itself."""
        return self.firm or self.organisation.business

    @property
    def why_dead(self) -> str:
        """Why it leads nowhere, as a word that pages have a sentence for; "" while it works."""
        if self.closed_at:
            return self.closed_because
        if self.until <= now():
            return "unused"
        return "" if asker_may(self.organisation, self.firm_id) else "asker_gone"

    @property
    def is_open(self) -> bool:
        """Can apps be connected through it?"""
        return not self.why_dead

    def over(self) -> Refused:
        """The no for a link that is dead."""
        replaced = _over("link_replaced", _("This link was replaced by a newer one. Ask for that one."))
        noes = {
            "replaced": replaced,
            "unused": _over("link_unused", _("Nobody used this link for a year, so it has ended. Ask for a new one.")),
            "asker_gone": _over("link_asker_gone", _("Whoever made this link no longer works on these books.")),
        }
        self.refresh_from_db()
        return noes.get(self.why_dead, replaced)

    def hold(self) -> None:
        """Until the end of the transaction nobody replaces it. Raises `Refused` when it is dead already."""
        held = ClientConnectLink.objects.select_for_update(no_key=True).get(pk=self.pk)
        if held.why_dead:
            raise held.over()

    def note_use(self) -> None:
        """Something was connected through it: it stands for another year."""
        standing = ClientConnectLink.objects.filter(pk=self.pk, closed_at=None)
        standing.update(used_at=Now(), until=Now() + UNUSED)

    @classmethod
    def expire_lapsed(cls) -> int:
        """Write down which links came to their end unused; how many."""
        ended = 0
        for link in cls.objects.lapsed().select_related("organisation")[:500]:
            with transaction.atomic():
                if cls.objects.lapsed().filter(pk=link.pk).update(closed_at=Now(), closed_because="unused"):
                    link._record("link.expired", HOUSE)
                    ended += 1
        return ended

    def _record(self, kind: str, by: Actor) -> None:
        record(
            kind,
            self,
            by=by,
            firm_id=self.firm_id,
            business_id=self.business_id,
            organisation_id=self.organisation_id,
            private={"organisation": self.organisation.name},
        )


def _over(code: str, sentence: str) -> Refused:
    return Refused(code, sentence, status=409)
