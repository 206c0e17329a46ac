"""The one way a page's form reaches a verb: what was typed stays, and a no is shown where it was typed."""

from __future__ import annotations

from collections.abc import Callable

from django import forms
from django.db import OperationalError
from django.http import HttpRequest

from tallystick.core.refused import Refused
from tallystick.web.forms.tenants import apply_refusal
from tallystick.web.refusing import refusal_in

_ABOUT_THE_INPUT = frozenset({409, 422})
_TOO_OFTEN = 429


def submitted(
    request: HttpRequest, form: forms.Form, verb: Callable[[], object], *, keeps_when_too_often: bool = False
) -> bool:
    """Whether the form was sent, was right, and the verb said yes. Raises `Refused` when the right itself is missing.

    With `keeps_when_too_often` a limit is said in the form too, so that long words of one's own are not lost to it.
    """
    if request.method != "POST" or not form.is_valid():
        return False
    try:
        verb()
    except (Refused, OperationalError) as trouble:
        refused = refusal_in(trouble)
        if refused is None:
            raise
        shown = refused.status in _ABOUT_THE_INPUT or (keeps_when_too_often and refused.status == _TOO_OFTEN)
        if not shown:
            raise
        apply_refusal(form, refused)
        return False
    return True
