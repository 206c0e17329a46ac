"""A firm was set up, or an operator has said yes to it."""

from __future__ import annotations

from tallystick.accounts.models import User
from tallystick.audit.models import Fact
from tallystick.notifications.notices import ALWAYS
from tallystick.notifications.rules.reading import key, told
from tallystick.notifications.sending import send_to_all
from tallystick.organisations.models import Firm


def tell_of_a_new_firm(fact: Fact) -> None:
    """Its owner: it is ready, or waits for a yes. Then the operators too: somebody waits for them."""
    firm = Firm.objects.get(pk=fact.subject_id)
    message = "firm_opened" if fact.data["approved"] else "firm_waits"
    send_to_all(firm.admins(), message, told(fact), once=key(fact, message), kind=ALWAYS, path=firm.url)
    if not fact.data["approved"]:
        message = "firm_to_approve"
        operators = User.objects.filter(is_operator=True, is_active=True)
        send_to_all(operators, message, told(fact), once=key(fact, message), kind=ALWAYS, path="/operator/firms/")


def tell_of_approval(fact: Fact) -> None:
    """Those who run the firm: it can begin."""
    firm = Firm.objects.get(pk=fact.subject_id)
    send_to_all(firm.admins(), "firm_approved", told(fact), once=key(fact, "firm_approved"), kind=ALWAYS, path=firm.url)
