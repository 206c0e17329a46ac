"""The decision beside one indexed read of a row by its key, through the same ORM; and the sentence in plain psycopg."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from uuid import UUID

import psycopg
from django.db import connection as ours

from bench import world as worlds
from bench.cases.members import actor, client_given_to_few
from bench.measuring import Effort, Measured, calls, compare
from bench.world import World
from tallystick.core import access, decision
from tallystick.organisations.models import Organisation
from tallystick.partnerships.models import Partnership

READ = "one row by its key, ORM"
BOUND = 3.0
"""At most so many times the floor."""


def measure(world: World, effort: Effort) -> Iterator[Measured]:
    """The decision through Django, then through a plain connection."""
    yield from through_django(world, effort)
    yield from _plainly(world, effort)
    yield from _everything(world, effort)


def through_django(world: World, effort: Effort) -> Iterator[Measured]:
    """Each way to a yes or a no, beside one read."""
    largest = world.measured[-1]
    firm = world.firm_of(largest)
    ours = _organisation_of(firm, client_given_to_few(world, largest))
    theirs = _organisation_of(firm + 1, 8)

    def read() -> object:
        return Organisation.objects.get(pk=ours)

    for name, member, organisation, expected in [
        ("owner, by role", worlds.member(firm, worlds.OWNER), ours, True),
        ("staff, by one of 30 grants", worlds.member(firm, worlds.BY_FEW), ours, True),
        (f"staff, by one of {largest:,} grants", worlds.member(firm, worlds.BY_ALL), ours, True),
        ("staff, by a team's grant", worlds.member(firm, worlds.BY_TEAM), ours, True),
        ("staff without a grant: no", worlds.member(firm, worlds.BY_NOTHING), ours, False),
        ("another firm's owner: no", worlds.member(firm + 1, worlds.OWNER), ours, False),
        ("business owner, by seat", worlds.owner(1), worlds.identity("organisation", 1), True),
        ("business owner, another's books: no", worlds.owner(1), theirs, False),
    ]:
        ask = _asking(member, organisation, expected)
        yield compare(calls(f"Decision: {name}", READ, read, ask, times=effort.calls, bound=BOUND), effort.rounds)


def _asking(member: UUID, organisation: UUID, expected: bool) -> Callable[[], None]:  # noqa: FBT001
    def ask() -> None:
        if access.may(member, organisation, "see") is not expected:
            raise AssertionError(f"{member} on {organisation}: not {expected}")

    return ask


def _plainly(world: World, effort: Effort) -> Iterator[Measured]:
    """The same without Django, as the data plane asks it."""
    largest = world.measured[-1]
    firm = world.firm_of(largest)
    organisation = _organisation_of(firm, client_given_to_few(world, largest))
    values = (worlds.member(firm, worlds.BY_ALL), organisation, "see", None)
    read = "select id from organisations_organisation where id = %s::uuid"
    for name, prepare in (("prepared", True), ("not prepared", False)):
        with _plain_connection() as connection:
            comparison = calls(
                f"Decision in psycopg, {name}",
                f"one row by its key, psycopg, {name}",
                lambda: connection.execute(read, (organisation,), prepare=prepare).fetchone(),  # noqa: B023
                lambda: connection.execute(decision.MAY, values, prepare=prepare).fetchone(),  # noqa: B023
                times=effort.calls,
            )
            yield compare(comparison, effort.rounds)


def _everything(world: World, effort: Effort) -> Iterator[Measured]:
    """All that an owner reaches, in the smallest firm and in the largest."""
    smallest, largest = world.measured[0], world.measured[-1]
    with _plain_connection() as connection:
        members = [actor(world.firm_of(clients), "owner").member_id for clients in (smallest, largest)]
        comparison = calls(
            f"All that an owner of {largest:,} clients reaches",
            f"of {smallest:,} clients",
            lambda: connection.execute(decision.REACHED, (members[0], "see", None)).fetchall(),
            lambda: connection.execute(decision.REACHED, (members[1], "see", None)).fetchall(),
            times=max(effort.calls // 40, 1),
        )
        yield compare(comparison, effort.rounds)


def _plain_connection() -> psycopg.Connection[tuple[object, ...]]:
    """A connection to the same database that knows nothing of Django."""
    names = {"NAME": "dbname", "HOST": "host", "PORT": "port", "USER": "user", "PASSWORD": "password"}
    place = {name: str(ours.settings_dict[key]) for key, name in names.items() if ours.settings_dict[key]}
    return psycopg.connect(**place, autocommit=True)  # type: ignore[arg-type]  # the names are those of text


def _organisation_of(firm: int, client: int) -> UUID:
    """An organisation of this client."""
    business = Partnership.objects.get(pk=worlds.partnership(firm, client)).business_id
    organisation: UUID = Organisation.objects.filter(business_id=business).earliest("sort_name").pk
    return organisation
