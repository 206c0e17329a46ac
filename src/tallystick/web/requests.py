"""What a view under a tenant's address can count on being on its request."""

from __future__ import annotations

from django.http import HttpRequest

from tallystick.accounts.models import User
from tallystick.core.actor import Actor
from tallystick.organisations.models import Business, Firm


class PersonRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User


class FirmRequest(PersonRequest):
    """A request on a firm's desk."""

    actor: Actor
    tenant: Firm


class BusinessRequest(PersonRequest):
    """A request on a business's desk."""

    actor: Actor
    tenant: Business


TenantRequest = FirmRequest | BusinessRequest
"""A request on either desk."""
