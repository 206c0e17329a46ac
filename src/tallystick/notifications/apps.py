"""Registers the notifications room with Django."""

from django.apps import AppConfig


class NotificationsConfig(AppConfig):
    """The notifications room."""

    name = "tallystick.notifications"
    label = "notifications"
    default_auto_field = "django.db.models.BigAutoField"
