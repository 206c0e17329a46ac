"""Membership: a person's seat in a firm or a business, the role it carries, and the times it was held up."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, ClassVar, Self
from uuid import UUID

from django.db import IntegrityError, models, transaction
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _

from tallystick.accounts.models import Session, User
from tallystick.audit import Private, hold, record
from tallystick.core.actor import Actor
from tallystick.core.clock import now
from tallystick.core.models import Period, PeriodQuerySet
from tallystick.core.refused import Refused
from tallystick.organisations.models.tenants import Business, Firm, Organisation, Tenant, hold_books
from tallystick.organisations.rights import demand, not_allowed
from tallystick.organisations.roles import BUSINESS_ROLES, FIRM_ROLES, LEADING, RANK, roles_of

if TYPE_CHECKING:
    from tallystick.accounts.models import User as Person


class MemberQuerySet(PeriodQuerySet):
    """Questions over members."""

    def of(self, tenant: Tenant) -> Self:
        """The live members of one tenant."""
        return self.filter(**tenant.chain()).live()

    def at_work(self, person: Person) -> Self:
        """This person's live memberships that nobody suspended."""
        return self.filter(person=person).live().unsuspended()

    def unsuspended(self) -> Self:
        """Those not held up now."""
        return self.exclude(Exists(MemberSuspension.objects.forbidding().filter(member=OuterRef("pk"))))

    def in_role(self, *roles: str) -> Self:
        """Those who hold one of these roles now."""
        return self.filter(Exists(MemberRole.objects.live().filter(member=OuterRef("pk"), role__in=roles)))

    def leading(self) -> Self:
        """Owners and admins at work."""
        return self.in_role(*LEADING).unsuspended()

    def visible_to(self, actor: Actor) -> Self:
        """The members of the actor's own tenant."""
        if actor.side not in ("firm", "business"):
            return self.none()
        return self.filter(**{f"{actor.side}_id": actor.tenant_id})

    def with_role(self) -> Self:
        """Each with its `role` and whether it `is_suspended`, in one query."""
        roles = MemberRole.objects.live().filter(member=OuterRef("pk")).values("role")[:1]
        held_up = MemberSuspension.objects.forbidding().filter(member=OuterRef("pk"))
        return self.annotate(role=models.Subquery(roles), is_suspended=Exists(held_up))


