"""The living page of components: every part that pages are made of, in each of its states."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.core.refused import Refused
from tallystick.web import errors
from tallystick.web.templatetags.look import STATES


class Sample(forms.Form):
    """One field of each kind."""

    name = forms.CharField(
        label=gettext_lazy("Name"), max_length=100, help_text=gettext_lazy("As your clients know you.")
    )
    email = forms.EmailField(
        label=gettext_lazy("Email address"),
        widget=forms.EmailInput({"autocomplete": "email"}),
        error_messages={"invalid": gettext_lazy("Write the address in full, such as bob@example.com.")},
    )
    code = forms.CharField(
        label=gettext_lazy("Code"),
        help_text=gettext_lazy("Six digits, from the mail we sent you."),
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "numeric"}),
        error_messages={"required": gettext_lazy("Type the code from the mail.")},
    )
    password = forms.CharField(
        label=gettext_lazy("Password"),
        widget=forms.PasswordInput({"autocomplete": "current-password"}, render_value=True),
        error_messages={"required": gettext_lazy("Type your password.")},
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country"), choices=[("nl", gettext_lazy("Netherlands")), ("be", gettext_lazy("Belgium"))]
    )
    note = forms.CharField(
        label=gettext_lazy("Note"),
        required=False,
        widget=forms.Textarea({"rows": 3}),
        help_text=gettext_lazy("Your own words, to remember this by."),
    )
    reach = forms.ChoiceField(
        label=gettext_lazy("Which organisations?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose which organisations.")},
        choices=[("all", gettext_lazy("All, also those added later")), ("listed", gettext_lazy("Only those I choose"))],
    )
    rights = forms.MultipleChoiceField(
        label=gettext_lazy("What may they do?"),
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Choose as few as they need."),
        error_messages={"required": gettext_lazy("Choose what they may do.")},
        choices=[
            ("see", gettext_lazy("See the organisation and its apps")),
            ("connect", gettext_lazy("Connect and restore apps")),
        ],
    )
    copy = forms.BooleanField(
        label=gettext_lazy("Send me a copy"), required=False, help_text=gettext_lazy("To the address above.")
    )


@dataclass(frozen=True)
class Place:
    """A place on a sample desk, or a firm or business in its switcher."""

    label: str
    url: str
    icon: str = ""
    current: bool = False
    count: int = 0


@dataclass(frozen=True)
class Tenant:
    """A firm or business in a sample switcher."""

    name: str
    kind: str
    url: str
    current: bool = False

    @property
    def side(self) -> str:
        """What a tenant's row calls its kind."""
        return self.kind


def _tenants() -> list[Tenant]:
    businesses = [
        "Bob’s Bikes",
        "Bright & Sons",
        "Café Noord",
        "De Vries Joinery",
        "Evergreen",
        "Harbour Books",
        "Zomer",
    ]
    return [
        Tenant("Alice Accounting", "firm", "?tenant=alice", current=True),
        Tenant("Charlie & Partners", "firm", "?tenant=charlie"),
        *(Tenant(name, "business", f"?tenant={number}") for number, name in enumerate(businesses)),
    ]


def _navigation() -> list[Place]:
    return [
        Place(_("Clients"), "#clients", "users", current=True),
        Place(_("Invitations"), "#invitations", "mail", count=3),
        Place(_("Connections"), "#connections", "plug"),
        Place(_("Activity"), "#activity", "activity"),
        Place(_("Members"), "#members", "user"),
        Place(_("Settings"), "#settings", "settings"),
    ]


def _samples() -> dict[str, Any]:
    """What the parts show, the same on every visit."""
    wrong = Sample(
        {"name": "Bob", "email": "bob@", "note": _("We met at the fair."), "country": "be"}, auto_id="wrong_%s"
    )
    when = datetime(2026, 3, 9, 10, 24, tzinfo=UTC)
    return {
        "fields": Sample(initial={"reach": "all"}),
        "wrong": wrong,
        "states": STATES,
        "items": [
            {"label": _("Let Alice Accounting act for you"), "done": True},
            {"label": "Shopify", "text": _("Your web shop"), "done": True},
            {"label": "Bunq", "text": _("Your bank"), "done": False, "url": "#progress", "action": _("Connect")},
        ],
        "rows": [
            {"label": _("Business"), "value": "Bob’s Bikes", "url": "#summary"},
            {
                "label": _("What they may do"),
                "value": _("See the organisation, connect and restore apps"),
                "url": "#summary",
            },
            {"label": _("Until"), "value": _("31 March 2027"), "url": "#summary"},
        ],
        "stats": [
            {"label": _("Clients"), "value": "148", "url": "#stats"},
            {"label": _("Connections that work"), "value": "391"},
            {"label": _("Need the client"), "value": "7", "url": "#stats"},
        ],
        "events": [
            {"text": _("Shopify was connected"), "who": "Bob de Boer", "when": when, "icon": "plug", "tone": "good"},
            {"text": _("Reminder sent to bob@example.com"), "who": "Tallystick", "when": when, "icon": "mail"},
            {"text": _("Bob was invited"), "who": "Alice Jansen", "when": when},
        ],
        "tabs": [
            Place(_("My apps"), "#tabs", current=True, count=4),
            Place(_("Available apps"), "#tabs"),
            Place(_("Client Connect"), "#tabs"),
        ],
        "crumbs": [Place(_("Clients"), "#crumbs"), Place("Bob’s Bikes", "#crumbs"), Place(_("Access"), "")],
        "choices": [
            {"label": _("Send again"), "url": "#menu", "icon": "mail"},
            {"label": _("Copy the link"), "url": "#menu", "icon": "link"},
            {"label": _("Withdraw"), "url": "#menu", "icon": "circle-slash", "danger": True},
        ],
    }


def show(request: HttpRequest) -> HttpResponse:
    """All parts on one page."""
    return render(request, "components/show.html", _samples())


def desk(request: HttpRequest) -> HttpResponse:
    """A page on a desk, as a firm's staff see it."""
    tenants = _tenants()
    request.tenants = tenants  # type: ignore[attr-defined]
    request.navigation = _navigation()  # type: ignore[attr-defined]
    return render(request, "components/desk.html", _samples())


def one_column(request: HttpRequest) -> HttpResponse:
    """A page of one question, with its errors after sending."""
    form = Sample(
        request.POST or ({"name": "Bob", "email": "bob@", "country": "be"} if "wrong" in request.GET else None)
    )
    return render(request, "components/page.html", {"form": form})


def error(request: HttpRequest, status: int) -> HttpResponse:
    """The pages for what went wrong, and for a no."""
    pages = {400: errors.bad_request, 403: errors.forbidden, 404: errors.not_found, 503: errors.unavailable}
    if status == 409:
        raise Refused(
            "already_answered",
            _("Bob said yes to this invitation on 9 March. It can’t be withdrawn any more."),
            next_step=_("To take the access back, end the partnership."),
            status=409,
        )
    return pages.get(status, errors.server_error)(request)


urlpatterns = [
    path("", show, name="components"),
    path("desk/", desk, name="components_desk"),
    path("page/", one_column, name="components_page"),
    path("error/<int:status>/", error, name="components_error"),
]
