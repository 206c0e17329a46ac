"""At once, once a day, or not: as each person chose; and never to an address that does not work."""

from collections.abc import Callable
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tallystick.accounts.models import User
from tallystick.accounts.models.choices import choose, notices
from tallystick.core.clock import now
from tallystick.notifications.digests import send_digests
from tallystick.notifications.models import DigestLine
from tallystick.organisations.models import Firm, Member
from tallystick.outbox import Delivery
from tallystick.outbox.models import Mark
from tests.conftest import Clock
from tests.notifications.conftest import Told, acting, person


@pytest.fixture
def join(told: Told, firm: Firm, alice: User, bob: User) -> Callable[[str], None]:
    """Bob, an admin, takes somebody on: Alice is told as she chose."""
    Member.join(firm, bob, "admin", by=acting(alice, firm))
    told()

    def take_on(name: str) -> None:
        Member.join(firm, person(name), "staff", by=acting(bob, firm))

    return take_on


def to_alice(told: Told) -> list[str]:
    return [letter.subject for letter in told() if letter.to == "alice@alice.example"]


def shift_to(clock: Clock, moment: datetime) -> None:
    clock.shift(seconds=(moment - now()).total_seconds())


def test_the_kinds_that_can_be_tuned_stand_on_the_preferences() -> None:
    assert {"members", "partnerships", "grants"} <= {notice.kind for notice in notices()}


def test_off_is_off(told: Told, alice: User, join: Callable[[str], None]) -> None:
    choose(alice, {"members": "off"}, by=alice.actor)
    join("Charlie")
    assert to_alice(told) == []


def test_daily_waits_for_eight_in_the_morning_at_her_place(
    told: Told, alice: User, join: Callable[[str], None], clock: Clock
) -> None:
    choose(alice, {"members": "daily"}, by=alice.actor)
    alice.choose_time_zone("Asia/Tokyo", by=alice.actor)
    noon = (now() + timedelta(days=1)).astimezone(ZoneInfo("Asia/Tokyo")).replace(hour=12, minute=0, second=0)
    shift_to(clock, noon)
    join("Charlie")
    join("Dora")
    assert to_alice(told) == []
    shift_to(clock, noon + timedelta(hours=19, minutes=59))
    send_digests()
    assert to_alice(told) == []
    clock.shift(minutes=4)
    send_digests()
    send_digests()
    (digest,) = told()
    assert digest.subject == "Tallystick: 2 things happened"
    assert "• Charlie joined Hart & Co\n• Dora joined Hart & Co" in digest.text
    assert not DigestLine.objects.exists()


def test_a_morning_missed_is_made_up_for(told: Told, alice: User, join: Callable[[str], None], clock: Clock) -> None:
    choose(alice, {"members": "daily"}, by=alice.actor)
    join("Charlie")
    told()
    shift_to(clock, (now() + timedelta(days=2)).replace(hour=15))
    send_digests()
    assert to_alice(told) == ["Tallystick: one thing happened"]


def test_an_address_that_does_not_work_gets_safety_notices_only(
    told: Told, alice: User, join: Callable[[str], None]
) -> None:
    Mark.put("mail", "alice@alice.example", "550 unknown")
    join("Charlie")
    alice.choose_password("a long sentence nobody else would type", by=alice.actor)
    assert to_alice(told) == ["A password was set"]
    held = Delivery.objects.get(kind="member_joined")
    assert (held.state, held.reason, held.contents) == ("suppressed", "marked", None)


def test_somebody_without_a_proved_address_is_told_nothing(
    told: Told, alice: User, join: Callable[[str], None]
) -> None:
    alice.contacts.all().delete()
    join("Charlie")
    assert to_alice(told) == []
