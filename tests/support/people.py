"""Alice, Bob and Charlie as people with accounts. A conftest takes these fixtures in by importing them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tallystick.accounts.addresses import clean_address
from tallystick.accounts.models import User
from tallystick.accounts.models.contacts import settle

People = Callable[[str], User]


@pytest.fixture
def person(db: None) -> People:
    """`person("alice")` has proved alice@firm.example."""

    def make(name: str) -> User:
        made = settle(clean_address(f"{name}@firm.example"))
        made.rename(name.capitalize(), by=made.actor)
        return made

    return make


@pytest.fixture
def alice(person: People) -> User:
    return person("alice")


@pytest.fixture
def bob(person: People) -> User:
    return person("bob")


@pytest.fixture
def charlie(person: People) -> User:
    return person("charlie")
