"""Invitations with their asks, the standing link of a set of books, what guests began, and firms' kits."""

from tallystick.invitations.models.asks import Ask
from tallystick.invitations.models.guests import GuestAttempt
from tallystick.invitations.models.invitations import Invitation
from tallystick.invitations.models.kits import Kit
from tallystick.invitations.models.links import ClientConnectLink

__all__ = ["Ask", "ClientConnectLink", "GuestAttempt", "Invitation", "Kit"]
