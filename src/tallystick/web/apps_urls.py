"""Addresses of the apps of a set of books, the same on both desks."""

from django.urls import path

from tallystick.web import apps

_APPS = "books/<uuid:organisation_id>/apps/"
_ONE = f"{_APPS}<uuid:connection_id>/"

apps_urls = [
    path(_APPS, apps.mine, name="apps"),
    path(f"{_APPS}available/", apps.available, name="available_apps"),
    path(f"{_APPS}available/<slug:slug>/", apps.app, name="app"),
    path(_ONE, apps.connection, name="connection"),
    path(f"{_ONE}restoring/", apps.restoring, name="connection_restoring"),
    path(f"{_ONE}key/", apps.key, name="connection_key"),
    path(f"{_ONE}disconnection/", apps.disconnection, name="disconnection"),
]
