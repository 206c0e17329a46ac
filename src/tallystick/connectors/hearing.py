"""Messages from an app (webhooks): proved over the bytes as they came, then read."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from tallystick.connectors import paths
from tallystick.connectors.definition import Connector, Webhooks
from tallystick.connectors.failures import Evidence, MessageRefused
from tallystick.connectors.values import Notice

LARGEST_MESSAGE = 256 * 1024
MOST_NOTICES = 1000

Headers = Mapping[str, str]


def secret_of(connector: Connector) -> str:
    """What this app's messages are signed with, or "" while an operator has not given it."""
    if connector.webhooks and connector.webhooks.secret == "client_secret":  # noqa: S105, a name and no secret
        return connector.client.secret if connector.client else ""
    return connector.webhook_secret


def read_webhook(
    connector: Connector, headers: Headers, body: bytes, secret: str, now: datetime, *, address: str = ""
) -> list[Notice]:
    """What a message tells, signature first, parsing after. Events that concern nobody give an empty list.

    `headers`: in any case of letters. `secret`: `secret_of(connector)`. `now`: the database's clock. `address`: the
    address under which the app knows us, which some apps sign along.

    Raises MessageRefused: not signed, wrongly signed, made more than the tolerance ago (or ahead), unreadable.
    """
    rules = connector.webhooks
    if rules is None or not secret or len(body) > LARGEST_MESSAGE:
        raise MessageRefused("no messages are taken from this app, or it is too large", Evidence("webhook"))
    given = {name.lower(): value for name, value in headers.items()}
    _check_signature(rules, given, body, secret, address)
    said = _parsed(body)
    notices: list[Notice] = []
    for row in _rows(rules, said):
        moment = _moment(rules, given, row)
        if moment is None or abs(now - moment) > rules.tolerance:
            raise MessageRefused("too old, or without a moment", Evidence("webhook"))
        notices += _notice(rules, given, row, moment)
    return notices


def _check_signature(rules: Webhooks, given: Headers, body: bytes, secret: str, address: str) -> None:
    """Raises MessageRefused unless one of the signatures is right."""
    sent = given.get(rules.header.lower(), "")
    signed = _signed_content(rules, given, sent, body, address)
    key = standard_key(secret) if rules.style == "standard" else secret.encode()
    digest = hmac.new(key, signed, hashlib.sha256).digest()
    right = digest.hex() if _is_hex(rules) else base64.b64encode(digest).decode()
    found = [hmac.compare_digest(each.encode(), right.encode()) for each in _signatures(rules, sent)]
    if not any(found):
        raise MessageRefused("not signed by the app", Evidence("webhook"))


def _signed_content(rules: Webhooks, given: Headers, sent: str, body: bytes, address: str) -> bytes:
    match rules.style:
        case "address_and_body":
            return address.encode() + body
        case "standard":
            return f"{given.get('webhook-id', '')}.{given.get('webhook-timestamp', '')}.".encode() + body
        case "timestamped":
            return f"{_part(sent, 't')}.".encode() + body
    return body


def _signatures(rules: Webhooks, sent: str) -> list[str]:
    """The signatures in a header. Some styles allow several while a secret is being replaced."""
    if rules.style == "standard":
        return [each.removeprefix("v1,") for each in sent.split() if each.startswith("v1,")]
    if rules.style == "timestamped":
        return [value for name, _, value in (each.partition("=") for each in sent.split(",")) if name.strip() == "v1"]
    return [sent]


def _is_hex(rules: Webhooks) -> bool:
    return rules.style == "timestamped" or (rules.style != "standard" and rules.encoding == "hex")


def _part(sent: str, wanted: str) -> str:
    """One part of a header such as `t=1700000000,v1=…`."""
    parts = dict(each.strip().partition("=")[::2] for each in sent.split(","))
    return parts.get(wanted, "")


def standard_key(secret: str) -> bytes:
    """The key in a Standard Webhooks secret (`whsec_` and base64)."""
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        return secret.encode()


def _parsed(body: bytes) -> Any:
    try:
        return paths.parse(body)
    except ValueError:
        raise MessageRefused("unreadable", Evidence("webhook")) from None


def _rows(rules: Webhooks, said: Any) -> list[Any]:
    """The events in a message: itself, unless it holds several."""
    rows = paths.rows(said, rules.each) if rules.each else [said]
    if rows is None or len(rows) > MOST_NOTICES:
        raise MessageRefused("unreadable", Evidence("webhook"))
    return rows


def _moment(rules: Webhooks, given: Headers, row: Any) -> datetime | None:
    """When a message was made: by the signature where that says so, else by its header, else by its body."""
    if rules.style == "standard":
        return paths.moment(dict(given), "webhook-timestamp")
    if rules.style == "timestamped":
        return paths.moment({"t": _part(given.get(rules.header.lower(), ""), "t")}, "t")
    if rules.moment_header:
        return paths.moment(dict(given), rules.moment_header.lower())
    return paths.moment(row, rules.moment)


def _notice(rules: Webhooks, given: Headers, row: Any, moment: datetime) -> list[Notice]:
    event = given.get(rules.event_header.lower(), "") if rules.event_header else paths.text(row, rules.event)
    kind = rules.events.get(event)
    about = {name: paths.text(row, path) for name, path in rules.about.items()}
    about = {name: value for name, value in about.items() if value}
    if kind is None or not about:
        return []
    return [Notice(_id(rules, given, row), kind, about, moment, paths.moment(row, rules.ends))]


def _id(rules: Webhooks, given: Headers, row: Any) -> str:
    """What tells a message from others, however often it is sent. Raises MessageRefused when there is nothing."""
    header = "webhook-id" if rules.style == "standard" else rules.id_header.lower()
    found = given.get(header, "") if header else paths.text(row, rules.id)
    if not found or len(found) > paths.LONGEST_ID:
        raise MessageRefused("without an id", Evidence("webhook"))
    return found
