"""My addresses and numbers."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from tallystick.accounts.models import Attempt, Code, Contact
from tallystick.accounts.models.contacts import attach, write_down
from tallystick.accounts.sources import source_of
from tallystick.web.account.freshness import fresh_sign_in
from tallystick.web.account.known_browsers import browser_of
from tallystick.web.account.sessions import offer_ending
from tallystick.web.account.sign_in import read_or_send
from tallystick.web.forms.account import CodeForm, MobileForm, NewAddressForm
from tallystick.web.requests import PersonRequest
from tallystick.web.signed_in import signed_in
from tallystick.web.submitting import submitted

ATTEMPT = "contact_attempt"


@signed_in
@require_safe
def index(request: PersonRequest) -> HttpResponse:
    """All of them."""
    contacts = Contact.objects.visible_to(request.user.actor).order_by("kind", "-primary", "created_at")
    ways_in = [contact for contact in contacts if contact.kind == "email" and contact.is_proven]
    only_way = ways_in[0] if len(ways_in) == 1 else None
    return render(request, "account/me/contacts.html", {"contacts": contacts, "only_way": only_way})


@fresh_sign_in
@read_or_send
def new(request: PersonRequest) -> HttpResponse:
    """Add an address: a code goes there, and it is yours once you type that code."""
    form = NewAddressForm(request.POST or None)
    if submitted(request, form, lambda: _send_code(request, form)):
        return redirect("account:contact_code")
    return render(request, "account/me/contact_new.html", {"form": form})


def _send_code(request: PersonRequest, form: NewAddressForm) -> None:
    to = form.cleaned_data["address"]
    attempt = Code.send(
        to,
        "prove_contact",
        source=source_of(request),
        browser=browser_of(request, to.value),
        language=get_language() or "en",
        person_id=request.user.pk,
    )
    request.session[ATTEMPT] = str(attempt.pk)


@fresh_sign_in
@read_or_send
def code(request: PersonRequest) -> HttpResponse:
    """The code we sent to the new address."""
    attempt = _attempt(request)
    if attempt is None:
        return redirect("account:contact_new")
    form = CodeForm(request.POST or None)

    def prove() -> None:
        contact = attempt.prove(form.cleaned_data["code"], purpose="prove_contact")
        attach(contact, request.user, by=request.user.actor)

    if submitted(request, form, prove):
        request.session.pop(ATTEMPT, None)
        messages.success(request, _("%(contact)s is on your account now.") % {"contact": attempt.address.shown})
        return offer_ending(request, "account:contacts")
    return render(request, "account/me/contact_code.html", {"form": form, "shown": attempt.address.shown})


@fresh_sign_in
@require_POST
def new_code(request: PersonRequest) -> HttpResponse:
    """The code once more."""
    attempt = _attempt(request)
    if attempt is not None:
        attempt.send_again(source=source_of(request), browser=browser_of(request, attempt.address.value))
    return redirect("account:contact_code")


def _attempt(request: PersonRequest) -> Attempt | None:
    held = request.session.get(ATTEMPT)
    attempts = Attempt.objects.filter(purpose="prove_contact", person_id=request.user.pk, proved_at=None)
    return attempts.filter(pk=held).first() if held else None


@fresh_sign_in
@read_or_send
def mobile(request: PersonRequest) -> HttpResponse:
    """Write a mobile number down. It signs nobody in."""
    form, person = MobileForm(request.POST or None), request.user
    if submitted(request, form, lambda: write_down(form.cleaned_data["mobile"], person, by=person.actor)):
        messages.success(request, _("Your number is kept."))
        return redirect("account:contacts")
    return render(request, "account/me/mobile.html", {"form": form})


@fresh_sign_in
@read_or_send
def removal(request: PersonRequest, contact_id: UUID) -> HttpResponse:
    """Take one off the account, after one page that says what follows."""
    contact = get_object_or_404(Contact.objects.visible_to(request.user.actor), pk=contact_id)
    if request.method == "POST":
        contact.remove(by=request.user.actor)
        messages.success(request, _("%(contact)s is off your account.") % {"contact": contact.address.shown})
        return offer_ending(request, "account:contacts")
    return render(request, "account/me/contact_removal.html", {"contact": contact})


@fresh_sign_in
@require_POST
def main(request: PersonRequest, contact_id: UUID) -> HttpResponse:
    """Write to this one first."""
    contact = get_object_or_404(Contact.objects.visible_to(request.user.actor), pk=contact_id)
    contact.make_primary(by=request.user.actor)
    messages.success(request, _("We write to %(contact)s from now on.") % {"contact": contact.address.shown})
    return redirect("account:contacts")
