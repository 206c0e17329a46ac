"""Addresses for the tests of the frame: the living page of components, the choice of language, pages that go wrong."""

from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template import RequestContext, Template
from django.urls import include, path

from tallystick.core.refused import Refused
from tallystick.web.forms.tenants import NameForm
from tallystick.web.language import choose_language
from tallystick.web.submitting import submitted


def refuse(request: HttpRequest) -> HttpResponse:
    raise Refused(
        "last_owner", "Bob is the last owner of Bob’s Bikes.", next_step="Make somebody else owner first.", status=409
    )


def break_off(request: HttpRequest, state: str) -> HttpResponse:
    """PostgreSQL ends what is under way with this SQLSTATE."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"do $$ begin raise 'broken off' using errcode = '{state}'; end $$")
    return HttpResponse()


def rename(request: HttpRequest, state: str) -> HttpResponse:
    form = NameForm(request.POST)
    done = submitted(request, form, lambda: break_off(request, state))
    return HttpResponse("Done" if done else f"{form.as_div()}")


def forbid(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def to_the_shop(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("<form>")
    response.csp_form_action = ["https://shop.example"]  # type: ignore[attr-defined]
    return response


def sent(request: HttpRequest) -> HttpResponse:
    sent.times += 1  # type: ignore[attr-defined]
    return render(request, "components/page.html", {"form": None})


def live(request: HttpRequest) -> HttpResponse:
    """A page that waits, and the part that says it is done when asked a second time."""
    page = Template(
        "{% extends 'frame/page.html' %}{% block main %}"
        "<div id='state' data-live='/live/' data-every='0.1'>Waiting</div>{% endblock %}"
    )
    if request.headers.get("HX-Request"):
        return HttpResponse("<div id='state'><b>Connected</b></div>")
    return HttpResponse(page.render(RequestContext(request)))


sent.times = 0  # type: ignore[attr-defined]

urlpatterns = [
    path("components/", include("tallystick.web.components")),
    path("i18n/setlang/", choose_language, name="set_language"),
    path("refuse/", refuse),
    path("broken-off/<state>/", break_off),
    path("rename/<state>/", rename),
    path("forbid/", forbid),
    path("shop/", to_the_shop),
    path("sent/", sent),
    path("live/", live),
]

handler400 = "tallystick.web.errors.bad_request"
handler403 = "tallystick.web.errors.forbidden"
handler404 = "tallystick.web.errors.not_found"
handler500 = "tallystick.web.errors.server_error"
