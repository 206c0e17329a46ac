"""Registers the endings room with Django."""

from django.apps import AppConfig


class EndingsConfig(AppConfig):
    """The endings room."""

    name = "tallystick.endings"
    label = "endings"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register this room's jobs."""
        from tallystick.endings import handlers  # noqa: F401 - registers as it is imported
