"""Asking others to connect apps, on either desk: the standing link of a set of books, and what was asked of whom."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from tallystick.audit.models import Fact
from tallystick.connections.models import Connection
from tallystick.connectors import catalogue
from tallystick.connectors.definition import Connector
from tallystick.core.refused import Refused
from tallystick.invitations import asking
from tallystick.invitations.models import Ask, ClientConnectLink, Invitation, Kit
from tallystick.notifications.inviting import preview
from tallystick.organisations.models import Organisation
from tallystick.organisations.rights import not_allowed
from tallystick.outbox.rendering import Rendered
from tallystick.web.asked import asks_of, line_of, lines_of
from tallystick.web.connections import client_of, may_do, organisation_of, url_of
from tallystick.web.facts import told
from tallystick.web.forms.asking import AskForm, OtherAddressForm
from tallystick.web.paging import Slice, cursor_uuid
from tallystick.web.requests import TenantRequest
from tallystick.web.sharing import picture_of
from tallystick.web.submitting import submitted

ASKS_ON_A_PAGE = 20


def askable_books(request: TenantRequest, organisation_id: UUID) -> Organisation:
    """Books that the actor may ask for. Unknown ones are not found; raises `Refused` when only the right is missing."""
    organisation = organisation_of(request, organisation_id)
    if not may_do(request, organisation, "ask"):
        raise not_allowed()
    return organisation


# The standing link.


@require_GET
def client_connect(request: TenantRequest, organisation_id: UUID, **_tenant: str) -> HttpResponse:
    """The books' own link, and everything that was asked for them, newest first."""
    organisation = askable_books(request, organisation_id)
    asked = Invitation.objects.visible_to(request.actor).filter(organisation=organisation)
    cursor = cursor_uuid(request)
    page_of = Slice(
        asked.with_asks().after(asked.filter(pk=cursor).first() if cursor else None), request, size=ASKS_ON_A_PAGE
    )
    link = ClientConnectLink.of(organisation)
    shown = {
        "organisation": organisation,
        "client": client_of(request, organisation),
        "tab": "client_connect",
        "may_ask": True,
        "page_of": page_of,
        "lines": lines_of(page_of.rows, request.actor),
        "can_ask": bool(askable_apps()),
        "link": link,
        "address": link.link if link else "",
        "picture": picture_of(link.link) if link else "",
    }
    return render(request, "asking/client_connect.html", shown)


@require_POST
def client_connect_link(request: TenantRequest, organisation_id: UUID, **_tenant: str) -> HttpResponse:
    """Make the books' own link, if there is none."""
    ClientConnectLink.make(organisation_of(request, organisation_id), by=request.actor)
    return redirect(url_of(request, "client_connect", organisation_id))


def client_connect_replacement(request: TenantRequest, organisation_id: UUID, **_tenant: str) -> HttpResponse:
    """Replace the link, after one page that says what stops working."""
    organisation = askable_books(request, organisation_id)
    link = ClientConnectLink.of(organisation)
    if request.method == "POST":
        ClientConnectLink.replace(organisation, by=request.actor)
        messages.success(request, _("Here is the new link. The old one is dead."))
        return redirect(url_of(request, "client_connect", organisation_id))
    if link is None:
        return redirect(url_of(request, "client_connect", organisation_id))
    return render(request, "asking/replacement.html", {"organisation": organisation, "link": link})


# Asking.


def new_ask(request: TenantRequest, organisation_id: UUID, **_tenant: str) -> HttpResponse:
    """Choose the apps and ask somebody by mail."""
    organisation = askable_books(request, organisation_id)
    form = _form(request, organisation)
    return _asked(request, organisation, form) or _page(request, organisation, form)


@require_POST
def new_ask_link(request: TenantRequest, organisation_id: UUID, **_tenant: str) -> HttpResponse:
    """The same as a link that one sends oneself."""
    organisation = askable_books(request, organisation_id)
    form = _form(request, organisation, by_mail=False)
    return _asked(request, organisation, form) or _page(request, organisation, form)


@require_POST
def new_ask_preview(request: TenantRequest, organisation_id: UUID, **_tenant: str) -> HttpResponse:
    """The mail as it would be sent, above the form as it was filled in. Nothing is asked yet."""
    organisation = askable_books(request, organisation_id)
    form = _form(request, organisation)
    seen: list[Rendered] = []
    submitted(request, form, lambda: seen.append(_preview(request, organisation, form)))
    return _page(request, organisation, form, rendered=seen[0] if seen else None)


