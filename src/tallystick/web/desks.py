"""What every page of a desk shows around its own content: the tenants to switch to, and the places of this one."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from tallystick.core.actor import Actor
from tallystick.organisations.actors import seats_of
from tallystick.organisations.models import Tenant
from tallystick.organisations.roles import allows

_OTHER_PLACES = frozenset({"people", "activity", "settings", "access"})


@dataclass(frozen=True)
class Choice:
    """A tenant in the switcher."""

    name: str
    kind: str
    url: str
    current: bool


@dataclass(frozen=True)
class Place:
    """A place in a desk's navigation."""

    label: str
    url: str
    icon: str
    current: bool


def switchable(request: HttpRequest) -> list[Choice]:
    """Everything the signed-in person can switch to, firms first."""
    here = getattr(request, "tenant", None)
    return [
        Choice(seat.name, seat.kind, seat.url, current=here is not None and seat.tenant_id == here.pk)
        for seat in seats_of(request.user)  # type: ignore[arg-type]
    ]


def navigation_for(request: HttpRequest) -> list[Place]:
    """The places of this desk that the actor may see."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    tenant: Tenant = request.tenant  # type: ignore[attr-defined]
    places = _firm_places() if actor.side == "firm" else _business_places()
    return [
        _place(request, tenant, label, f"{actor.side}:{name}", icon)
        for label, name, icon, act in places
        if allows(actor.side, actor.role, act)
    ]


def _place(request: HttpRequest, tenant: Tenant, label: str, name: str, icon: str) -> Place:
    url = reverse(name, args=[tenant.handle])
    inside = request.path.startswith(url)
    if url == tenant.url:  # the first place holds whatever no other place does
        inside = request.path.removeprefix(url).partition("/")[0] not in _OTHER_PLACES
    return Place(label, url, icon, inside)


def _firm_places() -> list[tuple[str, str, str, str]]:
    return [
        (_("Clients"), "clients", "store", "see_tenant"),
        (_("People"), "members", "users", "see_tenant"),
        (_("Activity"), "activity", "history", "see_activity"),
        (_("Settings"), "settings", "settings", "change_settings"),
    ]


def _business_places() -> list[tuple[str, str, str, str]]:
    # Five stand beside one another on a phone: a language may need shorter words here than in a heading.
    return [
        (pgettext("place", "Books"), "organisations", "book-open", "see_tenant"),
        (pgettext("place", "Who has access"), "access", "key-round", "see_who_has_access"),
        (_("People"), "members", "users", "see_tenant"),
        (_("Activity"), "activity", "history", "see_activity"),
        (_("Settings"), "settings", "settings", "change_settings"),
    ]
