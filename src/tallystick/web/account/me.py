"""My account: who I am, how I am written to."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_safe

from tallystick.accounts.models import User
from tallystick.accounts.models.choices import choices_of, choose, notices
from tallystick.accounts.models.second_factor import factors_of
from tallystick.accounts.models.sessions import Session
from tallystick.accounts.passkeys import passkeys_of
from tallystick.web.account.sign_in import read_or_send
from tallystick.web.forms.account import LanguageForm, NoticesForm, PersonNameForm, TimeZoneForm
from tallystick.web.requests import PersonRequest
from tallystick.web.signed_in import signed_in
from tallystick.web.submitting import submitted


@signed_in
@require_safe
def index(request: PersonRequest) -> HttpResponse:
    """Everything about the account, each with its own page."""
    person = request.user
    shown = {"about": _about(person), "ways_in": _ways_in(person), "reached": _reached(person)}
    return render(request, "account/me/index.html", shown)


def _about(person: User) -> list[dict[str, str]]:
    language = dict(settings.LANGUAGES).get(person.language, person.language)
    return [
        _row(_("Name"), person.name or _("Not given"), "my_name"),
        _row(_("Language"), language, "my_language"),
        _row(_("Time zone"), person.time_zone.replace("_", " "), "my_time_zone"),
    ]


def _reached(person: User) -> list[dict[str, str]]:
    contacts = person.contacts.order_by("kind", "-primary", "created_at")
    rows = [_row(_("Addresses and numbers"), ", ".join(contact.address.shown for contact in contacts), "contacts")]
    return [*rows, _row(_("Notices"), _("What we write to you about"), "notifications")] if notices() else rows


def _ways_in(person: User) -> list[dict[str, str]]:
    factors, keys = factors_of(person), passkeys_of(person).count()
    live = Session.objects.visible_to(person.actor).live().count()
    has_password = person.has_usable_password()
    rows = [
        _row(_("Passkeys"), str(keys) if keys else _("None yet"), "passkeys", "" if keys else _("Add one")),
        _row(_("App for codes"), _("Set up"), "app")
        if "app" in factors
        else _row(_("App for codes"), _("None yet"), "app", _("Set one up")),
        _row(_("Password"), _("Set"), "my_password")
        if has_password
        else _row(_("Password"), _("None, and you need none"), "my_password", _("Set one")),
        _row(
            _("Signed in"), ngettext("Here only", "In %(count)d places", live) % {"count": live}, "sessions", _("See")
        ),
    ]
    if factors:
        left = person.recovery_codes.filter(used_at=None).count()
        said = ngettext("%(count)d left", "%(count)d left", left) % {"count": left}
        rows.insert(2, _row(_("Recovery codes"), said, "recovery_codes", _("See")))
    return rows


def _row(label: str, value: str, name: str, action: str = "") -> dict[str, str]:
    return {"label": label, "value": value, "url": reverse(f"account:{name}"), "action": action}


@signed_in
@read_or_send
def name(request: PersonRequest) -> HttpResponse:
    """Go by another name."""
    person = request.user
    form = PersonNameForm(request.POST or None, initial={"name": person.name})
    if submitted(request, form, lambda: person.rename(form.cleaned_data["name"], by=person.actor)):
        messages.success(request, _("Your name is changed."))
        return redirect("account:me")
    return render(request, "account/me/name.html", {"form": form})


@signed_in
@read_or_send
def language(request: PersonRequest) -> HttpResponse:
    """Read pages and mails in another language."""
    person = request.user
    form = LanguageForm(request.POST or None, initial={"language": person.language})
    if submitted(request, form, lambda: person.choose_language(form.cleaned_data["language"], by=person.actor)):
        with translation.override(person.language):
            messages.success(request, _("Your language is changed."))
        return redirect("account:me")
    return render(request, "account/me/language.html", {"form": form})


@signed_in
@read_or_send
def time_zone(request: PersonRequest) -> HttpResponse:
    """Be shown the times of another place."""
    person = request.user
    form = TimeZoneForm(request.POST or None, initial={"time_zone": person.time_zone})
    if submitted(request, form, lambda: person.choose_time_zone(form.cleaned_data["time_zone"], by=person.actor)):
        messages.success(request, _("Your time zone is changed."))
        return redirect("account:me")
    return render(request, "account/me/time_zone.html", {"form": form})


@signed_in
@read_or_send
def notifications(request: PersonRequest) -> HttpResponse:
    """What to hear of, and how."""
    person = request.user
    form = NoticesForm(request.POST if request.method == "POST" else None, initial=choices_of(person))
    if submitted(request, form, lambda: choose(person, form.cleaned_data, by=person.actor)):
        messages.success(request, _("Your choices are kept."))
        return redirect("account:me")
    return render(request, "account/me/notifications.html", {"form": form})
