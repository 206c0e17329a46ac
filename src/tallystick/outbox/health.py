"""What the figures want to know of the outbox."""

from datetime import timedelta

from django.db.models import Min

from tallystick.core.clock import now
from tallystick.outbox.models import Delivery


def oldest_unsent() -> timedelta | None:
    """For how long the message that waits longest has been on its way out, or None when nothing waits."""
    queued = Delivery.objects.unsent().aggregate(at=Min("created_at"))["at"]
    return None if queued is None else now() - queued
