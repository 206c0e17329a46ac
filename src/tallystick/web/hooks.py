"""Where apps tell us something. No session, no cookie: the signature over the body as it came is the proof."""

from __future__ import annotations

import structlog
from django.http import HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from tallystick.connections import notices
from tallystick.connectors import catalogue
from tallystick.connectors.failures import MessageRefused

logger = structlog.get_logger("tallystick.connections")


@csrf_exempt
@require_POST
def hear(request: HttpRequest, slug: str) -> HttpResponse:
    """Take a message of an app: stored first, worked on later. Who does not prove who they are learns nothing."""
    try:
        connector = catalogue.get(slug)
        notices.hear(connector, request.headers, _body(request))
    except (catalogue.NoSuchApp, MessageRefused, _TooLarge) as no:
        logger.info("message refused", connector=slug[:40], because=type(no).__name__)
        return HttpResponse(status=401)
    return HttpResponse(status=204)


class _TooLarge(Exception):
    """A message no app sends."""


def _body(request: HttpRequest) -> bytes:
    """The body as it came. Raises `_TooLarge` before it is read, where its length is told."""
    told = request.headers.get("Content-Length", "")
    if told.isdecimal() and int(told[:12]) > notices.LARGEST:
        raise _TooLarge
    return request.read(notices.LARGEST)  # whatever follows, no signature would fit
