"""The apps of a set of books, on either desk: what is connected, what can be, one connection, mending and taking away."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tallystick.audit.models import Fact
from tallystick.connections.models import Connection
from tallystick.connectors import catalogue
from tallystick.connectors.definition import Connector
from tallystick.core.access import may
from tallystick.organisations.models import Organisation
from tallystick.organisations.rights import not_allowed
from tallystick.partnerships.models import Partnership
from tallystick.web.connect import begin
from tallystick.web.facts import told
from tallystick.web.forms.apps import InputsForm
from tallystick.web.requests import TenantRequest


def organisation_of(request: TenantRequest, organisation_id: UUID) -> Organisation:
    """One the actor reaches. An unknown one, or another tenant's, is not found."""
    organisations = Organisation.objects.visible_to(request.actor).select_related("business")
    organisation: Organisation = get_object_or_404(organisations, pk=organisation_id)
    return organisation


def connector_of(slug: str) -> Connector:
    """One of the apps known here; else the page is not found."""
    try:
        return catalogue.get(slug)
    except catalogue.NoSuchApp:
        raise Http404 from None


def url_of(request: TenantRequest, name: str, *args: object) -> str:
    """The address of a page that both desks have, on this desk."""
    return reverse(f"{request.actor.side}:{name}", args=[request.tenant.handle, *args])


@require_GET
def mine(request: TenantRequest, organisation_id: UUID, **_tenant: str) -> HttpResponse:
    """What is connected to these books, those that need somebody first."""
    organisation = organisation_of(request, organisation_id)
    connections = Connection.objects.visible_to(request.actor).filter(organisation=organisation)
    alive = connections.alive().select_related("credential").order_by("state", "account_name", "pk")
    gone = connections.filter(state="disconnected").order_by("-disconnected_at")[:5]
    may_connect = may_do(request, organisation, "connect")
    shown = {
        "organisation": organisation,
        "client": client_of(request, organisation),
        "connections": alive,
        "gone": gone,
        "tab": "mine",
        "may_connect": may_connect,
        "may_ask": may_do(request, organisation, "ask"),
        "unconfirmed": [each for each in alive if each.unconfirmed],
        "may_confirm": _may_confirm(request, organisation),
        "may_disconnect": may_do(request, organisation, "disconnect"),
        "asks": may_connect
        and any(not each.unconfirmed and (each.state == "needs_client" or each.ends_soon) for each in alive),
    }
    return allowing(render(request, "apps/mine.html", shown), *(each.app for each in alive))


@require_GET
def available(request: TenantRequest, organisation_id: UUID, **_tenant: str) -> HttpResponse:
    """The apps that can be connected, by category and by words."""
    organisation = organisation_of(request, organisation_id)
    words, category = request.GET.get("q", ""), request.GET.get("category", "")
    found = catalogue.search(words, category)
    shown = {
        "organisation": organisation,
        "client": client_of(request, organisation),
        "ready": [each for each in found if each.is_set_up],
        "later": [each for each in found if not each.is_set_up],
        "categories": catalogue.categories(),
        "words": words,
        "category": category,
        "tab": "available",
        "may_ask": may_do(request, organisation, "ask"),
    }
    return render(request, "apps/available.html", shown)


def app(request: TenantRequest, organisation_id: UUID, slug: str, **_tenant: str) -> HttpResponse:
    """One app: who has to say yes there, what is seen and what is not, and connecting it now."""
    organisation = organisation_of(request, organisation_id)
    connector = connector_of(slug)
    form = InputsForm(request.POST if request.method == "POST" else None, connector=connector)
    if request.method == "POST" and form.is_valid():
        return begin(request, organisation, connector, form.inputs())
    shown = {
        "organisation": organisation,
        "connector": connector,
        "form": form,
        "may_connect": may_do(request, organisation, "connect"),
        "may_ask": connector.can_ask_owner and connector.is_set_up and may_do(request, organisation, "ask"),
    }
    return allowing(render(request, "apps/app.html", shown), connector)


