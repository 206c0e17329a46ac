"""A firm's logo: what may be one, by its own first bytes, and who may choose it."""

from __future__ import annotations

import struct
import zlib

import pytest

from tallystick.organisations.models import FirmLogo
from tallystick.organisations.pictures import Picture, picture_of
from tests.support.cast import Cast
from tests.support.ledger import no_fact, one_fact, refused


def png(width: int = 40, height: int = 20, weight: int = 0) -> bytes:
    """The header of a PNG, and as much behind it as it is to weigh."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 6, 0, 0, 0)
    whole = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + header + struct.pack(">I", zlib.crc32(header))
    return whole + bytes(max(0, weight - len(whole)))


def jpeg(width: int = 40, height: int = 20) -> bytes:
    """A marker without a length and two segments before the frame, fill bytes between them."""
    first = b"\xff\xe0" + struct.pack(">H", 4) + b"JF"
    frame = b"\xff\xc2" + struct.pack(">HBHH", 11, 8, height, width) + b"\x01\x01\x11\x00"
    return b"\xff\xd8\xff\x01" + first + b"\xff\xff\xfe" + struct.pack(">H", 3) + b"!" + frame + b"\xff\xd9"


def test_a_png_and_a_jpeg_say_how_large_they_are() -> None:
    assert picture_of(png(1200, 7)) == Picture("image/png", 1200, 7)
    assert picture_of(jpeg(640, 480)) == Picture("image/jpeg", 640, 480)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"GIF89a" + bytes(40),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"\x89PNG\r\n\x1a\n",
        png()[:30],
        png().replace(b"IHDR", b"IEND"),
        png(0, 20),
        b"\xff\xd8\xff",
        jpeg()[:20],
        b"\xff\xd8\xff\xe0\x00\x00" * 9,
        b"\xff\xd8" + b"\xff" * 100,
        b"\xff\xd8\xff\xe0\xff\xff" + bytes(50),
        jpeg(0, 5),
    ],
)
def test_anything_else_is_no_picture(content: bytes) -> None:
    assert picture_of(content) is None


@pytest.mark.parametrize("length", range(len(jpeg())))
def test_a_jpeg_that_was_cut_off_is_no_trouble(length: int) -> None:
    picture_of(jpeg()[:length])


def test_the_owner_chooses_one_and_it_is_a_fact(cast: Cast) -> None:
    cast.also("as_alice")
    with one_fact("firm.logo_changed", cast.firm, cast.alice):
        FirmLogo.put(cast.firm, png(), by=cast.as_alice)
    cast.firm.refresh_from_db()
    logo = FirmLogo.objects.get()
    assert (logo.kind, bytes(logo.content)) == ("image/png", png())
    assert len(cast.firm.logo_digest) == 8


def test_the_same_again_changes_nothing(cast: Cast) -> None:
    FirmLogo.put(cast.firm, png(), by=cast.as_alice)
    with no_fact():
        FirmLogo.put(cast.firm, png(), by=cast.as_alice)


def test_another_has_another_address(cast: Cast) -> None:
    FirmLogo.put(cast.firm, png(), by=cast.as_alice)
    before = cast.firm.logo_digest
    FirmLogo.put(cast.firm, jpeg(), by=cast.as_alice)
    assert cast.firm.logo_digest != before
    assert FirmLogo.objects.get().kind == "image/jpeg"


def test_removed_it_is_gone(cast: Cast) -> None:
    FirmLogo.put(cast.firm, png(), by=cast.as_alice)
    with one_fact("firm.logo_changed", cast.firm, cast.alice):
        FirmLogo.remove(cast.firm, by=cast.as_alice)
    assert not FirmLogo.objects.exists()
    with no_fact():
        FirmLogo.remove(cast.firm, by=cast.as_alice)


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (png(weight=200_001), "logo_too_heavy"),
        (b"GIF89a", "logo_no_picture"),
        (png(1201, 10), "logo_too_large"),
        (jpeg(10, 1201), "logo_too_large"),
    ],
)
def test_what_does_not_fit_is_refused(cast: Cast, content: bytes, code: str) -> None:
    cast.also("as_alice")
    with refused(code, "logo", 422):
        FirmLogo.put(cast.firm, content, by=cast.as_alice)
    assert not FirmLogo.objects.exists()


def test_exactly_at_the_limits_it_fits(cast: Cast) -> None:
    FirmLogo.put(cast.firm, png(1200, 1200, weight=200_000), by=cast.as_alice)


def test_staff_and_others_may_not(cast: Cast) -> None:
    for actor in (cast.as_stella, cast.as_bob, cast.as_other_firm):
        with refused("not_allowed"):
            FirmLogo.put(cast.firm, png(), by=actor)
        with refused("not_allowed"):
            FirmLogo.remove(cast.firm, by=actor)
