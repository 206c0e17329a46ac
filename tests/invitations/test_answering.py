"""Answering: what the person who was asked does, and that nothing can be done twice, late, or by a dead link."""

from __future__ import annotations

import pytest

from tallystick.connections.models import Connection, Credential, Handshake
from tallystick.connectors import catalogue
from tallystick.core.refused import Refused
from tallystick.invitations.asking import Recipient
from tallystick.invitations.models import Ask, ClientConnectLink, GuestAttempt, Invitation
from tallystick.jobs.registry import HANDLERS
from tests.conftest import Clock
from tests.support.asked import GUEST, account, at_the_choice
from tests.support.cast import Cast
from tests.support.ledger import no_fact, one_fact, refused

CARLA = Recipient("carla@owner.example", "Carla", "You have the rights there")


@pytest.fixture
def asked(cast: Cast) -> Invitation:
    cast.also("partnership", "as_alice")
    return Invitation.ask(cast.shop, ["shopify", "sandbox-till"], by=cast.as_alice, to=Recipient("olaf@owner.example"))


@pytest.fixture
def ask(asked: Invitation) -> Ask:
    return asked.asks.get(connector="shopify")


def test_an_app_is_connected_and_the_ask_says_so(cast: Cast, asked: Invitation, ask: Ask) -> None:
    (made,) = at_the_choice(ask).connect(["account-1"], by=GUEST)
    ask.refresh_from_db()
    assert (ask.state, ask.connection, made.unconfirmed) == ("connected", made, False)
    assert (made.organisation, made.made_by_side) == (cast.shop, "guest")
    asked.refresh_from_db()
    assert asked.state == "pending"


def test_with_its_last_app_the_invitation_is_done(asked: Invitation, ask: Ask) -> None:
    asked.asks.get(connector="sandbox-till").decline(by=GUEST)
    at_the_choice(ask).connect(["account-1"], by=GUEST)
    asked.refresh_from_db()
    assert (asked.state, asked.why_dead) == ("accepted", "accepted")


def test_one_who_says_no_to_everything_has_declined(asked: Invitation) -> None:
    for each in asked.asks.all():
        each.decline(by=GUEST, reason="Not \nmine")
    asked.refresh_from_db()
    assert asked.state == "declined"


def test_a_no_has_one_fact_with_the_reason(cast: Cast, ask: Ask) -> None:
    with one_fact("ask.declined", cast.firm, cast.business) as facts:
        ask.decline(by=GUEST, reason="Not mine")
    assert facts[0].reason == "Not mine"
    with refused("ask_declined", status=409):
        ask.decline(by=GUEST)


def test_connected_twice_is_once(ask: Ask) -> None:
    first, second = at_the_choice(ask), at_the_choice(ask)
    made = first.connect(["account-1"], by=GUEST)
    with no_fact():
        assert first.connect(["account-1"], by=GUEST) == made
    with refused("ask_connected", status=409):
        second.connect(["account-1"], by=GUEST)
    assert Connection.objects.count() == 1


def test_what_came_too_late_is_taken_back_at_the_app(cast: Cast, asked: Invitation, ask: Ask) -> None:
    late = at_the_choice(ask)
    asked.withdraw(by=cast.as_alice)
    with pytest.raises(Refused, match="withdrawn"):
        late.connect(["account-1"], by=GUEST)
    assert not Connection.objects.exists()
    assert Handshake.objects.get().state == "failed"
    assert Credential.objects.get().dead_because == "retired"


def test_nothing_is_connected_after_the_end(ask: Ask, clock: Clock) -> None:
    late = at_the_choice(ask)
    clock.shift(days=15)
    with pytest.raises(Refused, match="time"):
        late.connect(["account-1"], by=GUEST)
    assert not Connection.objects.exists()


def test_nothing_is_connected_for_a_firm_that_was_paused(cast: Cast, ask: Ask) -> None:
    late = at_the_choice(ask)
    cast.partnership.suspend(by=cast.as_bob)
    with pytest.raises(Refused, match="no longer works"):
        late.connect(["account-1"], by=GUEST)
    assert not Connection.objects.exists()


