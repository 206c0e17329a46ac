"""The decision: which organisations a member reaches with a scope at a moment. Default no.

One SQL function, STABLE and without side conditions that keep PostgreSQL from inlining it, so that lists filter through its own
indexes. A null moment asks about now, and then a closed row never counts, whatever the clock says.

How it is planned is part of its contract (docs/performance.md): the seat is read once, every condition that nearly always holds
is marked so, and what can end a right is looked up row by row. So each plan starts from what the caller names (an organisation,
a partnership, the member's grants) and goes by indexes from there, whether statistics are there, stale or missing.
"""

from django.db import migrations

MANY = 500
"""Above so many grants a list goes through the clients by name and asks of each; up to it, it starts from the grants."""


def _surely(condition: str) -> str:
    """The same condition, taken by the planner for nearly always true (which it is) instead of a half or a third.

    PostgreSQL guesses so of `… is not null` over an expression. Guesses of a third, multiplied over ten conditions, end at
    one row, and the plans made for one row read whole tables where there are thousands.
    """
    return f"nullif({condition}, false) is not null"


def _live(row: str, at: str = "seat.at") -> str:
    unclosed = f"({row}.closed_at is null or (moment is not null and {row}.closed_at > moment))"
    return f"{unclosed} and " + _surely(f"{row}.since <= {at} and ({row}.until is null or {row}.until > {at})")


def _forbids(row: str, at: str = "seat.at") -> str:
    """The same of rows that take access away: asked about now, their beginning is not looked at, so that a clock that was
    set back lifts no no."""
    unclosed = f"({row}.closed_at is null or (moment is not null and {row}.closed_at > moment))"
    return f"{unclosed} and (moment is null or {row}.since <= moment) and ({row}.until is null or {row}.until > {at})"


def _none(table: str, condition: str) -> str:
    return _surely(f"not exists (select from {table} where {condition})")


# The seat, when the member is there and nobody holds it up: one row, read first (OFFSET keeps it whole), with the moment asked about.
_SEAT = f"""
(select m.id, m.firm_id, m.business_id, r.id as role_id, r.role, clock.at
  from (select coalesce(moment, tallystick_now()) as at offset 0) clock
  cross join organisations_member m
  left join organisations_memberrole r on r.member_id = m.id and {_live("r", "clock.at")}
  where m.id = of_member and {_live("m", "clock.at")}
    and {_none("organisations_membersuspension ms", f"ms.member_id = m.id and {_forbids('ms', 'clock.at')}")}
  offset 0) seat"""

# The partnership is live, its terms hold the scope and cover the organisation, neither side holds it up, the business
# does not keep this person out.
_PARTNERSHIP = f"""{_live("p")} and {_live("t")} and {_surely("wanted = any(t.scopes)")} and {_live("o")}
  and (t.everything or exists (select from partnerships_coverage c
    where c.partnership_id = p.id and c.organisation_id = o.id and {_live("c")}))
  and {_none("partnerships_partnershipsuspension ps", f"ps.partnership_id = p.id and {_forbids('ps')}")}
  and {
    _none(
        "partnerships_exclusion x",
        "x.partnership_id = p.id and x.member_id = of_member"
        f" and (x.organisation_id is null or x.organisation_id = o.id) and {_forbids('x')}",
    )
}"""

_GRANT = f"""{_live("g")} and {_surely("wanted = any(g.scopes)")}
  and (g.everything or exists (select from partnerships_grantorganisation go
    where go.grant_id = g.id and go.organisation_id = o.id))"""

_BY_ROLE = f"""
select o.id, p.id, 'role'::text, seat.role_id
from partnerships_partnership p
join partnerships_terms t on t.partnership_id = p.id
join organisations_organisation o on o.business_id = p.business_id
where p.firm_id = seat.firm_id and seat.role in ('owner', 'admin') and {_PARTNERSHIP} and not t.named_staff_only
  and {_none("partnerships_restriction re", f"re.partnership_id = p.id and {_forbids('re')}")}"""

_BY_GRANT = f"""
select o.id, p.id, 'grant', g.id
from partnerships_grant g
join partnerships_partnership p on p.id = g.partnership_id
join partnerships_terms t on t.partnership_id = p.id
join organisations_organisation o on o.business_id = p.business_id
where g.member_id = of_member and {_PARTNERSHIP} and {_GRANT}"""

