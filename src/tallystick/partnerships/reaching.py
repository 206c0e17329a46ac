"""Who of a firm reaches a client now, and why: for the business's page of who has access."""

from __future__ import annotations

from dataclasses import dataclass

from django.db import connection

from tallystick.organisations.models import Member
from tallystick.partnerships.models import Partnership

# The decision is asked for each member of the firm: a firm has tens of people, a business a handful of firms.
_WHO = """
select m.id, array_agg(distinct r.via), count(distinct r.organisation_id)
from organisations_member m
cross join lateral (
  select via, organisation_id from tallystick_reach(m.id, 'see', null) where partnership_id = %s
) r
where m.firm_id = %s and m.closed_at is null
group by m.id
"""


@dataclass(frozen=True)
class Reaching:
    """One of the firm's people, by what they reach the client (role, grant, team) and on how many organisations."""

    member: Member
    via: list[str]
    organisations: int


def people_who_reach(partnership: Partnership) -> list[Reaching]:
    """Those of the firm who reach this client at this moment, by name."""
    with connection.cursor() as cursor:
        cursor.execute(_WHO, (partnership.pk, partnership.firm_id))
        found = {row[0]: row for row in cursor.fetchall()}
    members = Member.objects.filter(pk__in=found).select_related("person").order_by("person__sort_name", "pk")
    return [Reaching(member, sorted(found[member.pk][1]), found[member.pk][2]) for member in members]
