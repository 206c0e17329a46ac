"""Registers the jobs room with Django."""

from django.apps import AppConfig


class JobsConfig(AppConfig):
    """The jobs room."""

    name = "tallystick.jobs"
    label = "jobs"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register this room's own routine."""
        from tallystick.jobs import routines  # noqa: F401 - registers as it is imported
