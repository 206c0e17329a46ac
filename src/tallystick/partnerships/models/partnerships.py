"""A firm and a business working together: since when, on what, what for, and what holds it up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _

from tallystick.audit import record
from tallystick.core.access import SCOPES, holds_many, reached_through, was_given, works_for
from tallystick.core.actor import Actor
from tallystick.core.clock import Now, now
from tallystick.core.models import Period, PeriodQuerySet
from tallystick.core.refused import Refused
from tallystick.core.text import sort_name
from tallystick.organisations.models import Business, Firm, Member, Organisation
from tallystick.organisations.models.tenants import NAME_LENGTH, hold_books, named
from tallystick.organisations.rights import demand, not_allowed
from tallystick.organisations.roles import LEADING


class PartnershipQuerySet(PeriodQuerySet):
    """Questions over partnerships."""

    def visible_to(self, actor: Actor) -> Self:
        """A firm's member: their clients, exactly those the decision says yes on. A business's owners and admins: all
        partnerships of the business, live or not, because who has access is theirs to know.
        """
        if actor.side == "firm":
            return self.filter(firm_id=actor.tenant_id).reached_by(actor)
        if actor.side == "business" and actor.role in LEADING:
            return self.filter(business_id=actor.tenant_id)
        return self.none()

    def reached_by(self, actor: Actor) -> Self:
        """Those in which the firm's member reaches an organisation now.

        No one plan is quick for everybody: who holds little starts from what they hold; who reaches nearly every client, or
        many, goes through them in the list's order and stops when the page is full (docs/performance.md). Finding out which
        asks the database once.
        """
        if actor.role in LEADING:
            return self.filter(works_for(actor), closed_at=None)
        if holds_many(actor):
            return self.filter(was_given(actor), closed_at=None).filter(works_for(actor))
        return self.filter(reached_through(actor))

    def standing_still_for(self, actor: Actor) -> Self:
        """For a firm's owners and admins: clients nobody can work on now, because a side holds them up or they ended."""
        if actor.side != "firm" or actor.role not in LEADING:
            return self.none()
        restricted = Restriction.objects.forbidding().filter(partnership=OuterRef("pk"))
        over = Q(closed_at__isnull=False) | Q(until__lte=Now())
        return self.with_holds().filter(
            Q(held_by_firm=True) | Q(held_by_business=True) | over, ~Exists(restricted), firm_id=actor.tenant_id
        )

    def covering(self, organisation: Organisation) -> Self:
        """Live ones that cover this organisation."""
        terms = Terms.objects.live().filter(partnership=OuterRef("pk"), everything=True)
        listed = Coverage.objects.live().filter(partnership=OuterRef("pk"), organisation=organisation)
        return self.live().with_holds().filter(Exists(terms) | Exists(listed), business_id=organisation.business_id)

    def with_holds(self) -> Self:
        """Each with whether the firm or the business holds it up now."""
        held = PartnershipSuspension.objects.forbidding().filter(partnership=OuterRef("pk"))
        return self.annotate(
            held_by_firm=Exists(held.filter(side="firm")), held_by_business=Exists(held.filter(side="business"))
        )

    def after(self, last: Partnership | None) -> Self:
        """In the order of the client list, those behind this one (all for None)."""
        ordered = self.order_by("client_sort_name", "pk")
        if last is None:
            return ordered
        behind = Q(client_sort_name__gt=last.client_sort_name) | Q(pk__gt=last.pk)
        return ordered.filter(behind, client_sort_name__gte=last.client_sort_name)

    def called(self, words: str) -> Self:
        """Those whose name, as the firm sees it, holds these words."""
        return self.filter(client_sort_name__contains=sort_name(words.strip())) if words.strip() else self


