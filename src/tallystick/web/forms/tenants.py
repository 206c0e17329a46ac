"""Forms for firms, businesses, their people and what they agreed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tallystick.core.access import SCOPES
from tallystick.core.refused import Refused
from tallystick.core.text import clean_name
from tallystick.notifications.words import SCOPE_WORDS
from tallystick.organisations.models import Member, Organisation
from tallystick.organisations.models.tenants import named
from tallystick.partnerships.models import Partnership

ROLE_WORDS = {
    "owner": _("Owner: everything, other owners too"),
    "admin": _("Admin: everything but owners"),
    "staff": _("Staff: the clients they are given"),
    "member": _("Employee: the books they are given"),
    "contact": _("Contact: only what they were asked to do"),
}


class NameField(forms.CharField):
    """A name: cleaned for use everywhere, with a sentence when nothing is left or it is too long."""

    def __init__(self, **given: Any) -> None:
        given.setdefault("error_messages", {"required": _("Enter a name.")})
        super().__init__(**given)

    def clean(self, value: object) -> str:
        """The cleaned name. Raises `ValidationError`."""
        if not clean_name(str(value or "")) and not self.required:
            return ""
        try:
            return named(str(value or ""))
        except Refused as refused:
            raise forms.ValidationError(refused.message, code=refused.code) from None


class NameForm(forms.Form):
    """One name."""

    name = NameField(label=_("Name"))


class FirmForm(forms.Form):
    """Setting up a firm."""

    name = NameField(label=_("What is your firm called?"), help_text=_("Your clients will see this name."))


class BusinessForm(forms.Form):
    """Setting up a business with one or more sets of books."""

    name = NameField(label=_("What is your business called?"))
    first = NameField(
        label=_("First set of books"),
        required=False,
        help_text=_("A company or a shop with books of its own. Leave it empty to use the name of the business."),
    )
    second = NameField(label=_("Second set of books"), required=False)
    third = NameField(label=_("Third set of books"), required=False)

    def organisations(self) -> list[str]:
        """The names of the sets of books, at least one."""
        given = [self.cleaned_data[field] for field in ("first", "second", "third")]
        return [name for name in given if name] or [self.cleaned_data["name"]]


class RoleForm(forms.Form):
    """Another role, of those the actor may give."""

    role = forms.ChoiceField(label=_("Role"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, roles: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["role"].choices = [(role, ROLE_WORDS[role]) for role in roles]  # type: ignore[attr-defined]


class ReasonForm(forms.Form):
    """A reason, if one is wanted: kept with the record, shown to both sides."""

    reason = forms.CharField(
        label=_("Why?"),
        required=False,
        max_length=500,
        help_text=_("Both sides can read this."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class GrantForm(forms.Form):
    """Who of the firm gets a client, for what, on which books."""

    member = forms.ModelChoiceField(label=_("Who"), queryset=Member.objects.none(), empty_label=_("Choose a person"))
    scopes = forms.MultipleChoiceField(
        label=_("What may they do?"),
        choices=[(scope, SCOPE_WORDS[scope]) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what they may do.")},
    )
    organisations = forms.ModelMultipleChoiceField(
        label=_("On which books?"),
        queryset=Organisation.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick none to give all of them, future ones too."),
    )

    def __init__(self, *args: Any, members: Any, organisations: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["member"].queryset = members  # type: ignore[attr-defined]
        self.fields["member"].label_from_instance = lambda member: member.person.name  # type: ignore[attr-defined]
        self.fields["organisations"].queryset = organisations  # type: ignore[attr-defined]

    def chosen(self) -> Any:
        """The books ticked, None for all."""
        return self.cleaned_data["organisations"] or None


class OrganisationsForm(forms.Form):
    """Sets of books, ticked."""

    organisations = forms.ModelMultipleChoiceField(
        label=_("Which books?"),
        queryset=Organisation.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, queryset: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisations"].queryset = queryset  # type: ignore[attr-defined]


class TermsForm(forms.Form):
    """What a firm may do, on which books, by whom of its people."""

    scopes = forms.MultipleChoiceField(
        label=_("What may they do?"),
        choices=[(scope, SCOPE_WORDS[scope]) for scope in SCOPES],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose what the firm may do. To stop all of it, pause or end the access.")},
    )
    reach = forms.ChoiceField(
        label=_("On which books?"),
        widget=forms.RadioSelect,
        choices=[("everything", _("All of them, future ones too")), ("listed", _("Only those ticked here"))],
    )
    organisations = forms.ModelMultipleChoiceField(
        label=_("Books"), queryset=Organisation.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )
    named_staff_only = forms.BooleanField(
        label=_("Only people of the firm who were given my books by name"), required=False
    )

    def __init__(self, *args: Any, queryset: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisations"].queryset = queryset  # type: ignore[attr-defined]

    @staticmethod
    def initial_of(partnership: Partnership) -> dict[str, Any]:
        """The terms as they stand."""
        terms = partnership.terms
        return {
            "scopes": terms.scopes,
            "reach": "everything" if terms.everything else "listed",
            "organisations": list(partnership.covered_ids()),
            "named_staff_only": terms.named_staff_only,
        }

    def clean(self) -> dict[str, Any]:
        """Listed means at least one. Raises `ValidationError`."""
        said = super().clean() or {}
        if said.get("reach") == "listed" and not said.get("organisations"):
            self.add_error("organisations", _("Tick at least one set of books, or choose all of them."))
        return said

    def chosen(self) -> Any:
        """The books ticked, None for all."""
        return None if self.cleaned_data["reach"] == "everything" else self.cleaned_data["organisations"]


def apply_refusal(form: forms.Form, refused: Refused) -> None:
    """Show a verb's no in the form it came from, with the way on: at its field if it names one, else on top."""
    sentence = " ".join(filter(None, (refused.message, refused.next_step)))
    error = forms.ValidationError(sentence, code=refused.code)
    form.add_error(refused.field if refused.field in form.fields else None, error)
