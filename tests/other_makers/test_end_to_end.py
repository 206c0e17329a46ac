"""One TOML file, and an OpenID Connect server that is not ours: from the button to taking the consent back."""

from __future__ import annotations

from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from pytest_django import Settings

from tallystick.connections import renewing
from tallystick.connections.access import Access, Ended
from tallystick.connections.models import Connection, Credential, Handshake, Revocation
from tallystick.connectors import catalogue
from tallystick.core.clock import now
from tests.other_makers.conftest import OtherMaker
from tests.support.cast import Cast
from tests.support.jobs import run_jobs
from tests.support.outside import expire
from tests.support.visiting import Customer


class Bob(Customer):
    """A browser in which Bob is signed in here, and goes to the other server."""

    def __init__(self, cast: Cast, there: OtherMaker) -> None:
        super().__init__(cast.bob, cast.business, cast.shop)
        self.there = there

    def say_at_the_app(self, app: str, address: str, *, who: str = "bob", answer: str = "yes") -> str:
        return self.there.say_at_its_pages(address, who=who, answer=answer)


@pytest.fixture
def bob(cast: Cast, other_maker: OtherMaker, tmp_path: Path, settings: Settings) -> Bob:
    settings.DATA_DIR = tmp_path
    return Bob(cast, other_maker)


@pytest.fixture
def connection(bob: Bob) -> Connection:
    bob.say_yes(bob.connect("other"))
    run_jobs()
    return Connection.objects.get()


def fresh(connection: Connection) -> Access:
    return async_to_sync(renewing.fresh)(connection.credential_id)


def refresh_token(connection: Connection) -> str:
    kept: str = Credential.objects.get(pk=connection.credential_id).opened()["refresh"]
    return kept


def test_the_file_has_no_fault(other_maker: OtherMaker) -> None:
    assert catalogue.faults() == ()
    assert catalogue.get("other").is_set_up


def test_the_app_is_offered_connected_and_read(bob: Bob) -> None:
    offered = bob.client.get(f"{bob.apps}available/other/").content.decode()
    assert "see who you are and what you sold" in offered
    asked = bob.connect("other")
    assert "Is this the right one?" in asked.content.decode()
    assert "Bob’s Bakery" in asked.content.decode()
    assert not Connection.objects.exists()
    assert "Other Books is connected" in bob.say_yes(asked).content.decode()
    run_jobs()
    connection = Connection.objects.get()
    shown = bob.client.get(f"{bob.apps}{connection.pk}/").content.decode()
    assert connection.state == "working"
    assert shown.index("S-3") < shown.index("S-2") < shown.index("S-1")


def test_without_a_challenge_the_server_would_not_have_listened(bob: Bob, other_maker: OtherMaker) -> None:
    assert other_maker.says_no_without_a_challenge(bob.press_connect("other"))


def test_a_no_there_connects_nothing(bob: Bob) -> None:
    back = bob.say_at_the_app("other", bob.press_connect("other"), answer="no")
    assert "You said no at Other Books" in bob.come_back(back).content.decode()
    assert Handshake.objects.get().state == "failed"
    assert not Credential.objects.exists()


def test_a_token_that_is_over_is_renewed_and_the_refresh_token_changes(
    connection: Connection, other_maker: OtherMaker
) -> None:
    first, kept = fresh(connection), refresh_token(connection)
    for _renewal in range(3):
        expire(connection)
        renewed = fresh(connection)
        assert renewed.token != first.token
        assert refresh_token(connection) != kept
        assert other_maker.lets_in(renewed.token)
        assert renewed.ends_at is not None
        assert renewed.ends_at > now()
        first, kept = renewed, refresh_token(connection)


def test_a_consent_that_the_server_ended_needs_the_client_who_restores_it(
    connection: Connection, bob: Bob, other_maker: OtherMaker
) -> None:
    stolen = refresh_token(connection)
    expire(connection)
    fresh(connection)
    assert not other_maker.refreshes(stolen)  # it came a second time: the server ends the consent
    expire(connection)
    with pytest.raises(Ended):
        fresh(connection)
    connection.refresh_from_db()
    assert (connection.state, connection.trouble_kind) == ("needs_client", "grant_ended")

    address = bob.client.post(f"{bob.apps}{connection.pk}/restoring/")["Location"]
    page = bob.come_back(bob.say_at_the_app("other", address))
    assert "Other Books is connected" in page.content.decode()
    run_jobs()
    restored = Connection.objects.get()
    assert (restored.pk, restored.state) == (connection.pk, "working")
    assert other_maker.lets_in(fresh(restored).token)


def test_another_login_does_not_restore_it(connection: Connection, bob: Bob) -> None:
    address = bob.client.post(f"{bob.apps}{connection.pk}/restoring/")["Location"]
    page = bob.come_back(bob.say_at_the_app("other", address, who="charlie"))
    assert "That was another account at Other Books" in page.content.decode()
    assert Connection.objects.get().credential_id == connection.credential_id


def test_disconnecting_takes_the_consent_back_at_the_server(
    connection: Connection, bob: Bob, other_maker: OtherMaker
) -> None:
    access, kept = fresh(connection), refresh_token(connection)
    bob.client.post(f"{bob.apps}{connection.pk}/disconnection/")
    with pytest.raises(Ended):
        fresh(connection)
    assert other_maker.lets_in(access.token)
    run_jobs()
    assert Revocation.objects.get().outcome == "revoked"
    assert not other_maker.lets_in(access.token)
    assert not other_maker.refreshes(kept)
