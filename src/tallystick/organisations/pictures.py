"""What kind of picture some bytes are, and how large, by their own header: nothing is decoded, so nothing can be blown up."""

from __future__ import annotations

from dataclasses import dataclass

_PNG = b"\x89PNG\r\n\x1a\n"
_JPEG = b"\xff\xd8\xff"
# Start-of-frame markers of JPEG (ITU T.81, table B.1): C0 to CF but for C4, C8 and CC, which are tables.
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_BARE = frozenset({0x01, *range(0xD0, 0xD8)})  # markers that have no length


@dataclass(frozen=True)
class Picture:
    """A picture's media type, and its size in pixels."""

    kind: str
    width: int
    height: int


def picture_of(content: bytes) -> Picture | None:
    """What a PNG or JPEG says of itself; None for anything else, or one whose header is broken."""
    if content.startswith(_PNG):
        return _png(content)
    return _jpeg(content) if content.startswith(_JPEG) else None


def _png(content: bytes) -> Picture | None:
    """The first chunk is the header (PNG specification, 11.2.2): length 13, `IHDR`, width, height."""
    if content[8:16] != b"\x00\x00\x00\rIHDR" or len(content) < 33:
        return None
    return _sized("image/png", int.from_bytes(content[16:20], "big"), int.from_bytes(content[20:24], "big"))


def _jpeg(content: bytes) -> Picture | None:
    """Segments follow one another up to the frame, which has the size."""
    at = 2
    while at + 9 <= len(content) and content[at] == 0xFF:
        marker = content[at + 1]
        if marker == 0xFF:  # fill bytes may stand before a marker
            at += 1
        elif marker in _BARE:
            at += 2
        elif marker in _FRAMES:
            height, width = (int.from_bytes(content[at + start : at + start + 2], "big") for start in (5, 7))
            return _sized("image/jpeg", width, height)
        else:
            at += 2 + int.from_bytes(content[at + 2 : at + 4], "big")
    return None


def _sized(kind: str, width: int, height: int) -> Picture | None:
    return Picture(kind, width, height) if width and height else None
