"""Registers the connections room with Django."""

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    """The connections room."""

    name = "tallystick.connections"
    label = "connections"

    def ready(self) -> None:
        """Register the work this room leaves for later."""
        from tallystick.connections import handlers, handlers_alive  # noqa: F401 - registering is the import's effect
