"""Partnerships with their terms and coverage; grants and teams; what holds access up."""

from tallystick.partnerships.models.grants import Grant, GrantOrganisation, Team, TeamMember
from tallystick.partnerships.models.partnerships import (
    Coverage,
    Exclusion,
    Partnership,
    PartnershipSuspension,
    Restriction,
    Terms,
)

__all__ = [
    "Coverage",
    "Exclusion",
    "Grant",
    "GrantOrganisation",
    "Partnership",
    "PartnershipSuspension",
    "Restriction",
    "Team",
    "TeamMember",
    "Terms",
]
