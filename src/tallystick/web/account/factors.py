"""How I get in: password, passkeys, authenticator app, recovery codes. Every page here wants a fresh sign-in."""

from __future__ import annotations

import base64
import binascii

import segno
from django.contrib import messages
from django.http import HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.safestring import mark_safe
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from tallystick.accounts import passkeys, passwords
from tallystick.accounts.adapters import MFAAdapter
from tallystick.accounts.models import AuthenticatorApp, Session, User
from tallystick.accounts.models.second_factor import make_recovery_codes, new_secret
from tallystick.core.sealing import Unopenable, seal, unseal
from tallystick.web.account.freshness import fresh_sign_in
from tallystick.web.account.sessions import offer_ending, this_session
from tallystick.web.account.sign_in import read_or_send
from tallystick.web.forms.account import AppForm, CredentialForm, NewPasswordForm
from tallystick.web.requests import PersonRequest
from tallystick.web.submitting import submitted


@fresh_sign_in
@read_or_send
def password(request: PersonRequest) -> HttpResponse:
    """Set a password, or another one."""
    person = request.user
    alone = not person.has_second_factor()
    shortest = passwords.SHORTEST_ALONE if alone else passwords.SHORTEST_WITH_ANOTHER
    form = NewPasswordForm(request.POST or None, shortest=shortest)
    if submitted(request, form, lambda: person.choose_password(form.cleaned_data["password"], by=person.actor)):
        if form.cleaned_data["others"]:
            Session.end_all(person.pk, by=person.actor, but=this_session(request))
        messages.success(request, _("Your password is set."))
        return redirect("account:me")
    return render(request, "account/me/password.html", {"form": form, "has_password": person.has_usable_password()})


@fresh_sign_in
@read_or_send
def password_removal(request: PersonRequest) -> HttpResponse:
    """Go without a password."""
    if request.method == "POST":
        request.user.drop_password(by=request.user.actor)
        messages.success(request, _("You have no password any more."))
        return redirect("account:me")
    return render(request, "account/me/password_removal.html")


@fresh_sign_in
@read_or_send
def passkeys_list(request: PersonRequest) -> HttpResponse:
    """The passkeys I have; a new one is sent here by the browser."""
    person = request.user
    form = CredentialForm(request.POST or None)
    first = not person.has_second_factor()
    made = lambda: passkeys.add(  # noqa: E731 - the verb of this form
        person, form.cleaned_data["credential"], form.cleaned_data["name"], by=person.actor
    )
    if submitted(request, form, made):
        messages.success(request, _("Your passkey works from now on."))
        return _show_recovery_codes(request) if first else offer_ending(request, "account:passkeys")
    held = [(row, row.wrap().name) for row in passkeys.passkeys_of(person)]
    return render(request, "account/me/passkeys.html", {"form": form, "passkeys": held, "first": first})


@fresh_sign_in
@require_POST
def passkey_options(request: PersonRequest) -> HttpResponse:
    """What the browser needs to make a passkey."""
    return JsonResponse(passkeys.options_for_new(request.user))


@fresh_sign_in
@read_or_send
def passkey_removal(request: PersonRequest, passkey_id: int) -> HttpResponse:
    """Take a passkey off the account."""
    person = request.user
    passkey = get_object_or_404(passkeys.passkeys_of(person), pk=passkey_id)
    if request.method == "POST":
        passkeys.remove(person, passkey, by=person.actor)
        messages.success(request, _("That passkey opens nothing any more."))
        return offer_ending(request, "account:passkeys")
    return render(request, "account/me/passkey_removal.html", {"name": passkey.wrap().name, **_last(person)})


@fresh_sign_in
@read_or_send
def app(request: PersonRequest) -> HttpResponse:
    """Set up an authenticator app, or see that there is one."""
    person = request.user
    if AuthenticatorApp.objects.filter(person=person).exists():
        return render(request, "account/me/app_there.html")
    form = AppForm(request.POST or None)
    secret = _unsealed(person, request.POST.get("secret", "")) or new_secret()
    first = not person.has_second_factor()
    if submitted(
        request, form, lambda: AuthenticatorApp.add(person, secret, form.cleaned_data["code"], by=person.actor)
    ):
        messages.success(request, _("Your app is asked for from now on."))
        return _show_recovery_codes(request) if first else offer_ending(request, "account:me")
    url = MFAAdapter().build_totp_url(person, secret)
    drawing = segno.make(url, error="m").svg_inline(scale=4, border=2, light="#fff", svgclass="qr", lineclass=None)
    shown = {
        "form": form,
        "sealed": _sealed(person, secret),
        "qr": mark_safe(drawing),  # noqa: S308 - drawn by segno from our own address
        "secret": " ".join(secret[at : at + 4] for at in range(0, len(secret), 4)),
        "url": url,
    }
    return render(request, "account/me/app.html", shown)


@fresh_sign_in
@read_or_send
def app_removal(request: PersonRequest) -> HttpResponse:
    """Go without the app."""
    person = request.user
    found = get_object_or_404(AuthenticatorApp, person=person)
    if request.method == "POST":
        found.remove(by=person.actor)
        messages.success(request, _("Your app is not asked for any more."))
        return offer_ending(request, "account:me")
    return render(request, "account/me/app_removal.html", _last(person))


@fresh_sign_in
@read_or_send
def recovery_codes(request: PersonRequest) -> HttpResponse:
    """How many recovery codes are left; making new ones shows them, this once."""
    if request.method == "POST":
        return _show_recovery_codes(request)
    left = request.user.recovery_codes.filter(used_at=None).count()
    return render(
        request, "account/me/recovery_codes.html", {"left": left, "has_factor": request.user.has_second_factor()}
    )


def _show_recovery_codes(request: PersonRequest) -> HttpResponse:
    codes = make_recovery_codes(request.user, by=request.user.actor)
    return render(request, "account/me/recovery_codes_shown.html", {"codes": codes})


def _last(person: User) -> dict[str, bool]:
    """Whether this is the last second factor, and what goes along with it."""
    last = passkeys.passkeys_of(person).count() + AuthenticatorApp.objects.filter(person=person).count() == 1
    return {"last": last, "password_goes": last and person.has_usable_password() and not person.password_stands_alone}


def _sealed(person: User, secret: str) -> str:
    """The secret, to stand in the form until its first code comes: nothing is kept before."""
    return base64.urlsafe_b64encode(seal(secret.encode(), place=("form", "app", str(person.pk)))).decode()


def _unsealed(person: User, sealed: str) -> str:
    try:
        return unseal(base64.urlsafe_b64decode(sealed), place=("form", "app", str(person.pk))).decode()
    except (Unopenable, binascii.Error, ValueError):
        return ""
