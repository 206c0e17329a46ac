"""Addresses of the business's desk: tenant first, nouns."""

from django.urls import path

from tallystick.web.asking_urls import asking_urls
from tallystick.web.business import access, organisations
from tallystick.web.connections_urls import apps_urls
from tallystick.web.shared_urls import shared_urls

app_name = "business"
urlpatterns = [
    path("", organisations.index, name="organisations"),
    path("books/new/", organisations.new, name="new_organisation"),
    path("books/<uuid:organisation_id>/", organisations.show, name="organisation"),
    path("books/<uuid:organisation_id>/name/", organisations.name, name="organisation_name"),
    path("books/<uuid:organisation_id>/closing/", organisations.closing, name="organisation_closing"),
    path("access/", access.index, name="access"),
    path("access/<uuid:partnership_id>/", access.show, name="partnership"),
    path("access/<uuid:partnership_id>/terms/", access.terms, name="partnership_terms"),
    path("access/<uuid:partnership_id>/hold/", access.hold, name="partnership_hold"),
    path("access/<uuid:partnership_id>/release/", access.release, name="partnership_release"),
    path("access/<uuid:partnership_id>/ending/", access.ending, name="partnership_ending"),
    path("access/<uuid:partnership_id>/exclusions/<uuid:member_id>/", access.exclusion, name="exclusion"),
    path(
        "access/<uuid:partnership_id>/exclusions/<uuid:exclusion_id>/ending/",
        access.exclusion_ending,
        name="exclusion_ending",
    ),
    path("people/<uuid:member_id>/books/", organisations.of_member, name="member_organisations"),
    *apps_urls,
    *asking_urls,
    *shared_urls,
]
