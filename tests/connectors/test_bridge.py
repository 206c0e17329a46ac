"""Nobody talks with an app while a transaction is open."""

from typing import Any

import pytest
from django.db import transaction

from tallystick.connectors import bridge
from tallystick.connectors.failures import InsideTransaction


async def say(value: str) -> str:
    return value


def test_a_talk_is_waited_for() -> None:
    assert bridge.wait_for(say("hello")) == "hello"


@pytest.mark.django_db
def test_the_tests_own_transaction_does_not_count() -> None:
    assert bridge.wait_for(say("hello")) == "hello"


@pytest.mark.django_db
def test_inside_a_transaction_nothing_is_said() -> None:
    said: list[str] = []

    async def speak() -> None:
        said.append("hello")

    with transaction.atomic(), pytest.raises(InsideTransaction):
        bridge.wait_for(speak())
    assert said == []


@pytest.mark.django_db(transaction=True)
def test_inside_an_outer_transaction_nothing_is_said_either() -> None:
    with transaction.atomic(), transaction.atomic(), pytest.raises(InsideTransaction):
        bridge.wait_for(say("hello"))
    assert bridge.wait_for(say("hello")) == "hello"


def test_a_failure_comes_through() -> None:
    async def fail() -> Any:
        raise LookupError

    with pytest.raises(LookupError):
        bridge.wait_for(fail())
