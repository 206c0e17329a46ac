"""The decision: which organisations a member reaches with a scope at a moment. Default no.

One SQL function, STABLE and without side conditions that keep PostgreSQL from inlining it, so that lists filter through its own
indexes. A null moment asks about now, and then a closed row never counts, whatever the clock says.
"""

from django.db import migrations

# The moment stands in sub-selects, which are computed once a statement instead of once a row.
_MOMENT = "coalesce(moment, (select tallystick_now()))"


def _live(row: str) -> str:
    return (
        f"({row}.closed_at is null or (moment is not null and {row}.closed_at > moment))"
        f" and {row}.since <= {_MOMENT} and ({row}.until is null or {row}.until > {_MOMENT})"
    )


# Of rows that take access away: asked about now, their beginning is not looked at. A clock that was set back must not
# lift a no.
def _forbids(row: str) -> str:
    return (
        f"({row}.closed_at is null or (moment is not null and {row}.closed_at > moment))"
        f" and (moment is null or {row}.since <= moment) and ({row}.until is null or {row}.until > {_MOMENT})"
    )


# The member is there and nobody holds the seat up.
_MEMBER = f"""m.id = of_member and {_live("m")}
  and not exists (select from organisations_membersuspension ms where ms.member_id = m.id and {_forbids("ms")})"""

# The partnership is live, its terms hold the scope and cover the organisation, neither side holds it up, the business
# does not keep this person out.
_PARTNERSHIP = f"""{_live("p")} and {_live("t")} and wanted = any(t.scopes) and {_live("o")}
  and (t.everything or exists (select from partnerships_coverage c
    where c.partnership_id = p.id and c.organisation_id = o.id and {_live("c")}))
  and not exists (select from partnerships_partnershipsuspension ps where ps.partnership_id = p.id and {_forbids("ps")})
  and not exists (select from partnerships_exclusion x where x.partnership_id = p.id and x.member_id = m.id
    and (x.organisation_id is null or x.organisation_id = o.id) and {_forbids("x")})"""

_GRANT = f"""{_live("g")} and wanted = any(g.scopes)
  and (g.everything or exists (select from partnerships_grantorganisation go
    where go.grant_id = g.id and go.organisation_id = o.id))"""

_BY_ROLE = f"""
select o.id, p.id, 'role'::text, r.id
from organisations_member m
join organisations_memberrole r on r.member_id = m.id
join partnerships_partnership p on p.firm_id = m.firm_id
join partnerships_terms t on t.partnership_id = p.id
join organisations_organisation o on o.business_id = p.business_id
where {_MEMBER} and r.role in ('owner', 'admin') and {_live("r")}
  and {_PARTNERSHIP} and not t.named_staff_only
  and not exists (select from partnerships_restriction re where re.partnership_id = p.id and {_forbids("re")})"""

_BY_GRANT = f"""
select o.id, p.id, 'grant', g.id
from organisations_member m
join partnerships_grant g on g.member_id = m.id
join partnerships_partnership p on p.id = g.partnership_id
join partnerships_terms t on t.partnership_id = p.id
join organisations_organisation o on o.business_id = p.business_id
where {_MEMBER} and {_PARTNERSHIP} and {_GRANT}"""

_BY_TEAM = f"""
select o.id, p.id, 'team', g.id
from organisations_member m
join partnerships_teammember tm on tm.member_id = m.id
join partnerships_team te on te.id = tm.team_id
join partnerships_grant g on g.team_id = te.id
join partnerships_partnership p on p.id = g.partnership_id
join partnerships_terms t on t.partnership_id = p.id
join organisations_organisation o on o.business_id = p.business_id
where {_MEMBER} and {_live("tm")} and {_live("te")} and {_PARTNERSHIP} and {_GRANT}"""

# The same for a business's own people: owners and admins everywhere, employees and contacts on chosen organisations.
_BY_SEAT = f"""
select o.id, null::uuid, 'seat', r.id
from organisations_member m
join organisations_memberrole r on r.member_id = m.id
join organisations_organisation o on o.business_id = m.business_id
where {_MEMBER} and r.role in ('owner', 'admin') and {_live("r")} and {_live("o")}
  and wanted in ('see', 'connect', 'ask', 'disconnect', 'data', 'keys')"""

_BY_PLACE = f"""
select o.id, null::uuid, 'place', pl.id
from organisations_member m
join organisations_memberrole r on r.member_id = m.id
join organisations_memberorganisation pl on pl.member_id = m.id
join organisations_organisation o on o.id = pl.organisation_id
where {_MEMBER} and {_live("r")} and {_live("pl")} and {_live("o")}
  and ((r.role = 'member' and wanted in ('see', 'connect', 'disconnect'))
    or (r.role = 'contact' and wanted in ('connect', 'disconnect')))"""

REACH = f"""
create function tallystick_reach(of_member uuid, wanted text, moment timestamptz)
returns table (organisation_id uuid, partnership_id uuid, via text, through uuid)
language sql stable parallel safe as $${_BY_ROLE}
union all{_BY_GRANT}
union all{_BY_TEAM}
union all{_BY_SEAT}
union all{_BY_PLACE}
$$;
create function tallystick_may(of_member uuid, of_organisation uuid, wanted text, moment timestamptz)
returns boolean language plpgsql stable parallel safe as $$
begin
  -- Two texts, because a plan for "now" may use the indexes on unclosed rows and a plan for any moment may not.
  if moment is null then
    return exists (select from tallystick_reach(of_member, wanted, null) r where r.organisation_id = of_organisation);
  end if;
  return exists (select from tallystick_reach(of_member, wanted, moment) r where r.organisation_id = of_organisation);
end $$;
"""
UNDO = """
drop function tallystick_may(uuid, uuid, text, timestamptz);
drop function tallystick_reach(uuid, text, timestamptz);
"""


class Migration(migrations.Migration):
    """Publishes the decision."""

    dependencies = [("partnerships", "0002_same_tenant"), ("core", "0001_clock")]
    operations = [migrations.RunSQL(REACH, UNDO)]
