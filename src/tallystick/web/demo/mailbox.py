"""The mailbox: mails and texts as their recipients would see them, codes included. Only where everybody may read them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from functools import wraps
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from tallystick.core.sealing import Unopenable
from tallystick.outbox.contents import Contents
from tallystick.outbox.models import Letter
from tallystick.web.middleware.headers import content_policy

SHOWN = 200
"""Letters in the list at most, newest first."""

_LOCAL = {"localhost", "127.0.0.1", "::1"}
_LETTER_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self' data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""A mail brings styles of its own, and a firm's logo from here, and nothing else.

Its links open beside it, as they do in a mail program."""


@dataclass(frozen=True)
class Shown:
    """A letter as the page shows it."""

    id: UUID
    channel: str
    at: datetime
    contents: Contents


def is_open() -> bool:
    """In the demo; and where mail is kept in the mailbox on a machine that only its own user reaches."""
    kept_here = str(settings.EMAIL_URL).startswith("mailbox:")
    return bool(settings.DEMO) or (kept_here and urlsplit(settings.BASE_URL).hostname in _LOCAL)


def while_open(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Elsewhere the page does not exist."""

    @require_safe
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not is_open():
            raise Http404
        return view(request, *args, **kwargs)

    return guarded


@while_open
def index(request: HttpRequest) -> HttpResponse:
    """The list; on a wide screen beside the letter."""
    return _page(request, None, "")


@while_open
def show(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """One letter as a mail program shows it; a text, or a mail without HTML, as plain text."""
    letter = _letter(letter_id)
    return _page(request, letter, "html" if letter.contents.html else "text")


@while_open
def text(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """One letter's plain-text twin."""
    return _page(request, _letter(letter_id), "text")


@while_open
def html(request: HttpRequest, letter_id: UUID) -> HttpResponse:
    """The mail's own HTML, for the frame in the page."""
    markup = _letter(letter_id).contents.html.replace("<head>", '<head><base target="_blank">', 1)
    response = HttpResponse(markup)
    response.headers["Content-Security-Policy"] = _LETTER_POLICY
    response.headers["X-Frame-Options"] = "SAMEORIGIN"
    response.headers["Cache-Control"] = "no-store"
    return response


def _page(request: HttpRequest, letter: Shown | None, form: str) -> HttpResponse:
    words = request.GET.get("q", "").strip()
    context = {"letters": _letters(words), "letter": letter, "form": form, "words": words}
    response = render(request, "demo/mailbox/index.html", context)
    response.headers["Content-Security-Policy"] = f"{content_policy(response)}; frame-src 'self'"
    response.headers["Cache-Control"] = "no-store"
    return response


def _letters(words: str) -> list[Shown]:
    """The latest to recipients whose address or number holds these words."""
    shown = (_shown(letter) for letter in Letter.objects.order_by("-created_at", "pk")[: SHOWN * 5])
    wanted = words.casefold()
    return [each for each in shown if each and wanted in each.contents.to.casefold()][:SHOWN]


def _letter(letter_id: UUID) -> Shown:
    letter = _shown(get_object_or_404(Letter, pk=letter_id))
    if letter is None:
        raise Http404
    return letter


def _shown(letter: Letter) -> Shown | None:
    """None for one that was sealed under keys we no longer have."""
    try:
        return Shown(letter.pk, letter.channel, letter.created_at, letter.contents)
    except Unopenable:
        return None