def _form(request: TenantRequest, organisation: Organisation, *, by_mail: bool = True) -> AskForm:
    initial = {"language": get_language(), "apps": _chosen(request), **_as_before(request, organisation)}
    sent = request.POST if request.method == "POST" else None
    connectors, notes = askable_apps(), _notes(request, organisation)
    return AskForm(sent, initial=initial, connectors=connectors, notes=notes, by_mail=by_mail)


def askable_apps() -> list[Connector]:
    """The apps that somebody can be asked for here."""
    return [each for each in catalogue.all() if each.can_ask_owner and each.is_set_up]


def _chosen(request: TenantRequest) -> list[str]:
    """The apps that are ticked from the start: those of a kit, or those named in the address."""
    kit = request.GET.get("kit", "")
    for each in Kit.objects.visible_to(request.actor).kept() if kit else ():
        if str(each.pk) == kit:
            return each.apps
    return request.GET.getlist("app")


def _as_before(request: TenantRequest, organisation: Organisation) -> dict[str, object]:
    """What one's own earlier ask said, when that is asked again: the apps that are not connected, whom, in which words."""
    own = Invitation.objects.visible_to(request.actor).filter(organisation=organisation, firm=request.actor.firm_id)
    again = cursor_uuid(request, "again")
    before = own.filter(pk=again).first() if again else None
    if before is None:
        return {}
    return {
        "apps": list(before.asks.exclude(state__in=("connected", "passed_on")).values_list("connector", flat=True)),
        "address": before.contact.shown if before.contact else "",
        "name": before.name,
        "words": before.words,
        "language": before.language,
        "days": before.days,
    }


def _notes(request: TenantRequest, organisation: Organisation) -> dict[str, str]:
    """What to know about an app before one asks for it: it is connected already, or has been asked for."""
    asked = (
        Ask.objects.visible_to(request.actor)
        .open()
        .filter(organisation=organisation, invitation__in=Invitation.objects.pending())
    )
    notes = dict.fromkeys(asked.values_list("connector", flat=True), _("Asked for already"))
    alive = Connection.objects.visible_to(request.actor).alive().filter(organisation=organisation)
    for slug, account in alive.order_by("account_name").values_list("connector", "account_name"):
        notes[slug] = _("Connected already: %(account)s") % {"account": account}
    return notes


def _asked(request: TenantRequest, organisation: Organisation, form: AskForm) -> HttpResponse | None:
    """The way to what was just asked; None while the form has still to be filled in."""
    made: list[Invitation] = []

    def ask() -> None:
        said = form.cleaned_data
        made.append(Invitation.ask(organisation, said["apps"], by=request.actor, to=form.to(), days=said["days"]))

    if not submitted(request, form, ask, keeps_when_too_often=True):
        return None
    contact = made[0].contact
    if contact:
        messages.success(request, _("A mail is on its way to %(address)s.") % {"address": contact.shown})
    else:
        messages.success(request, _("Here is the link. Copy it, and send it yourself."))
    return redirect(url_of(request, "ask", organisation.pk, made[0].pk))


def _preview(request: TenantRequest, organisation: Organisation, form: AskForm) -> Rendered:
    """The mail that this form would send. Raises `Refused` for what could not be sent."""
    said, to = form.cleaned_data, form.to()
    asking.checked(to, by=request.actor)
    asking.days_of(said["days"])
    return preview(organisation, asking.askable(said["apps"]), by=request.actor, to=to, days=said["days"])


def _page(
    request: TenantRequest, organisation: Organisation, form: AskForm, rendered: Rendered | None = None
) -> HttpResponse:
    kits = Kit.objects.visible_to(request.actor).kept().order_by("sort_name")
    shown = {
        "organisation": organisation,
        "form": form,
        "kits": kits,
        "kit": request.GET.get("kit", ""),
        "preview": rendered,
        "first": _first(request, organisation, form) if form.is_asked_already else None,
        "has_apps": bool(askable_apps()),
    }
    return render(request, "asking/new.html", shown)


def _first(request: TenantRequest, organisation: Organisation, form: AskForm) -> Invitation | None:
    """The one that asked the same of the same address before."""
    mine = Invitation.objects.visible_to(request.actor).filter(organisation=organisation, firm=request.actor.firm_id)
    contact = asking.contact_of(form.data.get("address", ""), by=request.actor)
    return mine.asked_of(contact, form.data.getlist("apps")).first()  # type: ignore[attr-defined]  # sent by POST


# One of them.


