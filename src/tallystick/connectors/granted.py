"""Reading a token endpoint's good answer into `Tokens`: what is usual, what is odd, and what is refused."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from tallystick.connectors import paths
from tallystick.connectors.definition import Connector
from tallystick.connectors.failures import AppBroken
from tallystick.connectors.judging import evidence_of
from tallystick.connectors.network import Answer
from tallystick.connectors.values import Tokens

LONGEST_TOKEN = 32 * 1024
LONGEST_LIFE = timedelta(days=3653)
TOKEN = re.compile(r"[\x21-\x7e]+")
"""RFC 6749, appendix A.12: visible ASCII, so that a token can be sent in a header and nothing else with it."""


def read_tokens(
    connector: Connector, answer: Answer, said: dict[str, Any], kept: Mapping[str, str], *, is_new: bool
) -> Tokens:
    """What was granted. `is_new`: by a person's yes just now, so that the term of their consent begins.

    Raises AppBroken when there is no access token that could be used.
    """
    rules, where = connector.tokens, connector.tokens.answer
    access = _token(said, where.access)
    kind = said.get("token_type")
    if access is None or (isinstance(kind, str) and kind and not kind.lower().startswith("bearer")):
        raise AppBroken("gave no access token", evidence_of(answer), may_have_happened=True)
    consent_ends = paths.moment(said, where.consent_ends)
    if consent_ends is None and is_new and rules.consent_days:
        consent_ends = answer.at + timedelta(days=rules.consent_days)
    return Tokens(
        access=access,
        refresh=_token(said, where.refresh),
        scopes=paths.texts(said, where.scopes, connector.authorisation.scope_separator) if where.scopes else None,
        expires_in=_access_life(connector, answer, said),
        refresh_expires_in=life(paths.find(said, where.refresh_expires_in), answer.at, rules.refresh_life),
        consent_ends=consent_ends,
        kept={**kept, **_kept(said, where.keep), **_kept(_claims(access), where.keep_claims)},
    )


def _access_life(connector: Connector, answer: Answer, said: dict[str, Any]) -> timedelta | None:
    """From the field that holds a life, else the one that holds a moment, else the definition."""
    rules = connector.tokens
    until = paths.moment(said, rules.answer.expires_at) if rules.answer.expires_at else None
    if until is not None and answer.at < until <= answer.at + LONGEST_LIFE:
        return until - answer.at
    return life(paths.find(said, rules.answer.expires_in), answer.at, rules.life)


def life(said: Any, at: datetime, usual: timedelta | None) -> timedelta | None:
    """A life as an app tells it, checked.

    Seconds, as a number or as digits in a text, up to ten years: taken. A number that is a moment within the next ten
    years (seconds or milliseconds since 1970): taken as that moment. Absent, null, words, zero, negative, huge: the
    app says nothing that can be used, and what its definition says counts (None: no end is known).
    """
    if isinstance(said, str) and re.fullmatch(r"\s*[0-9]{1,16}(\.[0-9]{1,9})?\s*", said, re.ASCII):
        said = Decimal(said.strip())
    if isinstance(said, bool) or not isinstance(said, int | Decimal) or not Decimal(said).is_finite():
        return usual
    if 1 <= said <= LONGEST_LIFE.total_seconds():
        return timedelta(seconds=int(said))
    moment = paths.moment({"at": said}, "at")
    if moment is not None and at < moment <= at + LONGEST_LIFE:
        return moment - at
    return usual


def _token(said: dict[str, Any], path: str) -> str | None:
    """A token that can be sent in a header, or None."""
    found = paths.find(said, path)
    if not isinstance(found, str) or len(found) > LONGEST_TOKEN or not TOKEN.fullmatch(found):
        return None
    return found


def _kept(said: Any, names: tuple[str, ...]) -> dict[str, str]:
    """The values to keep, each under the last part of its path."""
    found = {name.rsplit(".", 1)[-1]: paths.text(said, name) for name in names}
    return {name: value for name, value in found.items() if value}


def _claims(access: str) -> Any:
    """What a token that is a JWT says in its middle. Not verified: it came from the token endpoint itself, over TLS."""
    parts = access.split(".")
    if len(parts) != 3:
        return None
    try:
        return paths.parse(base64.urlsafe_b64decode(parts[1] + "=" * (-len(parts[1]) % 4)))
    except (ValueError, binascii.Error):
        return None
