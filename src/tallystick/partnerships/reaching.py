"""Who of a firm reaches a client now, and why: for the business's page of who has access. And whether the firm does at all."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from tallystick.core.models import forbidding_now, live_now
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

# Each page of a link asks it, and the mapper takes five times as long to put the question as the database to answer it.
_FIRM_MAY = f"""select exists (
select from partnerships_partnership p
join partnerships_terms t on t.partnership_id = p.id
join organisations_organisation o on o.business_id = p.business_id
where p.firm_id = %s and o.id = %s and %s = any(t.scopes) and {live_now("p")} and {live_now("t")} and {live_now("o")}
  and (t.everything or exists (select from partnerships_coverage c
    where c.partnership_id = p.id and c.organisation_id = o.id and {live_now("c")}))
  and not exists (select from partnerships_partnershipsuspension ps
    where ps.partnership_id = p.id and {forbidding_now("ps")}))
"""  # noqa: S608 - constant text, values bound


def firm_may(firm_id: UUID, organisation_id: UUID, scope: str) -> bool:
    """Does the firm, whoever of it, hold this scope on these open books: by a live partnership that neither side holds up?"""
    with connection.cursor() as cursor:
        cursor.execute(_FIRM_MAY, (firm_id, organisation_id, scope))
        row = cursor.fetchone()
    return bool(row and row[0])


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
