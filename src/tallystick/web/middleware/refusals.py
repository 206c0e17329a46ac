"""Turns a verb's no into a plain page: what it is, what to do now, and a way back."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from tallystick.audit import record
from tallystick.core.refused import Refused
from tallystick.web.context import Page
from tallystick.web.refusing import refusal_in


class Refusals:
    """Shows a no with its message and status; to a request for a part of a page, as a part."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The page; the work is in `process_exception`."""
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Django asks here when a view raised something."""
        refused = refusal_in(exception)
        if refused is None:
            return None
        if refused.status == 403 and request.method not in {"GET", "HEAD", "OPTIONS"}:
            _write_down(request, refused)
        fragment = request.headers.get("HX-Request") == "true"
        name = "parts/refused.html" if fragment else "frame/refused.html"
        context = {"refused": refused, "page": Page(request), "back": came_from(request)}
        return HttpResponse(render_to_string(name, context), status=refused.status)


def _write_down(request: HttpRequest, refused: Refused) -> None:
    """A fact about somebody who tried what they may not do. Of the address only the view's name: it may hold a token."""
    if not request.user.is_authenticated or request.resolver_match is None:
        return
    actor = getattr(request, "actor", None) or request.user.actor
    with transaction.atomic():
        record(
            "refusal.made",
            request.user,
            by=actor,
            person_ids=[request.user.pk],
            data={"code": refused.code, "view": request.resolver_match.view_name},
        )


def came_from(request: HttpRequest) -> str:
    """The page of ours that led here, or the first page."""
    referer = urlsplit(request.headers.get("Referer", ""))
    if referer.netloc != request.get_host() or not referer.path.startswith("/") or referer.path.startswith("//"):
        return "/"
    if referer.path == request.path and request.method in {"GET", "HEAD"}:
        return "/"
    return f"{referer.path}?{referer.query}" if referer.query else referer.path
