"""Making an Actor: the tenant comes from the address, the person from the session, the seat from the rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from tallystick.accounts.models import User
from tallystick.core.actor import Actor, Side
from tallystick.organisations.models import Business, Firm
from tallystick.organisations.models.tenants import desk_url
from tallystick.organisations.rights import AT_WORK

_TENANTS: dict[str, Any] = {"firm": Firm, "business": Business}
_SEAT_AT = {
    side: f"""select tenant.*, m.id as member_id, r.role as member_role
from organisations_{side} tenant cross join {AT_WORK}
and m.{side}_id = tenant.id and m.person_id = %s and tenant.handle = %s"""  # noqa: S608 - constant text, values bound
    for side in _TENANTS
}

# The tenants are looked up one by one (lateral): joined, those of somebody with 500 seats are found by reading all there are.
_SEATS = f"""select tenant.id, tenant.name, seat.side, tenant.handle, seat.role
from (select m.side, m.firm_id, m.business_id, r.role from {AT_WORK} and m.person_id = %s) seat
cross join lateral (
  select id, name, handle, sort_name from organisations_firm where id = seat.firm_id
  union all select id, name, handle, sort_name from organisations_business where id = seat.business_id
) tenant
order by seat.side desc, tenant.sort_name, tenant.id"""  # noqa: S608 - as above


@dataclass(frozen=True, slots=True)
class Seat:
    """One of a person's live seats: the tenant's row, name, side and address, and the role there."""

    tenant_id: UUID
    name: str
    kind: str
    url: str
    role: str


def seats_of(person: User) -> list[Seat]:
    """Everything this person can switch to, firms first, by name. One query.

    Each page of a desk asks it, and the mapper takes four times as long over it.
    """
    with connection.cursor() as cursor:
        cursor.execute(_SEATS, (person.pk,))
        rows = cursor.fetchall()
    return [Seat(pk, name, kind, desk_url(kind, handle), role) for pk, name, kind, handle, role in rows]


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
