"""What every page knows without being told: tenants, navigation, languages, what is asked of the person."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.translation import get_language_info

from tallystick.core.actor import Actor


class Page:
    """The frame's side of one request. Everything is worked out when a template first asks for it."""

    def __init__(self, request: HttpRequest) -> None:
        self._request = request

    @cached_property
    def actor(self) -> Actor | None:
        """Who acts here, when a tenant's page has said so."""
        return getattr(self._request, "actor", None)

    @cached_property
    def person(self) -> Any:
        """The signed-in person, or None."""
        user = getattr(self._request, "user", None)
        return user if user is not None and user.is_authenticated else None

    @cached_property
    def idle(self) -> int:
        """Seconds without a request after which this person is signed out; 0 for strangers."""
        row = getattr(self._request.session, "row", None) if self.person and hasattr(self._request, "session") else None
        return int(row.idle.total_seconds()) if row else 0

    @cached_property
    def tenants(self) -> Sequence[Any]:
        """Firms and businesses this person may switch between: each with `name`, `kind`, `url`, `current`."""
        tenants = getattr(self._request, "tenants", None) or ()
        return list(tenants() if callable(tenants) else tenants)

    @cached_property
    def tenant(self) -> Any:
        """The firm or business whose desk this is, or None."""
        given = getattr(self._request, "tenant", None)
        return given or next((tenant for tenant in self.tenants if tenant.current), None)

    @cached_property
    def navigation(self) -> Sequence[Any]:
        """Places on this desk: each with `label`, `url`, `icon`, `current`, and perhaps `count`."""
        navigation = getattr(self._request, "navigation", None) or ()
        return list(navigation() if callable(navigation) else navigation)

    @cached_property
    def notices(self) -> int:
        """How many things are asked of this person, for the count in the account menu."""
        count = getattr(self._request, "notices", 0)
        return int(count() if callable(count) else count or 0)

    @property
    def demo_url(self) -> str:
        """The demo's first page, to which each page of a demo leads back; empty elsewhere. `config` serves it."""
        return "/demo/" if settings.DEMO else ""

    @cached_property
    def languages(self) -> list[dict[str, Any]]:
        """The shipped languages, each under its own name."""
        return [get_language_info(code) for code, _ in settings.LANGUAGES]

    @cached_property
    def choose_language_url(self) -> str:
        """Where the choice of language is sent; empty when the house has no such address."""
        try:
            return reverse("set_language")
        except NoReverseMatch:
            return ""

    @cached_property
    def place(self) -> str:
        """Where this page is, to come back to it. What answers a POST was shown at the address the form stood on."""
        request = self._request
        if request.method in {"GET", "HEAD"}:
            return request.get_full_path()
        referer = urlsplit(request.headers.get("Referer", ""))
        if referer.path and referer.netloc == request.get_host():
            return f"{referer.path}?{referer.query}" if referer.query else referer.path
        return request.get_full_path()


def page(request: HttpRequest) -> dict[str, Page]:
    """Context processor: gives every template its `page`."""
    return {"page": Page(request)}
