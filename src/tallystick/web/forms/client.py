"""Forms of whoever was asked: a no, a colleague, a reference."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.invitations.asking import LONGEST_WORDS
from tallystick.invitations.models.invitations import REFERENCE_LENGTH
from tallystick.web.forms.account import AddressForm
from tallystick.web.forms.asking import OwnersAddressField


class NoForm(forms.Form):
    """A reason, for whoever likes to give one."""

    reason = forms.CharField(
        label=gettext_lazy("Why not?"),
        help_text=gettext_lazy("You need not say. What you write goes to who asked."),
        required=False,
        max_length=200,
        widget=forms.Textarea({"rows": 3}),
    )


class PassOnForm(AddressForm):
    """Who has the rights at the app."""

    address = OwnersAddressField(autocomplete="off", label=gettext_lazy("Their mail address"))
    name = forms.CharField(label=gettext_lazy("Their name"), required=False, max_length=120)
    words = forms.CharField(
        label=gettext_lazy("A few words to them"),
        required=False,
        max_length=LONGEST_WORDS,
        widget=forms.Textarea({"rows": 3}),
    )
    field_order = ("address", "name", "words")


class ReferenceForm(forms.Form):
    """The reference from a mail."""

    reference = forms.CharField(
        label=gettext_lazy("Reference"),
        help_text=gettext_lazy("Ten letters and figures. You find it at the end of the mail."),
        max_length=40,
        widget=forms.TextInput({"autocomplete": "off", "autocapitalize": "characters", "spellcheck": "false"}),
        error_messages={"required": gettext_lazy("Type the reference from the mail.")},
    )

    def clean_reference(self) -> str:
        """As it was typed, when it can be one at all."""
        typed: str = self.cleaned_data["reference"]
        if len("".join(char for char in typed if char.isalnum())) != REFERENCE_LENGTH:
            raise forms.ValidationError(_("A reference has ten letters and figures. Look at the mail once more."))
        return typed
