"""Alice with her firm, Bob with his business, Charlie with neither; and who was told what."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from pytest_django import Settings

from tallystick.accounts.addresses import clean_address
from tallystick.accounts.models import User
from tallystick.accounts.models.contacts import settle
from tallystick.core.access import SCOPES
from tallystick.core.actor import HOUSE
from tallystick.organisations.actors import actor_for
from tallystick.organisations.models import Business, Firm, Member, Organisation
from tallystick.outbox.contents import Contents
from tallystick.outbox.models import Letter
from tallystick.partnerships.models import Partnership
from tests.support.jobs import run_jobs
from tests.support.scenes import Piece

Told = Callable[[], list[Contents]]


def person(name: str) -> User:
    """Somebody with a proved address: alice@alice.example."""
    made = settle(clean_address(f"{name.lower()}@{name.lower()}.example"))
    made.rename(name, by=made.actor)
    return made


class Office:
    """Who these tests speak of. Whoever was made for the test before need not be made again (`scenes.py`)."""

    @Piece
    def alice(self) -> User:
        return person("Alice")

    @Piece
    def bob(self) -> User:
        return person("Bob")

    @Piece
    def charlie(self) -> User:
        return person("Charlie")

    @Piece
    def firm(self) -> Firm:
        return Firm.open("Hart & Co", address="alice@alice.example", owner=self.alice, by=self.alice.actor)

    @Piece
    def business(self) -> Business:
        return Business.open("Bob's Bakery", owner=self.bob, by=self.bob.actor, organisations=["Shop"])

    @Piece
    def books(self) -> Organisation:
        """The shop's, on which the firm may do everything; whoever had to hear of that has heard."""
        Partnership.begin(self.firm, self.business, scopes=SCOPES, by=HOUSE)
        run_jobs()
        found: Organisation = self.business.organisations.select_related("business").get()
        return found


@pytest.fixture
def office(told: Told) -> Office:
    return Office()


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
def alice(office: Office) -> User:
    return office.alice


@pytest.fixture
def bob(office: Office) -> User:
    return office.bob


@pytest.fixture
def charlie(office: Office) -> User:
    return office.charlie


@pytest.fixture
def firm(office: Office) -> Firm:
    return office.firm


@pytest.fixture
def business(office: Office) -> Business:
    return office.business


def acting(user: User, tenant: Firm | Business):  # type: ignore[no-untyped-def]
    """The person as the tenant's member."""
    found = actor_for(user, tenant.side, tenant.handle)
    assert found is not None
    return found[0]


def seat(user: User, tenant: Firm | Business) -> Member:
    """Their seat there."""
    return Member.objects.of(tenant).get(person=user)  # type: ignore[no-any-return]
