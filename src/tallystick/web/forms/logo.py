"""The form for a firm's logo."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

_NONE = _("Choose a PNG or JPEG picture of at most 200 kB.")


class LogoForm(forms.Form):
    """One picture. What it may be is the logo's own rule."""

    logo = forms.FileField(
        label=_("Picture"),
        help_text=_("A PNG or JPEG of at most 200 kB, and at most 1200 pixels wide and high."),
        error_messages={"required": _NONE, "empty": _NONE, "invalid": _NONE, "missing": _NONE},
        widget=forms.FileInput({"accept": "image/png,image/jpeg"}),
    )

    def content(self) -> bytes:
        """The picture as it was sent."""
        chosen: Any = self.cleaned_data["logo"]
        sent: bytes = chosen.read()
        return sent
