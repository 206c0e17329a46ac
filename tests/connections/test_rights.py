"""Who may restore a connection and who may end it, what stays as it is afterwards, and which rows are for whom."""

from __future__ import annotations

import pytest

from tallystick.audit.models import Fact
from tallystick.connections.models import Breaker, Connection, Credential, Notice, Revocation
from tallystick.core.actor import HOUSE, Actor
from tallystick.core.clock import now
from tallystick.endings.organisations import close_organisation
from tests.support.cast import OPERATOR, Cast
from tests.support.ledger import no_fact, one_fact, refused
from tests.support.outside import Outside

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(outside: Outside, cast: Cast) -> Connection:
    cast.also("partnership", "as_bob")
    return outside.connected(cast.shop, "bank")


def at_the_cafe(connection: Connection, cast: Cast) -> Connection:
    """The same connection, of the books that Emma and Connie have no part in."""
    Connection.objects.filter(pk=connection.pk).update(organisation=cast.cafe)
    return Connection.objects.get(pk=connection.pk)


def restore(connection: Connection, outside: Outside, by: Actor) -> None:
    """As if a newer consent reached the same account: that of somebody else will do."""
    cafe = connection.organisation.business.organisations.get(name="Café")
    newer = outside.connected(cafe, "bank", f"owner-{Connection.objects.count()}")
    connection.restore(newer.credential, connection.account, by=by, missing=[])


def test_whoever_may_connect_restores(bank: Connection, outside: Outside, cast: Cast) -> None:
    cast.also("stella_grant")
    for who in (cast.as_bob, cast.as_emma, cast.as_connie, cast.as_alice, cast.as_stella):
        before = bank.credential_id
        restore(bank, outside, by=who)
        assert bank.credential_id != before
        assert Fact.objects.filter(kind="connection.restored").latest("pk").member_id == who.member_id


@pytest.mark.parametrize("who", ["as_emma", "as_connie", "as_other_business"])
def test_whoever_may_not_connect_restores_nothing(bank: Connection, outside: Outside, cast: Cast, who: str) -> None:
    cast.also(who)
    connection = at_the_cafe(bank, cast)
    with refused("not_allowed", status=403):
        restore(connection, outside, by=getattr(cast, who))
    assert Connection.objects.get(pk=bank.pk).credential_id == bank.credential_id


def test_another_account_takes_no_connections_place(bank: Connection, outside: Outside, cast: Cast) -> None:
    other = outside.connected(cast.cafe, "bank", "charlie")
    with refused("other_account", status=409):
        bank.restore(other.credential, other.account, by=cast.as_bob, missing=[])
    assert Connection.objects.get(pk=bank.pk).credential_id == bank.credential_id


def test_what_was_disconnected_meanwhile_is_not_brought_back(bank: Connection, outside: Outside, cast: Cast) -> None:
    seen = Connection.objects.get(pk=bank.pk)
    bank.disconnect(by=cast.as_bob)
    with refused("connection_ended", status=409):
        restore(seen, outside, by=cast.as_bob)
    assert Connection.objects.get(pk=bank.pk).state == "disconnected"


def test_disconnected_by_whoever_had_seen_it_before_it_was_restored_the_new_consent_is_taken_back(
    bank: Connection, outside: Outside, cast: Cast
) -> None:
    seen = Connection.objects.get(pk=bank.pk)
    assert seen.credential  # read along with it, as pages do
    restore(bank, outside, by=cast.as_bob)
    newer = bank.credential_id
    Connection.objects.exclude(pk=bank.pk).update(state="disconnected")  # of two that it serves, the other is gone
    seen.disconnect(by=cast.as_bob)
    assert seen.credential_id == newer
    assert Credential.objects.get(pk=newer).dead_because == "retired"
    assert Revocation.objects.filter(credential_id=newer, done_at=None).exists()


@pytest.mark.parametrize("by", [Actor("guest", name="Olaf"), HOUSE], ids=["a guest", "we"])
def test_to_closed_books_nobody_connects(bank: Connection, cast: Cast, by: Actor) -> None:
    close_organisation(cast.cafe, by=cast.as_bob)
    with refused("not_allowed", status=403):
        Connection.establish(cast.cafe, bank.credential, bank.account, by=by, missing=[])


def test_restored_through_the_consent_it_has_nothing_is_taken_back(bank: Connection, cast: Cast) -> None:
    bank.restore(bank.credential, bank.account, by=cast.as_bob, missing=["orders.read"])
    assert Connection.objects.get(pk=bank.pk).missing == ["orders.read"]
    assert not Revocation.objects.exists()
    assert Credential.objects.get(pk=bank.credential_id).dead_at is None


