"""Forms of asking somebody to connect apps: which apps, whom, in which words; and the firm's kits."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.conf import settings
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.accounts.addresses import Address
from tallystick.connectors.definition import Connector
from tallystick.invitations import asking
from tallystick.invitations.asking import NOBODY, Recipient
from tallystick.web.forms.account import AddressField, AddressForm
from tallystick.web.forms.tenants import NameField

_NO_APP = {"required": gettext_lazy("Choose at least one app.")}


def _apps_field(connectors: Iterable[Connector], notes: Mapping[str, str], label: str) -> forms.MultipleChoiceField:
    """The apps to tick, some with a note such as "Connected: Bob's Bakery"."""
    field = forms.MultipleChoiceField(label=label, widget=forms.CheckboxSelectMultiple, error_messages=dict(_NO_APP))
    field.error_messages["invalid_choice"] = _("One of these apps is not known here any more. Choose again.")
    field.choices = [
        (
            each.slug,
            format_html("{}<small>{}</small>", each.name, notes[each.slug]) if each.slug in notes else each.name,
        )
        for each in connectors
    ]
    return field


class OwnersAddressField(AddressField):
    """The mail address of whoever is asked."""

    def clean(self, value: object) -> Address:
        """The address. Raises `ValidationError`."""
        if not str(value or "").strip():
            raise forms.ValidationError(_("Type the address to mail it to."), code="address_missing")
        return super().clean(value)


class AskForm(AddressForm):
    """Which apps and for how long; and by mail: whom, in which words and language.

    With `by_mail` off it is a link to send oneself: what is typed about the mail is kept, and not looked at.
    """

    days = forms.IntegerField(
        label=gettext_lazy("For how many days does the link work?"),
        help_text=gettext_lazy("From 1 to 30."),
        initial=asking.DAYS,
        min_value=asking.FEWEST_DAYS,
        max_value=asking.MOST_DAYS,
        error_messages={
            "required": gettext_lazy("Type a number of days, from 1 to 30."),
            "invalid": gettext_lazy("Type a number of days, from 1 to 30."),
            "min_value": gettext_lazy("A link lives from 1 to 30 days."),
            "max_value": gettext_lazy("A link lives from 1 to 30 days."),
        },
        widget=forms.NumberInput({"inputmode": "numeric"}),
    )
    address = OwnersAddressField(autocomplete="off", label=gettext_lazy("Their mail address"))
    name = forms.CharField(
        label=gettext_lazy("Their name"), required=False, widget=forms.TextInput({"autocomplete": "off"})
    )
    words = forms.CharField(
        label=gettext_lazy("A few words of your own"),
        required=False,
        help_text=gettext_lazy("They stand in the mail as yours. At most 500 characters, and no web addresses."),
        widget=forms.Textarea({"rows": 3}),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("In which language?"),
        choices=list(settings.LANGUAGES),
        error_messages={
            "required": gettext_lazy("Choose one of these languages."),
            "invalid_choice": gettext_lazy("Choose one of these languages."),
        },
    )

    def __init__(
        self,
        *args: Any,
        connectors: Iterable[Connector],
        notes: Mapping[str, str],
        by_mail: bool = True,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.by_mail = by_mail
        self.fields["apps"] = _apps_field(connectors, notes, _("Which apps?"))
        if not by_mail:
            for name in ("address", "name", "words", "language"):
                self.fields[name].clean = lambda value: value  # type: ignore[method-assign]

    def clean_address(self) -> Address:
        """Ask when it looks like a slip."""
        return super().clean_address() if self.by_mail else self.cleaned_data["address"]

    @property
    def is_asked_already(self) -> bool:
        """Was the same asked of this address before, and can still be answered?"""
        return self.has_error("address", "asked_already")

    def to(self) -> Recipient:
        """Whom it asks, as the form was filled in."""
        said = self.cleaned_data
        return (
            Recipient(said["address"].value, said["name"], said["words"], said["language"]) if self.by_mail else NOBODY
        )


class OtherAddressForm(AddressForm):
    """Another address for what was asked."""

    address = OwnersAddressField(autocomplete="off", label=gettext_lazy("The right mail address"))

    def typed(self) -> str:
        """The address in its one form."""
        address: Address = self.cleaned_data["address"]
        return address.value


class KitForm(forms.Form):
    """A named set of apps."""

    name = NameField(
        label=gettext_lazy("What do you call it?"),
        help_text=gettext_lazy("For example: online shop. Only your firm sees this name."),
    )

    def __init__(self, *args: Any, connectors: Iterable[Connector], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["apps"] = _apps_field(connectors, {}, _("Which apps are in it?"))