_BY_TEAM = f"""
select o.id, p.id, 'team', g.id
from partnerships_teammember tm
join partnerships_team te on te.id = tm.team_id
join partnerships_grant g on g.team_id = te.id
join partnerships_partnership p on p.id = g.partnership_id
join partnerships_terms t on t.partnership_id = p.id
join organisations_organisation o on o.business_id = p.business_id
where tm.member_id = of_member and {_live("tm")} and {_live("te")} and {_PARTNERSHIP} and {_GRANT}"""

# The same for a business's own people: owners and admins everywhere, employees and contacts on chosen organisations.
_BY_SEAT = f"""
select o.id, null::uuid, 'seat', seat.role_id
from organisations_organisation o
where o.business_id = seat.business_id and seat.role in ('owner', 'admin') and {_live("o")}
  and wanted in ('see', 'connect', 'ask', 'disconnect', 'data', 'keys')"""

_BY_PLACE = f"""
select o.id, null::uuid, 'place', pl.id
from organisations_memberorganisation pl
join organisations_organisation o on o.id = pl.organisation_id
where pl.member_id = of_member and {_live("pl")} and {_live("o")}
  and ((seat.role = 'member' and wanted in ('see', 'connect', 'disconnect'))
    or (seat.role = 'contact' and wanted in ('connect', 'disconnect')))"""


def _asks(function: str, about: str, column: str) -> str:
    """A function that asks the decision about one thing, and keeps its plan for the session.

    Two texts, because a plan for "now" may use the indexes on unclosed rows and a plan for any moment may not. One plan of
    each: the values never call for another, and planning costs more than asking.
    """
    reaches = f"exists (select from tallystick_reach(of_member, wanted, {{moment}}) r where r.{column} = {about})"
    return f"""
create function {function}(of_member uuid, {about} uuid, wanted text, moment timestamptz)
returns boolean language plpgsql stable parallel safe cost 1000 set plan_cache_mode = force_generic_plan as $$
begin
  if moment is null then
    return {reaches.format(moment="null")};
  end if;
  return {reaches.format(moment="moment")};
end $$;"""


REACH = f"""
create function tallystick_reach(of_member uuid, wanted text, moment timestamptz)
returns table (organisation_id uuid, partnership_id uuid, via text, through uuid)
language sql stable parallel safe as $$
select found.* from {_SEAT}
cross join lateral ({_BY_ROLE}
union all{_BY_GRANT}
union all{_BY_TEAM}
union all{_BY_SEAT}
union all{_BY_PLACE}
) found
$$;
{_asks("tallystick_may", "of_organisation", "organisation_id")}
{_asks("tallystick_works_for", "of_partnership", "partnership_id")}
"""

# For lists. They say how to go about asking, and never yes: what they let through is asked of the decision.
LISTS = f"""
create function tallystick_holds_many(of_member uuid) returns boolean language plpgsql stable parallel safe as $$
begin
  return {MANY} < (select count(*) from (
    (select from partnerships_grant where member_id = of_member and closed_at is null limit {MANY} + 1)
    union all
    (select from partnerships_teammember tm join partnerships_grant g on g.team_id = tm.team_id and g.closed_at is null
      where tm.member_id = of_member and tm.closed_at is null limit {MANY} + 1)
  ) held);
end $$;
create function tallystick_was_given(of_member uuid, of_partnership uuid)
returns boolean language plpgsql stable parallel safe cost 100 as $$
begin
  return exists (select from partnerships_grant
      where member_id = of_member and partnership_id = of_partnership and closed_at is null)
    or exists (select from partnerships_teammember tm join partnerships_grant g on g.team_id = tm.team_id
      where tm.member_id = of_member and tm.closed_at is null
        and g.partnership_id = of_partnership and g.closed_at is null);
end $$;
create function tallystick_near(of_member uuid) returns table (business_id uuid) language sql stable parallel safe as $$
  select m.business_id from organisations_member m where m.id = of_member and m.business_id is not null
  union all
  select p.business_id from organisations_member m join partnerships_partnership p on p.firm_id = m.firm_id
  where m.id = of_member and p.closed_at is null
$$;
"""
UNDO = """
drop function tallystick_near(uuid);
drop function tallystick_was_given(uuid, uuid);
drop function tallystick_holds_many(uuid);
drop function tallystick_works_for(uuid, uuid, text, timestamptz);
drop function tallystick_may(uuid, uuid, text, timestamptz);
drop function tallystick_reach(uuid, text, timestamptz);
"""


class Migration(migrations.Migration):
    """Publishes the decision."""

    dependencies = [("partnerships", "0002_same_tenant"), ("core", "0001_clock")]
    operations = [migrations.RunSQL(REACH + LISTS, UNDO)]
