"""Registers the organisations room with Django."""

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    """The organisations room."""

    name = "tallystick.organisations"
    label = "organisations"
    default_auto_field = "django.db.models.BigAutoField"
