"""Finding values in an app's answer by paths such as `data.shop.name` or `errors.0.code`, whatever it really sent."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any

from tallystick.core.text import clean_name

LONGEST_NAME = 200
LONGEST_ID = 255
WITHOUT_CENTS = frozenset(
    (
        "BIF",
        "CLP",
        "DJF",
        "GNF",
        "ISK",
        "JPY",
        "KMF",
        "KRW",
        "PYG",
        "RWF",
        "UGX",
        "UYI",
        "VND",
        "VUV",
        "XAF",
        "XOF",
        "XPF",
    )
)
WITH_MILS = frozenset(("BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"))
"""Currencies with no and with three decimals (ISO 4217). All others have two."""

_LATEST = 4_102_444_800  # 2100-01-01: later moments are mistakes


def parse(body: bytes) -> Any:
    """A JSON answer, its fractions as exact decimals. Raises ValueError when it is none, or nested without end."""
    try:
        return json.loads(body, parse_float=Decimal)
    except RecursionError:
        raise ValueError("nested without end") from None


def find(answer: Any, path: str) -> Any:
    """The value at a path, or None. "." is the answer itself; a number picks from a list."""
    if path in ("", "."):
        return answer if path else None
    if isinstance(answer, dict) and path in answer:
        return answer[path]
    value = answer
    for step in path.split("."):
        if isinstance(value, dict):
            value = value.get(step)
        elif isinstance(value, list) and step.isdecimal() and int(step) < len(value):
            value = value[int(step)]
        else:
            return None
    return value


def rows(answer: Any, path: str) -> list[Any] | None:
    """The list at a path; None when there is none."""
    found = find(answer, path)
    return found if isinstance(found, list) else None


def text(answer: Any, path: str) -> str:
    """A text or number at a path as it is, or ""; never longer than an id may be, never with unseen characters."""
    value = find(answer, path)
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return ""
    shown = str(value)
    return shown if len(shown) <= LONGEST_ID and shown.isprintable() else ""


def name(answer: Any, path: str) -> str:
    """A name at a path, made safe to show."""
    value = find(answer, path)
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return clean_name(value[: 4 * LONGEST_NAME])[:LONGEST_NAME] if isinstance(value, str) else ""


def texts(answer: Any, path: str, separator: str = " ") -> tuple[str, ...] | None:
    """A list of texts, or a text of several parted by the separator, commas or spaces; None when there is neither."""
    value = find(answer, path)
    if isinstance(value, str):
        value = value.replace(separator, " ").replace(",", " ").split()
    if not isinstance(value, list):
        return None
    return tuple(each for each in value if isinstance(each, str))


def amount(answer: Any, path: str, *, smallest_of: str = "") -> Decimal | None:
    """An amount of money, or None. `smallest_of`: it is a number of that currency's smallest units, such as pence."""
    value = find(answer, path)
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        return None
    try:
        found = Decimal(value)
        found = found.scaleb(-decimals(smallest_of)) if smallest_of else found
    except InvalidOperation:
        return None
    return found if found.is_finite() and abs(found) < Decimal(10) ** 15 else None


def decimals(currency: str) -> int:
    """How many decimals a currency has."""
    return 0 if currency in WITHOUT_CENTS else 3 if currency in WITH_MILS else 2


def currency(answer: Any, path: str) -> str:
    """A currency's three letters, in capitals, or ""."""
    found = text(answer, path).upper()
    return found if len(found) == 3 and found.isascii() and found.isalpha() else ""


def moment(answer: Any, path: str) -> datetime | None:
    """A moment, or None: ISO 8601, seconds or milliseconds since 1970, or `/Date(1700000000000+0000)/`. UTC if unsaid."""
    value = find(answer, path)
    if isinstance(value, str) and value.startswith("/Date("):
        value = value.removeprefix("/Date(").rstrip(")/")[:13]
    if isinstance(value, str) and value.isascii() and value.isdecimal() and len(value) <= 13:
        value = int(value)
    if isinstance(value, str):
        return _from_text(value)
    if isinstance(value, bool) or not isinstance(value, int | Decimal) or not Decimal(value).is_finite():
        return None
    return _since_1970(value)


def _since_1970(number: int | Decimal) -> datetime | None:
    if not 0 < number < 1000 * _LATEST:
        return None
    return datetime.fromtimestamp(float(number / 1000 if number > _LATEST else number), UTC)


def _from_text(written: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(written)
    except ValueError:
        return None
    found = found if found.tzinfo else found.replace(tzinfo=UTC)
    try:
        return found.astimezone(UTC)
    except OverflowError:
        return None
