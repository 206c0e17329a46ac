"""Addresses of the firm's desk: tenant first, nouns."""

from django.urls import path

from tallystick.web.asking_urls import asking_urls
from tallystick.web.connections_urls import apps_urls
from tallystick.web.firm import clients, kits, logo
from tallystick.web.shared_urls import shared_urls

app_name = "firm"
urlpatterns = [
    path("", clients.index, name="clients"),
    path("standing-still/", clients.standing_still, name="standing_still"),
    path("clients/<uuid:partnership_id>/", clients.show, name="client"),
    path("clients/<uuid:partnership_id>/name/", clients.name, name="client_name"),
    path("clients/<uuid:partnership_id>/hold/", clients.hold, name="client_hold"),
    path("clients/<uuid:partnership_id>/release/", clients.release, name="client_release"),
    path("clients/<uuid:partnership_id>/ending/", clients.ending, name="client_ending"),
    path("clients/<uuid:partnership_id>/restriction/", clients.restriction, name="client_restriction"),
    path("clients/<uuid:partnership_id>/opening/", clients.opening, name="client_opening"),
    path("clients/<uuid:partnership_id>/grants/new/", clients.new_grant, name="new_grant"),
    path("clients/<uuid:partnership_id>/grants/<uuid:grant_id>/ending/", clients.grant_ending, name="grant_ending"),
    path("kits/", kits.index, name="kits"),
    path("kits/new/", kits.new, name="new_kit"),
    path("kits/<uuid:kit_id>/", kits.kit, name="kit"),
    path("kits/<uuid:kit_id>/removal/", kits.removal, name="kit_removal"),
    path("settings/logo/", logo.logo, name="logo"),
    path("settings/logo/removal/", logo.removal, name="logo_removal"),
    *apps_urls,
    *asking_urls,
    *shared_urls,
]
