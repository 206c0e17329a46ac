"""The tenant comes from the address: a page under a firm or business gets its actor here, and nobody else gets the page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse

from tallystick.organisations.actors import actor_for
from tallystick.web.desks import navigation_for, switchable

_SIDES = ("firm", "business")


class Tenant:
    """For every view whose address names a `firm` or a `business`: signs in first, then the person's seat there, or 404.

    Because it goes by the address, no view can forget to ask.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Pass the request on; the work is in `process_view`, which knows the address's parts."""
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: object, _args: object, kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Put `actor`, `tenant`, `tenants` and `navigation` on the request."""
        side = next((side for side in _SIDES if side in kwargs), None)
        if request.user.is_authenticated:
            request.tenants = lambda: switchable(request)  # type: ignore[attr-defined]
        if side is None:
            return None
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        found = actor_for(request.user, side, kwargs[side])
        if found is None:
            raise Http404
        request.actor, request.tenant = found  # type: ignore[attr-defined]
        request.navigation = lambda: navigation_for(request)  # type: ignore[attr-defined]
        return None