class Member(Period):
    """A person's seat in one firm or one business. What they may do is the role's; a member ended is never live again."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="memberships")
    side = models.CharField(max_length=8, choices=[("firm", "firm"), ("business", "business")])
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, null=True, related_name="members")
    business = models.ForeignKey(Business, on_delete=models.PROTECT, null=True, related_name="members")

    role: str  # given by `with_role`
    is_suspended: bool

    objects = MemberQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(side="firm", firm__isnull=False, business=None)
                | Q(side="business", business__isnull=False, firm=None),
                name="member_of_one_tenant",
            ),
            models.UniqueConstraint(fields=["id", "side"], name="member_with_side"),
            models.UniqueConstraint(fields=["id", "firm"], name="member_with_firm"),
            models.UniqueConstraint(fields=["id", "business"], name="member_with_business"),
            models.UniqueConstraint(fields=["firm", "person"], condition=Q(closed_at=None), name="one_seat_in_a_firm"),
            models.UniqueConstraint(
                fields=["business", "person"], condition=Q(closed_at=None), name="one_seat_in_a_business"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} in {self.tenant}"

    @property
    def tenant(self) -> Firm | Business:
        """The firm or business of this seat."""
        tenant = self.firm or self.business
        assert tenant is not None
        return tenant

    @classmethod
    def join(
        cls,
        tenant: Firm | Business,
        person: User,
        role: str,
        *,
        by: Actor,
        organisations: list[Organisation] | None = None,
        until: datetime | None = None,
    ) -> Member:
        """A seat is taken. The right to offer it was asked where the offer was made; who sits already stays as they are.

        Raises `Refused` when the role is not one of the tenant's, or the person has a seat.
        """
        if role not in roles_of(tenant.side):
            raise Refused(
                "role_unknown", _("“%(role)s” is not a role here.") % {"role": role}, field="role", status=422
            )
        with transaction.atomic():
            for lapsed in Member.objects.filter(person=person, **tenant.chain()).lapsed():
                lapsed._close()
            try:
                with transaction.atomic():
                    member = cls.objects.create(person=person, side=tenant.side, until=until, **tenant.chain())
            except IntegrityError:
                message = _("%(person)s is already here.") % {"person": person.name}
                raise Refused("already_member", message, status=409) from None
            MemberRole.objects.create(member=member, side=tenant.side, role=role)
            member._place(organisations or [])
            member._record("member.joined", by=by, data={"role": role})
        return member

    def current_role(self) -> str:
        """The role held now, "" for none."""
        live = MemberRole.objects.live().filter(member=self).first()
        return live.role if live else ""

    def change_role(self, role: str, *, by: Actor) -> None:
        """Give another role, not above the actor's own. The last owner stays one."""
        if role not in roles_of(self.side):
            raise Refused(
                "role_unknown", _("“%(role)s” is not a role here.") % {"role": role}, field="role", status=422
            )
        with transaction.atomic():
            before = self._demand_over(by, new_role=role)
            if before == role:
                return
            if before == "owner":
                self._refuse_last_owner()
            MemberRole.objects.filter(member=self).close()
            MemberRole.objects.create(member=self, side=self.side, role=role)
            self._record("member.role_changed", by=by, data={"before": before, "after": role})

    def choose_organisations(self, organisations: list[Organisation], *, by: Actor) -> None:
        """Say which sets of books an employee or contact of a business may work with."""
        with transaction.atomic():
            self._demand_over(by)
            chosen = sorted(str(each.pk) for each in organisations)
            before = self.places.unclosed().order_by("organisation_id").values_list("organisation_id", flat=True)
            if chosen == [str(each) for each in before]:
                return
            MemberOrganisation.objects.filter(member=self).close()
            self._place(organisations)
            self._record("member.organisations_changed", by=by, data={"organisations": chosen})

    def suspend(self, *, by: Actor, until: datetime | None = None, reason: str = "") -> None:
        """Hold the seat up: no right at all until it is given back, or until the planned end."""
        if until and until <= now():
            raise Refused("end_before_start", _("Choose an end that is still to come."), field="until", status=422)
        with transaction.atomic():
            if self._demand_over(by) == "owner":
                self._refuse_last_owner()
            MemberSuspension.objects.filter(member=self).lapsed().close()
            if MemberSuspension.objects.filter(member=self).unclosed().exists():
                return
            MemberSuspension.objects.create(member=self, until=until)
            self._record("member.suspended", by=by, reason=reason)

    def resume(self, *, by: Actor) -> None:
        """Give a held-up seat back."""
        with transaction.atomic():
            self._demand_over(by)
            if MemberSuspension.objects.filter(member=self).close():
                self._record("member.resumed", by=by)

    def sign_out_everywhere(self, *, by: Actor) -> int:
        """End every session of this person, as an owner or admin may for their own people. How many were open."""
        with transaction.atomic():
            self._demand_over(by)
            self.hold_sessions()
            hold(**self._chains(), person_ids=[by.person_id, self.person_id])
            ended = Session.end_all(self.person_id)
            self._record("member.signed_out", by=by, data={"sessions": ended})
        return ended

    def close_seat(self, *, by: Actor, reason: str = "", along: Mapping[str, object] | None = None) -> bool:
        """End the seat itself and what belongs to it in this room, in the caller's transaction. True when it was open.

        What hangs on it elsewhere (grants, teams, sessions) is ended by `endings`, which is what pages call; `along` says
        in the fact what that was.
        """
        role = self._lock_tenant_and_read_role()
        leaving_by_themselves = by.person_id == self.person_id and by.member_id == self.pk
        if not leaving_by_themselves:
            self._demand_rank(by, role)
        if self.closed_at is not None:
            return False
        if role == "owner":
            self._refuse_last_owner()
        self._close()
        self._record("member.ended", by=by, data={"role": role, **(along or {})}, reason=reason)
        return True

    def hold(self) -> None:
        """Until the end of the transaction nobody ends this seat. Raises `Refused` when it has ended."""
        if not Member.objects.select_for_update(no_key=True).filter(pk=self.pk).live().exists():
            raise self._ended()

    def hold_sessions(self) -> None:
        """Take hold of the person's sessions before any chain of facts: who ends one session takes them in this order."""
        open_ones = Session.objects.filter(person_id=self.person_id, ended_at=None)
        list(open_ones.order_by("pk").select_for_update().values_list("pk"))

    def _close(self) -> None:
        for rows in (MemberRole, MemberSuspension, MemberOrganisation):
            rows.objects.filter(member=self).close()
        Member.objects.filter(pk=self.pk).close()

    def _place(self, organisations: list[Organisation]) -> None:
        if not organisations:
            return
        if self.business_id is None:
            raise not_allowed()
        hold_books(self.business_id, organisations)
        MemberOrganisation.objects.bulk_create(
            [MemberOrganisation(member=self, business_id=self.business_id, organisation=each) for each in organisations]
        )

    def _demand_over(self, by: Actor, new_role: str = "") -> str:
        """The member's role, when the actor may manage members and stands no lower than it (nor than the new one)."""
        role = self._lock_tenant_and_read_role()
        self._demand_rank(by, role, new_role)
        if self.closed_at is not None:
            raise self._ended()
        return role

    def _demand_rank(self, by: Actor, role: str, new_role: str = "") -> None:
        own = demand(by, "manage_members", tenant=self.tenant)
        highest = max(RANK[role or "contact"], RANK[new_role or "contact"])
        if highest > RANK[own]:
            raise Refused(
                "role_above_own",
                _("This would touch a role above your own."),
                next_step=_("Ask an owner to do it."),
            )

    def _lock_tenant_and_read_role(self) -> str:
        """One at a time changes the seats of a tenant: two owners who leave at once must not both be let go."""
        type(self.tenant).objects.select_for_update(no_key=True).get(pk=self.tenant.pk)
        self.refresh_from_db()
        return self.current_role()

    def _ended(self) -> Refused:
        return Refused("member_ended", _("This person has already left."), status=409)

    def _refuse_last_owner(self) -> None:
        if self.until and self.until <= now():  # a seat that lapsed owns nothing any more
            return
        others = Member.objects.of(self.tenant).in_role("owner").unsuspended().filter(until=None).exclude(pk=self.pk)
        if not others.exists():
            raise Refused(
                "last_owner",
                _("%(person)s is the only owner of %(tenant)s.")
                % {"person": self.person.name, "tenant": self.tenant.name},
                next_step=_("Make somebody else an owner first."),
                status=409,
            )

    def _chains(self) -> dict[str, list[UUID]]:
        return {f"{self.side}_ids": [self.tenant.pk]}

    def _record(self, kind: str, *, by: Actor, data: Mapping[str, object] | None = None, reason: str = "") -> None:
        private: Private = {"person": (self.person.name, self.person_id), "tenant": self.tenant.name}
        record(
            kind,
            self,
            by=by,
            **self.tenant.chain(),
            person_ids=[self.person_id],
            data=data,
            private=private,
            reason=reason,
        )


class MemberRole(Period):
    """The role a seat carries for a period."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="roles")
    side = models.CharField(max_length=8)
    role = models.CharField(max_length=10)

    objects = PeriodQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member"], condition=Q(closed_at=None), name="one_role_of_a_member"),
            models.CheckConstraint(
                condition=Q(side="firm", role__in=FIRM_ROLES) | Q(side="business", role__in=BUSINESS_ROLES),
                name="role_of_its_side",
            ),
        ]

    def __str__(self) -> str:
        return self.role


class MemberSuspension(Period):
    """A time in which a seat carries no right."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="suspensions")

    objects = PeriodQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["member"], condition=Q(closed_at=None), name="one_suspension_of_a_member")
        ]

    def __str__(self) -> str:
        return f"suspended since {self.since}"


class MemberOrganisation(Period):
    """A set of books that an employee or contact of a business may work with, for a period."""

    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="places")
    business = models.ForeignKey(Business, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")

    objects = PeriodQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["member", "organisation"], condition=Q(closed_at=None), name="one_place_of_a_member"
            )
        ]

    def __str__(self) -> str:
        return f"{self.organisation_id}"
