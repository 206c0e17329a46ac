"""Fresh tokens: what is handed out, when the app is asked, and what becomes of its answers."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import async_to_sync
from django.db import InterfaceError, OperationalError

from tallystick.connections import leases, renewing, spool
from tallystick.connections.access import Access, Ended, Unavailable
from tallystick.connections.models import Breaker, Connection, Credential, Lease
from tallystick.core.clock import now
from tests.support.cast import Cast
from tests.support.jobs import run_jobs, waiting_jobs
from tests.support.outside import Outside, expire

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(outside: Outside, cast: Cast) -> Connection:
    connection = outside.connected(cast.shop, "bank")
    run_jobs()
    return connection


def fresh(connection: Connection) -> Access:
    return async_to_sync(renewing.fresh)(connection.credential_id)


def renew(connection: Connection) -> Access:
    credential = Credential.objects.get(pk=connection.credential_id)
    return async_to_sync(renewing.renew)(credential.pk, credential.generation)


def works(outside: Outside, access: Access) -> bool:
    headers = {"Authorization": f"Bearer {access.token}"}
    return outside.client.get("/bank/v1/whoami", headers=headers).status_code == 200


def test_a_valid_token_is_handed_out_without_a_call(outside: Outside, bank: Connection) -> None:
    access = fresh(bank)
    assert works(outside, access)
    assert outside.counted("bank", "token_requests") == 0
    assert waiting_jobs() == []


def test_one_whose_time_has_come_is_handed_out_and_renewed_behind_once(outside: Outside, bank: Connection) -> None:
    Credential.objects.update(renew_at=now() - timedelta(seconds=1))
    before = {fresh(bank).token for _ in range(5)}
    assert len(before) == 1
    assert [name for name, _ in waiting_jobs()] == ["connections.renew"]
    run_jobs()
    assert outside.counted("bank", "token_requests") == 1
    assert fresh(bank).token not in before
    assert waiting_jobs() == []


def test_one_that_is_over_is_renewed_and_works(outside: Outside, bank: Connection) -> None:
    old = fresh(bank).token
    expire(bank)
    access = fresh(bank)
    assert access.token != old
    assert works(outside, access)
    assert access.ends_at is not None
    assert access.ends_at > now() + timedelta(minutes=50)
    assert fresh(bank) == access
    assert outside.counted("bank", "token_requests") == 1
    assert Lease.objects.get().owner is None


def test_lives_are_counted_from_before_the_call(outside: Outside, bank: Connection) -> None:
    outside.switch("bank", token={"slow": 0.5})
    expire(bank)
    asked = now()
    access = fresh(bank)
    assert access.ends_at is not None
    assert access.ends_at <= asked + timedelta(hours=1, milliseconds=200)


def test_the_end_of_the_consent_is_terminal_after_one_call(outside: Outside, bank: Connection) -> None:
    outside.act("bank", "revoke", consent="all")
    expire(bank)
    for _ in range(2):
        with pytest.raises(Ended) as over:
            fresh(bank)
        assert over.value.kind == "grant_ended"
    assert outside.counted("bank", "token_requests") == 1
    bank.refresh_from_db()
    assert (bank.state, bank.trouble_kind, bank.trouble_place) == ("needs_client", "grant_ended", "token")


def test_without_a_refresh_token_the_end_is_said_and_the_dead_token_never_given(outside: Outside, cast: Cast) -> None:
    outside.switch("ledger", answer={"refresh_token": False})
    ledger = outside.connected(cast.shop, "ledger")
    assert fresh(ledger).token
    expire(ledger)
    with pytest.raises(Ended, match="ended"):
        fresh(ledger)
    ledger.refresh_from_db()
    assert ledger.state == "needs_client"
    assert outside.counted("ledger", "token_requests") == 0


def test_while_the_app_is_down_a_valid_token_is_served(outside: Outside, bank: Connection) -> None:
    outside.switch("bank", token={"fault": "503"})
    Credential.objects.update(renew_at=now() - timedelta(seconds=1))
    token = fresh(bank).token
    run_jobs()
    assert fresh(bank).token == token
    bank.refresh_from_db()
    assert bank.state == "working"


def test_when_it_is_over_and_the_app_down_for_long_the_caller_hears_so_at_once(
    outside: Outside, bank: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewing, "BLIP", 0.3)
    outside.switch("bank", token={"fault": "503"})
    expire(bank)
    with pytest.raises(Unavailable) as away:
        fresh(bank)
    assert away.value.kind == "app_busy"
    bank.refresh_from_db()
    assert (bank.state, bank.trouble_kind) == ("trouble", "app_busy")


def test_retry_after_is_obeyed(outside: Outside, bank: Connection) -> None:
    outside.switch("bank", token={"fault": "429", "retry_after": 30})
    expire(bank)
    for _ in range(3):
        with pytest.raises(Unavailable) as away:
            fresh(bank)
        assert 25 < away.value.retry_after <= 30
    assert outside.counted("bank", "token_requests") == 1


def test_a_short_outage_is_bridged(outside: Outside, bank: Connection) -> None:
    outside.switch("bank", token={"fault": "503", "next": 3})
    expire(bank)
    assert works(outside, fresh(bank))
    assert Lease.objects.get().failing_since is None


def test_that_the_app_does_not_know_us_is_told_to_no_client(outside: Outside, bank: Connection) -> None:
    outside.switch("bank", tokens={"client_known": False})
    expire(bank)
    for _ in range(2):
        with pytest.raises(Unavailable, match="our_fault"):
            fresh(bank)
    assert outside.counted("bank", "token_requests") == 1
    bank.refresh_from_db()
    assert (bank.state, bank.trouble_kind) == ("trouble", "our_fault")
    assert Breaker.objects.get().refused_since is not None


def test_a_lost_answer_of_a_strict_app_is_not_asked_for_again(outside: Outside, bank: Connection) -> None:
    outside.switch("bank", token={"fault": "drop_after", "next": 1})
    token = fresh(bank).token
    with pytest.raises(Unavailable):
        renew(bank)
    Lease.objects.update(retry_at=None)
    assert renew(bank).token == token  # nobody knows; what is valid is served
    assert outside.counted("bank", "token_requests") == 1
    expire(bank)
    with pytest.raises(Ended, match="answer_lost"):
        fresh(bank)
    assert outside.counted("bank", "token_requests") == 1
    assert outside.counted("bank", "reuse_detected") == 0
    bank.refresh_from_db()
    assert (bank.state, bank.trouble_kind) == ("needs_client", "answer_lost")


@pytest.mark.parametrize("app", ["shop", "ledger", "till"])
@pytest.mark.parametrize("fault", ["drop_after", "cut_short"])
def test_a_lost_answer_is_asked_for_again_where_the_app_allows_it(
    outside: Outside, cast: Cast, app: str, fault: str
) -> None:
    connection = outside.connected(cast.shop, app)
    outside.switch(app, token={"fault": fault, "next": 1})
    expire(connection)
    assert fresh(connection).token
    assert outside.counted(app, "token_requests") == 2
    assert outside.counted(app, "reuse_detected") == 0
    assert Lease.objects.get().lost_since is None


def test_beyond_its_grace_the_same_token_is_not_sent_again(outside: Outside, cast: Cast) -> None:
    ledger = outside.connected(cast.shop, "ledger")
    expire(ledger)
    long_ago = now() - timedelta(minutes=31)
    Lease.objects.create(
        credential_id=ledger.credential_id, taken_at=long_ago, until=long_ago, owner=ledger.pk, sent_at=long_ago
    )
    with pytest.raises(Ended, match="answer_lost"):
        fresh(ledger)
    assert outside.counted("ledger", "token_requests") == 0


def test_who_died_before_asking_lost_nothing(outside: Outside, bank: Connection) -> None:
    lease = leases.take(bank.credential_id)
    assert lease is not None
    Lease.objects.update(until=now() - timedelta(seconds=1))
    expire(bank)
    assert works(outside, fresh(bank))


def test_the_lease_is_one_mans(bank: Connection) -> None:
    lease = leases.take(bank.credential_id)
    assert lease is not None
    assert leases.take(bank.credential_id) is None
    leases.release(lease)
    again = leases.take(bank.credential_id)
    assert again is not None
    assert again.generation == lease.generation + 1
    assert not leases.about_to_send(lease)
    credential = Credential.objects.get(pk=bank.credential_id)
    assert leases.save(credential, lease) is None
    assert Credential.objects.get(pk=credential.pk).generation == 1
    saved = leases.save(credential, again)
    assert saved is not None
    assert saved.became == ""
    assert Credential.objects.get(pk=credential.pk).generation == 2


def test_a_pair_that_lost_its_lease_is_not_lost(outside: Outside, bank: Connection) -> None:
    """Its process stood still for so long that another took the lease, and died."""
    lease = leases.take(bank.credential_id)
    assert lease is not None
    credential = Credential.objects.get(pk=bank.credential_id)
    secret = credential.opened()
    credential.seal({**secret, "access": "newer"})
    leases.release(lease)
    another = leases.take(bank.credential_id)
    assert another is not None
    spool.keep(credential, lease)
    assert spool.replay() == 0  # the lease is another's
    leases.release(another)
    assert spool.replay() == 1
    assert fresh(bank).token == "newer"
    assert spool.waiting() == []


def test_odd_lives_do_not_make_a_token_live_for_ever(outside: Outside, bank: Connection) -> None:
    for odd in ("absent", "text", "word", "zero", "negative", "huge", "null"):
        outside.switch("bank", answer={"expires_in": odd})
        expire(bank)
        access = fresh(bank)
        assert access.ends_at is not None
        assert access.ends_at <= now() + timedelta(hours=1)


def test_with_the_disk_full_too_the_database_is_asked_again(
    outside: Outside, bank: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "spool").write_text("a file where the folder should be")
    save, failures = leases.save, [OperationalError, InterfaceError]

    def unreliable(*args: Any) -> Any:
        if failures:
            raise failures.pop()
        return save(*args)

    monkeypatch.setattr(leases, "save", unreliable)
    expire(bank)
    assert works(outside, fresh(bank))
