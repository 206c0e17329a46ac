"""Codes: the one way in which somebody shows that a contact is theirs, to sign in or for anything else.

A code belongs to one attempt: one browser, one contact, one purpose. The browser holds the attempt's id in its session.
An attempt has five tries, however often its code is sent again, and they are counted before anything is compared. Codes
are kept as an HMAC under the application's keys over code, purpose and attempt, so a copy of the database opens nothing.
"""

from __future__ import annotations

import secrets
import unicodedata
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from django.db import models, transaction
from django.db.models import F
from django.utils import formats, timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.accounts.addresses import LONGEST, Address, known_as
from tallystick.accounts.models.limits import Limit
from tallystick.core.clock import Now
from tallystick.core.models import Row
from tallystick.core.refused import Refused
from tallystick.core.sealing import keyed_digests, seal, unseal
from tallystick.outbox import Delivery
from tallystick.outbox.rendering import render_message

DIGITS = 8
"""Figures in a code. With five tries an attempt, and the attempts that the limits below allow against one address, a
stranger who asks for codes all year long finds one with a chance under 1 in 300; six digits would make that 1 in 3."""

TRIES = 5
"""Tries per attempt (quality bar 7)."""

LIFE = timedelta(minutes=10)
"""How long a code works (quality bar 4)."""

LONGEST_ATTEMPT = timedelta(hours=1)
"""How long an attempt may be kept alive by new codes."""

MOST_SENDINGS = 5
"""Codes sent for one attempt at most."""

PAUSE = timedelta(seconds=30)
"""Between two codes for one attempt."""

PURPOSES: dict[str, str | Promise] = {
    "sign_in": gettext_lazy("to sign in"),
    "step_up": gettext_lazy("to show that it is still you"),
    "prove_contact": gettext_lazy("to add this address to your account"),
}
"""What codes are for, in words that follow "Your code". Rooms above add their own."""

# One source (a house, an office) can't keep somebody else from their codes: it has its own allowance for an address.
# Beyond what all sources together may ask for one address, a browser that has signed in with it before still may.
PER_ADDRESS_AND_SOURCE = Limit("code.address_source", times=6, every=timedelta(minutes=4))
PER_ADDRESS = Limit("code.address", times=25, every=timedelta(minutes=10))
PER_SOURCE = Limit("code.source", times=40, every=timedelta(seconds=30))
PER_KNOWN_BROWSER = Limit("code.browser", times=6, every=timedelta(minutes=4))


