"""Registers the invitations room with Django."""

from django.apps import AppConfig


class InvitationsConfig(AppConfig):
    """The invitations room."""

    name = "tallystick.invitations"
    label = "invitations"

    def ready(self) -> None:
        """Register the work this room leaves for later, and what its codes are for."""
        from tallystick.accounts.models.codes import PURPOSES
        from tallystick.invitations import handlers, proof  # noqa: F401 - registering is the import's effect

        PURPOSES.update(proof.PURPOSES)
