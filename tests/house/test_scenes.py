"""What stands for the tests of a file: nobody sees what they did not ask for, nor what another test did to it."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

import pytest

from tallystick.audit.models import Fact
from tallystick.core.refused import Refused
from tallystick.organisations.models import Business, Firm, Organisation
from tests.support.cast import Cast
from tests.support.scenes import scenes

pytestmark = pytest.mark.django_db


class TestOneAfterAnother:
    """Of one class, so that no other test comes between them, in whatever order."""

    made: ClassVar[set[UUID]] = set()

    @pytest.mark.parametrize("_again", range(3))
    def test_what_is_asked_for_in_the_same_order_is_made_once(self, cast: Cast, _again: int) -> None:
        cast.also("bob", "business", "shop")
        self.made.add(cast.business.pk)
        assert self.made == {Business.objects.get().pk}
        assert scenes.standing() == ["bob", "business", "shop"]


@pytest.mark.parametrize("_again", range(2))
def test_what_was_not_asked_for_is_not_there(cast: Cast, _again: int) -> None:
    cast.also("bob")
    assert not Business.objects.exists()
    assert not Firm.objects.exists()
    assert not Fact.objects.exists()


@pytest.mark.parametrize("_again", range(2))
def test_what_a_test_changes_is_as_before_for_the_next(cast: Cast, _again: int) -> None:
    cast.also("bob", "business", "shop", "as_bob")
    assert cast.shop.name == "Shop"
    cast.shop.rename("Kiosk", by=cast.as_bob)
    cast.bob.name = "Robert"
    assert sorted(Organisation.objects.values_list("name", flat=True)) == ["Café", "Kiosk"]
    assert cast.shop.business is cast.business, "what belongs together stays one"


@pytest.mark.parametrize("_again", range(2))
def test_what_is_made_after_a_change_is_made_for_this_test_alone(cast: Cast, _again: int) -> None:
    cast.also("bob", "business", "as_bob")
    cast.business.open_organisation("Kiosk", by=cast.as_bob)
    assert cast.partnership.business_id == cast.business.pk
    assert "partnership" not in scenes.standing()


def test_a_piece_that_comes_to_nothing_leaves_nothing(cast: Cast) -> None:
    cast.also("bob")

    def fail(_cast: object) -> None:
        Business.open("B", organisations=["One"], owner=cast.bob, by=cast.bob.actor)
        raise Refused("no", "No.")

    with pytest.raises(Refused):
        scenes.piece("failed", fail, cast)
    assert not Business.objects.exists()
