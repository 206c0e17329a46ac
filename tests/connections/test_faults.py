"""Faults in the middle of a renewal: nothing is lost where the app allows a second try, and elsewhere the truth is said.

Real processes that are killed, a real sandbox that drops and hangs, a database that goes away.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator

import pytest

from tallystick.connections import renewing, rotating, spool
from tallystick.connections.models import Breaker, Connection, Credential, Lease, Revocation
from tallystick.core.actor import HOUSE
from tests.support.cast import Cast
from tests.support.cutting import line
from tests.support.jobs import run_jobs
from tests.support.nursery import STEPS, Child, Nursery, nursery
from tests.support.outside import SLUGS, Outside, expire
from tests.support.worker import wait_until

pytestmark = pytest.mark.django_db(transaction=True)
Rounds = Callable[[int, int], int]

QUICK = {"tallystick.connections.leases.LIFE": 1.0}
"""A lease that runs out soon: for those whose owner is killed."""
GRACIOUS = ("shop", "ledger", "till")
"""Apps that take the refresh token before for a while, or never change it."""


@pytest.fixture
def children(outside: Outside) -> Iterator[Nursery]:
    with nursery() as made:
        yield made


def outcome_of(children: Nursery, connection: Connection) -> str:
    """What a caller gets now."""
    result = children.begin(connection.credential_id, set=QUICK).result()
    assert result is not None
    (outcome,) = result["outcomes"]
    return str(outcome)


def is_served(outcome: str) -> bool:
    return len(outcome) == 16


def works(outside: Outside, connection: Connection) -> bool:
    """Does the token that we hold work at the app?"""
    secret = Credential.objects.get(pk=connection.credential_id).opened()
    paths = {
        "sandbox-shop": f"/shop/{connection.credential.inputs.get('shop', '')}/api/shop",
        "sandbox-till": "/till/v1/merchants/me",
        "sandbox-bank": "/bank/v1/whoami",
        "sandbox-ledger": "/ledger/v1/connections",
    }
    headers = {"Authorization": f"Bearer {secret['access']}"}
    return outside.client.get(paths[connection.connector], headers=headers).status_code == 200


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("app", ["bank", "ledger"])
def test_killed_at_each_step(outside: Outside, cast: Cast, children: Nursery, app: str, step: str) -> None:
    connection = outside.connected(cast.shop, app)
    expire(connection)
    assert children.begin(connection.credential_id, arm=step, set=QUICK).result() is None
    time.sleep(0.1)
    Lease.objects.update(until="2000-01-01T00:00:00Z")
    outcome = outcome_of(children, connection)
    assert outside.counted(app, "reuse_detected") == 0
    # Of a strict app nobody knows whether it was asked; after the pair was saved, and before it was sent, nothing is lost.
    if app == "bank" and step in ("after_sending", "before_saving"):
        assert outcome == "Ended answer_lost"
        connection.refresh_from_db()
        assert (connection.state, connection.trouble_kind) == ("needs_client", "answer_lost")
        return
    assert is_served(outcome), outcome
    assert works(outside, connection)


def test_a_process_killed_while_the_app_answers(outside: Outside, cast: Cast, children: Nursery) -> None:
    """From outside, by its id, between the app's commit and its answer."""
    ledger = outside.connected(cast.shop, "ledger")
    outside.switch("ledger", token={"slow_after": 1.0, "next": 1})
    expire(ledger)
    child = children.begin(ledger.credential_id, 3)
    wait_until(lambda: outside.counted("ledger", "token_requests") == 1)
    child.kill()
    Lease.objects.update(until="2000-01-01T00:00:00Z")
    assert is_served(outcome_of(children, ledger))
    assert works(outside, ledger)
    assert outside.counted("ledger", "within_grace") == 1


