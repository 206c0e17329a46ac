"""The world the figures are measured in: firms, their clients and staff, made by the database itself from a few numbers.

Ids follow from a word and a number (`identity`), so that whoever measures can name a row without looking for it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.rows import tuple_row

FEW = 30
"""Clients of the staff member who was given a few."""

WITH_ADDRESS = 2_000
"""Business owners who have a proven address, and a password."""

OWNER, ADMIN, FIRST_STAFF = 0, 1, 2
BY_FEW, BY_ALL, BY_TEAM, BY_NOTHING = 1_000_001, 1_000_002, 1_000_003, 1_000_004
"""Seats of each firm that stand for a way to reach clients: 30 grants, a grant on each, teams alone, nothing."""


@dataclass(frozen=True)
class World:
    """How much of everything there is. `measured` are the sizes of the firms whose lists are compared, smallest first."""

    firms: int
    businesses: int
    organisations: int
    partnerships: int
    measured: tuple[int, ...]
    seats: int

    def firm_of(self, clients: int) -> int:
        """The number of the firm with so many clients."""
        return self.measured.index(clients) + 1

    @property
    def description(self) -> str:
        """The sizes in one line."""
        return (
            f"{self.firms:,} firms, {self.organisations:,} organisations of {self.businesses:,} businesses,"
            f" about {self.partnerships:,} partnerships with ten grants each"
        )


FULL = World(2_000, 180_000, 200_000, 190_000, (50, 1_000, 20_000), 500)
"""What the issue asks for."""

TINY = World(5, 120, 150, 180, (40, 60), 20)
"""To see that everything runs."""


def identity(word: str, number: int | str) -> UUID:
    """The id of a row, as the statements below make it."""
    return UUID(hashlib.md5(f"{word}-{number}".encode()).hexdigest())


def member(firm: int, seat: int) -> UUID:
    """The id of a firm's member."""
    return identity("member", f"{firm}-{seat}")


def person(firm: int, seat: int) -> UUID:
    """The id of the person who sits there."""
    return identity("person", f"{firm}-{seat}")


def partnership(firm: int, client: int) -> UUID:
    """The id of a firm's partnership with its client of this number, from 1."""
    return identity("partnership", f"{firm}-{client}")


def _id(word: str, number: str) -> str:
    return f"md5('{word}-' || {number})::uuid"


_ALL_SCOPES = "array['see','connect','ask','disconnect','data','keys']"

# Temporary tables say what there is to be; each real table is then one INSERT … SELECT.
_PLAN = f"""
create temp table firm_plan on commit drop as
  select n as firm, coalesce(
    (%(measured)s::int[])[n],
    (%(partnerships)s - (select sum(m) from unnest(%(measured)s::int[]) m)) / (%(firms)s - cardinality(%(measured)s::int[]))
  )::int as clients
  from generate_series(1, %(firms)s) n;
alter table firm_plan add staff int;
update firm_plan set staff = least(300, greatest(12, clients / 60));
create temp table client_plan on commit drop as
  select firm, client, row_number() over (order by firm, client) as pair,
    ((row_number() over (order by firm, client) - 1) %% %(businesses)s + 1)::int as business
  from firm_plan, generate_series(1, clients) client;
create temp table seat_plan on commit drop as
  select firm, seat, case seat when {OWNER} then 'owner' when {ADMIN} then 'admin' else 'staff' end as role
  from firm_plan, generate_series({OWNER}, {FIRST_STAFF} - 1 + staff) seat
  union all select firm, seat, 'staff' from firm_plan, generate_series({BY_FEW}, {BY_NOTHING}) seat;
analyze firm_plan, client_plan, seat_plan;
"""

_NAME = "'Client ' || to_char(({n} * 7919) %% 1000003, 'FM0000000')"
_SORT_NAME = "'client ' || to_char(({n} * 7919) %% 1000003, 'FM0000000')"

# Nine grants of a partnership go round the firm's staff, the tenth to a team; besides, the seats that stand for a way.
_GRANT_PLAN = f"""
create temp table grant_plan on commit drop as
  select p.firm, client, 'seat' as kind, {FIRST_STAFF} + ((client::bigint * 7 + g) %% staff) as receiver
  from client_plan p join firm_plan using (firm), generate_series(0, 8) g
  union all select firm, client, 'team', client %% 3 from client_plan
  union all select firm, client, 'seat', {BY_ALL} from client_plan where firm <= cardinality(%(measured)s::int[])
  union all select firm, client, 'seat', {BY_FEW} from client_plan join firm_plan using (firm)
    where client %% greatest(clients / {FEW}, 1) = 0 and client / greatest(clients / {FEW}, 1) <= {FEW};
"""


def owner(business: int) -> UUID:
    """The id of the seat of a business's owner."""
    return identity("seat", business)


def address(business: int) -> str:
    """The proven address of a business's owner, for the first so many of them (`WITH_ADDRESS`)."""
    return f"owner-{business}@business.example"


