"""Registers the organisations room with Django."""

from django.apps import AppConfig


class OrganisationsConfig(AppConfig):
    """The organisations room."""

    name = "tallystick.organisations"
    label = "organisations"
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        """Tell accounts how long the sessions of a firm's people last."""
        from tallystick.organisations import limits  # noqa: F401 - registering is the import's effect
