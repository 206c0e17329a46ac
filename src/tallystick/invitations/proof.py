"""Proof that the contact that was asked is the visitor's: a code to the stored address, for what a link alone may not do."""

from __future__ import annotations

from uuid import UUID

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from tallystick.accounts.addresses import known_as
from tallystick.accounts.models import Attempt, Code
from tallystick.core.refused import Refused
from tallystick.core.sealing import keyed_digest
from tallystick.invitations.models import Invitation

PURPOSE = "invitation"
PURPOSES: dict[str, str | Promise] = {PURPOSE: gettext_lazy("to show that you were asked")}


def send_code(invitation: Invitation, *, source: str) -> Attempt:
    """Send a code to the address that was asked, wherever its link was opened. Raises `Refused`."""
    contact = invitation.contact
    if contact is None:
        raise Refused("no_address", _("This link was not sent to an address that we know."), status=409)
    return Code.send(contact, PURPOSE, source=source, language=invitation.language)


def send_code_by_reference(typed: str, *, source: str, language: str) -> tuple[Invitation | None, Attempt]:
    """Send a code to the address behind a reference. With none behind it all the same is done, and nothing is sent.

    Raises `Refused` when codes were asked for too often.
    """
    invitation = Invitation.by_reference(typed)
    if invitation and invitation.contact:
        return invitation, send_code(invitation, source=source)
    nobody = known_as("email", f"{keyed_digest(typed, purpose='no such reference')[:20]}@nobody.invalid")
    return None, Code.send(nobody, PURPOSE, source=source, language=language, pretend=True)


def prove(invitation: Invitation | None, attempt_id: UUID, typed: str) -> None:
    """The right code of an attempt on this invitation's own address. Raises `Refused` (field `code`).

    None stands for a reference behind which there is nothing: no code is ever right, and the words are the same.
    """
    attempt = Attempt.objects.filter(pk=attempt_id, purpose=PURPOSE).first()
    contact = invitation.contact if invitation else None
    if attempt is None or (contact and attempt.address.value != contact.value):
        message = _("This took too long. Ask for a new code to start again.")
        raise Refused("code_too_old", message, field="code", status=422)
    attempt.prove(typed, purpose=PURPOSE)
    if contact is None:
        raise Refused("code_wrong", _("This is not the code we sent."), field="code", status=422)
