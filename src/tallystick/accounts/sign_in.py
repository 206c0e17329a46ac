"""Coming in: a first proof, a second where the person has one, and then a session. Every way in passes through here."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.auth import authenticate
from django.contrib.auth import login as begin_session
from django.contrib.auth import logout as end_session
from django.db import transaction
from django.http import HttpRequest
from django.utils.translation import gettext as _

from tallystick.accounts.addresses import Address
from tallystick.accounts.models.limits import Limit
from tallystick.accounts.models.people import User
from tallystick.accounts.models.sessions import Session
from tallystick.audit import record
from tallystick.core.clock import now
from tallystick.core.refused import Refused

PENDING = "second_factor"
"""Where the session keeps who has given a first proof and not yet the second."""

PATIENCE = timedelta(minutes=15)
"""Between the first proof and the second."""

BACKEND = "tallystick.accounts.backends.Accounts"

# Wrong passwords. One source can't use up what another has for the same address; and whoever finds all used up still has
# codes, passkeys, and a browser that was signed in before.
PASSWORD_PER_ADDRESS_AND_SOURCE = Limit("password.address_source", times=10, every=timedelta(minutes=2))
PASSWORD_PER_ADDRESS = Limit("password.address", times=50, every=timedelta(minutes=15))
PASSWORD_PER_SOURCE = Limit("password.source", times=60, every=timedelta(seconds=20))
PASSWORD_PER_KNOWN_BROWSER = Limit("password.browser", times=10, every=timedelta(minutes=2))


def person_by_password(address: Address, password: str, *, source: str, browser: str = "") -> User:
    """Whose address and password these are. Raises `Refused` (field `password`), the same for unknown addresses.

    A try is counted before anything is compared. Costs one hashing, whatever is known.
    """
    mine, known = f"{address.value}|{source}", f"{address.value}|{browser}"
    allowed = PASSWORD_PER_SOURCE.take(source) and (
        (browser and PASSWORD_PER_KNOWN_BROWSER.take(known))
        or (PASSWORD_PER_ADDRESS_AND_SOURCE.take(mine) and PASSWORD_PER_ADDRESS.take(address.value))
    )
    if not allowed:
        raise Refused(
            "too_many_passwords",
            _("There were too many wrong passwords. Sign in with a code by mail, or with a passkey."),
            field="password",
            status=429,
        )
    person = authenticate(None, address=address, password=password)
    if not isinstance(person, User):
        message = _("The address and the password do not belong together. Try again, or sign in with a code.")
        raise Refused("password_wrong", message, field="password", status=422)
    PASSWORD_PER_ADDRESS_AND_SOURCE.forget(mine)
    PASSWORD_PER_KNOWN_BROWSER.forget(known)
    return person


def come_in(request: HttpRequest, person: User, proof: str) -> bool:
    """The person has given a first proof: `code`, `password` or `passkey`. True when that was enough and they are in.

    A passkey has checked its owner, so it is both factors. Mail is never the second one.
    """
    if not person.is_active:
        raise Refused(
            "account_closed",
            _("This account is closed."),
            next_step=_("Ask the people who run this site to open it again."),
        )
    if proof != "passkey" and person.has_second_factor():
        request.session[PENDING] = {"person": str(person.pk), "proof": proof, "at": now().isoformat()}
        return False
    _enter(request, person, [proof])
    return True


def waiting(request: HttpRequest) -> User | None:
    """Who has given the first proof here, within the last quarter of an hour, and owes the second."""
    held = request.session.get(PENDING)
    if not held or request.user.is_authenticated or now() > datetime.fromisoformat(held["at"]) + PATIENCE:
        return None
    return User.objects.filter(pk=UUID(held["person"]), is_active=True).first()


def finish(request: HttpRequest, person: User, proof: str) -> None:
    """The second proof was given: `app`, `passkey` or `recovery_code`. They are in."""
    held = request.session.pop(PENDING)
    _enter(request, person, [held["proof"], proof])


def leave(request: HttpRequest) -> None:
    """Sign out here. The session's row stays on the list of ended ones."""
    end_session(request)


def _enter(request: HttpRequest, person: User, proofs: list[str]) -> None:
    request.session.pop(PENDING, None)
    begin_session(request, person, backend=BACKEND)
    request.session.save()
    session = Session.objects.keyed(request.session.session_key or "").get()
    with transaction.atomic():
        record("session.began", session, by=person.actor, person_ids=[person.pk], data={"proofs": proofs})
