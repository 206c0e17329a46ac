"""The second proof, for those who have one. Nobody gets here without the first."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from tallystick.accounts import passkeys
from tallystick.accounts.models import User
from tallystick.accounts.models.second_factor import factors_of, prove_with_app, prove_with_recovery_code
from tallystick.accounts.sign_in import finish, waiting
from tallystick.accounts.sources import source_of
from tallystick.web.account.known_browsers import browser_of
from tallystick.web.account.sign_in import onward, read_or_send
from tallystick.web.forms.account import AppCodeForm, CredentialForm, RecoveryCodeForm
from tallystick.web.submitting import submitted

View = Callable[[HttpRequest, User], HttpResponse]


def after_first_proof(view: View) -> Callable[[HttpRequest], HttpResponse]:
    """Give the view who has given the first proof here; everybody else begins at the beginning."""

    @wraps(view)
    def guarded(request: HttpRequest) -> HttpResponse:
        person = waiting(request)
        return redirect("account:sign_in") if person is None else view(request, person)

    return guarded


@read_or_send
@after_first_proof
def index(request: HttpRequest, person: User) -> HttpResponse:
    """The code of an authenticator app, or a passkey."""
    form = AppCodeForm(request.POST or None)
    if submitted(request, form, lambda: prove_with_app(person, form.cleaned_data["code"], **_whence(request, person))):
        finish(request, person, "app")
        return onward(request, person)
    return render(request, "account/second_factor.html", {"form": form, "factors": factors_of(person)})


@require_POST
@after_first_proof
def passkey(request: HttpRequest, person: User) -> HttpResponse:
    """What the person's passkey answered."""
    form = CredentialForm(request.POST)
    if submitted(request, form, lambda: passkeys.prove(form.cleaned_data["credential"], person)):
        finish(request, person, "passkey")
        return onward(request, person)
    trouble = form.errors.get("credential", [""])[0]
    shown = {"form": AppCodeForm(), "factors": factors_of(person), "trouble": trouble}
    return render(request, "account/second_factor.html", shown, status=422)


@read_or_send
@after_first_proof
def recovery_code(request: HttpRequest, person: User) -> HttpResponse:
    """One of the codes kept for the day the phone is gone."""
    form = RecoveryCodeForm(request.POST or None)
    whence = _whence(request, person)
    if submitted(request, form, lambda: prove_with_recovery_code(person, form.cleaned_data["code"], **whence)):
        finish(request, person, "recovery_code")
        return onward(request, person)
    return render(request, "account/recovery_code.html", {"form": form})


def _whence(request: HttpRequest, person: User) -> dict[str, str]:
    return {"source": source_of(request), "browser": browser_of(request, str(person.pk))}
