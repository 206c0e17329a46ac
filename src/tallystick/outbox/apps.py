"""Registers the outbox room with Django."""

from django.apps import AppConfig


class OutboxConfig(AppConfig):
    """The outbox room."""

    name = "tallystick.outbox"
    label = "outbox"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register the jobs this room does."""
        from tallystick.outbox import handlers  # noqa: F401 - registers as it is imported
