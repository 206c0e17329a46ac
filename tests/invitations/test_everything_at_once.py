"""Whatever verbs are pressed at the same moment on one set of books: none waits in a circle, and nothing hangs in the air."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.db import transaction

from tallystick.connections import attempts
from tallystick.connections.models import Connection, Credential, Handshake
from tallystick.core.access import SCOPES
from tallystick.core.actor import HOUSE
from tallystick.endings.members import end_member
from tallystick.endings.organisations import close_organisation
from tallystick.endings.orphans import orphans
from tallystick.endings.partnerships import end_partnership
from tallystick.invitations.asking import Recipient
from tallystick.invitations.models import Ask, ClientConnectLink, GuestAttempt, Invitation
from tallystick.organisations.models import Member, Organisation
from tallystick.partnerships.models import Grant, Partnership, Team
from tests.support.asked import GUEST, account, at_the_choice
from tests.support.cast import Cast, acting, person
from tests.support.together import at_once

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(7200),
    pytest.mark.usefixtures("many_mails"),
]


@dataclass
class Scene:
    """Fresh books with people who were asked, some of them at the choice of their account, and one connection."""

    cast: Cast
    books: Organisation
    partnership: Partnership
    seat: Member
    team: Team
    asked: list[Invitation]
    at_choice: list[GuestAttempt]
    connection: Connection
    newer: Handshake

    def ask_of(self, number: int) -> Ask:
        return self.asked[number].asks.get()

    def to(self, name: str) -> Recipient:
        return Recipient(f"{name}@{self.books.pk}.example")

    def there(self) -> Connection:
        """The connection as somebody else reads it at this moment."""
        return Connection.objects.get(pk=self.connection.pk)

    def connect(self, number: int) -> None:
        attempt = self.at_choice[number]
        attempt.connect([attempt.handshake.accounts[0]["id"]], by=GUEST)

    def restore(self) -> None:
        """As the attempt at the same account does when the app has answered."""
        with transaction.atomic():
            taken = Handshake.objects.select_for_update(of=("self",)).get(pk=self.newer.pk)
            if taken.state == "choosing":
                attempts._restore(taken)


def set_scene(cast: Cast, number: int) -> Scene:
    alice, bob, business = cast.as_alice, cast.as_bob, cast.business
    for before in Partnership.objects.unclosed().filter(firm=cast.firm):
        end_partnership(before, by=HOUSE)
    partnership = Partnership.begin(cast.firm, business, scopes=SCOPES, by=HOUSE)
    seat = Member.join(cast.firm, person(f"Sam{number}"), "staff", by=HOUSE)
    Grant.give(partnership, seat, scopes=["see", "connect", "ask"], by=HOUSE)
    team = Team.open(cast.firm, f"Team {number}", by=alice)
    books = business.open_organisation(f"Kiosk {number}", by=bob)
    to = [Recipient(f"o{each}@{books.pk}.example") for each in range(4)]
    asked = [Invitation.ask(books, ["shopify"], by=alice, to=each) for each in to]
    link = ClientConnectLink.make(books, by=alice)
    ways: list[Ask | ClientConnectLink] = [asked[0].asks.get(), link, link, asked[1].asks.get()]
    at_choice = [at_the_choice(way, "shopify", account(each)) for way, each in zip(ways, (1, 2, 1, 3), strict=True)]
    (connection,) = at_the_choice(link, "shopify", account(9)).connect(["account-9"], by=GUEST)
    newer = at_the_choice(link, "shopify", account(9)).handshake
    Handshake.objects.filter(pk=newer.pk).update(restoring=connection)
    return Scene(cast, books, partnership, seat, team, asked, at_choice, connection, Handshake.objects.get(pk=newer.pk))


def verbs(scene: Scene) -> list[Callable[[], object]]:
    """What people and clocks may do here at any moment."""
    cast, books = scene.cast, scene.books
    alice, adam, bob, sam = cast.as_alice, cast.as_adam, cast.as_bob, acting(scene.seat)
    partnership, asked = scene.partnership, scene.asked
    return [
        *[lambda number=number: scene.connect(number) for number in range(4)],
        lambda: attempts.choose(scene.at_choice[1].handshake, ["account-2"], by=bob),
        lambda: attempts.dismiss(scene.at_choice[0].handshake),
        attempts.sweep,
        lambda: Invitation.ask(books, ["shopify"], by=adam, to=scene.to("new")),
        lambda: Invitation.ask(books, ["shopify"], by=sam, to=scene.to("new")),
        lambda: asked[2].readdress(scene.to("another").address, by=alice),
        lambda: asked[0].readdress(scene.to("other").address, by=alice),
        lambda: asked[0].withdraw(by=alice),
        lambda: asked[2].withdraw(by=adam),
        lambda: asked[3].send_again(by=alice),
        asked[1].expire,
        lambda: scene.ask_of(3).pass_on(scene.to("colleague"), by=GUEST),
        lambda: scene.ask_of(0).decline(by=GUEST),
        lambda: scene.ask_of(3).decline(by=GUEST),
        lambda: ClientConnectLink.replace(books, by=alice),
        lambda: ClientConnectLink.make(books, by=bob),
        scene.restore,
        lambda: scene.there().disconnect(by=bob),
        lambda: scene.connection.disconnect(by=bob),
        lambda: scene.there().confirm(by=bob),
        lambda: scene.there().disavow(by=alice),
        lambda: scene.there().note_trouble("down", place="read", code="", needs_client=True, next_check=None),
        lambda: close_organisation(books, by=bob),
        lambda: end_partnership(partnership, by=bob),
        lambda: partnership.suspend(by=alice),
        lambda: partnership.change_terms(scopes=["see"], organisations=[books, cast.shop], by=bob),
        lambda: partnership.exclude(scene.seat, by=bob),
        lambda: end_member(scene.seat, by=alice),
        lambda: scene.team.add(scene.seat, by=alice),
        lambda: Grant.give(partnership, scene.seat, scopes=["see"], organisations=[books], by=alice),
        lambda: cast.emma_seat.choose_organisations([cast.shop, books], by=bob),
    ]


def test_whatever_is_pressed_at_once_nobody_waits_in_a_circle_and_nothing_hangs_in_the_air(
    transactional_db: None, rounds: Callable[[int, int], int]
) -> None:
    cast = Cast()
    cast.also("shop", "cafe", "as_alice", "as_adam", "as_bob", "emma_seat")
    for number in range(rounds(3, 500)):
        scene = set_scene(cast, number)
        at_once(*random.sample(verbs(scene), random.choice((3, 5, 8))))  # any error but a no reaches us
        hangs_together(scene.books)


def hangs_together(books: Organisation) -> None:
    """Each connection has a living consent, each living consent a use; at closed books there is nothing."""
    alive = Connection.objects.alive()
    assert not alive.exclude(credential__dead_at=None).exists(), "a connection of a consent that is dead"
    waiting = Handshake.objects.filter(state="choosing").values("credential_id")
    unused = Credential.objects.filter(dead_at=None).exclude(connections__in=alive).exclude(pk__in=waiting)
    assert not unused.exists(), "a consent that nothing uses and nobody takes back"
    assert orphans() == []
    books.refresh_from_db()
    if books.closed_at:
        assert not alive.filter(organisation=books).exists()
        assert not Invitation.objects.filter(organisation=books, state="pending").exists()
        assert not ClientConnectLink.objects.filter(organisation=books, closed_at=None).exists()
