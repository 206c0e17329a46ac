"""Registers the notifications room with Django."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """The notifications room."""

    name = "tallystick.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Register what reads facts, and what people may tune."""
        from tallystick.notifications import handlers  # noqa: F401 - registers as it is imported
        from tallystick.notifications.notices import register_notices

        register_notices()
