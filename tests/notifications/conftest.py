"""Alice with her firm, Bob with his business, Charlie with neither; and who was told what."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from tallystick.accounts.addresses import clean_address
from tallystick.accounts.models import User
from tallystick.accounts.models.contacts import settle
from tallystick.organisations.actors import actor_for
from tallystick.organisations.models import Business, Firm, Member
from tallystick.outbox.contents import Contents
from tallystick.outbox.models import Letter
from tests.support.jobs import run_jobs

Told = Callable[[], list[Contents]]


def person(name: str) -> User:
    """Somebody with a proved address: alice@alice.example."""
    made = settle(clean_address(f"{name.lower()}@{name.lower()}.example"))
    made.rename(name, by=made.actor)
    return made


@pytest.fixture
def told(db: None, settings: Settings) -> Iterator[Told]:
    """Do what waits; the messages that left since last asked, in order."""
    settings.EMAIL_URL = "mailbox:"
    seen: set[str] = set()

    def since_last_asked() -> list[Contents]:
        run_jobs()
        new = [letter for letter in Letter.objects.order_by("created_at") if letter.message_id not in seen]
        seen.update(letter.message_id for letter in new)
        return [letter.contents for letter in new]

    yield since_last_asked
    run_jobs()


@pytest.fixture
def alice(told: Told) -> User:
    return person("Alice")


@pytest.fixture
def bob(told: Told) -> User:
    return person("Bob")


@pytest.fixture
def charlie(told: Told) -> User:
    return person("Charlie")


@pytest.fixture
def firm(alice: User) -> Firm:
    return Firm.open("Hart & Co", address="alice@alice.example", owner=alice, by=alice.actor)


@pytest.fixture
def business(bob: User) -> Business:
    return Business.open("Bob's Bakery", owner=bob, by=bob.actor, organisations=["Shop"])


def acting(user: User, tenant: Firm | Business):  # type: ignore[no-untyped-def]
    """The person as the tenant's member."""
    found = actor_for(user, tenant.side, tenant.handle)
    assert found is not None
    return found[0]


def seat(user: User, tenant: Firm | Business) -> Member:
    """Their seat there."""
    return Member.objects.of(tenant).get(person=user)  # type: ignore[no-any-return]