@pytest.mark.parametrize("killed", [False, True])
def test_with_the_database_gone_at_the_save_the_pair_is_kept_on_disk_sealed(
    outside: Outside, cast: Cast, killed: bool
) -> None:
    bank = outside.connected(cast.shop, "bank")
    before = Credential.objects.get(pk=bank.credential_id).opened()
    outside.switch("bank", token={"slow_after": 0.7, "next": 1})
    expire(bank)
    with line() as wire, nursery(wire.database) as children:
        child = children.begin(bank.credential_id, 2)
        wait_until(lambda: outside.counted("bank", "token_requests") == 1)
        wire.cut()
        result = child.result()
        assert result is not None
        assert not any(is_served(each) for each in result["outcomes"])
        (file,) = spool.waiting()
        assert file.stat().st_mode & 0o777 == 0o600
        content = file.read_bytes()
        for secret in (before["access"], before["refresh"], "sandbox_bank"):
            assert secret.encode() not in content
        wire.mend()
        if killed:
            children.end()
        assert Credential.objects.get(pk=bank.credential_id).generation == 1
    with nursery() as others:
        assert is_served(outcome_of(others, bank))
    assert Credential.objects.get(pk=bank.credential_id).generation == 2
    assert works(outside, bank)
    assert spool.waiting() == []
    assert outside.counted("bank", "token_requests") == 1


def test_the_process_that_spooled_puts_it_back_by_itself(outside: Outside, cast: Cast) -> None:
    bank = outside.connected(cast.shop, "bank")
    outside.switch("bank", token={"slow_after": 0.7, "next": 1})
    expire(bank)
    with line() as wire, nursery(wire.database) as children:
        children.begin(bank.credential_id, linger=8, set={"tallystick.connections.spool.PAUSE": 0.2})
        wait_until(lambda: outside.counted("bank", "token_requests") == 1)
        wire.cut()
        wait_until(lambda: spool.waiting() != [])
        wire.mend()
        Lease.objects.update(until="2000-01-01T00:00:00Z")
        wait_until(lambda: Credential.objects.get(pk=bank.credential_id).generation == 2)
    assert works(outside, bank)


def under_way(outside: Outside, children: Nursery, connection: Connection, app: str) -> object:
    """A renewal whose answer comes in a moment."""
    outside.switch(app, token={"slow_after": 0.7, "next": 1})
    expire(connection)
    child = children.begin(connection.credential_id, 3)
    wait_until(lambda: outside.counted(app, "token_requests") == 1)
    return child


def test_disconnected_during_the_refresh_nothing_comes_back_and_the_new_pair_is_taken_back(
    outside: Outside, cast: Cast, children: Nursery
) -> None:
    bank = outside.connected(cast.shop, "bank")
    child = under_way(outside, children, bank, "bank")
    bank.disconnect(by=cast.as_bob)
    result = child.result()  # type: ignore[attr-defined]
    assert set(result["outcomes"]) == {"Ended retired"}
    run_jobs(even_later=True)
    bank.refresh_from_db()
    assert bank.state == "disconnected"
    assert Revocation.objects.get().outcome == "revoked"
    states = {each["state"] for each in outside.client.get("/switches/bank").json()["consents"]}
    assert "active" not in states
    assert outcome_of(children, bank) == "Ended retired"


def test_restored_during_the_refresh_the_new_consent_serves_and_the_old_one_is_taken_back(
    outside: Outside, cast: Cast, children: Nursery
) -> None:
    bank = outside.connected(cast.shop, "bank")
    newer = outside.connected(cast.cafe, "bank")
    old = bank.credential
    child = under_way(outside, children, bank, "bank")
    Connection.objects.filter(pk=newer.pk).update(state="disconnected")
    bank.restore(newer.credential, bank.account, by=cast.as_bob, missing=[])
    assert set(child.result()["outcomes"]) == {"Ended retired"}  # type: ignore[attr-defined]
    run_jobs(even_later=True)
    bank.refresh_from_db()
    assert (bank.state, bank.credential_id) == ("working", newer.credential_id)
    assert Revocation.objects.get(credential=old).done_at is not None
    assert is_served(outcome_of(children, bank))
    assert works(outside, bank)


