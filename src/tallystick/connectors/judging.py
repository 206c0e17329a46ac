"""What an answer means: done, later, our fault, or a person's turn. Status, headers and error codes become failures."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC
from email.utils import parsedate_to_datetime
from typing import Any

from tallystick.connectors import paths
from tallystick.connectors.definition import Meaning
from tallystick.connectors.failures import (
    AccessRefused,
    AppBroken,
    AppBusy,
    Evidence,
    GrantEnded,
    OurFault,
    PermissionMissing,
    TalkFailed,
)
from tallystick.connectors.network import Answer

LONGEST_WAIT = 86_400.0
"""Seconds: what an app asks us to wait beyond that is cut to a day."""

TOKEN_ERRORS: dict[str, Meaning] = {
    "invalid_grant": "grant_ended",
    "invalid_client": "our_fault",
    "unauthorized_client": "our_fault",
    "unsupported_grant_type": "our_fault",
    "invalid_request": "our_fault",
    "invalid_scope": "our_fault",
    "temporarily_unavailable": "busy",
    "server_error": "busy",
    "slow_down": "busy",
}
"""RFC 6749, sections 4.1.2.1 and 5.2; RFC 8628's slow_down is seen elsewhere, too."""

FAILURES: dict[Meaning, type[TalkFailed]] = {
    "grant_ended": GrantEnded,
    "access_refused": AccessRefused,
    "permission_missing": PermissionMissing,
    "busy": AppBusy,
    "our_fault": OurFault,
}

_CODES = ("error", "error.code", "error.type", "errors.0.code", "errors.0.error", "code", "type")
BUSY = frozenset({425, 429, 503})


def judge_token_answer(answer: Answer, errors: Mapping[str, Meaning]) -> dict[str, Any]:
    """The good answer of a token endpoint. Raises what the answer means otherwise; an error inside a 200 counts."""
    said = _parsed(answer)
    code = error_code(said) if answer.status >= 300 or _has_error(said) else ""
    evidence = evidence_of(answer, code)
    if answer.status in BUSY:
        raise AppBusy("asks us to come back later", evidence)
    if answer.status >= 500:
        raise AppBroken("failed", evidence, may_have_happened=True)
    meaning = errors.get(code) or TOKEN_ERRORS.get(code)
    if meaning:
        raise FAILURES[meaning]("", evidence)
    if answer.status == 401:
        raise OurFault("does not know us", evidence)
    if answer.status >= 300 or code:
        raise AppBroken("gave no tokens", evidence)
    if not isinstance(said, dict):
        # A page where tokens should be: something before the app answered, or after it.
        raise AppBroken("gave no JSON", evidence, may_have_happened=True)
    return said


def judge_reading(answer: Answer, error: str, errors: Mapping[str, Meaning]) -> Any:
    """The good answer to a read. `error`: where the app says that a 200 is none; `errors`: what its codes mean."""
    said = _parsed(answer)
    code = (paths.text(said, error) if error else "") or (error_code(said) if answer.status >= 300 else "")
    evidence = evidence_of(answer, code)
    if answer.status in BUSY:
        raise AppBusy("asks us to come back later", evidence)
    if code in errors:
        raise FAILURES[errors[code]]("", evidence)
    if answer.status == 401:
        raise AccessRefused("does not take the token", evidence)
    if answer.status == 403:
        raise PermissionMissing("a permission is missing", evidence)
    if answer.status >= 300 or (error and paths.find(said, error) is not None):
        raise AppBroken("failed", evidence)
    if said is None:
        raise AppBroken("gave no JSON", evidence)
    return said


def judge_ending(answer: Answer) -> None:
    """Nothing when access is ended now, or there was none: 2xx, 404 and 410. Raises what the answer means otherwise."""
    said = _parsed(answer)
    code = error_code(said)
    evidence = evidence_of(answer, code)
    # At 401 the code is about the token that the call itself carries (RFC 6750, 3.1), which says nothing of the consent.
    if answer.status < 300 or answer.status in (404, 410) or (code == "invalid_token" and answer.status != 401):
        return
    if answer.status in BUSY:
        raise AppBusy("asks us to come back later", evidence)
    if code in ("invalid_client", "unauthorized_client", "invalid_request"):
        raise OurFault("", evidence)
    if answer.status in (401, 403):
        raise AccessRefused("does not take the token", evidence)
    raise AppBroken("failed", evidence)


def evidence_of(answer: Answer, code: str = "") -> Evidence:
    """What is kept of an answer that is a failure."""
    return Evidence(answer.place, answer.status, code, retry_after(answer))


def error_code(said: Any) -> str:
    """The app's own code of an error, wherever it is usual to say it; "" when there is none."""
    for path in _CODES:
        if found := paths.text(said, path):
            return found
    return ""


def retry_after(answer: Answer) -> float | None:
    """Seconds to wait as the app asks: a number or a date (RFC 9110, 10.2.3), from 0 to a day. None: it does not ask."""
    said = answer.headers.get("retry-after", "").strip()
    if said.isascii() and said.isdecimal():
        return min(float(said[:9]), LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(said)
    except (ValueError, IndexError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - answer.at).total_seconds()), LONGEST_WAIT)


def _has_error(said: Any) -> bool:
    return isinstance(said, dict) and bool(said.get("error") or said.get("errors"))


def _parsed(answer: Answer) -> Any:
    try:
        return paths.parse(answer.body)
    except ValueError:
        return None
