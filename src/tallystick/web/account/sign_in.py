"""Signing in, which is signing up too: an address, a code, and you are in. Passwords and passkeys are other ways.

Whether somebody has an account makes no difference to any page here until a proof was given: same words, same status,
same work.
"""

from __future__ import annotations

from datetime import timedelta

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from tallystick.accounts import passkeys
from tallystick.accounts.models import Attempt, Code, User
from tallystick.accounts.models.contacts import settle
from tallystick.accounts.models.limits import Limit
from tallystick.accounts.sign_in import come_in, leave, person_by_password, waiting
from tallystick.accounts.sources import source_of
from tallystick.core.refused import Refused
from tallystick.web.account.freshness import place_in
from tallystick.web.account.known_browsers import browser_of, remember
from tallystick.web.forms.account import AddressForm, CodeForm, CredentialForm, PasswordSignInForm, PersonNameForm
from tallystick.web.requests import PersonRequest
from tallystick.web.signed_in import signed_in
from tallystick.web.submitting import submitted

ATTEMPT, ONWARD = "sign_in_attempt", "sign_in_onward"
"""Where the session keeps the attempt of this browser, and the page to go on to."""

PER_SOURCE = Limit("passkey.challenge", times=120, every=timedelta(seconds=5))

read_or_send = require_http_methods(["GET", "HEAD", "POST"])

ZONES = {"nl": "Europe/Amsterdam"}
"""A first guess at where people live, by the language they read. They can change it."""


@read_or_send
def address(request: HttpRequest) -> HttpResponse:
    """The one question that begins it: your mail address."""
    if request.user.is_authenticated:
        return redirect(place_in(request) or "home")
    form = AddressForm(request.POST or None)
    if submitted(request, form, lambda: _send_code(request, form)):
        return redirect("account:code")
    why = _told(getattr(request.session, "over_because", ""))
    return render(request, "account/sign_in.html", {"form": form, "next": place_in(request), "why": why})


def _send_code(request: HttpRequest, form: AddressForm) -> None:
    to = form.cleaned_data["address"]
    attempt = Code.send(
        to,
        "sign_in",
        source=source_of(request),
        browser=browser_of(request, to.value),
        language=get_language() or "en",
    )
    request.session[ATTEMPT] = str(attempt.pk)
    _keep_onward(request)


def _keep_onward(request: HttpRequest) -> None:
    if onward := place_in(request):
        request.session[ONWARD] = onward


def _told(why: str) -> str:
    """Why somebody finds themselves signed out, in a sentence."""
    return {
        "idle": _("You were signed out, because nothing happened for a while."),
        "old": _("You were signed out, because you signed in long ago."),
        "ended_elsewhere": _("You were signed out from somewhere else: this session was ended."),
        "seat_ended": _("You were signed out, because your access changed. Sign in again to go on."),
    }.get(why, "")


@read_or_send
def code(request: HttpRequest) -> HttpResponse:
    """The code we sent."""
    attempt = _attempt(request)
    if attempt is None or request.user.is_authenticated:
        return redirect("account:sign_in")
    form = CodeForm(request.POST or None)
    proved: list[User] = []

    def prove() -> None:
        contact = attempt.prove(form.cleaned_data["code"], purpose="sign_in")
        language = get_language() or "en"
        proved.append(settle(contact, language=language, time_zone=ZONES.get(language, "UTC")))

    if submitted(request, form, prove):
        request.session.pop(ATTEMPT, None)
        return _after_first_proof(request, proved[0], "code")
    return render(request, "account/code.html", {"form": form, "attempt": attempt, "masked": attempt.address.masked})


@require_POST
def new_code(request: HttpRequest) -> HttpResponse:
    """The code once more, in a new message."""
    attempt = _attempt(request)
    if attempt is None:
        return redirect("account:sign_in")
    attempt.send_again(source=source_of(request), browser=browser_of(request, attempt.address.value))
    return redirect("account:code")


def _attempt(request: HttpRequest) -> Attempt | None:
    held = request.session.get(ATTEMPT)
    return Attempt.objects.filter(pk=held, purpose="sign_in", proved_at=None).first() if held else None


@read_or_send
def password(request: HttpRequest) -> HttpResponse:
    """Address and password."""
    if request.user.is_authenticated:
        return redirect(place_in(request) or "home")
    attempt = _attempt(request)
    form = PasswordSignInForm(request.POST or None, initial={"address": attempt.address.shown if attempt else ""})
    found: list[User] = []

    def check() -> None:
        said = form.cleaned_data
        browser = browser_of(request, said["address"].value)
        found.append(person_by_password(said["address"], said["password"], source=source_of(request), browser=browser))

    if submitted(request, form, check):
        _keep_onward(request)
        return _after_first_proof(request, found[0], "password")
    return render(request, "account/password.html", {"form": form, "next": place_in(request)})


@require_POST
def passkey(request: HttpRequest) -> HttpResponse:
    """What a passkey answered. It has checked its owner, so it is enough."""
    form = CredentialForm(request.POST)
    found: list[User] = []
    if submitted(request, form, lambda: found.append(passkeys.prove(form.cleaned_data["credential"]))):
        _keep_onward(request)
        return _after_first_proof(request, found[0], "passkey")
    shown = {"form": AddressForm(), "next": place_in(request), "trouble": form.errors.get("credential", [""])[0]}
    return render(request, "account/sign_in.html", shown, status=422)


@require_POST
def passkey_challenge(request: HttpRequest) -> HttpResponse:
    """What the browser needs to ask a passkey: anybody's before signing in, the person's own after the first proof."""
    if not PER_SOURCE.take(source_of(request)):
        raise Refused("too_many_tries", _("There were too many tries. Wait a minute."), status=429)
    person = request.user if isinstance(request.user, User) else waiting(request)
    return JsonResponse(passkeys.options_to_prove(person))


def _after_first_proof(request: HttpRequest, person: User, proof: str) -> HttpResponse:
    if not come_in(request, person, proof):
        return redirect("account:second_factor")
    return onward(request, person)


def onward(request: HttpRequest, person: User) -> HttpResponse:
    """Somebody has just come in: ask a new person's name, else go on to where they wanted to be."""
    response = redirect(request.session.pop(ONWARD, "home")) if person.name else redirect("account:name")
    return remember(request, response, person)


@signed_in
@read_or_send
def name(request: PersonRequest) -> HttpResponse:
    """A new person's name."""
    form = PersonNameForm(request.POST or None, initial={"name": request.user.name})
    if submitted(request, form, lambda: request.user.rename(form.cleaned_data["name"], by=request.user.actor)):
        return redirect(request.session.pop(ONWARD, "home"))
    return render(request, "account/name.html", {"form": form})


@require_POST
def sign_out(request: HttpRequest) -> HttpResponse:
    """Sign out of this browser."""
    leave(request)
    return redirect("account:sign_in")


def recovery(request: HttpRequest) -> HttpResponse:
    """What to do when something is lost. Changes nothing, skips nothing."""
    return render(request, "account/recovery.html")