class Partnership(Period):
    """A firm may act for a business. Live at most once for a pair; ended for good."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="partnerships", db_index=False)
    business = models.ForeignKey(Business, on_delete=models.PROTECT, related_name="partnerships", db_index=False)
    client_name = models.CharField(max_length=NAME_LENGTH)
    client_sort_name = models.CharField(max_length=NAME_LENGTH * 2, db_collation="C")

    held_by_firm: bool  # given by `with_holds`
    held_by_business: bool

    objects = PartnershipQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["id", "firm"], name="partnership_with_firm"),
            models.UniqueConstraint(fields=["id", "business"], name="partnership_with_business"),
            models.UniqueConstraint(
                fields=["business", "firm"], condition=Q(closed_at=None), name="one_partnership_of_a_pair"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["firm", "client_sort_name", "id"], condition=Q(closed_at=None), name="clients_by_name"
            ),
            models.Index(fields=["firm", "business"], name="partnership_of_pair"),
            models.Index(fields=["business", "firm"], name="partnership_of_business"),
        ]

    def __str__(self) -> str:
        return f"{self.firm} for {self.business}"

    @classmethod
    def begin(
        cls,
        firm: Firm,
        business: Business,
        *,
        scopes: Sequence[str],
        by: Actor,
        organisations: Iterable[Organisation] | None = None,
        named_staff_only: bool = False,
        until: datetime | None = None,
    ) -> Partnership:
        """The two begin to work together. The right to agree was asked where it was offered and accepted.

        `organisations` None means all of the business's, future ones too. Raises `Refused` when the pair has a live
        partnership already, when the firm may not act yet, or when the end lies before the beginning.
        """
        _refuse_wrong_terms(scopes, until)
        if not firm.is_approved:
            raise Refused("awaiting_approval", _("%(firm)s is not approved yet.") % {"firm": firm.name}, status=409)
        with transaction.atomic():
            for lapsed in cls.objects.filter(firm=firm, business=business).lapsed():
                lapsed._close()
            name = {"client_name": business.name, "client_sort_name": business.sort_name}
            try:
                with transaction.atomic():
                    partnership = cls.objects.create(firm=firm, business=business, until=until, **name)
            except IntegrityError:
                names = {"firm": firm.name, "business": business.name}
                message = _("%(firm)s already works for %(business)s.") % names
                raise Refused("already_partners", message, status=409) from None
            partnership._set_terms(scopes, organisations, named_only=named_staff_only)
            partnership.record("partnership.began", by=by, data=partnership.terms_said())
        return partnership

    @property
    def terms(self) -> Terms:
        """The terms that hold now, or held last."""
        last: Terms = self.all_terms.order_by(F("closed_at").desc(nulls_first=True), "-since")[0]
        return last

    def terms_said(self) -> dict[str, object]:
        """The terms as a fact says them: scopes, named staff only, and the organisations covered (None for all)."""
        terms = self.terms
        covered = None if terms.everything else sorted(str(each) for each in self.covered_ids())
        return {"scopes": terms.scopes, "named_staff_only": terms.named_staff_only, "organisations": covered}

    def covered_ids(self) -> models.QuerySet[Coverage]:
        """The listed organisations' ids, when not everything is covered."""
        return self.coverage.live().values_list("organisation_id", flat=True)

    def change_terms(
        self,
        *,
        by: Actor,
        scopes: Sequence[str],
        organisations: Iterable[Organisation] | None = None,
        named_staff_only: bool = False,
    ) -> None:
        """The business says anew what the firm may do and on which books; the old terms stay on record."""
        demand(by, "accept_mandate", tenant=self.business)
        _refuse_wrong_terms(scopes, None)
        with transaction.atomic():
            self.hold()
            before = self.terms_said()
            Terms.objects.filter(partnership=self).close()
            self._set_terms(scopes, organisations, named_only=named_staff_only)
            self.record("partnership.changed", by=by, data={"before": before, "after": self.terms_said()})

    def suspend(self, *, by: Actor, until: datetime | None = None, reason: str = "") -> None:
        """Either side holds the firm's access up, each for itself: both have to give it back."""
        self._demand_side(by, "suspend_partnership")
        if until and until <= now():
            raise Refused("end_before_start", _("Choose an end that is still to come."), field="until", status=422)
        with transaction.atomic():
            self.hold()
            mine = PartnershipSuspension.objects.filter(partnership=self, side=by.side)
            mine.lapsed().close()
            if not mine.unclosed().exists():
                PartnershipSuspension.objects.create(partnership=self, side=by.side, until=until)
                self.record("partnership.suspended", by=by, data={"side": by.side}, reason=reason)

    def resume(self, *, by: Actor) -> None:
        """The side that held access up gives it back."""
        self._demand_side(by, "suspend_partnership")
        with transaction.atomic():
            self.hold()
            if PartnershipSuspension.objects.filter(partnership=self, side=by.side).close():
                self.record("partnership.resumed", by=by, data={"side": by.side})

    def restrict(self, *, by: Actor) -> None:
        """The firm keeps this client to staff who were given it by name: its owners and admins too need a grant."""
        demand(by, "manage_grants", tenant=self.firm)
        with transaction.atomic():
            self.hold()
            Restriction.objects.filter(partnership=self).lapsed().close()
            if not Restriction.objects.filter(partnership=self).unclosed().exists():
                Restriction.objects.create(partnership=self)
                self.record("partnership.restricted", by=by)

    def unrestrict(self, *, by: Actor) -> None:
        """The firm opens this client to its owners and admins again."""
        demand(by, "manage_grants", tenant=self.firm)
        with transaction.atomic():
            self.hold()
            if Restriction.objects.filter(partnership=self).close():
                self.record("partnership.unrestricted", by=by)

    def exclude(self, member: Member, organisation: Organisation | None = None, *, by: Actor) -> Exclusion:
        """The business keeps one of the firm's people out: of one set of books, or of all."""
        demand(by, "suspend_partnership", tenant=self.business)
        if member.firm_id != self.firm_id:
            raise not_allowed()
        place: dict[str, Any] = {"partnership": self, "member": member, "organisation": organisation}
        with transaction.atomic():
            self.hold()
            member.hold()
            hold_books(self.business_id, [organisation] if organisation else [])
            Exclusion.objects.filter(**place).lapsed().close()
            known: Exclusion | None = Exclusion.objects.filter(**place).unclosed().first()
            if known:
                return known
            exclusion = Exclusion.objects.create(firm_id=self.firm_id, business_id=self.business_id, **place)
            exclusion.record("exclusion.made", by=by)
        return exclusion

    def call_client(self, name: str, *, by: Actor) -> None:
        """The firm's own name for this client, which the business never sees; the business's name stays its own."""
        role = demand(by, "add_clients", tenant=self.firm)
        if role not in LEADING and not Partnership.objects.filter(pk=self.pk).visible_to(by).exists():
            raise not_allowed()
        before, cleaned = self.client_name, named(name)
        if before == cleaned:
            return
        self.client_name, self.client_sort_name = cleaned, sort_name(cleaned)
        private = {"before": before, "after": cleaned}
        with transaction.atomic():
            self.save(update_fields=["client_name", "client_sort_name"])
            record("client.renamed", self, by=by, firm_id=self.firm_id, private=private)

    def close_partnership(self, *, by: Actor, reason: str = "", along: Mapping[str, object] | None = None) -> bool:
        """End it, its terms and coverage, in the caller's transaction. True when it was still open.

        What hangs on it (grants) is ended by `endings`, which is what pages call; `along` says in the fact what that was.
        """
        self._demand_side(by, "end_partnership")
        if not self._close():
            return False
        self.record("partnership.ended", by=by, data=along, reason=reason)
        return True

    def _close(self) -> int:
        for rows in (Terms, Coverage, PartnershipSuspension, Restriction, Exclusion):
            rows.objects.filter(partnership=self).close()
        return Partnership.objects.filter(pk=self.pk).close()

    @property
    def state(self) -> str:
        """active, suspended or ended, for a badge. Read with `with_holds`."""
        if self.closed_at or (self.until and self.until <= now()):
            return "ended"
        return "suspended" if self.held_by_firm or self.held_by_business else "active"

    def record(self, kind: str, *, by: Actor, data: Mapping[str, object] | None = None, reason: str = "") -> None:
        """Write a fact about this pair, on both chains."""
        private = {"firm": self.firm.name, "business": self.business.name}
        record(
            kind,
            self,
            by=by,
            firm_id=self.firm_id,
            business_id=self.business_id,
            data=data,
            private=private,
            reason=reason,
        )

    def _set_terms(
        self, scopes: Sequence[str], organisations: Iterable[Organisation] | None, *, named_only: bool
    ) -> None:
        chosen = None if organisations is None else list(organisations)
        refuse_no_books(chosen)
        hold_books(self.business_id, chosen or [])
        Terms.objects.create(
            partnership=self, scopes=in_order(scopes), everything=chosen is None, named_staff_only=named_only
        )
        wanted = {each.pk for each in chosen or []}
        Coverage.objects.filter(partnership=self).exclude(organisation_id__in=wanted).close()
        covered = set(self.coverage.unclosed().values_list("organisation_id", flat=True))
        Coverage.objects.bulk_create(
            Coverage(partnership=self, business_id=self.business_id, organisation_id=each) for each in wanted - covered
        )

    def _demand_side(self, by: Actor, act: str) -> None:
        if by.side not in ("firm", "business", "house"):
            raise not_allowed()
        demand(by, act, tenant=self.firm if by.side == "firm" else self.business)

    def hold(self) -> None:
        """Until the end of the transaction nobody else changes this partnership. Raises `Refused` when it has ended."""
        live = Partnership.objects.select_for_update(no_key=True).filter(pk=self.pk).live().first()
        if live is None:
            raise Refused(
                "partnership_ended",
                _("%(firm)s no longer works for %(business)s.")
                % {"firm": self.firm.name, "business": self.business.name},
                status=409,
            )


