"""Links that are handed out, as a picture for a phone's camera."""

from __future__ import annotations

import segno
from django.utils.safestring import SafeString, mark_safe


def picture_of(address: str) -> SafeString:
    """The address as a QR code, drawn here: dark on light in both schemes, because cameras want it so."""
    drawing = segno.make(address, error="m").svg_inline(scale=4, border=4, light="#fff", svgclass="qr", lineclass=None)
    return mark_safe(drawing)  # noqa: S308 - drawn by segno from our own address
