"""Changing the vault's key while everything goes on."""

from __future__ import annotations

import pytest
from asgiref.sync import async_to_sync
from pytest_django import Settings

from tallystick.connections import leases, renewing, rotating, spool, vault
from tallystick.connections.models import Connection, Credential
from tallystick.core.sealing import Unopenable
from tests.support.cast import Cast
from tests.support.jobs import run_jobs
from tests.support.outside import Outside, expire

pytestmark = pytest.mark.django_db
NEW = "a new key of the vault, longer than long enough"


@pytest.fixture
def ring(settings: Settings) -> list[str]:
    """The keys in force; `settings.VAULT_KEYS` is replaced by it."""
    settings.VAULT_KEYS = list(settings.VAULT_KEYS)
    ring: list[str] = settings.VAULT_KEYS
    return ring


def test_every_record_opens_with_the_new_key_alone(outside: Outside, cast: Cast, ring: list[str]) -> None:
    connections = [outside.connected(cast.shop, app) for app in ("shop", "bank", "payments")]
    for connection in connections:
        outside_look(connection)
    tokens = [fresh_token(connection) for connection in connections]
    ring.insert(0, NEW)
    heard: list[int] = []
    rotation = rotating.rotate(lambda so_far: heard.append(so_far.done))
    assert (rotation.total, rotation.done, rotation.left, rotation.spooled) == (6, 6, 0, 0)
    assert heard[-1] == 6
    del ring[1:]
    assert [fresh_token(connection) for connection in connections] == tokens
    for connection in connections:
        connection.refresh_from_db()
        assert connection.what_was_read()["records"]
    assert rotating.rotate().total == 0


def test_without_the_rotation_a_record_of_the_old_key_does_not_open(
    outside: Outside, cast: Cast, ring: list[str]
) -> None:
    connection = outside.connected(cast.shop, "bank")
    ring[:] = [NEW]
    with pytest.raises(Unopenable):
        fresh_token(connection)
    assert rotating.rotate().left == 1


def test_one_that_changes_meanwhile_is_left_to_its_change(
    outside: Outside, cast: Cast, ring: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    connection = outside.connected(cast.shop, "bank")
    ring.insert(0, NEW)
    expire(connection)
    turn = vault.rewrap

    def renewed_in_between(data_key: bytes, place: vault.Place) -> bytes:
        turned = turn(data_key, place)
        monkeypatch.setattr(vault, "rewrap", turn)
        async_to_sync(renewing.fresh)(connection.credential_id)
        return turned

    monkeypatch.setattr(vault, "rewrap", renewed_in_between)
    rotating.rotate()
    credential = Credential.objects.get(pk=connection.credential_id)
    assert (credential.generation, credential.ring_key) == (2, vault.newest())
    del ring[1:]
    assert works(outside, fresh_token(connection))


def test_what_is_spooled_is_put_back_first(outside: Outside, cast: Cast, ring: list[str]) -> None:
    connection = outside.connected(cast.shop, "bank")
    credential = Credential.objects.get(pk=connection.credential_id)
    lease = leases.take(credential.pk)
    assert lease is not None
    credential.seal({**credential.opened(), "access": "spooled"})
    spool.keep(credential, lease)
    ring.insert(0, NEW)
    assert rotating.rotate().spooled == 0
    del ring[1:]
    assert fresh_token(connection) == "spooled"


def outside_look(connection: Connection) -> None:
    from tallystick.connections import looking

    async_to_sync(looking.look)(connection.pk)
    run_jobs()


def fresh_token(connection: Connection) -> str:
    return async_to_sync(renewing.fresh)(connection.credential_id).token


def works(outside: Outside, token: str) -> bool:
    return outside.client.get("/bank/v1/whoami", headers={"Authorization": f"Bearer {token}"}).status_code == 200
