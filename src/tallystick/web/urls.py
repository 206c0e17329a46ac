"""All addresses of pages. Tenant first, nouns."""

from django.urls import include, path

from tallystick.web import connect, hooks, logos, welcome
from tallystick.web.language import choose_language

urlpatterns = [
    path("", welcome.home, name="home"),
    path("new/firm/", welcome.new_firm, name="new_firm"),
    path("new/business/", welcome.new_business, name="new_business"),
    path("f/<slug:firm>/", include("tallystick.web.firm.urls")),
    path("b/<slug:business>/", include("tallystick.web.business.urls")),
    path("demo/", include("tallystick.web.demo.urls")),
    path("connect/attempts/<uuid:handshake_id>/", connect.attempt, name="attempt"),
    path("connect/attempts/<uuid:handshake_id>/choice/", connect.choice, name="attempt_choice"),
    path("connect/attempts/<uuid:handshake_id>/dismissal/", connect.dismissal, name="attempt_dismissal"),
    path("connect/<slug:slug>/return/", connect.back, name="connect_return"),
    path("logo/<uuid:firm_id>/<slug:digest>/", logos.logo, name="logo"),
    path("hooks/<slug:slug>/", hooks.hear, name="hooks"),
    path("", include("tallystick.web.client.urls")),
    path("operator/", include("tallystick.web.operator.urls")),
    path("i18n/setlang/", choose_language, name="set_language"),
    path("components/", include("tallystick.web.components")),
    path("", include("tallystick.web.account.urls")),
]