class Attempt(Row):
    """One browser's attempt to prove one contact for one purpose."""

    purpose = models.CharField(max_length=30)
    contact_kind = models.CharField(max_length=6)
    contact_digest = models.CharField(max_length=64)
    contact_sealed = models.BinaryField(max_length=LONGEST * 2)
    person_id = models.UUIDField(null=True)
    language = models.CharField(max_length=10, default="en")
    tries = models.PositiveSmallIntegerField(default=0)
    sendings = models.PositiveSmallIntegerField(default=0)
    sent_at = models.DateTimeField(null=True)
    until = models.DateTimeField()
    proved_at = models.DateTimeField(null=True)

    class Meta:
        indexes: ClassVar = [
            models.Index(fields=["contact_digest", "-created_at"], name="attempts_on_contact"),
            models.Index(fields=["until"], name="attempt_until"),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"

    @property
    def address(self) -> Address:
        """The contact to be proved."""
        return known_as(self.contact_kind, unseal(bytes(self.contact_sealed), place=_place(self.pk)).decode())

    @property
    def tries_left(self) -> int:
        """How many more wrong codes may be typed."""
        return max(TRIES - self.tries, 0)

    def send_again(self, *, source: str, browser: str = "") -> None:
        """Send a newer code for the same attempt. The tries stay counted, and older codes stop working."""
        if self.sendings >= MOST_SENDINGS:
            raise Refused("code_sent_often", _("We have sent this code five times. Start again."), status=429)
        _demand_allowance(self.address, source=source, browser=browser)
        with transaction.atomic():
            claimed = Attempt.objects.filter(
                pk=self.pk, proved_at=None, until__gt=Now(), sendings=self.sendings, sent_at__lte=Now() - PAUSE
            ).update(sendings=F("sendings") + 1, sent_at=Now())
            if not claimed:
                raise Refused(
                    "code_just_sent",
                    _("We have just sent you a code. Give it half a minute to arrive."),
                    field="code",
                    status=429,
                )
            Code.make(self)
        self.refresh_from_db()

    def prove(self, typed: str, *, purpose: str) -> Address:
        """The contact that the right code proves. Counts a try first, whatever the outcome; works once.

        Never inside a caller's transaction: a try that was rolled back would not be counted. Raises `Refused`
        (field `code`) with what to do.
        """
        code = normal_form(typed)
        if len(code) != DIGITS:
            raise _no("code_incomplete", _("A code has eight digits. Type all of them."))
        with transaction.atomic(durable=True):
            counted = Attempt.objects.filter(
                pk=self.pk, purpose=purpose, proved_at=None, tries__lt=TRIES, until__gt=Now()
            ).update(tries=F("tries") + 1)
        self.refresh_from_db()
        if not counted:
            raise self._why_closed(purpose)
        newest = self.codes.filter(until__gt=Now()).order_by("-number").first()
        if newest is None or not newest.is_written(code):
            raise self._why_wrong(code)
        with transaction.atomic(durable=True):
            if not Attempt.objects.filter(pk=self.pk, proved_at=None).update(proved_at=Now()):
                raise _no("code_used", _("This code was used already. A code works once."))
        return self.address

    def _why_closed(self, purpose: str) -> Refused:
        if self.proved_at is not None:
            return _no("code_used", _("This code was used already. A code works once."))
        if self.purpose != purpose:
            return _no("code_of_another_purpose", _("This code was sent for something else. Ask for a new one here."))
        if self.tries >= TRIES:
            return _no("code_tries_used_up", _("That was five wrong codes. Ask for a new code to start again."))
        return _no("code_too_old", _("This took too long. Ask for a new code to start again."))

    def _why_wrong(self, code: str) -> Refused:
        """Say what a code is that was ours once: only ever about codes sent to this same contact."""
        same_contact = Code.objects.filter(attempt__contact_digest__in=_digests(self.address))
        for sent in same_contact.filter(created_at__gt=Now() - LONGEST_ATTEMPT).select_related("attempt"):
            if sent.is_written(code):
                return self._why_not_this(sent)
        if not self.tries_left:
            return _no("code_tries_used_up", _("That was five wrong codes. Ask for a new code to start again."))
        return _no("code_wrong", _("This is not the code we sent. Look at the newest message and type it again."))

    def _why_not_this(self, sent: Code) -> Refused:
        if sent.attempt.purpose != self.purpose:
            return _no(
                "code_of_another_purpose", _("This code was sent for something else. Use the newest one for this page.")
            )
        if sent.attempt.proved_at is not None:
            return _no("code_used", _("This code was used already. A code works once."))
        if sent.attempt_id != self.pk:
            return _no(
                "code_of_another_browser",
                _("This code was asked for on another page. Use the newest one for this page."),
            )
        return _no("code_too_old", _("This code is too old. Use the newest one, or ask for a new one."))


class Code(Row):
    """One code that was sent. Of an attempt's codes only the newest works."""

    attempt = models.ForeignKey(Attempt, on_delete=models.CASCADE, related_name="codes")
    number = models.PositiveSmallIntegerField()
    digest = models.CharField(max_length=64)
    until = models.DateTimeField()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["attempt", "number"], name="code_number_once")]

    def __str__(self) -> str:
        return f"code {self.number} of {self.attempt_id}"

    @classmethod
    def send(
        cls,
        address: Address,
        purpose: str,
        *,
        source: str,
        browser: str = "",
        language: str = "en",
        person_id: UUID | None = None,
        pretend: bool = False,
    ) -> Attempt:
        """Begin an attempt and send its first code. The same is done whether or not anybody has this contact.

        `pretend`: do all of it but the sending, where there is no contact and nobody may learn that there is none.

        `source` is where the request came from, for the limits; `browser` a name for a browser that has signed in with
        this contact before, if it has. Raises `Refused` (429) when too many codes were asked for.
        """
        _demand_allowance(address, source=source, browser=browser)
        attempt = Attempt(
            purpose=purpose,
            contact_kind=address.kind,
            contact_digest=_digests(address)[0],
            language=language,
            person_id=person_id,
            sendings=1,
        )
        attempt.contact_sealed = seal(address.value.encode(), place=_place(attempt.pk))
        attempt.until, attempt.sent_at = Now() + LONGEST_ATTEMPT, Now()
        with transaction.atomic():
            attempt.save()
            attempt.refresh_from_db()
            cls.make(attempt, pretend=pretend)
        return attempt

    @classmethod
    def make(cls, attempt: Attempt, *, pretend: bool = False) -> None:
        """Write the next code of the attempt and leave its message, in the caller's transaction."""
        digits = "".join(secrets.choice("0123456789") for _figure in range(DIGITS))
        code = cls(attempt=attempt, number=attempt.codes.count() + 1, digest=_code_digests(digits, attempt)[0])
        code.until = Now() + LIFE
        code.save()
        code.refresh_from_db(fields=["until"])
        context = {"code": f"{digits[:4]} {digits[4:]}", "purpose": PURPOSES.get(attempt.purpose, "")}
        message = render_message("code", context, attempt.language)
        Delivery.queue(
            once=f"code:{code.pk}",
            channel="text" if attempt.contact_kind == "mobile" else "mail",
            to=attempt.address.value,
            subject=message.subject,
            text=message.text,
            html=message.html,
            person_id=attempt.person_id,
            kind="code",
            language=attempt.language,
            secret=True,
            expires_at=code.until,
            suppressed="nobody" if pretend else "",
        )

    def is_written(self, typed: str) -> bool:
        """Is this, in its normal form, the code that was sent?"""
        return any(secrets.compare_digest(self.digest, digest) for digest in _code_digests(typed, self.attempt))


