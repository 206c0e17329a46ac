"""Before a dangerous page: somebody who has proved in the last ten minutes that it is still them (quality bar 16)."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme


def fresh_sign_in(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Strangers sign in first; people whose last proof is older than ten minutes give another one, and come back."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return redirect_to_login(request.get_full_path())
        if not is_fresh(request):
            return redirect(f"{reverse('account:again')}?{urlencode({'next': request.get_full_path()})}")
        return view(request, *args, **kwargs)

    return guarded


def is_fresh(request: HttpRequest) -> bool:
    """Has the person proved themselves in this session in the last ten minutes?"""
    return bool(request.session.is_fresh())  # type: ignore[attr-defined]  # our own session engine


def place_in(request: HttpRequest) -> str:
    """The page of ours to go on to that the request names; empty when it names none, or one elsewhere."""
    named = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(named, {request.get_host()}, require_https=request.is_secure())
    return named if allowed and named.startswith("/") else ""
