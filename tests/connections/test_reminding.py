"""What time brings: warnings before a consent ends, asking again, telling of trouble that lasts."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from tallystick.audit.models import Fact
from tallystick.connections import reminding
from tallystick.connections.models import Connection, Credential
from tallystick.core.clock import now
from tallystick.jobs import later
from tests.conftest import Clock
from tests.support.cast import Cast
from tests.support.jobs import run_jobs, waiting_jobs
from tests.support.outside import Outside

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank(outside: Outside, cast: Cast) -> Connection:
    return outside.connected(cast.shop, "bank")


def said(kind: str) -> list[object]:
    return [fact.data.get("days") for fact in Fact.objects.filter(kind=kind).order_by("pk")]


def break_it(connection: Connection, *, needs_client: bool = True, kind: str = "grant_ended") -> None:
    connection.note_trouble(kind, place="token", code="", needs_client=needs_client, next_check=None)
    connection.refresh_from_db()


def test_a_consents_end_is_told_30_14_7_and_1_days_before_once_each(bank: Connection, clock: Clock) -> None:
    assert reminding.remind() == 0
    for day in range(91):
        reminding.remind()
        reminding.remind()
        clock.shift(days=1)
        if day == 70:
            assert said("connection.expiring") == [30]
    assert said("connection.expiring") == [30, 14, 7, 1]


def test_after_a_long_silence_only_the_latest_is_told(bank: Connection, clock: Clock) -> None:
    clock.shift(days=85)
    reminding.remind()
    assert said("connection.expiring") == [7]


def test_a_consent_renewed_in_time_is_not_told_of_again(bank: Connection, clock: Clock) -> None:
    clock.shift(days=80)
    reminding.remind()
    Credential.objects.update(consent_ends_at=now() + timedelta(days=90))
    Connection.objects.update(consent_stage=0)
    assert reminding.remind() == 0


def test_when_the_end_has_come_we_look_once(bank: Connection, clock: Clock) -> None:
    run_jobs()
    clock.shift(days=90, hours=1)
    reminding.remind()
    reminding.remind()
    assert [name for name, _ in waiting_jobs() if name == "connections.look"] == ["connections.look"]


def test_who_was_asked_is_asked_again_on_days_3_and_7(bank: Connection, clock: Clock) -> None:
    break_it(bank)
    for _ in range(10):
        clock.shift(days=1)
        reminding.remind()
        reminding.remind()
    assert said("connection.still_broken") == [3, 7]


def test_it_stops_the_moment_it_works(bank: Connection, clock: Clock) -> None:
    break_it(bank)
    clock.shift(days=3, hours=1)
    reminding.remind()
    bank.note_good_read({"name": "Otterbank", "records": []}, next_check=now())
    clock.shift(days=10)
    reminding.remind()
    assert said("connection.still_broken") == [3]
    break_it(bank)
    clock.shift(days=3, hours=1)
    reminding.remind()
    assert said("connection.still_broken") == [3, 3]


def test_trouble_of_a_day_is_told_once_and_ours_never(bank: Connection, clock: Clock) -> None:
    break_it(bank, needs_client=False, kind="app_down")
    clock.shift(hours=23)
    assert reminding.remind() == 0
    for _ in range(3):
        clock.shift(days=1)
        reminding.remind()
    assert len(said("connection.trouble_lasts")) == 1


def test_trouble_of_ours_is_told_to_no_client(bank: Connection, clock: Clock) -> None:
    break_it(bank, needs_client=False, kind="our_fault")
    clock.shift(days=2)
    reminding.remind()
    assert said("connection.trouble_lasts") == []


def test_what_works_again_while_others_are_told_of_is_not_told_of(
    outside: Outside, cast: Cast, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections = [outside.connected(cast.shop, "bank", f"owner-{number}") for number in (1, 2)]
    for connection in connections:
        break_it(connection)
    clock.shift(days=3, hours=1)
    record = Connection.record

    def mending_the_other(connection: Connection, *args: Any, **kwargs: Any) -> None:
        monkeypatch.setattr(Connection, "record", record)
        record(connection, *args, **kwargs)
        (other,) = [each for each in connections if each.pk != connection.pk]
        other.note_good_read({"name": "Otterbank", "records": []}, next_check=now())

    monkeypatch.setattr(Connection, "record", mending_the_other)
    assert reminding.remind() == 1
    assert said("connection.still_broken") == [3]


def test_an_end_that_another_worker_lays_a_look_for_at_this_moment_is_left_to_it(
    outside: Outside, cast: Cast, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in (1, 2):
        outside.connected(cast.shop, "bank", f"owner-{number}")
    clock.shift(days=91)

    def lay_and_be_overtaken(*args: Any, **kwargs: Any) -> None:
        later(*args, **kwargs)
        Connection.objects.update(consent_stage=len(reminding.BEFORE_THE_END) + 1)

    monkeypatch.setattr(reminding, "later", lay_and_be_overtaken)
    assert reminding.look_at_what_ended() == 1
    assert [name for name, _ in waiting_jobs()].count("connections.look") == 1
