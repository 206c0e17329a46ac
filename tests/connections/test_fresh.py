"""Fresh tokens: what is handed out, when the app is asked, and what becomes of its answers."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.db import InterfaceError, OperationalError, transaction

from tallystick.connections import burying, leases, renewing, spool
from tallystick.connections.access import Access, Ended, Unavailable, look_up
from tallystick.connections.models import Breaker, Connection, Credential, Lease, Revocation
from tallystick.connectors import talking
from tallystick.connectors.failures import InsideTransaction
from tallystick.connectors.network import LONGEST_TOKEN_CALL
from tallystick.core.clock import now
from tests.support.cast import Cast
from tests.support.jobs import run_jobs, waiting_jobs
from tests.support.outside import Outside, expire
from tests.support.worker import wait_until

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


def meanwhile(monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]) -> None:
    """Once, between the app's answer to a renewal and our hearing it, this happens."""
    ask = talking.refresh

    async def answered(*asked: Any) -> Any:
        tokens = await ask(*asked)
        monkeypatch.setattr(talking, "refresh", ask)
        await sync_to_async(act)()
        return tokens

    monkeypatch.setattr(talking, "refresh", answered)


def test_code_that_waits_gets_the_same(outside: Outside, bank: Connection) -> None:
    access = renewing.fresh_now(bank.credential_id)
    assert access == fresh(bank)
    expire(bank)
    newer = renewing.fresh_now(bank.credential_id)
    assert newer.token != access.token
    assert works(outside, newer)


def test_code_in_a_transaction_gets_what_is_valid_and_never_talks(outside: Outside, bank: Connection) -> None:
    with transaction.atomic():
        assert renewing.fresh_now(bank.credential_id).token
        expire(bank)
        with pytest.raises(InsideTransaction):
            renewing.fresh_now(bank.credential_id)
    assert outside.counted("bank", "token_requests") == 0


def test_what_is_gone_or_was_never_there_gives_nothing(bank: Connection) -> None:
    Credential.objects.update(secret=b"")
    for credential_id in (bank.credential_id, bank.pk):
        with pytest.raises(Ended, match="retired"):
            async_to_sync(renewing.fresh)(credential_id)


def test_what_was_renewed_already_is_given_without_a_call(outside: Outside, bank: Connection) -> None:
    old = Credential.objects.get(pk=bank.credential_id).generation
    newer = renew(bank)
    assert async_to_sync(renewing.renew)(bank.credential_id, old) == newer
    assert outside.counted("bank", "token_requests") == 1


def test_two_who_see_at_once_that_its_time_has_come_leave_one_renewal(bank: Connection) -> None:
    Credential.objects.update(renew_at=now() - timedelta(seconds=1))
    seen = [look_up(bank.credential_id) for _ in range(2)]
    for held in seen:
        renewing._leave_behind(held)
    assert [name for name, _ in waiting_jobs()] == ["connections.renew"]


