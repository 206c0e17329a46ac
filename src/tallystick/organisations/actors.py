"""Making an Actor: the tenant comes from the address, the person from the session, the seat from the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from tallystick.accounts.models import User
from tallystick.core.actor import Actor, Side
from tallystick.organisations.models import Business, Firm, Member
from tallystick.organisations.rights import AT_WORK

_TENANTS: dict[str, Any] = {"firm": Firm, "business": Business}
_SEAT_AT = {
    side: f"""select tenant.*, m.id as member_id, r.role as member_role
from organisations_{side} tenant cross join {AT_WORK}
and m.{side}_id = tenant.id and m.person_id = %s and tenant.handle = %s"""  # noqa: S608 - constant text, values bound
    for side in _TENANTS
}


@dataclass(frozen=True, slots=True)
class Seat:
    """One of a person's live seats: the tenant, its side and address, and the role."""

    tenant: Firm | Business
    role: str

    @property
    def name(self) -> str:
        """The tenant's name."""
        return self.tenant.name

    @property
    def kind(self) -> str:
        """Firm or business."""
        return self.tenant.side

    @property
    def url(self) -> str:
        """The address of the tenant's desk."""
        return self.tenant.url


def seats_of(person: User) -> list[Seat]:
    """Everything this person can switch to, firms first, by name. One query."""
    members = Member.objects.at_work(person).with_role().select_related("firm", "business")
    seats = [Seat(member.tenant, member.role) for member in members if member.role]
    return sorted(seats, key=lambda seat: (seat.kind != "firm", seat.tenant.sort_name))


def actor_for(person: User, side: str, handle: str) -> tuple[Actor, Firm | Business] | None:
    """The person acting as a member of the tenant with this handle; None when there is no such seat, or tenant."""
    known: Side = "firm" if side == "firm" else "business"
    found = _TENANTS[known].objects.raw(_SEAT_AT[known], (person.pk, handle))
    tenant = next(iter(found), None)
    if tenant is None:
        return None
    return Actor(known, person.pk, tenant.member_id, tenant.pk, tenant.member_role, person.name), tenant


def actor_themselves(person: User) -> Actor:
    """The person for themselves: setting something up, their own account."""
    return Actor(side="person", person_id=person.pk, name=person.name)


def actor_operator(person: User) -> Actor:
    """The person as one of those who run this site. Raises `PermissionError` when they are not."""
    if not person.is_operator:
        raise PermissionError(f"{person.pk} does not run this site.")
    return Actor(side="operator", person_id=person.pk, name=person.name)
