"""Showing that it is still you, before a dangerous page. Any factor will do; a code by mail only where there is no other."""

from __future__ import annotations

from urllib.parse import urlencode

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tallystick.accounts import passkeys
from tallystick.accounts.models import Attempt, Code
from tallystick.accounts.models.second_factor import factors_of, prove_with_app
from tallystick.accounts.sign_in import person_by_password
from tallystick.accounts.sources import source_of
from tallystick.core.refused import Refused
from tallystick.web.account.freshness import place_in
from tallystick.web.account.known_browsers import browser_of
from tallystick.web.account.sign_in import read_or_send
from tallystick.web.forms.account import AppCodeForm, CodeForm, CredentialForm, PasswordForm
from tallystick.web.requests import PersonRequest
from tallystick.web.signed_in import signed_in
from tallystick.web.submitting import submitted

ATTEMPT = "again_attempt"


@signed_in
@require_safe
def index(request: PersonRequest) -> HttpResponse:
    """The ways this person has."""
    return _show(request, "account/again/index.html")


@signed_in
@read_or_send
def app(request: PersonRequest) -> HttpResponse:
    """The code of the authenticator app."""
    form, person = AppCodeForm(request.POST or None), request.user
    whence = {"source": source_of(request), "browser": browser_of(request, str(person.pk))}
    if submitted(request, form, lambda: prove_with_app(person, form.cleaned_data["code"], **whence)):
        return _proved(request)
    return _show(request, "account/again/app.html", form=form)


@signed_in
@read_or_send
def password(request: PersonRequest) -> HttpResponse:
    """The password."""
    form = PasswordForm(request.POST or None)
    if submitted(request, form, lambda: _check_password(request, form.cleaned_data["password"])):
        return _proved(request)
    return _show(request, "account/again/password.html", form=form)


def _check_password(request: PersonRequest, typed: str) -> None:
    main = request.user.contacts.filter(kind="email").proven().order_by("-primary", "created_at").first()
    if main is None:
        raise Refused("password_wrong", _("There is no password here. Use another way."), field="password", status=422)
    browser = browser_of(request, main.value)
    person_by_password(main.address, typed, source=source_of(request), browser=browser)


@signed_in
@require_POST
def passkey(request: PersonRequest) -> HttpResponse:
    """What the person's passkey answered."""
    form = CredentialForm(request.POST)
    if submitted(request, form, lambda: passkeys.prove(form.cleaned_data["credential"], request.user)):
        return _proved(request)
    return _show(request, "account/again/index.html", 422, trouble=form.errors.get("credential", [""])[0])


@signed_in
@require_POST
def code_mail(request: PersonRequest) -> HttpResponse:
    """Send a code to the main address of somebody who has no second factor."""
    main = request.user.contacts.filter(kind="email").proven().order_by("-primary", "created_at").first()
    if main is None or request.user.has_second_factor():
        raise Refused("code_not_enough", _("A code by mail is not enough for your account. Use your app or passkey."))
    attempt = Code.send(
        main.address,
        "step_up",
        source=source_of(request),
        browser=browser_of(request, main.value),
        language=get_language() or "en",
        person_id=request.user.pk,
    )
    request.session[ATTEMPT] = str(attempt.pk)
    return redirect(f"{reverse('account:again_code')}{_query(request)}")


@signed_in
@read_or_send
def code(request: PersonRequest) -> HttpResponse:
    """The code that was sent."""
    held = request.session.get(ATTEMPT)
    attempt = Attempt.objects.filter(pk=held, purpose="step_up", person_id=request.user.pk).first() if held else None
    if attempt is None:
        return redirect(f"{reverse('account:again')}{_query(request)}")
    form = CodeForm(request.POST or None)

    def prove() -> None:
        attempt.prove(form.cleaned_data["code"], purpose="step_up")
        if request.user.has_second_factor():
            raise Refused(
                "code_not_enough", _("A code by mail is not enough for your account. Use your app or passkey.")
            )

    if submitted(request, form, prove):
        request.session.pop(ATTEMPT, None)
        return _proved(request)
    return _show(request, "account/again/code.html", form=form, masked=attempt.address.masked)


def _proved(request: PersonRequest) -> HttpResponse:
    request.session.note_proof()  # type: ignore[attr-defined]  # our own session engine
    return redirect(place_in(request) or "account:me")


def _show(request: PersonRequest, template: str, status: int = 200, **more: object) -> HttpResponse:
    person = request.user
    shown = {
        "factors": factors_of(person),
        "has_password": person.has_usable_password(),
        "next": place_in(request),
        "query": _query(request),
        **more,
    }
    return render(request, template, shown, status=status)


def _query(request: PersonRequest) -> str:
    onward = place_in(request)
    return f"?{urlencode({'next': onward})}" if onward else ""
