"""What is asked after the first proof: an authenticator app, a passkey, or a recovery code. Never mail.

Passkeys are allauth's rows and `accounts/passkeys.py`; the figures of an app are computed by allauth. Rows here keep what
must hold exactly: a step of an app is used once, and so is a recovery code, also when tried in parallel.
"""

from __future__ import annotations

import base64
import binascii
import secrets
import unicodedata
from datetime import timedelta
from typing import ClassVar
from uuid import UUID

from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, generate_totp_secret, hotp_value
from django.db import models, transaction
from django.utils.translation import gettext as _

from tallystick.accounts.models.codes import normal_form
from tallystick.accounts.models.limits import Limit
from tallystick.accounts.models.people import User
from tallystick.audit import record
from tallystick.core.actor import Actor
from tallystick.core.clock import Now, now
from tallystick.core.models import Row
from tallystick.core.refused import Refused
from tallystick.core.sealing import keyed_digests, seal, unseal

STEP = 30
"""Seconds that one code of an app stands for (RFC 6238, 5.2)."""

TOLERANCE = 1
"""Steps before and after now that are taken too: clocks of phones differ."""

RECOVERY_CODES = 10
"""Made at once, each for one use."""

# Wrong second factors. Only somebody who has given the right first one gets to try.
PER_PERSON = Limit("second_factor.person", times=10, every=timedelta(minutes=15))
PER_KNOWN_BROWSER = Limit("second_factor.browser", times=10, every=timedelta(minutes=15))
PER_SOURCE = Limit("second_factor.source", times=40, every=timedelta(minutes=1))


class AuthenticatorApp(Row):
    """An app on the person's phone that shows a new code every half minute."""

    person = models.OneToOneField(User, on_delete=models.CASCADE, related_name="authenticator_app")
    secret = models.BinaryField()
    last_step = models.BigIntegerField(default=0)
    used_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"app of {self.person_id}"

    @classmethod
    def add(cls, person: User, secret: str, typed: str, *, by: Actor) -> AuthenticatorApp:
        """Ask for the app's code from now on. The code typed shows that the app has the secret; it is used up."""
        person.demand_own(by)
        step = _step_of(secret, typed)
        if step is None:
            raise Refused(
                "app_code_wrong",
                _("This is not the code your app shows for this key. Wait for the next one and type that."),
                field="code",
                status=422,
            )
        app = cls(person=person, last_step=step)
        app.secret = seal(secret.encode(), place=_place(app))
        with transaction.atomic():
            User.objects.select_for_update().get(pk=person.pk)
            if cls.objects.filter(person=person).exists():
                raise Refused("app_already", _("You have an authenticator app already. Remove it first."), status=409)
            app.save(force_insert=True)
            record("totp.added", app, by=by, person_ids=[person.pk])
        return app

    def use(self, typed: str) -> bool:
        """Is this the app's code, not used before? A step is used up by one UPDATE, so it works once also in parallel."""
        step = _step_of(unseal(bytes(self.secret), place=_place(self)).decode(), typed)
        if step is None:
            return False
        claimed = AuthenticatorApp.objects.filter(pk=self.pk, last_step__lt=step).update(last_step=step, used_at=Now())
        return bool(claimed)

    def remove(self, *, by: Actor) -> None:
        """Ask for it no longer."""
        self.person.demand_own(by)
        with transaction.atomic():
            record("totp.removed", self, by=by, person_ids=[self.person_id])
            self.delete()
            after_removal(self.person, by=by)


class RecoveryCode(Row):
    """One of the codes a person keeps for the day the phone is gone."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["person", "digest"], name="recovery_code_once")]

    def __str__(self) -> str:
        return f"recovery code of {self.person_id}"


def make_recovery_codes(person: User, *, by: Actor) -> list[str]:
    """New recovery codes, to be shown this once. The old ones stop working."""
    person.demand_own(by)
    if not person.has_second_factor():
        raise Refused(
            "no_second_factor",
            _("Recovery codes stand in for a passkey or an app. Add one of those first."),
            status=409,
        )
    codes = [f"{secrets.randbelow(10**10):010d}" for _number in range(RECOVERY_CODES)]
    with transaction.atomic():
        User.objects.select_for_update().get(pk=person.pk)
        person.recovery_codes.all().delete()
        RecoveryCode.objects.bulk_create(
            RecoveryCode(person=person, digest=_recovery_digests(person.pk, code)[0]) for code in dict.fromkeys(codes)
        )
        record("recovery_codes.made", person, by=by, person_ids=[person.pk])
    return [f"{code[:5]} {code[5:]}" for code in dict.fromkeys(codes)]


def use_recovery_code(person: User, typed: str) -> bool:
    """Is this one of the person's codes, not used before? Used up by one UPDATE."""
    digests = _recovery_digests(person.pk, normal_form(typed))
    with transaction.atomic():
        if not person.recovery_codes.filter(digest__in=digests, used_at=None).update(used_at=Now()):
            return False
        left = person.recovery_codes.filter(used_at=None).count()
        record("recovery_code.used", person, by=person.actor, person_ids=[person.pk], data={"left": left})
    return True


