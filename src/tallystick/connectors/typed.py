"""What people type before they go to an app: tidied, matched whole, or refused with a sentence they can act on."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils.translation import gettext as _

from tallystick.connectors.definition import Connector, Input
from tallystick.core.refused import Refused

LONGEST = 4096


def clean_inputs(connector: Connector, typed: Mapping[str, str]) -> dict[str, str]:
    """The inputs that an app asks for, by key. What else was typed is left out.

    Raises Refused (code `wrong_input`, field: the input's key) for the first that is missing or does not fit.
    """
    return {each.key: clean_input(each, typed.get(each.key, "")) for each in connector.inputs}


def clean_input(each: Input, typed: str) -> str:
    """One input, tidied. Raises Refused (code `wrong_input`). A secret's value is not repeated in the sentence."""
    value = each.tidy(typed) if len(typed) <= LONGEST else ""
    if each.fits(value):
        return value
    if each.choices:
        message = _("Choose one under “%(label)s”.") % {"label": each.label}
    elif not typed.strip():
        message = _("Fill in “%(label)s”.") % {"label": each.label}
    else:
        message = _("“%(label)s” does not look right. Write it like this: %(example)s") % {
            "label": each.label,
            "example": each.example,
        }
    raise Refused("wrong_input", message, next_step=str(each.hint), field=each.key, status=422)
