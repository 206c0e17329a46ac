"""Forms of signing in and of one's own account."""

from __future__ import annotations

import json
import zoneinfo
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.accounts.addresses import Address, clean_address, clean_mobile
from tallystick.accounts.models.choices import CHOICES, Notice, notices
from tallystick.accounts.models.people import NAME_LENGTH
from tallystick.core.refused import Refused

_CODE = {"inputmode": "numeric", "autocomplete": "one-time-code", "autocapitalize": "off", "spellcheck": "false"}


class AddressField(forms.CharField):
    """A mail address, cleaned to an `Address`; what is wrong with it is said at the field."""

    def __init__(self, **given: Any) -> None:
        autocomplete = given.pop("autocomplete", "email")
        attributes = {"type": "email", "autocomplete": autocomplete, "autocapitalize": "off", "spellcheck": "false"}
        given.setdefault("label", gettext_lazy("Mail address"))
        super().__init__(widget=forms.TextInput(attributes), **given)

    def clean(self, value: object) -> Address:
        """The address. Raises `ValidationError`."""
        try:
            return clean_address(str(value or ""))
        except Refused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from None


class AddressForm(forms.Form):
    """One mail address. One that looks like a slip is asked about once: `meant` says that it is right."""

    address = AddressField(autocomplete="username webauthn")
    meant = forms.CharField(required=False, widget=forms.HiddenInput)

    suggestion = ""

    def clean_address(self) -> Address:
        """Ask when it looks like a slip."""
        address: Address = self.cleaned_data["address"]
        if address.suggestion and self.data.get("meant") != address.value:
            self.suggestion = address.suggestion
            raise forms.ValidationError(_("Did you mean %(address)s?") % {"address": address.suggestion}, code="slip")
        return address


class NewAddressForm(AddressForm):
    """Another address of one's own."""

    address = AddressField()


class CodeForm(forms.Form):
    """A code that was sent."""

    code = forms.CharField(
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("Eight digits, from the mail we sent you."),
        error_messages={"required": gettext_lazy("Type the code of eight digits.")},
        widget=forms.TextInput(_CODE),
    )


class AppCodeForm(forms.Form):
    """A code that an authenticator app shows."""

    code = forms.CharField(
        label=gettext_lazy("Code from your app"),
        help_text=gettext_lazy("Six digits. The app shows new ones every half minute."),
        error_messages={"required": gettext_lazy("Type the six digits that your app shows.")},
        widget=forms.TextInput(_CODE),
    )


class RecoveryCodeForm(forms.Form):
    """A recovery code."""

    code = forms.CharField(
        label=gettext_lazy("Recovery code"),
        help_text=gettext_lazy("Ten digits, from the list you kept. Each works once."),
        error_messages={"required": gettext_lazy("Type one of your recovery codes.")},
        widget=forms.TextInput({**_CODE, "autocomplete": "off"}),
    )


class PasswordField(forms.CharField):
    """A password as it was typed, spaces included."""

    def __init__(self, *, new: bool = False, **given: Any) -> None:
        widget = forms.PasswordInput({"autocomplete": "new-password" if new else "current-password"})
        given.setdefault("error_messages", {"required": gettext_lazy("Type a password.")})
        super().__init__(widget=widget, strip=False, **given)


class PasswordSignInForm(forms.Form):
    """Address and password."""

    address = AddressField(autocomplete="username")
    password = PasswordField(label=gettext_lazy("Password"))


class PasswordForm(forms.Form):
    """The password, to show that it is still you."""

    password = PasswordField(label=gettext_lazy("Your password"))


