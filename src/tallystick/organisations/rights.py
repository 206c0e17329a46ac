"""Asking, first thing in a verb, whether the actor may: from the rows as they are now, never from the session."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext as _

from tallystick.core.actor import Actor
from tallystick.core.models import forbidding_now, live_now
from tallystick.core.refused import Refused
from tallystick.organisations.roles import allows

if TYPE_CHECKING:
    from tallystick.organisations.models.tenants import Tenant

_BEFORE_APPROVAL = frozenset({"see_tenant", "see_activity", "change_settings"})

AT_WORK = f"""organisations_member m
join organisations_memberrole r on r.member_id = m.id and {live_now("r")}
where {live_now("m")}
 and not exists (select from organisations_membersuspension s where s.member_id = m.id and {forbidding_now("s")})
"""
"""Seats that are live and not held up, as m, each with its role now, as r. Each request asks about one, and the mapper takes
five times as long to put the question as the database to answer it.
"""

_ROLE_NOW = f"""select r.role from {AT_WORK}
and m.id = %s and m.person_id = %s and %s in (m.firm_id, m.business_id)"""  # noqa: S608 - constant text, values bound


def role_now(actor: Actor) -> str:
    """The role the actor has in their tenant at this moment; "" for none."""
    with connection.cursor() as cursor:
        cursor.execute(_ROLE_NOW, (actor.member_id, actor.person_id, actor.tenant_id))
        row = cursor.fetchone()
    return row[0] if row else ""


def demand(actor: Actor, act: str, *, tenant: Tenant) -> str:
    """The actor's role now, when it carries the act in this tenant. Raises `Refused`; the house itself may always."""
    if actor.side == "house":
        return "owner"
    if actor.side != tenant.side or actor.tenant_id != tenant.pk:
        raise not_allowed()
    if not tenant.is_approved and act not in _BEFORE_APPROVAL:
        raise Refused(
            "awaiting_approval",
            _("%(firm)s cannot do this yet: the people who run this site have still to approve it.")
            % {"firm": tenant.name},
            status=409,
        )
    role = role_now(actor)
    if not role or not allows(tenant.side, role, act):
        raise not_allowed()
    return role


def not_allowed() -> Refused:
    """The plain no for a right that is missing."""
    return Refused(
        "not_allowed",
        _("Your role here does not allow this."),
        next_step=_("Ask an owner or admin to do it, or to change your role."),
    )
