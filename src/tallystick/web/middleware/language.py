"""Which language and whose clock a page uses."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone, translation
from django.utils.cache import patch_vary_headers


class PersonLanguage:
    """Speaks the signed-in person's language, else the one chosen here before, else the browser's first that we speak.

    `?language=nl` speaks it for this one answer and remembers nothing: the neutral pages offer it, since they hold no
    form. Times are shown in the person's own zone.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The page in the right words and times."""
        language = spoken_to(request)
        with translation.override(language), timezone.override(zone_of(request)):
            request.LANGUAGE_CODE = language
            response = self.get_response(request)
        response.headers.setdefault("Content-Language", language)
        patch_vary_headers(response, ("Accept-Language", "Cookie"))
        return response


def spoken_to(request: HttpRequest) -> str:
    """The code of the language to speak: one of `settings.LANGUAGES`."""
    asked = request.GET.get("language", "") if request.method in {"GET", "HEAD"} else ""
    shipped = {code for code, _ in settings.LANGUAGES}
    own = getattr(_person(request), "language", "") or ""
    for language in (asked, own):
        if language in shipped:
            return language
    return translation.get_language_from_request(request)


def zone_of(request: HttpRequest) -> zoneinfo.ZoneInfo | None:
    """The signed-in person's time zone; None, the house's own, when nobody is signed in or the name is unknown."""
    name = getattr(_person(request), "time_zone", "") or ""
    try:
        return zoneinfo.ZoneInfo(str(name)) if name else None
    except (zoneinfo.ZoneInfoNotFoundError, ValueError):
        return None


def _person(request: HttpRequest) -> object | None:
    user = getattr(request, "user", None)
    return user if user is not None and user.is_authenticated else None