def _people(identifier: str, name: str, source: str, password: str = "'!'") -> str:
    return f"""insert into accounts_user (id, created_at, password, name, sort_name, language, time_zone, is_active,
      is_operator, password_stands_alone)
    select {identifier}, now(), {password}, {name}, lower({name}), 'en', 'UTC', true, false, false from {source}"""


_LIVE = "now() - interval '400 days', null::timestamptz, null::timestamptz"
_ROW = "created_at, since, until, closed_at"
_BORN = f"now() - interval '400 days', {_LIVE}"
_BEFORE = "now() - interval '900 days', now() - interval '900 days', null::timestamptz, now() - interval '500 days'"

FILL = [
    _people(_id("person", "firm || '-' || seat"), "'Person ' || firm || ' ' || seat", "seat_plan"),
    _people(
        _id("owner", "n"),
        "'Owner ' || n",
        "generate_series(1, %(businesses)s) n",
        f"case when n <= {WITH_ADDRESS} then %(password)s else '!' end",
    ),
    f"""insert into accounts_contact (id, created_at, person_id, kind, value, verified_at, "primary")
    select {_id("contact", "n")}, now(), {_id("owner", "n")}, 'email', 'owner-' || n || '@business.example', now(), true
    from generate_series(1, least({WITH_ADDRESS}, %(businesses)s)) n""",
    _people(_id("switcher", "n"), "'Switcher ' || n", "unnest(array[2, %(seats)s]) n"),
    f"""insert into organisations_firm (id, created_at, name, sort_name, handle, address, approved_at)
    select {_id("firm", "firm")}, now(), 'Firm ' || firm, 'firm ' || firm, 'firm-' || firm, 'firm-' || firm || '@firm.example',
      now() - interval '400 days' from firm_plan""",
    f"""insert into organisations_business (id, created_at, name, sort_name, handle)
    select {_id("business", "n")}, now(), {_NAME.format(n="n")}, {_SORT_NAME.format(n="n")}, 'business-' || n
    from generate_series(1, %(businesses)s) n""",
    f"""insert into organisations_organisation (id, {_ROW}, business_id, name, sort_name)
    select {_id("organisation", "n")}, {_BORN}, {_id("business", "((n - 1) %% %(businesses)s + 1)")},
      'Books ' || n, 'books ' || n from generate_series(1, %(organisations)s) n""",
    f"""insert into organisations_member (id, {_ROW}, side, firm_id, business_id, person_id)
    select {_id("member", "firm || '-' || seat")}, {_BORN}, 'firm', {_id("firm", "firm")}, null::uuid,
      {_id("person", "firm || '-' || seat")} from seat_plan
    union all select {_id("seat", "n")}, {_BORN}, 'business', null, {_id("business", "n")}, {_id("owner", "n")}
      from generate_series(1, %(businesses)s) n
    union all select {_id("switch", "many || '-' || n")}, {_BORN}, 'business', null, {_id("business", "n")},
      {_id("switcher", "many")} from unnest(array[2, %(seats)s]) many, generate_series(1, many) n""",
    f"""insert into organisations_memberrole (id, {_ROW}, member_id, side, role)
    select gen_random_uuid(), {_BORN}, {_id("member", "firm || '-' || seat")}, 'firm', role from seat_plan
    union all select gen_random_uuid(), {_BORN}, {_id("seat", "n")}, 'business', 'owner'
      from generate_series(1, %(businesses)s) n
    union all select gen_random_uuid(), {_BEFORE}, {_id("seat", "n")}, 'business', 'admin'
      from generate_series(1, %(businesses)s, 10) n
    union all select gen_random_uuid(), {_BORN}, {_id("switch", "many || '-' || n")}, 'business', 'admin'
      from unnest(array[2, %(seats)s]) many, generate_series(1, many) n""",
    f"""insert into organisations_membersuspension (id, {_ROW}, member_id)
    select gen_random_uuid(), {_BEFORE}, {_id("member", "firm || '-' || seat")} from seat_plan where seat %% 10 = 5""",
    f"""insert into partnerships_partnership (id, {_ROW}, firm_id, business_id, client_name, client_sort_name)
    select {_id("partnership", "firm || '-' || client")}, {_BORN}, {_id("firm", "firm")}, {_id("business", "business")},
      {_NAME.format(n="pair")}, {_SORT_NAME.format(n="pair")} from client_plan
    union all select {_id("former", "firm || '-' || client")}, {_BEFORE}, {_id("firm", "firm")}, {_id("business", "business")},
      {_NAME.format(n="pair")}, {_SORT_NAME.format(n="pair")} from client_plan where client %% 20 = 1""",
    f"""insert into partnerships_terms (id, {_ROW}, partnership_id, scopes, everything, named_staff_only)
    select gen_random_uuid(), {_BORN}, {_id("partnership", "firm || '-' || client")}, {_ALL_SCOPES}, client %% 20 <> 2,
      client %% 50 = 3 from client_plan
    union all select gen_random_uuid(), {_BEFORE}, {_id("former", "firm || '-' || client")}, {_ALL_SCOPES}, true, false
      from client_plan where client %% 20 = 1""",
    f"""insert into partnerships_coverage (id, {_ROW}, partnership_id, business_id, organisation_id)
    select gen_random_uuid(), {_BORN}, {_id("partnership", "firm || '-' || client")}, {_id("business", "business")},
      {_id("organisation", "business")} from client_plan where client %% 20 = 2""",
    f"""insert into partnerships_partnershipsuspension (id, {_ROW}, partnership_id, side)
    select gen_random_uuid(), {_BORN}, {_id("partnership", "firm || '-' || client")}, 'business'
      from client_plan where client %% 100 = 4""",
    f"""insert into partnerships_restriction (id, {_ROW}, partnership_id)
    select gen_random_uuid(), {_BORN}, {_id("partnership", "firm || '-' || client")} from client_plan where client %% 100 = 5""",
    f"""insert into partnerships_exclusion (id, {_ROW}, partnership_id, firm_id, business_id, member_id, organisation_id)
    select gen_random_uuid(), {_BORN}, {_id("partnership", "firm || '-' || client")}, {_id("firm", "firm")},
      {_id("business", "business")}, {_id("member", f"firm || '-{FIRST_STAFF}'")}, null
      from client_plan where client %% 100 = 6""",
    f"""insert into partnerships_team (id, {_ROW}, firm_id, name)
    select {_id("team", "firm || '-' || t")}, {_BORN}, {_id("firm", "firm")}, 'Team ' || t
      from firm_plan, generate_series(0, 2) t""",
    f"""insert into partnerships_teammember (id, {_ROW}, team_id, firm_id, member_id)
    select gen_random_uuid(), {_BORN}, {_id("team", "firm || '-' || t")}, {_id("firm", "firm")},
      {_id("member", "firm || '-' || seat")} from seat_plan, generate_series(0, 2) t
      where seat = {BY_TEAM} or (seat between {FIRST_STAFF} and 1000 and seat %% 9 = t)""",
    f"""insert into partnerships_grant (id, {_ROW}, partnership_id, firm_id, member_id, team_id, scopes, everything)
    select {_id("grant", "firm || '-' || client || kind || receiver")}, {_BORN},
      {_id("partnership", "firm || '-' || client")}, {_id("firm", "firm")},
      case kind when 'seat' then {_id("member", "firm || '-' || receiver")} end,
      case kind when 'team' then {_id("team", "firm || '-' || receiver")} end,
      {_ALL_SCOPES}, client %% 20 <> 7 from grant_plan""",
    f"""insert into partnerships_grantorganisation (grant_id, partnership_id, business_id, organisation_id)
    select {_id("grant", "firm || '-' || client || kind || receiver")}, {_id("partnership", "firm || '-' || client")},
      {_id("business", "business")}, {_id("organisation", "business")}
      from grant_plan join client_plan using (firm, client) where client %% 20 = 7""",
]

