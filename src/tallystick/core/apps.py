"""Registers the core room with Django."""

from django.apps import AppConfig


class CoreConfig(AppConfig):
    """The core room."""

    name = "tallystick.core"
    label = "core"
    default_auto_field = "django.db.models.BigAutoField"
