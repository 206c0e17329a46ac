"""What will be sent is shown before it is sent."""

from __future__ import annotations

import pytest

from tallystick.invitations.models import Invitation
from tallystick.outbox import Delivery
from tests.invitations.conftest import _apps, apps_set_up
from tests.support.cast import Cast
from tests.support.desks import Desk, words
from tests.web.asking.test_new import FILLED

__all__ = ["_apps", "apps_set_up"]


@pytest.fixture
def desk(cast: Cast) -> Desk:
    cast.also("partnership", "shop")
    return Desk.of(cast.alice_seat)


def test_the_mail_is_shown_and_nothing_is_asked(desk: Desk, cast: Cast) -> None:
    form = FILLED | {"language": "en"}
    answer = desk.browser.post(desk.path(f"books/{cast.shop.pk}/asks/preview/"), form)
    page = words(answer)
    assert answer.status_code == 200
    assert "This is what will be sent" in page
    for said in ("Alice & Co", "Shopify", "Tinkertill", "We need your sales."):
        assert said in page.split("This is what will be sent")[1].split("</section>")[0]
    assert 'value="olaf@owner.example"' in page
    assert not Invitation.objects.exists()
    assert not Delivery.objects.exists()


def test_what_could_not_be_sent_is_said_instead(desk: Desk, cast: Cast) -> None:
    page = desk.mistake(f"books/{cast.shop.pk}/asks/preview/", **FILLED | {"address": "alice@alice.example"})
    assert "is your own address" in page
    assert "This is what will be sent" not in page
