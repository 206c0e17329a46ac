"""Firms, businesses, organisations and their members."""

from tallystick.organisations.models.logos import FirmLogo
from tallystick.organisations.models.members import (
    Member,
    MemberOrganisation,
    MemberRole,
    MemberSuspension,
)
from tallystick.organisations.models.tenants import Business, Firm, Organisation, Tenant

__all__ = [
    "Business",
    "Firm",
    "FirmLogo",
    "Member",
    "MemberOrganisation",
    "MemberRole",
    "MemberSuspension",
    "Organisation",
    "Tenant",
]
