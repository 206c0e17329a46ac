"""Random worlds: tenants, people and all that may stand between them, in periods that overlap, lapse, begin later, were closed.

Written straight as rows, so that worlds hold what no verb would leave behind, but for what the database's constraints forbid.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from random import Random
from typing import TypeVar
from uuid import UUID

import psycopg
from django.db import connection, models

from tallystick.accounts.models import User
from tallystick.core.access import SCOPES
from tallystick.organisations import models as organisations
from tallystick.partnerships import models as partnerships
from tests.oracle.evaluator import Row, Rows

NOW = datetime(2030, 3, 1, 12, tzinfo=UTC)
"""When it is, in every world: the one clock stands still here, so that periods end and begin at this very moment too."""

_KINDS: dict[str, type[models.Model]] = {
    model.__name__: model
    for model in (
        User,
        organisations.Firm,
        organisations.Business,
        organisations.Organisation,
        organisations.Member,
        organisations.MemberRole,
        organisations.MemberSuspension,
        organisations.MemberOrganisation,
        partnerships.Partnership,
        partnerships.Terms,
        partnerships.Coverage,
        partnerships.PartnershipSuspension,
        partnerships.Restriction,
        partnerships.Exclusion,
        partnerships.Team,
        partnerships.TeamMember,
        partnerships.Grant,
        partnerships.GrantOrganisation,
    )
}
"""Kinds of rows, those pointed at first."""


Each = TypeVar("Each")


class World:
    """One world's rows by kind, made from a seed."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.rows: Rows = defaultdict(list)
        self._chance = Random(seed)
        self._people()
        for _each in range(2):
            self._firm()
            self._business()
        for firm in self.rows["Firm"]:
            for business in self._some(self.rows["Business"], 0.8):
                self._history("Partnership", 2, firm=firm["id"], business=business["id"], **self._named("client_"))
        for partnership in self.rows["Partnership"]:
            self._agree(partnership)
            self._give(partnership)
        self.moments = self._some_moments()

    def _some_moments(self) -> list[datetime]:
        """Some moments worth asking about: those at which something begins or ends, and one between."""
        turns = {row[field] for of in self.rows.values() for row in of for field in _TURNS if row.get(field)}
        chosen = self._chance.sample(sorted(turns), k=2)
        return [chosen[0], chosen[1] + timedelta(minutes=30)]

    def _people(self) -> None:
        known = {"name": "", "sort_name": "", "password": "", "language": "en", "time_zone": "UTC"}
        for _each in range(6):
            self.add("User", **known, is_active=True, is_operator=False, password_stands_alone=False)

    def _firm(self) -> None:
        firm = self.add("Firm", **self._named(), handle=str(self._id()), address="", approved_at=NOW)
        self._seats(firm, "firm", ["owner", "admin", "staff"])
        for _team in range(self._chance.randint(0, 2)):
            team = self.add("Team", firm=firm["id"], name=str(self._id()), **self._period())
            for member in self._some(self._members(firm["id"]), 0.6):
                self._history("TeamMember", 2, team=team["id"], firm=firm["id"], member=member["id"])

    def _business(self) -> None:
        business = self.add("Business", **self._named(), handle=str(self._id()))
        for _organisation in range(self._chance.randint(1, 3)):
            period = self._period(closed=self._likely(0.1))
            self.add("Organisation", business=business["id"], **self._named(), **period)
        self._seats(business, "business", ["owner", "admin", "member", "contact"])
        for member in self._members(business["id"]):
            for organisation in self._some(self._books(business["id"]), 0.5):
                both = {"member": member["id"], "organisation": organisation["id"]}
                self._history("MemberOrganisation", 2, business=business["id"], **both)

    def _seats(self, tenant: Row, side: str, roles: list[str]) -> None:
        place = {"firm": None, "business": None, side: tenant["id"]}
        for person in self._chance.sample(self.rows["User"], k=self._chance.randint(1, 3)):
            for member in self._history("Member", 2, person=person["id"], side=side, **place):
                for role in self._history("MemberRole", 3, member=member["id"], side=side, role=""):
                    role["role"] = self._chance.choice(roles)
                if self._likely(0.15):
                    self._history("MemberSuspension", 2, member=member["id"])

    def _agree(self, partnership: Row) -> None:
        its, business = {"partnership": partnership["id"]}, partnership["business"]
        for terms in self._history("Terms", 3, **its, scopes=[], everything=False, named_staff_only=False):
            terms["scopes"] = self._some_scopes()
            terms["everything"], terms["named_staff_only"] = self._likely(0.6), self._likely(0.2)
        for organisation in self._some(self._books(business), 0.5):
            self._history("Coverage", 2, **its, business=business, organisation=organisation["id"])
        for side in ("firm", "business"):
            if self._likely(0.1):
                self._history("PartnershipSuspension", 2, **its, side=side)
        if self._likely(0.15):
            self._history("Restriction", 2, **its)

    def _give(self, partnership: Row) -> None:
        for member in self._members(partnership["firm"]):
            self._keep_out(partnership, member)
            if self._likely(0.5):
                self._grants(partnership, member=member["id"], team=None)
        for team in self._some(self.rows["Team"], 0.6):
            if team["firm"] == partnership["firm"]:
                self._grants(partnership, member=None, team=team["id"])

    def _keep_out(self, partnership: Row, member: Row) -> None:
        its = {"partnership": partnership["id"], "firm": partnership["firm"], "business": partnership["business"]}
        books: list[UUID | None] = [None, *(each["id"] for each in self._books(partnership["business"]))]
        for organisation in self._some(books, 0.07):
            self._history("Exclusion", 2, **its, member=member["id"], organisation=organisation)

    def _grants(self, partnership: Row, **to: UUID | None) -> None:
        its = {"partnership": partnership["id"], "firm": partnership["firm"]}
        for grant in self._history("Grant", 2, **its, **to, scopes=[], everything=True):
            grant["scopes"], grant["everything"] = self._some_scopes(), self._likely(0.5)
            for organisation in self._some(self._books(partnership["business"]), 0.4):
                both = {"partnership": partnership["id"], "business": partnership["business"]}
                self.add("GrantOrganisation", grant=grant["id"], organisation=organisation["id"], **both)

    def _history(self, kind: str, most: int, **fields: object) -> list[Row]:
        """Up to so many rows about one thing; at most the last of them is not closed, as the database demands."""
        count = self._chance.randint(1, most)
        last_is_open = self._likely(0.9)
        return [
            self.add(kind, **fields, **self._period(closed=number < count - 1 or not last_is_open))
            for number in range(count)
        ]

    def _period(self, *, closed: bool = False) -> dict[str, datetime | None]:
        since = self._chance.choices([-5, -4, -3, -2, -1, 0, 1], [12, 8, 6, 4, 3, 2, 1])[0]
        until = self._chance.choices([None, *range(-3, 4)], [28, 1, 1, 1, 2, 1, 1, 1])[0]
        # A closing still to come is what a clock that was set back leaves.
        closing = self._chance.choices(range(-4, 3), [3, 3, 3, 3, 3, 1, 1])[0] if closed else None
        return {"since": _hour(since), "until": _hour(until), "closed_at": _hour(closing)}

    def add(self, kind: str, **fields: object) -> Row:
        row: Row = {"id": self._id(), **fields}
        if kind == "GrantOrganisation":
            del row["id"]
        self.rows[kind].append(row)
        return row

    def _id(self) -> UUID:
        return UUID(int=self._chance.getrandbits(128), version=4)

    def _likely(self, share: float) -> bool:
        return self._chance.random() < share

    def _some(self, of: Iterable[Each], share: float) -> list[Each]:
        return [each for each in of if self._likely(share)]

    def _some_scopes(self) -> list[str]:
        return self._chance.sample(SCOPES, k=self._chance.randint(2, len(SCOPES)))

    def _books(self, business: UUID) -> list[Row]:
        return [row for row in self.rows["Organisation"] if row["business"] == business]

    def _members(self, tenant: UUID) -> list[Row]:
        return [row for row in self.rows["Member"] if tenant in (row["firm"], row["business"])]

    def _named(self, prefix: str = "") -> dict[str, str]:
        return {f"{prefix}name": "", f"{prefix}sort_name": str(self._id())}


_TURNS = ("since", "until", "closed_at")


def _hour(offset: int | None) -> datetime | None:
    return None if offset is None else NOW + timedelta(hours=offset)


def write(worlds: Iterable[World]) -> None:
    """Put the rows of these worlds, and no others, into the database, in the open transaction."""
    every: Rows = defaultdict(list)
    for world in worlds:
        for kind, rows in world.rows.items():
            every[kind] += rows
    with connection.cursor() as cursor:
        cursor.execute("truncate accounts_user, organisations_firm, organisations_business cascade")
        for kind, model in _KINDS.items():
            if every[kind]:
                _copy(cursor.cursor, model, every[kind])
        cursor.execute("set constraints all immediate")  # so that the next worlds can replace these
        cursor.execute(f"analyze {', '.join(model._meta.db_table for model in _KINDS.values())}")


def _copy(cursor: psycopg.Cursor[object], model: type[models.Model], rows: list[Row]) -> None:
    fields = [field for field in model._meta.concrete_fields if field.name in rows[0]]
    columns = ", ".join(str(field.column) for field in fields)
    with cursor.copy(f"copy {model._meta.db_table} ({columns}) from stdin") as copy:
        for row in rows:
            copy.write_row([row[field.name] for field in fields])
