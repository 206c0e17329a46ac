"""All addresses: those of the pages, and the two by which machines ask how we are."""

from django.urls import include, path

from tallystick.config import health
from tallystick.config.demo import pages

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("", pages.first, name="first"),
    path("demo/", pages.cast, name="cast"),
    path("demo/be/<slug:key>/", pages.become, name="become"),
    path("", include("tallystick.web.urls")),
]

handler400 = "tallystick.web.errors.bad_request"
handler403 = "tallystick.web.errors.forbidden"
handler404 = "tallystick.web.errors.not_found"
handler500 = "tallystick.config.health.failure"
