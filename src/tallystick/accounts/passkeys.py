"""Passkeys, by allauth and fido2: beginning and ending the two talks that a browser and a passkey have with us.

The browser's side of a talk lives in the session, so these run inside a request. A passkey is always asked to check its
owner (finger, face, PIN), so it counts as two factors.
"""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.internal import auth
from django.db import models, transaction
from django.utils.translation import gettext as _

from tallystick.accounts.models.people import User
from tallystick.accounts.models.second_factor import after_removal
from tallystick.audit import record
from tallystick.core.actor import Actor
from tallystick.core.clock import Now
from tallystick.core.refused import Refused
from tallystick.core.text import clean_name

MOST = 20
"""Passkeys of one person at most."""

NAME_LENGTH = 60


def passkeys_of(person: User) -> models.QuerySet[Authenticator]:
    """The person's passkeys, oldest first."""
    rows: models.QuerySet[Authenticator] = Authenticator.objects.filter(user=person, type=Authenticator.Type.WEBAUTHN)
    return rows.order_by("pk")


def options_for_new(person: User) -> dict[str, Any]:
    """What the browser needs to make a passkey for this person. Begins the talk."""
    options: dict[str, Any] = auth.begin_registration(person, passwordless=True)
    return options


def add(person: User, answer: dict[str, Any], name: str, *, by: Actor) -> Authenticator:
    """Take the passkey that the browser made. Ends the talk."""
    person.demand_own(by)
    if passkeys_of(person).count() >= MOST:
        raise Refused("too_many_passkeys", _("You have twenty passkeys. Remove one first."), status=409)
    try:
        auth.parse_registration_response(answer)
        auth.complete_registration(answer)  # which also demands that the device has looked who its owner is
    except Exception as error:
        raise _not_understood() from error
    label = clean_name(name)[:NAME_LENGTH] or _("Passkey")
    with transaction.atomic():
        passkey: Authenticator = auth.WebAuthn.add(person, label, answer).instance
        record("passkey.added", passkey, by=by, person_ids=[person.pk], private={"name": (label, person.pk)})
    return passkey


def remove(person: User, passkey: Authenticator, *, by: Actor) -> None:
    """It opens nothing any more."""
    person.demand_own(by)
    with transaction.atomic():
        private = {"name": (passkey.wrap().name, person.pk)}
        record("passkey.removed", passkey, by=by, person_ids=[person.pk], private=private)
        passkey.delete()
        after_removal(person, by=by)


def options_to_prove(person: User | None = None) -> dict[str, Any]:
    """What the browser needs to use a passkey: of this person, or of whoever holds one. Begins the talk."""
    options: dict[str, Any] = auth.begin_authentication(person)
    return options


def prove(answer: dict[str, Any], person: User | None = None) -> User:
    """Whose passkey it was. Ends the talk. Raises `Refused` (field `credential`), also for another person's passkey."""
    try:
        auth.parse_authentication_response(answer)
        owner: User = auth.extract_user_from_response(answer) if person is None else person
        passkey: Authenticator = auth.complete_authentication(owner, answer)
    except Exception as error:
        raise _not_understood() from error
    Authenticator.objects.filter(pk=passkey.pk).update(last_used_at=Now())
    return owner


def _not_understood() -> Refused:
    return Refused(
        "passkey_not_taken",
        _("This passkey did not work here. Try again, or use another way."),
        field="credential",
        status=422,
    )