def in_order(scopes: Sequence[str]) -> list[str]:
    """Each scope once, in the order of the list of scopes."""
    return [scope for scope in SCOPES if scope in scopes]


def refuse_no_books(chosen: list[Organisation] | None) -> None:
    """Raise `Refused` for a list of books with none in it; None, for all of them, is well."""
    if chosen is not None and not chosen:
        raise Refused("organisation_missing", _("Choose at least one set of books."), field="organisations", status=422)


def _refuse_wrong_terms(scopes: Sequence[str], until: datetime | None) -> None:
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        raise Refused("scope_unknown", _("Choose what the firm may do."), field="scopes", status=422)
    if until and until <= now():
        raise Refused("end_before_start", _("Choose an end that is still to come."), field="until", status=422)


class Terms(Period):
    """What was agreed for a period: what for, on everything or on listed organisations, by whom."""

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="all_terms")
    scopes = ArrayField(models.CharField(max_length=12))
    everything = models.BooleanField()
    named_staff_only = models.BooleanField(default=False)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["partnership"], condition=Q(closed_at=None), name="one_terms_of_partnership"
            )
        ]

    def __str__(self) -> str:
        return ", ".join(self.scopes)


class Coverage(Period):
    """An organisation listed in a partnership that does not cover everything."""

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="coverage")
    business = models.ForeignKey(Business, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")

    objects = PeriodQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["partnership", "organisation"], condition=Q(closed_at=None), name="one_coverage_of_organisation"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}"


