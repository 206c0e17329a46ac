"""The pages for what went wrong: neutral, plain, and the same for everybody who gets them.

They hold no form, no name and nothing of the request, so that what is unknown and what is another's look alike to the
byte (quality bar 5, 27), and they need no database, so that they show when it is away.
"""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string

from tallystick.web.context import Page

RETRY_SECONDS = 10


def show(request: HttpRequest, name: str, status: int) -> HttpResponse:
    """One of the pages in `frame/errors/`."""
    return HttpResponse(render_to_string(f"frame/errors/{name}.html", {"page": Page(request)}), status=status)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404: no such page, or not one for this person; which of the two is not told."""
    return show(request, "not_found", 404)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403: seen, and not allowed."""
    return show(request, "forbidden", 403)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400: the browser sent something that makes no sense to us."""
    return show(request, "bad_request", 400)


def only_by_button(request: HttpRequest) -> HttpResponse:
    """405: an address that was opened, and that only a button may reach."""
    return show(request, "only_by_button", 405)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: the form does not carry the mark of this browser, mostly because it stood open too long."""
    return show(request, "stale_form", 403)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: our fault."""
    return show(request, "server_error", 500)


def unavailable(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """503: not now, soon again."""
    response = show(request, "unavailable", 503)
    response.headers["Retry-After"] = str(RETRY_SECONDS)
    return response
