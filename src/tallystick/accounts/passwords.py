"""What a password must be: long, and not one that everybody tries first. Nothing else (NIST SP 800-63B, 3.1.1.2)."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from django.contrib.auth.password_validation import CommonPasswordValidator
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from tallystick.core.refused import Refused

SHORTEST_ALONE = 15
"""Characters, where the password is all that is asked."""

SHORTEST_WITH_ANOTHER = 8
"""Characters, where a second factor is asked for as well."""

LONGEST = 128
"""Characters: a bound on what one try may cost us."""

_common = CommonPasswordValidator()


def demand_good(raw: str, *, about: Iterable[str], alone: bool) -> None:
    """Raise `Refused` (field `password`) for a password that is too short, too long, or among the first guesses.

    `about`: name and addresses of the person. `alone`: nothing else is asked at sign-in.
    """
    shortest = SHORTEST_ALONE if alone else SHORTEST_WITH_ANOTHER
    if len(raw) < shortest:
        raise _no(
            "password_too_short",
            ngettext(
                "This has %(count)d character. Use %(shortest)d or more.",
                "This has %(count)d characters. Use %(shortest)d or more.",
                len(raw),
            )
            % {"count": len(raw), "shortest": shortest},
        )
    if len(raw) > LONGEST:
        raise _no("password_too_long", _("Use 128 characters or fewer."))
    if _is_guessed_first(raw.casefold(), about):
        raise _no("password_common", _("This password is known from leaks, or easy to guess. Choose another one."))


def _no(code: str, message: str) -> Refused:
    return Refused(code, message, field="password", status=422)


def _is_guessed_first(raw: str, about: Iterable[str]) -> bool:
    """Known from leaks, also written twice or with figures behind; one thing repeated; a row; or only about the person."""
    stems = {raw, raw.strip("0123456789!.?-_ "), _repeated(raw)}
    return (
        any(_is_leaked(stem) for stem in stems if stem) or len(set(raw)) <= 3 or _is_row(raw) or _says_only(raw, about)
    )


def _is_leaked(raw: str) -> bool:
    try:
        _common.validate(raw)
    except ValidationError:
        return True
    return False


def _repeated(raw: str) -> str:
    """The part that the text repeats, else the text: `abcabcabc` is `abc`."""
    turn = (raw + raw).find(raw, 1)
    return raw[:turn]


def _is_row(raw: str) -> bool:
    """Letters or figures in their order, forwards or backwards, over and over."""
    steps = {ord(after) - ord(before) for before, after in pairwise(raw)}
    return steps <= {1, -9} or steps <= {-1, 9}


def _says_only(raw: str, about: Iterable[str]) -> bool:
    """Nothing is left but figures once the person's own words are taken out."""
    words = {word for text in about for word in _words(text.casefold())} | {"tallystick"}
    rest = raw
    for word in sorted(words, key=len, reverse=True):
        rest = rest.replace(word, "")
    return not any(char.isalpha() for char in rest) and rest != raw


def _words(text: str) -> list[str]:
    parts = "".join(char if char.isalnum() else " " for char in text).split()
    return [part for part in [text, *parts] if len(part) > 2]