class PartnershipSuspension(Period):
    """A time in which one side holds the firm's access up."""

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="suspensions")
    side = models.CharField(max_length=8, choices=[("firm", "firm"), ("business", "business")])

    objects = PeriodQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["partnership", "side"], condition=Q(closed_at=None), name="one_suspension_of_a_side"
            )
        ]

    def __str__(self) -> str:
        return f"by the {self.side} since {self.since}"


class Restriction(Period):
    """A time in which the firm keeps a client to those who hold a grant on it."""

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="restrictions")

    objects = PeriodQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["partnership"], condition=Q(closed_at=None), name="one_restriction")
        ]

    def __str__(self) -> str:
        return f"since {self.since}"


class ExclusionQuerySet(PeriodQuerySet):
    """Questions over exclusions."""

    def visible_to(self, actor: Actor) -> Self:
        """The business's own, for its owners and admins."""
        if actor.side == "business" and actor.role in LEADING:
            return self.filter(business_id=actor.tenant_id)
        return self.none()


class Exclusion(Period):
    """A time in which the business keeps one of the firm's people out of one organisation, or of all (None)."""

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="exclusions")
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    business = models.ForeignKey(Business, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="exclusions")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, null=True, related_name="+")

    objects = ExclusionQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["partnership", "member", "organisation"],
                condition=Q(closed_at=None),
                nulls_distinct=False,
                name="one_exclusion",
            )
        ]

    def __str__(self) -> str:
        return f"{self.member_id} kept out of {self.organisation_id or 'everything'}"

    def end(self, *, by: Actor) -> None:
        """The business no longer keeps this person out."""
        demand(by, "suspend_partnership", tenant=self.business)
        with transaction.atomic():
            if Exclusion.objects.filter(pk=self.pk).close():
                self.record("exclusion.ended", by=by)

    def record(self, kind: str, *, by: Actor) -> None:
        """Write a fact about it, on both tenants' chains and the person's."""
        record(
            kind,
            self,
            by=by,
            firm_id=self.firm_id,
            business_id=self.business_id,
            organisation_id=self.organisation_id,
            person_ids=[self.member.person_id],
            private={"person": (self.member.person.name, self.member.person_id)},
        )
