"""Kits: a firm's named sets of apps."""

from __future__ import annotations

import pytest

from tallystick.invitations.models import Kit
from tests.support.cast import Cast
from tests.support.ledger import no_fact, one_fact, refused


@pytest.fixture
def kit(cast: Cast) -> Kit:
    return Kit.make(cast.firm, " Online  shop ", ["shopify", "sandbox-bank"], by=cast.as_alice)


def test_a_kit_has_its_apps_in_order(kit: Kit) -> None:
    assert (kit.name, [each.slug for each in kit.connectors]) == ("Online shop", ["shopify", "sandbox-bank"])


def test_its_name_is_its_own_within_the_firm(cast: Cast, kit: Kit) -> None:
    with refused("name_taken", "name", 409):
        Kit.make(cast.firm, "ONLINE shop", ["shopify"], by=cast.as_alice)
    assert Kit.make(cast.other_firm, "Online shop", ["shopify"], by=cast.as_other_firm) != kit


def test_it_is_changed(cast: Cast, kit: Kit) -> None:
    with one_fact("kit.changed", cast.firm, cast.alice):
        kit.change("Shop", ["shopify"], by=cast.as_alice)
    assert Kit.objects.get().apps == ["shopify"]


def test_it_is_removed_and_its_name_is_free_again(cast: Cast, kit: Kit) -> None:
    with one_fact("kit.removed", cast.firm, cast.alice):
        kit.remove(by=cast.as_alice)
    with no_fact():
        kit.remove(by=cast.as_alice)
    assert Kit.make(cast.firm, "Online shop", ["shopify"], by=cast.as_alice)


def test_a_kit_of_nothing_is_none(cast: Cast) -> None:
    cast.also("as_alice")
    with refused("apps_missing", "apps", 422):
        Kit.make(cast.firm, "Empty", [], by=cast.as_alice)


def test_an_app_that_is_not_there_any_more_is_left_out(kit: Kit) -> None:
    Kit.objects.update(apps=["gone", "shopify"])
    kit.refresh_from_db()
    assert [each.slug for each in kit.connectors] == ["shopify"]


@pytest.mark.parametrize("who", ["as_other_firm", "as_bob"])
def test_others_neither_see_nor_change_it(cast: Cast, kit: Kit, who: str) -> None:
    by = getattr(cast, who)
    assert not Kit.objects.visible_to(by).exists()
    with refused("not_allowed"):
        kit.remove(by=by)
