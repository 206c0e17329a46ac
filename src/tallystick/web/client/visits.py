"""A visit: what a browser that opened one of our links holds, sealed in a cookie of that one invitation or link.

The first hop puts the token away in here and goes on to an address without it. A visit opens one page; what a link alone may
not do needs a proof on top, which stands in the same cookie for half an hour.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import wraps
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from tallystick.accounts.models import Contact
from tallystick.core.access import may
from tallystick.core.actor import Actor
from tallystick.core.clock import now
from tallystick.core.links import Link, read_link
from tallystick.core.sealing import Unopenable, seal, unseal
from tallystick.invitations.models import ClientConnectLink, Invitation
from tallystick.organisations.actors import actor_for
from tallystick.web.errors import show

Kind = Literal["invitation", "client_connect"]
PROVEN_FOR = timedelta(minutes=30)
_KEPT = 31 * 24 * 60 * 60  # seconds: as long as a link with asks can live


@dataclass(frozen=True)
class Visit:
    """Which row of which kind this browser came for; the attempt to prove its contact, and until when it is proved."""

    kind: Kind
    row: UUID
    attempt: UUID | None = None
    proven_until: datetime | None = None

    @property
    def cookie(self) -> str:
        """The cookie's name: one for each row, so that two links can be open side by side."""
        return f"__Host-{'ask' if self.kind == 'invitation' else 'link'}-{self.row.hex[:12]}"

    @property
    def is_proven(self) -> bool:
        """Has the contact that was asked been proved from here lately?"""
        return self.proven_until is not None and self.proven_until > now()

    def proved(self) -> Visit:
        """The same visit, after the right code."""
        return replace(self, attempt=None, proven_until=now() + PROVEN_FOR)

    def keep(self, response: HttpResponse) -> HttpResponse:
        """Put it in the browser. No row is written."""
        said = {"attempt": str(self.attempt or ""), "proven": self.proven_until and self.proven_until.isoformat()}
        value = seal(json.dumps(said).encode(), place=self._place())
        text = base64.urlsafe_b64encode(value).decode().rstrip("=")
        response.set_cookie(self.cookie, text, max_age=_KEPT, secure=True, httponly=True, samesite="Lax")
        return response

    @classmethod
    def of(cls, request: HttpRequest, kind: Kind, row: UUID) -> Visit | None:
        """The visit of this browser to that row; None when it has not come by its link."""
        empty = cls(kind, row)
        text = request.COOKIES.get(empty.cookie, "")
        try:
            value = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
            said: dict[str, Any] = json.loads(unseal(value, place=empty._place()))
        except (binascii.Error, ValueError, Unopenable):
            return None
        proven = said.get("proven")
        return cls(
            kind,
            row,
            UUID(said["attempt"]) if said["attempt"] else None,
            datetime.fromisoformat(proven) if proven else None,
        )

    def _place(self) -> tuple[str, ...]:
        return ("cookie", self.kind, str(self.row))


class InvitationRequest(HttpRequest):
    """A request of a browser that came by the link of an invitation."""

    visit: Visit
    invitation: Invitation


class LinkRequest(HttpRequest):
    """A request of a browser that came by a Client Connect link."""

    visit: Visit
    link: ClientConnectLink


def opened(token: str, kind: Kind) -> Link | None:
    """What a link names, if it is one of ours. The same time is taken either way."""
    return read_link(token, kind)


def no_such_link(request: HttpRequest) -> HttpResponse:
    """The one neutral page, the same to the byte for whatever is none of ours, or was never opened in this browser."""
    return show(request, "no_such_link", 404)


def asked(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only for a browser that came by this invitation's link: puts `visit` and `invitation` on the request."""

    @wraps(view)
    def guarded(request: InvitationRequest, invitation_id: UUID, **kwargs: Any) -> HttpResponse:
        visit = Visit.of(request, "invitation", invitation_id)
        rows = Invitation.objects.select_related("firm", "organisation__business", "asker").prefetch_related("asks")
        found = rows.filter(pk=invitation_id).first() if visit else None
        if visit is None or found is None:
            return no_such_link(request)
        request.visit, request.invitation = visit, found
        return view(request, **kwargs)

    return guarded


def linked(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Only for a browser that came by this Client Connect link: puts `visit` and `link` on the request."""

    @wraps(view)
    def guarded(request: LinkRequest, link_id: UUID, **kwargs: Any) -> HttpResponse:
        visit = Visit.of(request, "client_connect", link_id)
        rows = ClientConnectLink.objects.select_related("firm", "organisation__business")
        found = rows.filter(pk=link_id).first() if visit else None
        if visit is None or found is None:
            return no_such_link(request)
        request.visit, request.link = visit, found
        return view(request, **kwargs)

    return guarded


def is_proven(request: InvitationRequest) -> bool:
    """Has whoever sits here shown that the contact asked is theirs: by a code, or signed in with an account that has it?"""
    contact = request.invitation.contact
    if contact is None:
        return False
    if request.visit.is_proven:
        return True
    own = Contact.objects.proven().same_as(contact)
    return request.user.is_authenticated and own.filter(person_id=request.user.pk).exists()


def guest_of(request: InvitationRequest) -> Actor:
    """Who acts here: whoever was asked, as far as anybody knows."""
    invitation = request.invitation
    person = request.user.pk if request.user.is_authenticated else None
    name = invitation.name or (invitation.contact.masked if invitation.contact else _("Somebody with the link"))
    return Actor("guest", person_id=person, name=str(name))


def stranger_of(request: LinkRequest) -> Actor:
    """Who acts here: somebody with a seat in the business as what they are there, else somebody with the link."""
    if request.user.is_authenticated:
        organisation = request.link.organisation
        seat = actor_for(request.user, "business", organisation.business.handle)
        if seat and may(seat[0].member_id, organisation.pk, "connect"):
            return seat[0]
        return Actor("guest", person_id=request.user.pk, name=request.user.name)
    return Actor("guest", name=str(_("Somebody with the link")))
