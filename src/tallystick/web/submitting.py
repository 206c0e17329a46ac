"""The one way a page's form reaches a verb: what was typed stays, and a no is shown where it was typed."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.http import HttpRequest

from tallystick.core.refused import Refused
from tallystick.web.forms.tenants import apply_refusal

_ABOUT_THE_INPUT = frozenset({409, 422, 429})


def submitted(request: HttpRequest, form: forms.Form, verb: Callable[[], object]) -> bool:
    """Whether the form was sent, was right, and the verb said yes. Raises `Refused` when the right itself is missing."""
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        verb()
    except Refused as refused:
        if refused.status not in _ABOUT_THE_INPUT:
            raise
        apply_refusal(form, refused)
        return False
    return True
