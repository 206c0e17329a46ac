"""Links that are handed out: the whole address, and a picture of it for a phone's camera."""

from __future__ import annotations

import segno
from django.conf import settings
from django.utils.safestring import SafeString, mark_safe

from tallystick.invitations.models import ClientConnectLink, Invitation


def link_of(shared: Invitation | ClientConnectLink) -> str:
    """The address to hand out. It holds the token: for those who may ask alone, never for a log."""
    door = "i" if isinstance(shared, Invitation) else "c"
    return f"{settings.BASE_URL}/{door}/{shared.token}/"


def picture_of(address: str) -> SafeString:
    """The address as a QR code, drawn here: dark on light in both schemes, because cameras want it so."""
    drawing = segno.make(address, error="m").svg_inline(scale=4, border=4, light="#fff", svgclass="qr", lineclass=None)
    return mark_safe(drawing)  # noqa: S308 - drawn by segno from our own address
