"""Who of a firm works on which client: grants to a member or a team, and the teams themselves."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Self
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tallystick.audit import Private, record
from tallystick.core.access import SCOPES
from tallystick.core.actor import Actor
from tallystick.core.clock import now
from tallystick.core.models import Period, PeriodQuerySet
from tallystick.core.refused import Refused
from tallystick.organisations.models import Business, Firm, Member, Organisation
from tallystick.organisations.models.tenants import NAME_LENGTH, hold_books, named
from tallystick.organisations.rights import demand, not_allowed
from tallystick.partnerships.models.partnerships import Partnership, in_order, refuse_no_books


class TeamQuerySet(PeriodQuerySet):
    """Questions over teams."""

    def visible_to(self, actor: Actor) -> Self:
        """The teams of the actor's own firm."""
        return self.filter(firm_id=actor.firm_id) if actor.firm_id else self.none()


class Team(Period):
    """Some of a firm's people, who are given clients together."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="teams")
    name = models.CharField(max_length=NAME_LENGTH)

    objects = TeamQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["id", "firm"], name="team_with_firm"),
            models.UniqueConstraint(fields=["firm", "name"], condition=Q(closed_at=None), name="one_team_of_a_name"),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def open(cls, firm: Firm, name: str, *, by: Actor) -> Team:
        """Make a team."""
        demand(by, "manage_members", tenant=firm)
        team = cls(firm=firm, name=named(name))
        with transaction.atomic():
            try:
                with transaction.atomic():
                    team.save()
            except IntegrityError:
                message = _("There already is a team called “%(name)s”. Choose another name.")
                raise Refused("name_taken", message % {"name": team.name}, field="name", status=409) from None
            record("team.opened", team, by=by, firm_id=firm.pk, private={"team": team.name})
        return team

    def add(self, member: Member, *, by: Actor) -> TeamMember:
        """Take a member of the firm into the team; what the team was given is theirs from now on."""
        demand(by, "manage_members", tenant=self.firm)
        if member.firm_id != self.firm_id:
            raise not_allowed()
        with transaction.atomic():
            self.hold()
            member.hold()
            TeamMember.objects.filter(team=self, member=member).lapsed().close()
            known: TeamMember | None = TeamMember.objects.filter(team=self, member=member).unclosed().first()
            if known:
                return known
            place = TeamMember.objects.create(team=self, firm_id=self.firm_id, member=member)
            place.record("team.joined", by=by)
        return place

    def remove(self, member: Member, *, by: Actor) -> None:
        """Take a member out of the team; what the team was given is no longer theirs."""
        demand(by, "manage_members", tenant=self.firm)
        with transaction.atomic():
            for place in TeamMember.objects.filter(team=self, member=member).unclosed().select_for_update():
                TeamMember.objects.filter(pk=place.pk).close()
                place.record("team.left", by=by)

    def close(self, *, by: Actor) -> None:
        """Close the team: its grants and places end with it."""
        demand(by, "manage_members", tenant=self.firm)
        with transaction.atomic():
            if Team.objects.filter(pk=self.pk).close():
                along = {"grants": close_all(Grant.objects.filter(team=self)), "places": close_all(self.places.all())}
                record("team.closed", self, by=by, firm_id=self.firm_id, data=along, private={"team": self.name})

    def hold(self) -> None:
        """Until the end of the transaction nobody closes this team. Raises `Refused` when it is closed."""
        if not Team.objects.select_for_update(no_key=True).filter(pk=self.pk).live().exists():
            raise Refused(
                "team_closed", _("The team “%(name)s” is closed.") % {"name": self.name}, field="team", status=409
            )


class TeamMember(Period):
    """A member's place in a team."""

    team = models.ForeignKey(Team, on_delete=models.PROTECT, related_name="places")
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+")
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="team_places")

    objects = PeriodQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["team", "member"], condition=Q(closed_at=None), name="one_place_in_a_team")
        ]

    def __str__(self) -> str:
        return f"{self.member_id} in {self.team_id}"

    def record(self, kind: str, *, by: Actor) -> None:
        """Write a fact about it, on the firm's chain and the person's."""
        private: Private = {"person": (self.member.person.name, self.member.person_id), "team": self.team.name}
        record(kind, self, by=by, firm_id=self.firm_id, person_ids=[self.member.person_id], private=private)


class GrantQuerySet(PeriodQuerySet):
    """Questions over grants."""

    def visible_to(self, actor: Actor) -> Self:
        """A firm's: those on its clients. A business's owners and admins: those on their own books."""
        if actor.side == "firm":
            return self.filter(firm_id=actor.tenant_id)
        if actor.side == "business" and actor.role in ("owner", "admin"):
            return self.filter(partnership__business_id=actor.tenant_id)
        return self.none()


