"""All addresses: those of the pages, and the two by which machines ask how we are."""

from django.urls import include, path

from tallystick.config import health

urlpatterns = [
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
    path("", include("tallystick.web.urls")),
]

handler500 = "tallystick.config.health.failure"
