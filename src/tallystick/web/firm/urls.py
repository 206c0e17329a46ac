"""Addresses of the firm's desk: tenant first, nouns."""

from django.urls import path

from tallystick.web.connections_urls import apps_urls
from tallystick.web.firm import clients, desk, members

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
    *apps_urls,
    path("people/", members.index, name="members"),
    path("people/<uuid:member_id>/", members.show, name="member"),
    path("people/<uuid:member_id>/role/", members.role, name="member_role"),
    path("people/<uuid:member_id>/hold/", members.hold, name="member_hold"),
    path("people/<uuid:member_id>/release/", members.release, name="member_release"),
    path("people/<uuid:member_id>/sign-out/", members.sign_out, name="member_sign_out"),
    path("people/<uuid:member_id>/ending/", members.ending, name="member_ending"),
    path("activity/", desk.activity, name="activity"),
    path("settings/", desk.settings, name="settings"),
]