def normal_form(typed: str) -> str:
    """The digits alone: spaces and dashes go, full-width and other scripts' digits become 0 to 9."""
    digits = (unicodedata.decimal(char, None) for char in unicodedata.normalize("NFKC", typed))
    return "".join(str(figure) for figure in digits if figure is not None)


def forget_attempts() -> int:
    """Delete attempts a day after their end. Returns how many rows went."""
    return Attempt.objects.filter(until__lt=Now() - timedelta(days=1)).delete()[0]


def _demand_allowance(address: Address, *, source: str, browser: str) -> None:
    key = f"{address.kind}:{address.value}"
    if not PER_SOURCE.take(source):
        raise _too_many(PER_SOURCE, source)
    if browser and PER_KNOWN_BROWSER.take(f"{key}|{browser}"):
        return
    if not PER_ADDRESS_AND_SOURCE.take(f"{key}|{source}"):
        raise _too_many(PER_ADDRESS_AND_SOURCE, f"{key}|{source}")
    if not PER_ADDRESS.take(key):
        raise _too_many(PER_ADDRESS, key)


def _too_many(limit: Limit, key: str) -> Refused:
    clock = formats.time_format(timezone.localtime(limit.next_at(key)), "H:i")
    return Refused(
        "too_many_codes",
        _("Many codes were asked for. You can ask for the next one at %(clock)s (%(zone)s).")
        % {"clock": clock, "zone": timezone.get_current_timezone_name()},
        next_step=_("Use the newest code you have, a passkey or your password."),
        status=429,
    )


def _no(code: str, message: str) -> Refused:
    return Refused(code, message, field="code", status=422)


def _place(attempt_id: UUID) -> tuple[str, ...]:
    return ("accounts_attempt", "contact_sealed", str(attempt_id))


def _digests(address: Address) -> list[str]:
    return keyed_digests(f"{address.kind}:{address.value}", purpose="contact")


def _code_digests(digits: str, attempt: Attempt) -> list[str]:
    return keyed_digests(f"{digits}\x1f{attempt.purpose}\x1f{attempt.pk}", purpose="code")