def prove_with_app(person: User, typed: str, *, source: str, browser: str = "") -> None:
    """Raise `Refused` (field `code`) unless the code is the app's. Tries are counted before anything is compared."""
    _demand_try(person, source, browser)
    app = AuthenticatorApp.objects.filter(person=person).first()
    if app is None or not app.use(typed):
        message = _("This is not the code your app shows now. Each code works once: wait for the next one.")
        raise Refused("app_code_wrong", message, field="code", status=422)
    _forget_tries(person, browser)


def prove_with_recovery_code(person: User, typed: str, *, source: str, browser: str = "") -> None:
    """Raise `Refused` (field `code`) unless it is a recovery code of this person that was never used."""
    _demand_try(person, source, browser)
    if not use_recovery_code(person, typed):
        message = _("This is not one of your recovery codes, or it was used before. Try another one.")
        raise Refused("recovery_code_wrong", message, field="code", status=422)
    _forget_tries(person, browser)


def factors_of(person: User) -> list[str]:
    """Which second factors the person has: `passkey`, `app`."""
    found = []
    if Authenticator.objects.filter(user=person, type=Authenticator.Type.WEBAUTHN).exists():
        found.append("passkey")
    if AuthenticatorApp.objects.filter(person=person).exists():
        found.append("app")
    return found


def after_removal(person: User, *, by: Actor) -> None:
    """Once the last factor is gone: recovery codes stand in for nothing, and a password too short to stand alone goes."""
    if person.has_second_factor():
        return
    person.recovery_codes.all().delete()
    if person.has_usable_password() and not person.password_stands_alone:
        person.drop_password(by=by)


def remove_all(person: User) -> None:
    """Every factor of an account whose owner has only now come. Part of `contacts.empty`, which writes the fact."""
    Authenticator.objects.filter(user=person).delete()
    AuthenticatorApp.objects.filter(person=person).delete()
    person.recovery_codes.all().delete()


def new_secret() -> str:
    """A secret for an app: 160 random bits in base32 (RFC 4226, 4)."""
    secret: str = generate_totp_secret()
    return secret


def _step_of(secret: str, typed: str) -> int | None:
    """The step that the code stands for, by the database's clock; None when it stands for none near now."""
    try:
        base64.b32decode(secret.encode("ascii"), casefold=True)
    except (binascii.Error, UnicodeEncodeError):
        return None
    code, current = normal_form(unicodedata.normalize("NFKC", typed)), int(now().timestamp()) // STEP
    steps = range(current - TOLERANCE, current + TOLERANCE + 1)
    expected = ((step, format_hotp_value(hotp_value(secret, step))) for step in steps)
    return next((step for step, figures in expected if secrets.compare_digest(figures, code)), None)


def _demand_try(person: User, source: str, browser: str) -> None:
    allowed = PER_SOURCE.take(source) and (
        (browser and PER_KNOWN_BROWSER.take(f"{person.pk}|{browser}")) or PER_PERSON.take(str(person.pk))
    )
    if not allowed:
        raise Refused(
            "too_many_tries",
            _("There were too many wrong codes. Wait a quarter of an hour."),
            next_step=_("You can use a passkey, if you have one."),
            status=429,
        )


def _forget_tries(person: User, browser: str) -> None:
    PER_PERSON.forget(str(person.pk))
    PER_KNOWN_BROWSER.forget(f"{person.pk}|{browser}")


def _place(app: AuthenticatorApp) -> tuple[str, ...]:
    return ("accounts_authenticatorapp", "secret", str(app.pk), str(app.person_id))


def _recovery_digests(person_id: UUID, code: str) -> list[str]:
    return keyed_digests(f"{person_id}\x1f{code}", purpose="recovery code")