def test_renewals_are_laid_in_several_goes_where_there_are_many(
    outside: Outside, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(renewing, "AT_ONCE", 2)
    for app in ("shop", "till", "bank", "ledger"):
        outside.connected(cast.shop, app)
    Credential.objects.update(renew_at=now())
    assert renewing.lay_due() == 4
    assert renewing.lay_due() == 0
    assert [name for name, _ in waiting_jobs()].count("connections.renew") == 4


def test_whoever_waited_long_enough_leaves_and_the_renewal_goes_on(
    outside: Outside, bank: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    outside.switch("bank", token={"slow_after": 0.2})
    expire(bank)

    async def leave_and_come_back() -> Access:
        with monkeypatch.context() as patience:
            patience.setattr(renewing, "WAIT", 0.05)
            with pytest.raises(Unavailable, match="app_down"):
                await renewing.fresh(bank.credential_id)
        return await renewing.fresh(bank.credential_id)

    assert works(outside, async_to_sync(leave_and_come_back)())
    assert outside.counted("bank", "token_requests") == 1


def test_what_a_process_that_ends_was_renewing_stays_leased_until_that_has_run_out(
    outside: Outside, bank: Connection
) -> None:
    outside.switch("bank", token={"slow": 1.0})
    expire(bank)

    async def ask_and_end() -> asyncio.Task[Access]:
        asking = asyncio.create_task(renewing.fresh(bank.credential_id))
        await asyncio.to_thread(wait_until, lambda: outside.counted("bank", "token_requests") == 1)
        return asking

    assert async_to_sync(ask_and_end)().cancelled()
    lease = Lease.objects.get()
    assert (lease.owner is not None, lease.sent_at is not None) == (True, True)


def test_whoever_finds_it_being_renewed_waits_for_that(outside: Outside, bank: Connection) -> None:
    expire(bank)
    lease = leases.take(bank.credential_id)
    assert lease is not None

    async def wait_for_the_other() -> Access:
        waiting = asyncio.create_task(renewing.fresh(bank.credential_id))
        await asyncio.sleep(0.06)
        assert not waiting.done()
        await sync_to_async(leases.release)(lease)
        return await waiting

    assert works(outside, async_to_sync(wait_for_the_other)())
    assert outside.counted("bank", "token_requests") == 1


def test_whoever_gets_the_lease_after_it_was_renewed_asks_nothing_and_gives_it_back(
    outside: Outside, bank: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire(bank)
    take = leases.take

    def after_the_other(credential_id: UUID) -> leases.Taken | None:
        theirs, renewed = take(credential_id), Credential.objects.get(pk=credential_id)
        assert theirs is not None
        renewed.access_ends_at = now() + timedelta(hours=1)
        leases.save(renewed, theirs)
        return take(credential_id)

    monkeypatch.setattr(leases, "take", after_the_other)
    assert fresh(bank).generation == 2
    assert outside.counted("bank", "token_requests") == 0
    assert Lease.objects.get().owner is None


def test_whoever_lost_the_lease_while_the_app_answered_saves_the_pair_all_the_same(
    outside: Outside, bank: Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process stood still; another took the lease over, and died before it asked."""
    expire(bank)
    over = now() - timedelta(seconds=1)
    meanwhile(monkeypatch, lambda: Lease.objects.update(owner=bank.pk, generation=9, sent_at=None, until=over))
    assert works(outside, fresh(bank))
    assert outside.counted("bank", "token_requests") == 1
    assert spool.waiting() == []


def test_disconnected_while_the_app_answers_nothing_is_handed_out_and_the_pair_is_taken_back(
    outside: Outside, bank: Connection, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    expire(bank)
    meanwhile(monkeypatch, lambda: bank.disconnect(by=cast.as_bob))
    with pytest.raises(Ended, match="retired"):
        fresh(bank)
    run_jobs()
    assert Revocation.objects.get().outcome == "revoked"
    assert bytes(Credential.objects.get().secret) == b""


def test_what_was_renewed_meanwhile_is_not_buried(bank: Connection) -> None:
    before = look_up(bank.credential_id)
    renew(bank)
    assert not burying.bury(before, "grant_ended")
    assert burying.bury(look_up(bank.credential_id), "grant_ended")
    bank.refresh_from_db()
    assert (bank.state, bank.trouble_kind) == ("needs_client", "grant_ended")


def test_with_disk_and_database_away_for_as_long_as_the_lease_lasts_it_is_said_to_be_ours_to_mend(
    bank: Connection, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "spool").write_text("a file where the folder should be")
    monkeypatch.setattr(leases, "LIFE", LONGEST_TOKEN_CALL - 1)  # so that no time is left to ask again

    def away(*_args: Any) -> None:
        raise OperationalError

    monkeypatch.setattr(leases, "save", away)
    expire(bank)
    with pytest.raises(Unavailable, match="our_fault"):
        fresh(bank)