class Grant(Period):
    """A member or a team of the firm may act on a client: on all its organisations or listed ones, with scopes."""

    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="grants")
    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="+", db_index=False)
    member = models.ForeignKey(Member, on_delete=models.PROTECT, null=True, related_name="grants")
    team = models.ForeignKey(Team, on_delete=models.PROTECT, null=True, related_name="grants")
    scopes = ArrayField(models.CharField(max_length=12))
    everything = models.BooleanField()

    objects = GrantQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["id", "partnership"], name="grant_with_partnership"),
            models.CheckConstraint(
                condition=Q(member=None, team__isnull=False) | Q(member__isnull=False, team=None),
                name="grant_to_one",
            ),
            models.UniqueConstraint(
                fields=["member", "partnership"], condition=Q(closed_at=None), name="one_grant_of_a_member"
            ),
            models.UniqueConstraint(
                fields=["team", "partnership"], condition=Q(closed_at=None), name="one_grant_of_a_team"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.member_id or self.team_id} on {self.partnership_id}"

    @property
    def receiver_name(self) -> str:
        """Who was given the client: a person's name or a team's."""
        if self.member:
            return self.member.person.name
        return self.team.name if self.team else ""

    @classmethod
    def give(
        cls,
        partnership: Partnership,
        receiver: Member | Team,
        *,
        scopes: Sequence[str],
        by: Actor,
        organisations: Iterable[Organisation] | None = None,
        until: datetime | None = None,
    ) -> Grant:
        """Give a client to a member or team. Giving anew replaces what they had on it. None means all organisations."""
        demand(by, "manage_grants", tenant=partnership.firm)
        if receiver.firm_id != partnership.firm_id:
            raise not_allowed()
        if not scopes or set(scopes) - set(SCOPES):
            raise Refused("scope_unknown", _("Choose what they may do."), field="scopes", status=422)
        if until and until <= now():
            raise Refused("end_before_start", _("Choose an end that is still to come."), field="until", status=422)
        chosen = None if organisations is None else list(organisations)
        refuse_no_books(chosen)
        to = {"member": receiver} if isinstance(receiver, Member) else {"team": receiver}
        with transaction.atomic():
            partnership.hold()
            receiver.hold()
            hold_books(partnership.business_id, chosen or [])
            cls.objects.filter(partnership=partnership, **to).close()
            grant = cls.objects.create(
                partnership=partnership,
                firm_id=partnership.firm_id,
                scopes=in_order(scopes),
                everything=chosen is None,
                until=until,
                **to,
            )
            GrantOrganisation.objects.bulk_create(
                GrantOrganisation(
                    grant=grant, partnership=partnership, business_id=partnership.business_id, organisation=each
                )
                for each in chosen or []
            )
            listed = None if chosen is None else sorted(str(each.pk) for each in chosen)
            grant.record("grant.given", by=by, data={"scopes": grant.scopes, "organisations": listed})
        return grant

    def end(self, *, by: Actor, reason: str = "") -> None:
        """Take it back, now. Twice is once."""
        demand(by, "manage_grants", tenant=self.partnership.firm)
        with transaction.atomic():
            if Grant.objects.filter(pk=self.pk).close():
                self.record("grant.ended", by=by, reason=reason)

    def record(self, kind: str, *, by: Actor, data: Mapping[str, object] | None = None, reason: str = "") -> None:
        """Write a fact about it, on both tenants' chains and the person's."""
        private: dict[str, str | tuple[str, UUID | None]] = {"client": self.partnership.business.name}
        if self.member:
            private["person"] = (self.member.person.name, self.member.person_id)
        if self.team:
            private["team"] = self.team.name
        said = {"member": str(self.member_id or ""), "team": str(self.team_id or ""), **(data or {})}
        record(
            kind,
            self,
            by=by,
            firm_id=self.firm_id,
            business_id=self.partnership.business_id,
            person_ids=[self.member.person_id] if self.member else [],
            data=said,
            private=private,
            reason=reason,
        )


class GrantOrganisation(models.Model):
    """An organisation listed in a grant. Lists don't change: another list is another grant."""

    grant = models.ForeignKey(Grant, on_delete=models.PROTECT, related_name="listed")
    partnership = models.ForeignKey(Partnership, on_delete=models.PROTECT, related_name="+")
    business = models.ForeignKey(Business, on_delete=models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, on_delete=models.PROTECT, related_name="+")

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["grant", "organisation"], name="listed_once")]

    def __str__(self) -> str:
        return f"{self.organisation_id}"


def close_all(rows: models.QuerySet[Any]) -> list[str]:
    """End these rows now; the ids of those that were still open, for the fact of what they hung on."""
    held = rows.filter(closed_at=None).order_by("pk").select_for_update()  # in order: two who end much must not cross
    ids = [str(pk) for pk in held.values_list("pk", flat=True)]
    PeriodQuerySet(rows.model).filter(pk__in=ids).close()
    return ids