TABLES = sorted({statement.split("(", 1)[0].split()[-1] for statement in FILL})
"""The tables that get rows."""

# Indexes and keys are made once all rows are there: faster by far, and the database checks every row all the same.
_FURNITURE = """
with filled as (select unnest(%(tables)s::regclass[]) as relid),
keys as (
  select conrelid, conname, contype, pg_get_constraintdef(oid) as definition from pg_constraint
  where contype in ('p', 'u', 'f') and conparentid = 0
    and (conrelid in (select relid from filled) or (contype = 'f' and confrelid in (select relid from filled)))
)
select format('alter table %%s drop constraint %%I', conrelid::regclass, conname) as undo,
  format('alter table %%s add constraint %%I %%s', conrelid::regclass, conname, definition) as redo,
  case contype when 'f' then 3 else 1 end as step
from keys
union all
select format('drop index %%s', indexrelid::regclass), pg_get_indexdef(indexrelid), 2
from pg_index where indrelid in (select relid from filled)
  and not exists (select from pg_constraint where conindid = indexrelid and contype in ('p', 'u', 'x'))
"""


def fill(connection: psycopg.Connection[Any], world: World, password: str) -> None:
    """Make the world in an empty, migrated database, as the role that owns the tables. In one transaction.

    `password` is what Django keeps of the password of those who have one.
    """
    values = {
        "password": password,
        "firms": world.firms,
        "businesses": world.businesses,
        "organisations": world.organisations,
        "partnerships": world.partnerships,
        "measured": list(world.measured),
        "seats": world.seats,
    }
    with connection.transaction(), psycopg.ClientCursor(connection, row_factory=tuple_row) as cursor:
        cursor.execute("set local maintenance_work_mem = '512MB'; set local work_mem = '256MB'; set local jit = off")
        cursor.execute(_PLAN, values)
        cursor.execute(_GRANT_PLAN, values)
        furniture = sorted(cursor.execute(_FURNITURE, {"tables": TABLES}).fetchall(), key=lambda piece: str(piece[2]))
        for undo, _redo, _step in reversed(furniture):
            cursor.execute(str(undo))
        for statement in FILL:
            cursor.execute(statement, values)
        for _undo, redo, _step in furniture:
            cursor.execute(str(redo))
