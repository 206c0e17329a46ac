"""Registers the web room with Django."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """The web room."""

    name = "tallystick.web"
    label = "web"
    default_auto_field = "django.db.models.BigAutoField"
