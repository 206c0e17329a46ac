"""Secrets of apps stand nowhere in clear: not in any table, fact, mail, log or file, after all that can happen to them."""

from __future__ import annotations

import logging
import re
from pathlib import Path

import pytest
from asgiref.sync import async_to_sync
from pytest_django import Settings

from tallystick.connections import leases, looking, renewing, spool, vault
from tallystick.connections.access import Access, Ended, Unavailable
from tallystick.connections.models import Connection, Credential
from tallystick.core.sealing import Unopenable
from tests.support.cast import Cast
from tests.support.dump import stored_in_clear
from tests.support.jobs import run_jobs
from tests.support.outside import Outside, expire

pytestmark = pytest.mark.django_db
SECRET = re.compile(r"sandbox_[a-z]+_(at|rt)_|rk_sandbox_bob|sandbox-secret-that-opens-nothing")


def test_after_all_that_can_happen_no_secret_is_found(
    outside: Outside,
    cast: Cast,
    caplog: pytest.LogCaptureFixture,
    settings: Settings,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    settings.EMAIL_URL = "mailbox:"
    assert cast.partnership.pk
    made = [outside.connected(cast.shop, app) for app in ("shop", "till", "bank", "ledger", "payments")]
    tokens = [Credential.objects.get(pk=each.credential_id).opened() for each in made]
    for each in made:
        async_to_sync(looking.look)(each.pk)
    for fault in ("500", "html", "drop_after", "invalid_grant"):
        for app, each in zip(("shop", "till", "bank", "ledger"), made, strict=False):
            outside.switch(app, token={"fault": fault, "next": 1}, api={"fault": "401", "next": 1})
            expire(each)
            _ask(each)
            async_to_sync(looking.look)(each.pk)
    lease = leases.take(made[4].credential_id)
    assert lease is not None
    spool.keep(Credential.objects.get(pk=made[4].credential_id), lease)
    written = [file.read_text() for file in spool.waiting()]
    stored_alive = stored_in_clear()
    for each in made[:3]:
        each.disconnect(by=cast.as_bob)
    run_jobs()
    found = {
        "tables": stored_alive + stored_in_clear(),
        "logs": caplog.text + "".join(capfd.readouterr()),
        "spool": "\n".join(written),
    }
    for place, text in found.items():
        assert text, place
        assert not SECRET.search(text), f"{place}: {SECRET.search(text)}"
        for secret in tokens:
            for value in (secret["access"], secret["refresh"], *secret["inputs"].values()):
                assert not value or value not in text, place


def test_what_holds_a_secret_does_not_show_it(outside: Outside, cast: Cast) -> None:
    connection = outside.connected(cast.shop, "bank")
    access = async_to_sync(renewing.fresh)(connection.credential_id)
    credential = Credential.objects.get()
    shown = repr(access) + str(access) + repr(credential) + repr(access.tokens)
    assert access.token not in shown
    sealed = vault.Sealed(bytes(credential.data_key), bytes(credential.secret), credential.ring_key)
    assert repr(sealed) == f"Sealed(under {vault.newest()})"
    assert isinstance(access, Access)


def test_a_sealed_value_moved_to_another_row_field_or_tenant_does_not_open(outside: Outside, cast: Cast) -> None:
    mine = outside.connected(cast.shop, "bank")
    other = outside.connected(cast.bakery, "bank", "charlie")
    async_to_sync(looking.look)(mine.pk)
    mine.refresh_from_db()
    sealed = Credential.objects.get(pk=mine.credential_id)
    Credential.objects.filter(pk=other.credential_id).update(data_key=sealed.data_key, secret=sealed.secret)
    with pytest.raises(Unopenable):
        async_to_sync(renewing.fresh)(other.credential_id)
    Credential.objects.filter(pk=mine.credential_id).update(data_key=mine.latest_key, secret=mine.latest)
    with pytest.raises(Unopenable):
        async_to_sync(renewing.fresh)(mine.credential_id)
    moved = Connection(pk=mine.pk, business_id=other.business_id, latest_key=mine.latest_key, latest=mine.latest)
    with pytest.raises(Unopenable):
        moved.what_was_read()


def _ask(connection: Connection) -> None:
    try:
        async_to_sync(renewing.fresh)(connection.credential_id)
    except (Ended, Unavailable):
        return


def test_the_spool_is_for_our_account_alone(tmp_path: Path) -> None:
    assert spool.folder().stat().st_mode & 0o777 == 0o700
    assert spool.folder() == tmp_path / "spool"