def test_the_vaults_key_changed_during_the_refresh_loses_nothing(
    outside: Outside, cast: Cast, children: Nursery, settings: object
) -> None:
    bank = outside.connected(cast.shop, "bank")
    child = under_way(outside, children, bank, "bank")
    settings.VAULT_KEYS = ["a newer key of the vault", *settings.VAULT_KEYS]  # type: ignore[attr-defined]
    rotating.rotate()
    assert all(is_served(each) for each in child.result()["outcomes"])  # type: ignore[attr-defined]
    rotating.rotate()
    settings.VAULT_KEYS = settings.VAULT_KEYS[:1]  # type: ignore[attr-defined]
    assert works(outside, bank)


FAULTS = (
    {"fault": "drop_before"},
    {"fault": "drop_after"},
    {"fault": "cut_short"},
    {"fault": "500"},
    {"fault": "503"},
    {"fault": "503", "retry_after": 1},
    {"fault": "429", "retry_after": 1},
    {"fault": "html"},
    {"fault": "error_in_200"},
    {"fault": "redirect"},
    {"slow_after": 0.3},
)


def test_a_thousand_faults_lose_nothing_where_the_app_allows_a_second_try(
    outside: Outside, cast: Cast, children: Nursery, rounds: Rounds
) -> None:
    apps = (*GRACIOUS, "bank")
    chance = random.Random(1)
    for number in range(1, rounds(12, 1000) // len(apps) + 1):
        broken = [Broken(outside, cast, app, f"owner-{number}", chance) for app in apps]
        for each in broken:
            each.ask(children)
        for each in broken:
            each.heal()
        for each in broken:
            each.see(children)
            each.connection.disconnect(by=HOUSE)
    for app in apps:
        log = outside.log(app)
        assert log["counters"].get("reuse_detected", 0) == 0
        assert all(most == 1 for place, most in log["most_at_once"].items() if place.startswith("refresh of"))


class Broken:
    """A connection that is over, at an app with a fault, asked for by processes of which some are killed."""

    def __init__(self, outside: Outside, cast: Cast, app: str, person: str, chance: random.Random) -> None:
        self.outside, self.app = outside, app
        self.connection = outside.connected(cast.shop, app, person)
        self.fault = chance.choice(FAULTS)
        self.arms = [chance.choice(("", "", *STEPS)) for _process in range(chance.choice((1, 2)))]
        outside.switch(app, token={**self.fault, "next": chance.choice((1, 2))})
        expire(self.connection)
        self.begun: list[Child] = []

    def ask(self, children: Nursery) -> None:
        quick = {**QUICK, "tallystick.connections.renewing.BLIP": 1.0}
        for arm in self.arms:
            self.begun.append(children.begin(self.connection.credential_id, 2, arm=arm, set=quick))

    def heal(self) -> None:
        """Whoever asked has ended, the app works, and what a dead process held has run out."""
        for child in self.begun:
            child.result(30)
        self.outside.as_it_comes(self.app)
        lease = Lease.objects.filter(credential_id=self.connection.credential_id)
        lease.update(until="2000-01-01T00:00:00Z", retry_at=None)
        Breaker.objects.filter(connector=SLUGS[self.app]).delete()

    def see(self, children: Nursery) -> None:
        """Nothing is lost where the app allows a second try; elsewhere the truth is said."""
        outcome = outcome_of(children, self.connection)
        told = f"{self.app}, {self.fault}, killed: {self.arms}: {outcome}"
        assert is_served(outcome) or self.app not in GRACIOUS, told
        if is_served(outcome):
            assert works(self.outside, self.connection), told
            return
        assert outcome == "Ended answer_lost", told
        self.connection.refresh_from_db()
        assert (self.connection.state, self.connection.trouble_kind) == ("needs_client", "answer_lost"), told


def test_there_are_apps_to_break() -> None:
    assert set(GRACIOUS) < set(SLUGS)
    assert renewing.WAIT > 60
