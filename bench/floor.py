"""All addresses of the product, and one more: the floor, a view that does nothing but answer so many bytes."""

from django.http import HttpRequest, HttpResponse
from django.urls import include, path

from tallystick.config.urls import handler500

__all__ = ["handler500", "urlpatterns"]


def floor(_request: HttpRequest, size: int) -> HttpResponse:
    """So many bytes."""
    return HttpResponse(b"x" * size)


urlpatterns = [path("bench/floor/<int:size>/", floor), path("", include("tallystick.config.urls"))]