def test_nobody_goes_to_the_app_by_a_dead_ask(cast: Cast, asked: Invitation, ask: Ask) -> None:
    asked.withdraw(by=cast.as_alice)
    with refused("ask_withdrawn", status=409):
        GuestAttempt.begin(ask, catalogue.get("shopify"), {"shop": "b"}, by=GUEST, browser="b")
    assert not Handshake.objects.exists()


def test_an_ask_that_ended_meanwhile_is_not_connected_by_any_way(cast: Cast, asked: Invitation, ask: Ask) -> None:
    (made,) = at_the_choice(asked.asks.get(connector="sandbox-till"), "sandbox-till").connect(["account-1"], by=GUEST)
    asked.withdraw(by=cast.as_alice)
    with refused("ask_withdrawn", status=409):
        ask.connect(made, by=GUEST)


def test_what_is_done_is_not_done_again(asked: Invitation, ask: Ask) -> None:
    for each in asked.asks.all():
        each.decline(by=GUEST)
    with no_fact():
        asked.settle(by=GUEST)


def test_an_app_whose_definition_was_taken_away_goes_by_its_short_name(ask: Ask) -> None:
    ask.connector = "gone-app"
    assert (ask.app, ask.app_name) == (None, "gone-app")


def test_a_wrong_choice_leaves_the_attempt_open(ask: Ask) -> None:
    attempt = at_the_choice(ask, "shopify", account(1), account(2))
    with refused("account_missing", "account", 422):
        attempt.connect([], by=GUEST)
    assert attempt.connect(["account-2"], by=GUEST)


def test_back_from_the_app_the_ask_says_so_once(cast: Cast, ask: Ask) -> None:
    attempt = at_the_choice(ask)
    with one_fact("ask.reached_app", cast.firm, cast.business):
        attempt.note_return()
    with no_fact():
        attempt.note_return()
    ask.refresh_from_db()
    assert ask.state == "at_app"
    assert ask.is_open


# Passing on.


def test_a_colleague_gets_that_one_ask_until_the_same_moment(asked: Invitation, ask: Ask) -> None:
    handed = ask.pass_on(CARLA, by=GUEST)
    ask.refresh_from_db()
    assert (ask.state, ask.passed_to) == ("passed_on", handed)
    assert [(each.connector, each.state) for each in handed.asks.all()] == [("shopify", "asked")]
    assert (handed.until, handed.firm, handed.asker) == (asked.until, asked.firm, asked.asker)
    assert (handed.name, handed.passed_on_by) == ("Carla", "Olaf")


def test_nobody_passes_it_on_to_themselves(ask: Ask) -> None:
    with refused("own_address", "address", 422):
        ask.pass_on(Recipient("Olaf@owner.example"), by=GUEST)


def test_nobody_passes_it_on_to_nobody(ask: Ask) -> None:
    with refused("address_missing", "address", 422):
        ask.pass_on(Recipient(" "), by=GUEST)


def test_who_was_asked_already_is_not_asked_again(cast: Cast, ask: Ask) -> None:
    Invitation.ask(cast.shop, ["shopify"], by=cast.as_alice, to=CARLA)
    with refused("asked_already", "address", 409):
        ask.pass_on(CARLA, by=GUEST)


def test_what_was_passed_on_is_not_connected_by_the_first_one(ask: Ask) -> None:
    attempt = at_the_choice(ask)
    ask.pass_on(CARLA, by=GUEST)
    with pytest.raises(Refused, match="passed"):
        attempt.connect(["account-1"], by=GUEST)
    assert not Connection.objects.exists()


# The standing link.


@pytest.fixture
def link(cast: Cast) -> ClientConnectLink:
    cast.also("partnership", "as_alice")
    return ClientConnectLink.make(cast.shop, by=cast.as_alice)


def test_a_set_of_books_has_one_link(cast: Cast, link: ClientConnectLink) -> None:
    with no_fact():
        assert ClientConnectLink.make(cast.shop, by=cast.as_bob) == link
    assert ClientConnectLink.by_token(link.token) == link


def test_replaced_the_old_link_is_dead_at_once(cast: Cast, link: ClientConnectLink) -> None:
    with one_fact("link.replaced", cast.firm, cast.business, cast.alice):
        fresh = ClientConnectLink.replace(cast.shop, by=cast.as_alice)
    assert (ClientConnectLink.of(cast.shop), fresh.token == link.token) == (fresh, False)
    with refused("link_replaced", status=409):
        GuestAttempt.begin(link, catalogue.get("shopify"), {"shop": "b"}, by=GUEST, browser="b")


