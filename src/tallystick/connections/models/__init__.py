"""Handshakes, credentials with their leases, connections, and what apps tell us."""

from tallystick.connections.models.connections import Connection
from tallystick.connections.models.credentials import Credential, Lease
from tallystick.connections.models.handshakes import Handshake
from tallystick.connections.models.notices import Breaker, Notice, Revocation

__all__ = ["Breaker", "Connection", "Credential", "Handshake", "Lease", "Notice", "Revocation"]
