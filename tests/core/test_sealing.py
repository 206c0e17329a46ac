"""Sealing: only here, only under our keys."""

import pytest
from pytest_django import Settings

from tallystick.core.sealing import Unopenable, keyed_digest, keyed_digests, random_text, seal, unseal

PLACE = ("table", "column", "row", "tenant")


def test_what_was_sealed_opens_at_its_place() -> None:
    assert unseal(seal(b"secret", place=PLACE), place=PLACE) == b"secret"


def test_the_same_value_is_never_sealed_alike() -> None:
    assert seal(b"secret", place=PLACE) != seal(b"secret", place=PLACE)


@pytest.mark.parametrize("place", [("table", "column", "other", "tenant"), ("table", "column"), ("tablecolumn", "row")])
def test_a_value_moved_elsewhere_does_not_open(place: tuple[str, ...]) -> None:
    sealed = seal(b"secret", place=PLACE)
    with pytest.raises(Unopenable, match="does not open with any key"):
        unseal(sealed, place=place)


def test_altered_bytes_do_not_open() -> None:
    sealed = bytearray(seal(b"secret", place=PLACE))
    sealed[-1] ^= 1
    with pytest.raises(Unopenable):
        unseal(bytes(sealed), place=PLACE)


def test_an_older_key_of_the_ring_still_opens_and_a_retired_one_does_not() -> None:
    sealed = seal(b"secret", place=PLACE, ring=["old" * 20])
    assert unseal(sealed, place=PLACE, ring=["new" * 20, "old" * 20]) == b"secret"
    with pytest.raises(Unopenable):
        unseal(sealed, place=PLACE, ring=["new" * 20])


def test_digests_follow_the_ring_newest_first(settings: Settings) -> None:
    settings.SECRET_KEYS = ["old" * 20]
    stored = keyed_digest("value", purpose="a")
    settings.SECRET_KEYS = ["new" * 20, "old" * 20]
    assert keyed_digests("value", purpose="a")[1] == stored
    assert keyed_digest("value", purpose="a") != stored
    assert keyed_digest("value", purpose="b") != keyed_digest("value", purpose="a")


def test_random_text_has_the_bytes_asked_for() -> None:
    assert len(random_text(32)) == 43
    assert random_text() != random_text()
