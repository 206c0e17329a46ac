"""What is decided at once: one outcome, whatever races."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import pytest

from tallystick.audit.models import Fact
from tallystick.connections.attempts import choose
from tallystick.connections.models import Connection, Credential, Handshake
from tallystick.core.actor import Actor
from tallystick.endings.organisations import close_organisation
from tallystick.endings.partnerships import end_partnership
from tallystick.invitations.asking import Recipient
from tallystick.invitations.models import Ask, ClientConnectLink, Invitation
from tests.conftest import Clock
from tests.support.asked import GUEST, account, at_the_choice
from tests.support.cast import Cast
from tests.support.together import at_once

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("many_mails")]

OLAF = Recipient("olaf@owner.example")
Rounds = Callable[[int, int], int]


@pytest.fixture
def cast(transactional_db: None) -> Cast:
    cast = Cast()
    cast.also("partnership", "shop", "as_alice", "as_bob", "as_adam")
    return cast


def fresh(cast: Cast, number: int) -> Ask:
    """One more ask for the shop's app, of somebody else each time."""
    to = Recipient(f"olaf{number}@owner.example")
    return Invitation.ask(cast.shop, ["shopify"], by=cast.as_alice, to=to).asks.get()


def _of(ask: Ask) -> Invitation:
    return Invitation.objects.get(pk=ask.invitation_id)


DECISIONS: dict[str, Callable[[Cast, Ask, int], object]] = {
    "decline": lambda _cast, ask, _number: Ask.objects.get(pk=ask.pk).decline(by=GUEST),
    "withdraw": lambda cast, ask, _number: _of(ask).withdraw(by=cast.as_alice),
    "pass on": lambda _cast, ask, number: Ask.objects.get(pk=ask.pk).pass_on(Recipient(f"carla{number}@o.example"), by=GUEST),
    "expire": lambda _cast, ask, _number: _of(ask).expire(),
    "readdress": lambda cast, ask, number: _of(ask).readdress(f"olga{number}@o.example", by=cast.as_alice),
}  # fmt: skip


@pytest.mark.parametrize("other", DECISIONS)
def test_an_ask_is_connected_or_something_else_and_never_both(cast: Cast, other: str, rounds: Rounds) -> None:
    for number in range(rounds(3, 1_000)):
        ask = fresh(cast, number)
        attempt = at_the_choice(ask, "shopify", account(number))
        if other == "expire":
            Invitation.objects.filter(pk=ask.invitation_id).update(until=ask.created_at)
        at_once(lambda: attempt.connect([f"account-{number}"], by=GUEST), lambda: DECISIONS[other](cast, ask, number))  # noqa: B023 - called within the round
        ask.refresh_from_db()
        made = Connection.objects.filter(account_id=f"account-{number}").exists()
        assert made == (ask.state == "connected"), ask.state
        Invitation.objects.filter(state="pending").withdraw_all()


def test_the_same_ask_at_once_is_one(cast: Cast, rounds: Rounds) -> None:
    def asking(by: Actor, number: int) -> Callable[[], object]:
        to = Recipient(f"olaf{number}@owner.example")
        return lambda: Invitation.ask(cast.shop, ["shopify"], by=by, to=to)

    for number in range(rounds(2, 100)):
        said = at_once(*(asking(by, number) for by in [cast.as_alice, cast.as_adam] * 4))
        assert sorted(said) == ["asked_already"] * 5 + ["asked_often"] * 2 + ["done"]


def test_a_link_asked_for_at_once_is_one(cast: Cast) -> None:
    assert set(at_once(*[lambda: Invitation.ask(cast.shop, ["shopify"], by=cast.as_alice)] * 8)) == {"done"}
    assert Invitation.objects.count() == 1


def test_ends_that_two_workers_find_at_once_are_written_down_once(cast: Cast, clock: Clock) -> None:
    cast.also("partnership", "as_alice", "shop", "cafe")
    for books in (cast.shop, cast.cafe):
        ClientConnectLink.make(books, by=cast.as_alice)
    clock.shift(days=366)
    at_once(*[ClientConnectLink.expire_lapsed] * 4)
    assert Fact.objects.filter(kind="link.expired").count() == 2


def test_many_regenerations_and_connections_leave_one_link_and_nothing_through_a_dead_one(
    cast: Cast, rounds: Rounds
) -> None:
    for number in range(rounds(1, 20)):
        link = ClientConnectLink.make(cast.shop, by=cast.as_alice)
        attempts = [at_the_choice(link, "shopify", account(number * 10 + each)) for each in range(5)]
        connecting = [lambda each=each: each.connect([each.handshake.accounts[0]["id"]], by=GUEST) for each in attempts]
        replacing = [lambda: ClientConnectLink.replace(cast.shop, by=cast.as_alice)] * 5
        at_once(*connecting, *replacing)
        assert ClientConnectLink.objects.standing().count() == 1
        for attempt in attempts:
            attempt.handshake.refresh_from_db()
            dead = ClientConnectLink.objects.get(pk=link.pk).closed_at
            made = attempt.handshake.finished_at if attempt.handshake.connection_id else None
            assert made is None or dead is None or made <= dead


def test_at_books_that_close_nothing_stays_connected_and_nobody_stays_asked(cast: Cast, rounds: Rounds) -> None:
    alice, bob = cast.as_alice, cast.as_bob
    for number in range(rounds(4, 1_000)):
        kiosk = cast.business.open_organisation(f"Kiosk {number}", by=bob)
        people = [Recipient(f"olaf{number}-{each}@o.example") for each in range(3)]
        asked = [Invitation.ask(kiosk, ["shopify"], by=alice, to=to) for to in people]
        link = ClientConnectLink.make(kiosk, by=alice)
        by_ask = at_the_choice(asked[0].asks.get(), "shopify", account(0))
        by_link = at_the_choice(link, "shopify", account(1))
        mine = Handshake.objects.get(pk=at_the_choice(asked[1].asks.get(), "shopify", account(2)).handshake_id)
        acts: list[Callable[[], object]] = [
            partial(by_ask.connect, ["account-0"], by=GUEST),
            partial(by_link.connect, ["account-1"], by=GUEST),
            partial(choose, mine, ["account-2"], by=bob),
            partial(asked[1].readdress, f"olga{number}@o.example", by=alice),
            partial(asked[2].asks.get().pass_on, Recipient(f"carla{number}@o.example"), by=GUEST),
        ]
        turn = number % (len(acts) + 1)
        said = at_once(*acts[:turn], partial(close_organisation, kiosk, by=bob), *acts[turn:])
        assert said[turn] == "done"
        assert not Connection.objects.alive().filter(organisation=kiosk).exists()
        assert not Credential.objects.filter(connections__organisation=kiosk, dead_at=None).exists()
        assert not Invitation.objects.filter(organisation=kiosk, state="pending").exists()
        assert not ClientConnectLink.objects.filter(organisation=kiosk, closed_at=None).exists()


def test_nothing_is_connected_after_the_partnership_has_ended(cast: Cast) -> None:
    ask = fresh(cast, 1)
    attempt = at_the_choice(ask)
    at_once(
        lambda: attempt.connect(["account-1"], by=GUEST),
        lambda: end_partnership(cast.partnership, by=cast.as_bob),
    )
    ask.refresh_from_db()
    assert ask.state in ("connected", "withdrawn")
    assert Connection.objects.exists() == (ask.state == "connected")