@require_GET
def connection(request: TenantRequest, organisation_id: UUID, connection_id: UUID, **_tenant: str) -> HttpResponse:
    """One connection: whether it works, the proof, what ends when, and what may be done."""
    found = _connection(request, organisation_id, connection_id)
    facts = Fact.objects.visible_to(request.actor).filter(subject_id=str(found.pk)).newest_first()
    revocation = found.credential.revocations.first()
    shown = {
        "connection": found,
        "connector": found.app,
        "organisation": found.organisation,
        "read": {} if found.unconfirmed else found.what_was_read(),
        "may_confirm": _may_confirm(request, found.organisation),
        "may_connect": may_do(request, found.organisation, "connect"),
        "may_disconnect": may_do(request, found.organisation, "disconnect"),
        "revocation": revocation if found.state == "disconnected" else None,
        "events": told(facts[:10]),
    }
    return allowing(render(request, "apps/connection.html", shown), found.app)


@require_POST
def restoring(request: TenantRequest, organisation_id: UUID, connection_id: UUID, **_tenant: str) -> HttpResponse:
    """Mend a connection, or renew its consent: straight to the app, where the same account says yes again."""
    found = _connection(request, organisation_id, connection_id)
    if found.app.kind == "api_key":
        return redirect(url_of(request, "connection_key", organisation_id, connection_id))
    return begin(request, found.organisation, found.app, found.credential.inputs, restoring=found)


def key(request: TenantRequest, organisation_id: UUID, connection_id: UUID, **_tenant: str) -> HttpResponse:
    """Mend a connection by another key."""
    found = _connection(request, organisation_id, connection_id)
    form = InputsForm(request.POST if request.method == "POST" else None, connector=found.app)
    if request.method == "POST" and form.is_valid():
        return begin(request, found.organisation, found.app, form.inputs(), restoring=found)
    shown = {"organisation": found.organisation, "connector": found.app, "form": form, "may_connect": True}
    return render(request, "apps/app.html", {**shown, "connection": found})


def disconnection(request: TenantRequest, organisation_id: UUID, connection_id: UUID, **_tenant: str) -> HttpResponse:
    """Take a connection away, after one page that says what stops."""
    found = _connection(request, organisation_id, connection_id)
    if not may_do(request, found.organisation, "disconnect"):
        raise not_allowed()
    if request.method == "POST":
        found.disconnect(by=request.actor)
        messages.success(request, _("%(app)s is disconnected.") % {"app": found.app.name})
        return redirect(url_of(request, "apps", organisation_id))
    return render(request, "apps/disconnection.html", {"connection": found, "organisation": found.organisation})


@require_POST
def confirmation(request: TenantRequest, organisation_id: UUID, connection_id: UUID, **_tenant: str) -> HttpResponse:
    """Yes, what somebody connected by the link is ours: it is used from now on."""
    found = _connection(request, organisation_id, connection_id)
    found.confirm(by=request.actor)
    messages.success(request, _("%(account)s is confirmed, and is used from now on.") % {"account": found.account_name})
    return redirect(url_of(request, "connection", organisation_id, connection_id))


@require_POST
def disavowal(request: TenantRequest, organisation_id: UUID, connection_id: UUID, **_tenant: str) -> HttpResponse:
    """No, it is not ours: it is taken away, and the consent at the app is taken back."""
    found = _connection(request, organisation_id, connection_id)
    found.disavow(by=request.actor)
    messages.success(request, _("%(account)s is removed. Nothing of it was used.") % {"account": found.account_name})
    return redirect(url_of(request, "apps", organisation_id))


def allowing(response: HttpResponse, *connectors: Connector) -> HttpResponse:
    """Let the forms on this page lead to these apps."""
    sources = {source for connector in connectors for source in connector.consent_sources}
    response.csp_form_action = sorted(sources)  # type: ignore[attr-defined]  # read by SecurityHeaders
    return response


def client_of(request: TenantRequest, organisation: Organisation) -> Partnership | None:
    """On a firm's desk, the client whose books these are."""
    if request.actor.side != "firm":
        return None
    clients = Partnership.objects.visible_to(request.actor).live()
    return clients.filter(business=organisation.business_id).first()


def _connection(request: TenantRequest, organisation_id: UUID, connection_id: UUID) -> Connection:
    connections = Connection.objects.visible_to(request.actor).select_related("organisation__business", "credential")
    return get_object_or_404(connections, pk=connection_id, organisation_id=organisation_id)


def may_do(request: TenantRequest, organisation: Organisation, scope: str) -> bool:
    """May the actor do this with these books now?"""
    return may(request.actor.member_id, organisation.pk, scope)


def _may_confirm(request: TenantRequest, organisation: Organisation) -> bool:
    """May the actor say that a connection is theirs? As `Connection.confirm` asks it."""
    return may_do(request, organisation, "connect" if request.actor.side == "firm" else "ask")
