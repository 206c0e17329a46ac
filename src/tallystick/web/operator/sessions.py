"""Ending everybody's sessions at once: for the day something went wrong."""

from __future__ import annotations

from django.http import HttpResponse
from django.shortcuts import redirect, render

from tallystick.accounts.models import Session
from tallystick.organisations.actors import actor_operator
from tallystick.web.account.freshness import fresh_sign_in
from tallystick.web.requests import PersonRequest
from tallystick.web.signed_in import operator_only


@operator_only
@fresh_sign_in
def ending(request: PersonRequest) -> HttpResponse:
    """Sign everybody out, oneself too, after one page that says so."""
    if request.method != "POST":
        return render(request, "operator/sessions_ending.html")
    actor = actor_operator(request.user)
    Session.objects.visible_to(actor).end(reason="ended_elsewhere", by=actor)
    return redirect("account:sign_in")
