"""Whole pages as a server gives them, beside a view in the same server that answers as many bytes and does nothing else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings
from django.test import Client

from bench import world as worlds
from bench.cases.members import WAYS
from bench.load import drive
from bench.measuring import Comparison, Count, Effort, Measured, compare
from bench.world import World
from tallystick.accounts.models import User
from tallystick.accounts.sign_in import BACKEND

FLAT = 1.5
"""Pages of the largest firm take at most so many times as long as the smallest's."""


@dataclass(frozen=True)
class Page:
    """A page, and whose it is."""

    port: int
    path: str
    cookie: str = ""

    def size(self) -> int:
        """Bytes of its answer."""
        return drive(self.port, self.path, cookie=self.cookie, seconds=0.01, connections=1).size


@dataclass(frozen=True)
class Load:
    """A side of a comparison: a page under load, the server's time for one answer in microseconds."""

    page: Page
    seconds: float

    def __call__(self) -> float:
        """The time one answer takes of the one core."""
        return 1e6 / drive(self.page.port, self.page.path, cookie=self.page.cookie, seconds=self.seconds).rate


def measure(world: World, effort: Effort, port: int) -> Iterator[Measured]:
    """Each page beside the floor; then pages of different sizes beside each other."""
    smallest, largest = world.measured[0], world.measured[-1]
    for name, page in {
        "Sign-in page": Page(port, "/sign-in/"),
        "Desk of a person with 2 seats": Page(port, "/b/business-1/", _cookie(worlds.identity("switcher", 2))),
        f"Desk of a person with {world.seats} seats": Page(
            port, "/b/business-1/", _cookie(worlds.identity("switcher", world.seats))
        ),
        f"My clients, {smallest:,}: owner": _clients(world, smallest, "owner", port),
    }.items():
        yield from beside_floor(name, page, effort)
    for way in WAYS:
        few, many = (_clients(world, clients, way, port) for clients in (smallest, largest))
        comparison = Comparison(
            f"Page of my clients, {largest:,}: {way}",
            f"{smallest:,} clients",
            Load(few, effort.seconds),
            Load(many, effort.seconds),
            bound=FLAT,
        )
        yield compare(comparison, effort.rounds)


def beside_floor(name: str, page: Page, effort: Effort) -> Iterator[Measured]:
    """A page beside a view that answers as many bytes and does nothing else; and how many a second one core gives."""
    size = page.size()
    floor = Page(page.port, f"/bench/floor/{size}/")
    row = compare(
        Comparison(name, f"{size:,} bytes", Load(floor, effort.seconds), Load(page, effort.seconds)), effort.rounds
    )
    yield row
    yield Count(f"{name}: answers a second of one core", "answers/s", 1e6 / row.product)


def _clients(world: World, clients: int, way: str, port: int) -> Page:
    firm = world.firm_of(clients)
    return Page(port, f"/f/firm-{firm}/", _cookie(worlds.person(firm, WAYS[way][0])))


def _cookie(person_id: object) -> str:
    """The cookie of a new session of this person."""
    client = Client()
    client.force_login(User.objects.get(pk=person_id), backend=BACKEND)
    name = settings.SESSION_COOKIE_NAME
    return f"{name}={client.cookies[name].value}"
