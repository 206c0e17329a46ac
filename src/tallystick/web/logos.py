"""Firms' logos, for everybody: on pages, and in mails that are read elsewhere."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.views.decorators.http import require_safe

from tallystick.organisations.models import FirmLogo

_FOR_GOOD = "public, max-age=31536000, immutable"


@require_safe
def logo(request: HttpRequest, firm_id: UUID, digest: str) -> HttpResponse:
    """The picture with this digest, as long as it is the firm's. Its address never shows another one."""
    found = get_object_or_404(FirmLogo, firm=firm_id, firm__logo_digest=digest)
    answer = HttpResponse(bytes(found.content), content_type=found.kind)
    answer["Cache-Control"] = _FOR_GOOD
    answer["Cross-Origin-Resource-Policy"] = "cross-origin"  # mail read in a browser shows it too
    return answer
