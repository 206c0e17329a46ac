"""Addresses of the apps of a set of books, the same on both desks."""

from django.urls import path

from tallystick.web import connections

_APPS = "books/<uuid:organisation_id>/apps/"
_ONE = f"{_APPS}<uuid:connection_id>/"

apps_urls = [
    path(_APPS, connections.mine, name="apps"),
    path(f"{_APPS}available/", connections.available, name="available_apps"),
    path(f"{_APPS}available/<slug:slug>/", connections.app, name="app"),
    path(_ONE, connections.connection, name="connection"),
    path(f"{_ONE}restoring/", connections.restoring, name="connection_restoring"),
    path(f"{_ONE}key/", connections.key, name="connection_key"),
    path(f"{_ONE}confirmation/", connections.confirmation, name="connection_confirmation"),
    path(f"{_ONE}disavowal/", connections.disavowal, name="connection_disavowal"),
    path(f"{_ONE}disconnection/", connections.disconnection, name="disconnection"),
]
