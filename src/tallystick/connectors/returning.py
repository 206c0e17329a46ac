"""The return from an app: is it the one we wait for, and what does it say?"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from tallystick.connectors.definition import Connector
from tallystick.connectors.failures import (
    AppBusy,
    Evidence,
    NoRight,
    NotSetUp,
    OurFault,
    ReturnRefused,
    SaidNo,
    TalkFailed,
)
from tallystick.connectors.filling import fill
from tallystick.connectors.values import Callback, Expected

MOST_PARAMETERS = 50
LONGEST_VALUE = 8192
LONGEST_KEPT = 255
KEPT = re.compile(r"[\x21-\x7e]+")

ERRORS: dict[str, type[TalkFailed]] = {
    "access_denied": SaidNo,
    "temporarily_unavailable": AppBusy,
    "server_error": AppBusy,
    "invalid_scope": OurFault,
    "invalid_request": OurFault,
    "unauthorized_client": OurFault,
    "unsupported_response_type": OurFault,
}
"""RFC 6749, section 4.1.2.1."""


def check_callback(connector: Connector, query: str, expected: Expected) -> Callback:
    """The code of a return, once it is proved to be this attempt's. `query`: as it stands in the address, not decoded.

    Checked in this order: no parameter comes twice, the state, the app's signature, the issuer (RFC 9207), the
    values that must be what was asked for; only then what it says. Comparisons take the same time however wrong.

    Raises ReturnRefused when it is not ours; SaidNo, NoRight, AppBusy, OurFault when the app says so.
    """
    values = _read(query)
    if not _equal(values.get("state", ""), expected.state):
        raise ReturnRefused("another state", Evidence("return"))
    _check_signature(connector, values)
    _check_issuer(connector, values, expected.inputs)
    for name, template in connector.returning.must_equal.items():
        if not _equal(values.get(name, ""), fill(template, expected.inputs)):
            raise ReturnRefused(f"another {name}", Evidence("return"))
    if values.get("error"):
        raise _failure(connector, values)
    code = values.get(connector.returning.code, "")
    if not code or not KEPT.fullmatch(code):
        raise ReturnRefused("no code", Evidence("return"))
    return Callback(code, _kept(connector, values))


def state_in(query: str) -> str:
    """The state of a return, by which its attempt is looked up; "" when there is none, or more than one."""
    try:
        return _read(query).get("state", "")
    except ReturnRefused:
        return ""


def _read(query: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(query, keep_blank_values=True, max_num_fields=MOST_PARAMETERS, errors="strict")
    except ValueError:
        raise ReturnRefused("unreadable", Evidence("return")) from None
    values = dict(pairs)
    if len(values) != len(pairs) or any(len(value) > LONGEST_VALUE for value in values.values()):
        raise ReturnRefused("a parameter twice, or too long", Evidence("return"))
    return values


def _equal(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode()) and bool(wanted)


def _check_signature(connector: Connector, values: Mapping[str, str]) -> None:
    if not connector.returning.signature:
        return
    if connector.client is None:
        raise NotSetUp(f"{connector.slug} has no client id and secret")
    name = connector.returning.signature_parameter
    unsigned = {key: value for key, value in values.items() if key != name}
    if not _equal(values.get(name, ""), sign(unsigned, connector.client.secret)):
        raise ReturnRefused("not signed by the app", Evidence("return"))


def sign(values: Mapping[str, str], secret: str) -> str:
    """HMAC-SHA256 in hex over `name=value` joined by `&` in order of name, as Shopify signs its returns.

    What would blur the joints is escaped: `%` and `&` everywhere, `=` in names.
    """
    escaped = {_escape(name).replace("=", "%3D"): _escape(value) for name, value in values.items()}
    message = "&".join(f"{name}={value}" for name, value in sorted(escaped.items()))
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()


def _escape(piece: str) -> str:
    return piece.replace("%", "%25").replace("&", "%26")


def _check_issuer(connector: Connector, values: Mapping[str, str], inputs: Mapping[str, str]) -> None:
    """The issuer must be the app's own: wherever it is sent, and always where the app is known to send it."""
    authorisation, sent = connector.authorisation, values.get("iss", "")
    if not authorisation.issuer or not (sent or authorisation.issuer_required):
        return
    if not _equal(sent, fill(authorisation.issuer, inputs)):
        raise ReturnRefused("another issuer", Evidence("return"))


def _failure(connector: Connector, values: Mapping[str, str]) -> TalkFailed:
    """What the app says instead of a code. Its own sentence tells who said no, but is never shown or kept."""
    code, sentence = values["error"], values.get("error_description", "").casefold()
    evidence = Evidence("return", code=code)
    if any(words.casefold() in sentence for words in connector.returning.no_right):
        return NoRight(evidence=evidence)
    return ERRORS.get(code, SaidNo)(evidence=evidence)


def _kept(connector: Connector, values: Mapping[str, str]) -> dict[str, str]:
    """What is kept of a return. It came by way of a browser: the token decides what it opens."""
    kept = {name: values.get(name, "") for name in connector.returning.keep}
    for name, value in kept.items():
        if len(value) > LONGEST_KEPT or not KEPT.fullmatch(value):
            raise ReturnRefused(f"no {name}", Evidence("return"))
    return kept
