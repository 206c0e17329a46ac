"""The two clocks of a credential: when its access ends and is renewed, and when the consent itself ends."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from tallystick.connections.models import Credential
from tallystick.connectors.definition import Connector
from tallystick.connectors.values import Tokens

_SPREAD = 0.1  # of the life: what was connected in one morning is not renewed in one second


def set_clocks(credential: Credential, connector: Connector, tokens: Tokens, asked_at: datetime) -> None:
    """Count every life from before the call, so that a slow answer never makes a token seem to live longer than it does."""
    life = tokens.expires_in
    credential.obtained_at = asked_at
    credential.access_ends_at = asked_at + life if life else None
    credential.renew_at = _renewal(connector, life, asked_at) if life and tokens.refresh else credential.access_ends_at
    if tokens.refresh_expires_in:
        credential.refresh_ends_at = asked_at + tokens.refresh_expires_in
    elif connector.tokens.refresh_life and tokens.refresh:
        credential.refresh_ends_at = asked_at + connector.tokens.refresh_life
    if tokens.consent_ends:
        credential.consent_ends_at = tokens.consent_ends


def _renewal(connector: Connector, life: timedelta, asked_at: datetime) -> datetime:
    lead = connector.tokens.lead_within(life)
    earlier = (life - lead) * _SPREAD * random.random()  # noqa: S311 - spreading, not secrecy
    return asked_at + life - lead - earlier