@pytest.mark.parametrize("who", ["as_bob", "as_emma", "as_alice"])
def test_whoever_may_disconnect_ends_it_and_twice_is_once(bank: Connection, cast: Cast, who: str) -> None:
    by = getattr(cast, who)
    bank.disconnect(by=by)
    with no_fact():
        bank.disconnect(by=by)
    assert (bank.state, bank.disconnected_because) == ("disconnected", "asked")
    assert Fact.objects.get(kind="connection.removed").member_id == by.member_id


def test_whoever_may_not_disconnect_ends_nothing(bank: Connection, cast: Cast) -> None:
    """Emma and Connie have no part in the café; Stella was given to see and connect, and no more."""
    connection = at_the_cafe(bank, cast)
    cast.also("stella_grant", "other_partnership", "as_emma", "as_connie", "as_stella")
    for who in (cast.as_emma, cast.as_connie, cast.as_stella, cast.as_other_business, cast.as_other_firm):
        with refused("not_allowed", status=403):
            connection.disconnect(by=who)
    assert Connection.objects.get(pk=bank.pk).state == "working"


def test_a_contact_ends_what_they_made_and_nothing_else(bank: Connection, cast: Cast) -> None:
    cast.also("as_connie")
    with refused("not_allowed", status=403):
        bank.disconnect(by=cast.as_connie)
    Connection.objects.update(made_by_person=cast.as_connie.person_id)
    bank.refresh_from_db()
    with one_fact("connection.removed", cast.business, cast.connie_seat.person):
        bank.disconnect(by=cast.as_connie)


def test_a_contact_sees_what_they_made_and_nothing_else(bank: Connection, outside: Outside, cast: Cast) -> None:
    cast.also("as_connie")
    assert not Connection.objects.visible_to(cast.as_connie).exists()
    Connection.objects.update(made_by_person=cast.as_connie.person_id)
    outside.connected(cast.shop, "till")
    assert list(Connection.objects.visible_to(cast.as_connie)) == [bank]


def test_what_is_not_theirs_is_disavowed_by_whoever_may_disconnect(bank: Connection, cast: Cast) -> None:
    cast.also("as_other_business")
    Connection.objects.update(unconfirmed=True)
    with refused("not_allowed", status=403):
        bank.disavow(by=cast.as_other_business)
    for _ in range(2):
        bank.disavow(by=cast.as_bob)
    assert (bank.state, bank.disconnected_because) == ("disconnected", "not_ours")


def test_what_somebody_has_confirmed_meanwhile_is_not_disavowed(bank: Connection, cast: Cast) -> None:
    with refused("confirmed_meanwhile", status=409):
        bank.disavow(by=cast.as_bob)
    assert Connection.objects.get(pk=bank.pk).state == "working"


def test_who_has_become_a_contact_ends_no_others_though_the_page_was_opened_before(
    bank: Connection, cast: Cast
) -> None:
    """The role is asked of the rows as they are now, not of what the request began with."""
    opened_before = cast.as_emma
    assert opened_before.role == "member"
    cast.emma_seat.change_role("contact", by=cast.as_bob)
    with refused("not_allowed", status=403):
        bank.disconnect(by=opened_before)
    assert Connection.objects.get(pk=bank.pk).state == "working"


def test_of_what_is_disconnected_no_trouble_and_no_read_is_noted(bank: Connection, cast: Cast) -> None:
    bank.disconnect(by=cast.as_bob)
    with no_fact():
        bank.note_trouble("app_down", place="token", code="", needs_client=False, next_check=None)
        bank.note_good_read({"name": "Otterbank", "records": []}, next_check=now())
    bank.refresh_from_db()
    assert (bank.state, bank.trouble_kind, bank.latest) == ("disconnected", "", None)


def test_what_needs_a_person_is_not_taken_for_a_passing_trouble(bank: Connection) -> None:
    bank.note_trouble("grant_ended", place="token", code="", needs_client=True, next_check=None)
    with no_fact():
        bank.note_trouble("app_down", place="token", code="", needs_client=False, next_check=now())
    bank.refresh_from_db()
    assert (bank.state, bank.trouble_kind, bank.check_at) == ("needs_client", "grant_ended", None)


def test_what_the_house_keeps_for_itself_is_for_operators_and_secrets_are_for_nobody(
    bank: Connection, cast: Cast
) -> None:
    bank.disconnect(by=HOUSE)
    Notice.objects.create(connector=bank.connector, notice_id="1", kind="revoked")
    Breaker.objects.create(connector=bank.connector)
    for model in (Notice, Revocation, Breaker):
        assert model.objects.visible_to(OPERATOR).exists()
        assert not model.objects.visible_to(cast.as_bob).exists()
        assert not model.objects.visible_to(cast.as_alice).exists()
    assert Credential.objects.exists()
    for actor in (OPERATOR, cast.as_bob, HOUSE):
        assert not Credential.objects.visible_to(actor).exists()
