"""Registers the jobs room with Django."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """The jobs room."""

    name = "tallystick.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"