@pytest.mark.parametrize("who", ["as_stella", "as_emma", "as_connie", "as_other_firm"])
def test_whoever_may_not_ask_makes_no_link(cast: Cast, who: str) -> None:
    by = getattr(cast, who)
    cast.also("shop")
    for verb in (ClientConnectLink.make, ClientConnectLink.replace):
        with refused("not_allowed"):
            verb(cast.shop, by=by)


def test_what_a_stranger_connects_by_it_is_unconfirmed(cast: Cast, link: ClientConnectLink) -> None:
    (made,) = at_the_choice(link).connect(["account-1"], by=GUEST)
    assert made.unconfirmed
    with one_fact("connection.confirmed", cast.firm, cast.business, cast.alice):
        made.confirm(by=cast.as_alice)
    with no_fact():
        made.confirm(by=cast.as_alice)
    assert not made.unconfirmed


@pytest.mark.parametrize("who", ["as_stella", "as_connie", "as_other_firm"])
def test_whoever_may_not_connect_confirms_nothing(cast: Cast, link: ClientConnectLink, who: str) -> None:
    by = getattr(cast, who)
    (made,) = at_the_choice(link).connect(["account-1"], by=GUEST)
    cast.partnership.change_terms(scopes=["see", "ask"], by=cast.as_bob)
    with refused("not_allowed"):
        made.confirm(by=by)


def test_what_was_taken_away_is_not_confirmed(cast: Cast, link: ClientConnectLink) -> None:
    (made,) = at_the_choice(link).connect(["account-1"], by=GUEST)
    made.disconnect(by=cast.as_bob, because="not_ours")
    with refused("connection_ended", status=409):
        made.confirm(by=cast.as_bob)


def test_what_the_owner_connects_by_it_when_signed_in_is_theirs(cast: Cast, link: ClientConnectLink) -> None:
    (made,) = at_the_choice(link, by=cast.as_bob).connect(["account-1"], by=cast.as_bob)
    assert not made.unconfirmed


def test_an_account_that_is_connected_already_stays_as_it_is(cast: Cast, link: ClientConnectLink, ask: Ask) -> None:
    (first,) = at_the_choice(ask).connect(["account-1"], by=GUEST)
    (again,) = at_the_choice(link).connect(["account-1"], by=GUEST)
    assert (again, again.unconfirmed, again.credential) == (first, False, first.credential)
    assert Credential.objects.filter(dead_because="retired").count() == 1


def test_nothing_is_connected_through_a_link_replaced_on_the_way(cast: Cast, link: ClientConnectLink) -> None:
    late = at_the_choice(link)
    ClientConnectLink.replace(cast.shop, by=cast.as_alice)
    with pytest.raises(Refused, match="replaced"):
        late.connect(["account-1"], by=GUEST)
    assert not Connection.objects.exists()


def test_a_link_that_nobody_used_for_a_year_ends(cast: Cast, link: ClientConnectLink, clock: Clock) -> None:
    clock.shift(days=366)
    assert (link.why_dead, ClientConnectLink.of(cast.shop)) == ("unused", None)
    with one_fact("link.expired", cast.firm, cast.business):
        assert ClientConnectLink.expire_lapsed() == 1
    assert ClientConnectLink.make(cast.shop, by=cast.as_alice) != link


def test_each_use_keeps_it_for_another_year(cast: Cast, link: ClientConnectLink, clock: Clock) -> None:
    clock.shift(days=300)
    at_the_choice(link).connect(["account-1"], by=GUEST)
    clock.shift(days=300)
    assert ClientConnectLink.of(cast.shop) == link


def test_ends_are_written_down_by_the_house_in_time(
    cast: Cast, asked: Invitation, link: ClientConnectLink, clock: Clock
) -> None:
    clock.shift(days=366)
    HANDLERS["invitations.expire"].work()
    asked.refresh_from_db()
    link.refresh_from_db()
    assert (asked.state, link.closed_because) == ("expired", "unused")