@require_GET
def ask(request: TenantRequest, organisation_id: UUID, invitation_id: UUID, **_tenant: str) -> HttpResponse:
    """Everything about one: each app's state, the link, what became of the mails, and what may be done."""
    invitation = _invitation(request, organisation_id, invitation_id)
    own = invitation.firm_id == request.actor.firm_id
    asks = list(invitation.asks.all())
    about = [str(invitation.pk), *(str(each.pk) for each in asks)]
    facts = Fact.objects.visible_to(request.actor).filter(subject_id__in=about).newest_first()
    why_dead = invitation.why_dead
    replaced_by = Invitation.objects.visible_to(request.actor).filter(replaces=invitation).first()
    came_from = Invitation.objects.visible_to(request.actor).filter(asks__passed_to=invitation).first()
    shown = {
        "organisation": invitation.organisation,
        "invitation": invitation,
        "line": line_of(invitation, request.actor),
        "asks": asks_of(invitation, why_dead),
        "own": own,
        "why_dead": why_dead,
        "over": invitation.over().message if why_dead else "",
        "can_ask_again": own and why_dead not in ("", "accepted", "asker_gone"),
        "address": invitation.link if own and not why_dead else "",
        "picture": picture_of(invitation.link) if own and not why_dead and not invitation.contact else "",
        "deliveries": invitation.deliveries(),
        "replaced_by": replaced_by,
        "came_from": came_from,
        "events": told(facts[:20]),
    }
    return render(request, "asking/ask.html", shown)


@require_POST
def ask_sending(request: TenantRequest, organisation_id: UUID, invitation_id: UUID, **_tenant: str) -> HttpResponse:
    """Mail it once more; its time starts anew."""
    invitation = _own(request, organisation_id, invitation_id)
    back = redirect(url_of(request, "ask", organisation_id, invitation_id))
    try:
        invitation.send_again(by=request.actor)
    except Refused as refused:
        if refused.status == 403:
            raise
        messages.error(request, " ".join(filter(None, (refused.message, refused.next_step))))
        return back
    messages.success(
        request, _("It is on its way once more. The link works for %(days)s days from now.") % {"days": invitation.days}
    )
    return back


def ask_withdrawal(request: TenantRequest, organisation_id: UUID, invitation_id: UUID, **_tenant: str) -> HttpResponse:
    """Take it back, after one page that says what stops."""
    invitation = _invitation(request, organisation_id, invitation_id)
    if request.method == "POST":
        invitation.withdraw(by=request.actor)
        messages.success(request, _("This was withdrawn. Its link is dead."))
        return redirect(url_of(request, "ask", organisation_id, invitation_id))
    if invitation.why_dead:
        return redirect(url_of(request, "ask", organisation_id, invitation_id))
    shown = {
        "organisation": invitation.organisation,
        "invitation": invitation,
        "line": line_of(invitation, request.actor),
    }
    return render(request, "asking/withdrawal.html", shown)


def ask_address(request: TenantRequest, organisation_id: UUID, invitation_id: UUID, **_tenant: str) -> HttpResponse:
    """Ask another address instead: a new mail there, and the old link is dead."""
    invitation = _own(request, organisation_id, invitation_id)
    form = OtherAddressForm(request.POST or None)
    made: list[Invitation] = []

    def readdress() -> None:
        made.append(invitation.readdress(form.typed(), by=request.actor))

    if submitted(request, form, readdress, keeps_when_too_often=True):
        messages.success(
            request,
            _("A mail is on its way to %(address)s. The old link is dead.")
            % {"address": form.cleaned_data["address"].shown},
        )
        return redirect(url_of(request, "ask", organisation_id, made[0].pk))
    if request.method == "GET" and invitation.why_dead:
        return redirect(url_of(request, "ask", organisation_id, invitation_id))
    shown = {"organisation": invitation.organisation, "invitation": invitation, "form": form}
    return render(request, "asking/address.html", shown)


def _invitation(request: TenantRequest, organisation_id: UUID, invitation_id: UUID) -> Invitation:
    """One that the actor may see. Raises `Refused` when these books are theirs to see, but not to ask for."""
    askable_books(request, organisation_id)
    seen = Invitation.objects.visible_to(request.actor).filter(organisation=organisation_id)
    rows = seen.with_asks().select_related("organisation__business", "replaces")
    found: Invitation = get_object_or_404(rows, pk=invitation_id)
    return found


def _own(request: TenantRequest, organisation_id: UUID, invitation_id: UUID) -> Invitation:
    """One of the actor's own tenant. A business sees what a firm asked, and may withdraw it; the words stay the firm's."""
    invitation = _invitation(request, organisation_id, invitation_id)
    if invitation.firm_id != request.actor.firm_id:
        raise not_allowed()
    return invitation
