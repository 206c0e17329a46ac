"""Registers the partnerships room with Django."""

from django.apps import AppConfig


class PartnershipsConfig(AppConfig):
    """The partnerships room."""

    name = "tallystick.partnerships"
    label = "partnerships"
    default_auto_field = "django.db.models.BigAutoField"
