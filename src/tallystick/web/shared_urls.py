"""Addresses that both desks have, below the tenant's own."""

from django.urls import path

from tallystick.web import desk, people

_ONE = "people/<uuid:member_id>/"

shared_urls = [
    path("people/", people.index, name="members"),
    path(_ONE, people.show, name="member"),
    path(f"{_ONE}role/", people.role, name="member_role"),
    path(f"{_ONE}hold/", people.hold, name="member_hold"),
    path(f"{_ONE}release/", people.release, name="member_release"),
    path(f"{_ONE}sign-out/", people.sign_out, name="member_sign_out"),
    path(f"{_ONE}ending/", people.ending, name="member_ending"),
    path("activity/", desk.activity, name="activity"),
    path("settings/", desk.settings, name="settings"),
]
