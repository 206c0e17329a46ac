"""What an app wants to be told before one goes there, such as a shop's name; or a key that is pasted."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from tallystick.connectors.definition import Connector, Input


class InputsForm(forms.Form):
    """The inputs of one app, each matched whole against the app's own pattern."""

    def __init__(self, *args: Any, connector: Connector, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.connector = connector
        for each in connector.inputs:
            self.fields[each.key] = _field(each)

    def clean(self) -> dict[str, Any]:
        """Tidied, and each one that the app can take. Raises `ValidationError` at the field."""
        said = super().clean() or {}
        for each in self.connector.inputs:
            typed = str(said.get(each.key, ""))
            if not typed:
                continue
            said[each.key] = each.tidy(typed)
            if not each.fits(said[each.key]):
                self.add_error(each.key, _wrong(each))
        return said

    def inputs(self) -> dict[str, str]:
        """What was typed, by the app's own names."""
        return {each.key: self.cleaned_data[each.key] for each in self.connector.inputs}


def _wrong(each: Input) -> str:
    if each.secret:
        return _("This does not look like the key we need. %(hint)s") % {"hint": each.hint}
    return _("This is not one that the app can have. It looks like this: %(example)s") % {"example": each.example}


def _field(each: Input) -> forms.Field:
    missing = _("Paste this first: %(label)s.") if each.secret else _("Type this first: %(label)s.")
    messages = {"required": missing % {"label": each.label}}
    if each.choices:
        choices = [(value, str(words)) for value, words in each.choices.items()]
        return forms.ChoiceField(
            label=str(each.label),
            help_text=str(each.hint),
            choices=choices,
            widget=forms.RadioSelect,
            error_messages={"required": _("Choose one.")},
        )
    attributes = {"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"}
    widget = forms.PasswordInput(attrs=attributes) if each.secret else forms.TextInput(attrs=attributes)
    hint = (
        str(each.hint)
        if each.secret
        else _("%(hint)s For example: %(example)s") % {"hint": each.hint, "example": each.example}
    )
    return forms.CharField(
        label=str(each.label), help_text=hint.strip(), max_length=500, widget=widget, error_messages=messages
    )
