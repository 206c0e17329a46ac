"""What became of a mail to somebody who was asked, in plain words."""

from __future__ import annotations

from django import template
from django.utils.translation import gettext_lazy

from tallystick.outbox import Delivery

register = template.Library()

BECAME = {
    "queued": gettext_lazy("It is about to be sent."),
    "sent": gettext_lazy("Their mail service took it."),
    "deferred": gettext_lazy("Their mail service did not take it yet. We go on trying."),
    "failed": gettext_lazy("Their mail service did not take it. Check the address, or send the link yourself."),
    "bounced": gettext_lazy("It came back: this address does not work. Change it, or send the link yourself."),
    "suppressed": gettext_lazy("It was not sent: mail to this address came back before. Change the address."),
}
_TONES = {"queued": "calm", "sent": "good", "deferred": "warn", "failed": "bad", "bounced": "bad", "suppressed": "bad"}


@register.filter
def what_became(delivery: Delivery) -> str:
    """What became of it, and what to do when it did not arrive."""
    return str(BECAME.get(delivery.state, BECAME["queued"]))


@register.filter
def delivery_tone(delivery: Delivery) -> str:
    """How good that is."""
    return _TONES.get(delivery.state, "calm")
