"""New tokens on disk: written whole or not at all, put back once, and of no use when the database is further."""

from __future__ import annotations

import resource
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import OperationalError

from tallystick.connections import leases, renewing, spool
from tallystick.connections.access import Unavailable
from tallystick.connections.leases import Taken
from tallystick.connections.models import Connection, Credential, Lease, Revocation
from tests.support.cast import Cast
from tests.support.jobs import run_jobs, waiting_jobs
from tests.support.outside import Outside, expire
from tests.support.worker import wait_until

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(outside: Outside, cast: Cast) -> Connection:
    return outside.connected(cast.shop, "bank")


def spooled(connection: Connection, access: str = "spooled") -> Taken:
    """A new pair of this credential on disk; the lease it was made under, which is given back."""
    credential = Credential.objects.get(pk=connection.credential_id)
    lease = leases.take(credential.pk)
    assert lease is not None
    credential.seal({**credential.opened(), "access": access})
    spool.keep(credential, lease)
    leases.release(lease)
    return lease


def held(connection: Connection) -> str:
    """The access token in the database."""
    return str(Credential.objects.get(pk=connection.credential_id).opened()["access"])


@contextmanager
def room_on_disk(size: int) -> Iterator[None]:
    """No file of this process grows beyond so many bytes: a longer write is done in part, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_what_the_disk_takes_in_part_only_counts_as_not_taken(bank: Connection) -> None:
    credential = Credential.objects.get(pk=bank.credential_id)
    lease = leases.take(credential.pk)
    assert lease is not None
    with room_on_disk(100), pytest.raises(OSError, match="too large"):
        spool.keep(credential, lease)
    assert spool.waiting() == []
    spool.keep(credential, lease)
    assert spool.replay() == 1


def test_what_waits_is_put_back_once(bank: Connection) -> None:
    spooled(bank)
    assert spool.replay() == 1
    assert spool.replay() == 0
    assert held(bank) == "spooled"


def test_a_pair_that_another_process_was_faster_to_put_back_is_no_trouble(
    bank: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooled(bank)
    seen = spool.waiting()
    assert spool.replay() == 1
    monkeypatch.setattr(spool, "waiting", lambda _credential=None: seen)
    assert spool.replay() == 0


def test_a_pair_older_than_what_the_database_has_is_thrown_away(bank: Connection) -> None:
    spooled(bank)
    Credential.objects.update(generation=5)
    before = held(bank)
    assert spool.replay() == 1
    assert held(bank) == before
    assert spool.waiting() == []


def test_a_pair_whose_credential_is_renewed_at_this_very_moment_stays_until_that_is_known(
    bank: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooled(bank)
    take = leases.take

    def after_the_other(credential_id: object) -> Taken | None:
        Credential.objects.update(generation=2)
        return take(bank.credential_id)

    monkeypatch.setattr(leases, "take", after_the_other)
    before = held(bank)
    assert spool.replay() == 0
    assert held(bank) == before
    assert Lease.objects.get().owner is None
    assert spool.replay() == 1  # now it is older


def erased(outside: Outside, cast: Cast, connection: Connection) -> None:
    """Disconnected, taken back at the app, its secret gone."""
    connection.disconnect(by=cast.as_bob)
    run_jobs()
    assert bytes(Credential.objects.get().secret) == b""


def test_a_pair_that_comes_after_its_end_is_put_where_only_its_revocation_finds_it(
    outside: Outside, cast: Cast, bank: Connection
) -> None:
    spooled(bank)
    erased(outside, cast, bank)
    assert spool.replay() == 1
    assert held(bank) == "spooled"
    assert Credential.objects.get().dead_because == "retired"
    assert Revocation.objects.get().done_at is None
    assert [name for name, _ in waiting_jobs()] == ["connections.revoke"]


def test_of_two_who_bring_such_a_pair_one_lays_the_revocation(
    outside: Outside, cast: Cast, bank: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    spooled(bank)
    erased(outside, cast, bank)
    fill = spool._with

    def after_the_other(credential: Credential, said: dict[str, Any]) -> Credential:
        Credential.objects.update(secret=b"theirs")
        return fill(credential, said)

    monkeypatch.setattr(spool, "_with", after_the_other)
    assert spool.replay() == 1
    assert bytes(Credential.objects.get().secret) == b"theirs"
    assert waiting_jobs() == []


@pytest.mark.django_db(transaction=True)
def test_what_the_database_did_not_take_is_put_back_by_one_thread_that_ends_by_itself(
    bank: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spool, "PAUSE", 0.1)
    monkeypatch.setattr(leases, "save", failing_at_first(leases.save, times=3))
    expire(bank)
    with pytest.raises(Unavailable, match="our_fault"):
        async_to_sync(renewing.fresh)(bank.credential_id)
    assert len(spool.waiting()) == 1
    spool.watch()
    assert len(watchers()) == 1
    wait_until(lambda: not watchers())
    assert Credential.objects.get().generation == 2
    assert spool.waiting() == []


def watchers() -> list[threading.Thread]:
    return [each for each in threading.enumerate() if each.name == "spool"]


def failing_at_first(save: Callable[..., Any], times: int) -> Callable[..., Any]:
    """The database is away so often."""
    left = [OperationalError] * times

    def unreliable(*args: Any) -> Any:
        if left:
            raise left.pop()
        return save(*args)

    return unreliable
