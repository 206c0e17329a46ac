"""A page for addresses that only a button reaches: somebody who typed one, or went back to one, is told so."""

from __future__ import annotations

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from tallystick.web.errors import only_by_button


class OnlyByButton:
    """Gives the bare 405 of a view that takes no GET its plain page."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """The answer, or the page in its place."""
        response = self.get_response(request)
        if response.status_code != 405 or request.method != "GET" or response.content:
            return response
        page = only_by_button(request)
        page.headers["Allow"] = response.headers["Allow"]
        return page
