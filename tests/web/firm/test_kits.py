"""The firm's kits: made, changed, removed, and nobody else's."""

from __future__ import annotations

import pytest

from tallystick.invitations.models import Kit
from tests.invitations.conftest import _apps, apps_set_up
from tests.support.cast import Cast
from tests.support.desks import UNKNOWN, Desk

__all__ = ["_apps", "apps_set_up"]


@pytest.fixture
def desk(cast: Cast) -> Desk:
    return Desk.of(cast.alice_seat)


def test_with_none_it_says_what_a_kit_is(desk: Desk) -> None:
    assert "No kit yet" in desk.read("kits/")


def test_one_is_made_and_changed(desk: Desk) -> None:
    page = desk.send("kits/new/", name="Online shop", apps=["shopify", "sandbox-till"])
    kit = Kit.objects.get()
    assert "Online shop" in page
    assert "Shopify, Tinkertill" in page
    assert desk.read(f"kits/{kit.pk}/").count(" checked") == 2
    desk.send(f"kits/{kit.pk}/", name="Shop", apps=["shopify"])
    kit.refresh_from_db()
    assert (kit.name, kit.apps) == ("Shop", ["shopify"])


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"name": "", "apps": ["shopify"]}, "Enter a name."),
        ({"name": "Shop"}, "Choose at least one app."),
        ({"name": "Shop", "apps": ["own-till"]}, "not known here any more"),
        ({"name": "ONLINE shop", "apps": ["shopify"]}, "There already is a kit"),
    ],
)
def test_bad_input_is_said_and_kept(desk: Desk, cast: Cast, said: dict[str, object], sentence: str) -> None:
    Kit.make(cast.firm, "Online shop", ["shopify"], by=cast.as_alice)
    page = desk.mistake("kits/new/", **said)
    assert sentence in page
    assert str(said["name"]) in page
    assert Kit.objects.count() == 1


def test_removing_says_first_what_stays(desk: Desk, cast: Cast) -> None:
    kit = Kit.make(cast.firm, "Online shop", ["shopify"], by=cast.as_alice)
    assert "You can make it again" in desk.read(f"kits/{kit.pk}/removal/")
    assert Kit.objects.kept().exists()
    assert "is removed" in desk.send(f"kits/{kit.pk}/removal/")
    assert not Kit.objects.kept().exists()
    assert desk.opens(f"kits/{kit.pk}/") == 404


def test_staff_have_them_too(cast: Cast) -> None:
    stella = Desk.of(cast.stella_seat)
    stella.send("kits/new/", name="Shop", apps=["shopify"])
    assert Kit.objects.exists()


def test_another_firms_kit_is_like_none(cast: Cast) -> None:
    kit = Kit.make(cast.firm, "Online shop", ["shopify"], by=cast.as_alice)
    charlie = Desk(cast.charlie, cast.other_firm)
    assert "Online shop" not in charlie.read("kits/")
    for below in (f"kits/{kit.pk}/", f"kits/{kit.pk}/removal/"):
        assert charlie.opens(below) == charlie.opens(below.replace(str(kit.pk), UNKNOWN)) == 404
    assert Desk(cast.charlie, cast.firm).opens("kits/") == 404


def test_the_settings_lead_there(desk: Desk) -> None:
    assert desk.path("kits/") in desk.read("settings/")