class NewPasswordForm(forms.Form):
    """A password to sign in with from now on, and whether other browsers are signed out."""

    password = PasswordField(label=gettext_lazy("New password"), new=True)
    others = forms.BooleanField(
        label=gettext_lazy("Sign out everywhere else"),
        help_text=gettext_lazy("Other browsers have to sign in again."),
        required=False,
        initial=True,
    )

    def __init__(self, *args: Any, shortest: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        hint = _("%(count)d characters or more. A few words in a row are easy to keep in mind.") % {"count": shortest}
        self.fields["password"].help_text = hint


class PersonNameForm(forms.Form):
    """A person's name."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        help_text=gettext_lazy("As the people you work with know you."),
        error_messages={"required": gettext_lazy("Type your name, as others know you.")},
        widget=forms.TextInput({"autocomplete": "name", "maxlength": NAME_LENGTH * 2}),
    )


class LanguageForm(forms.Form):
    """A language."""

    language = forms.ChoiceField(
        label=gettext_lazy("Language"),
        help_text=gettext_lazy("Of our pages and mails."),
        widget=forms.RadioSelect,
        choices=lambda: settings.LANGUAGES,
        error_messages={"invalid_choice": gettext_lazy("Choose one of the languages of the list.")},
    )


class TimeZoneForm(forms.Form):
    """A time zone, by its city."""

    time_zone = forms.ChoiceField(
        label=gettext_lazy("Time zone"),
        help_text=gettext_lazy("Choose the city whose clock you go by."),
        choices=lambda: [(name, name.replace("_", " ")) for name in cities()],
        error_messages={"invalid_choice": gettext_lazy("Choose one of the cities of the list.")},
        widget=forms.Select({"data-guess-zone": ""}),
    )


class MobileForm(forms.Form):
    """A mobile number."""

    mobile = forms.CharField(
        label=gettext_lazy("Mobile number"),
        help_text=gettext_lazy("With the country in front, such as +31 6 12345678."),
        error_messages={"required": gettext_lazy("Type your mobile number.")},
        widget=forms.TextInput({"type": "tel", "autocomplete": "tel", "inputmode": "tel"}),
    )

    def clean_mobile(self) -> Address:
        """The number in its one form. Raises `ValidationError`."""
        try:
            return clean_mobile(self.cleaned_data["mobile"], region=None)
        except Refused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from None


class CredentialForm(forms.Form):
    """What a passkey answered, as the browser gives it; with a name for a new one."""

    credential = forms.CharField(widget=forms.HiddenInput, required=False, max_length=20_000)
    name = forms.CharField(
        label=gettext_lazy("Name of this passkey"),
        help_text=gettext_lazy("So that you know it later: “my phone”, “the key on my desk”."),
        required=False,
        max_length=60,
        error_messages={"max_length": gettext_lazy("Keep the name under 60 letters.")},
    )

    def clean_credential(self) -> dict[str, Any]:
        """The answer. Raises `ValidationError` when it is none."""
        try:
            answer = json.loads(self.cleaned_data["credential"] or "null")
        except (ValueError, RecursionError):
            answer = None
        if not isinstance(answer, dict):
            raise forms.ValidationError(_("Your browser did not reach a passkey. Try again, or use another way."))
        return answer


class AppForm(AppCodeForm):
    """The first code of a new authenticator app, with the secret it was given (sealed)."""

    secret = forms.CharField(widget=forms.HiddenInput, required=False, max_length=500)


class NoticesForm(forms.Form):
    """How to hear of each kind of thing."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        words = {"on": _("At once"), "daily": _("Once a day, together"), "off": _("Not at all")}
        for notice in notices():
            self.fields[notice.kind] = _choice_field(notice, words)


def _choice_field(notice: Notice, words: dict[str, str]) -> forms.ChoiceField:
    return forms.ChoiceField(
        label=str(notice.label),
        widget=forms.RadioSelect,
        choices=[(choice, words[choice]) for choice in CHOICES if choice in notice.choices],
        error_messages={"required": _("Choose one."), "invalid_choice": _("Choose one of the answers of the list.")},
    )


def cities() -> list[str]:
    """Time zones that people name: by a city, and UTC."""
    areas = ("Europe/", "Africa/", "America/", "Asia/", "Atlantic/", "Australia/", "Indian/", "Pacific/")
    return [*sorted(name for name in zoneinfo.available_timezones() if name.startswith(areas)), "UTC"]
