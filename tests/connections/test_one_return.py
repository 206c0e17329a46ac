"""However often and by how many the same thing is done at once, there is one connection, and nothing is lost."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection as database

from tallystick.connections import attempts
from tallystick.connections.models import Connection, Handshake
from tallystick.connectors import catalogue
from tallystick.connectors.bridge import wait_for
from tallystick.core.refused import Refused
from tests.support.cast import Cast
from tests.support.outside import Outside
from tests.support.visiting import Visitor

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(count: int, act: Callable[[int], object]) -> list[object]:
    """Do it in so many threads, each over a database connection of its own; what each gave, or raised."""

    def one(number: int) -> object:
        try:
            return act(number)
        except Refused as refused:
            return refused
        finally:
            database.close()

    with ThreadPoolExecutor(count) as crowd:
        return list(crowd.map(one, range(count)))


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    return Cast()


def test_twenty_returns_of_one_callback_give_one_connection(cast: Cast, outside: Outside) -> None:
    visitor = Visitor(cast.bob, cast.business, cast.shop, outside)
    back = visitor.say_at_the_app("shop", visitor.press_connect("shop", shop="bobs-bakery"))
    cookies = {name: morsel.value for name, morsel in visitor.client.cookies.items()}
    state, query = back.partition("state=")[2].partition("&")[0], back.partition("?")[2]
    connector = catalogue.get("sandbox-shop")

    def come_back(_number: int) -> object:
        handshake = Handshake.claim(connector, state, cookies["__Host-connect"], query)
        wait_for(attempts.finish(str(handshake.pk)))
        return handshake.pk

    assert len(set(at_once(20, come_back))) == 1
    assert outside.counted("shop", "codes_redeemed") == 1
    handshake = Handshake.objects.get()
    account = handshake.accounts[0]["id"]
    at_once(20, lambda _number: attempts.choose(handshake, [account], by=cast.as_bob))
    assert Connection.objects.count() == 1


def test_two_people_who_connect_the_same_shop_at_once_share_one_connection(cast: Cast, outside: Outside) -> None:
    crowd = [Visitor(seat.person, cast.business, cast.shop, outside) for seat in (cast.bob_seat, cast.bella_seat)]
    attempted = [visitor.connect("shop", shop="bobs-bakery").context["handshake"] for visitor in crowd]
    actors = [cast.as_bob, cast.as_bella]
    account = attempted[0].accounts[0]["id"]
    at_once(2, lambda number: attempts.choose(attempted[number], [account], by=actors[number]))
    assert Connection.objects.count() == 1
    assert not Connection.objects.get().credential.dead_at


def test_disconnecting_while_it_is_restored_ends_it(cast: Cast, outside: Outside) -> None:
    visitor = Visitor(cast.bob, cast.business, cast.shop, outside)
    visitor.say_yes(visitor.connect("bank"))
    connection = Connection.objects.get()
    address = visitor.client.post(f"{visitor.apps}{connection.pk}/restoring/")["Location"]
    returned = visitor.client.get(visitor.say_at_the_app("bank", address))
    handshake_id = returned["Location"].strip("/").split("/")[-1]
    acts = [lambda: wait_for(attempts.finish(handshake_id)), lambda: connection.disconnect(by=cast.as_bob)]
    at_once(2, lambda number: acts[number]())
    connection.refresh_from_db()
    if connection.state != "disconnected":
        connection.disconnect(by=cast.as_bob)
    assert Connection.objects.get().state == "disconnected"
    assert Connection.objects.get().credential.dead_at
