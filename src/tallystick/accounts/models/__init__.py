"""People, their contacts, codes, sessions and factors."""

from tallystick.accounts.models.choices import NotificationChoice
from tallystick.accounts.models.codes import Attempt, Code
from tallystick.accounts.models.contacts import Contact
from tallystick.accounts.models.limits import Allowance
from tallystick.accounts.models.people import User
from tallystick.accounts.models.second_factor import AuthenticatorApp, RecoveryCode
from tallystick.accounts.models.sessions import Session

__all__ = [
    "Allowance",
    "Attempt",
    "AuthenticatorApp",
    "Code",
    "Contact",
    "NotificationChoice",
    "RecoveryCode",
    "Session",
    "User",
]
