"""The jobs this room does: sending, sweeping up what waits, forgetting what was sent."""

from datetime import timedelta

from tallystick.core.clock import Now
from tallystick.jobs import handler, periodic
from tallystick.outbox import sending
from tallystick.outbox.models import OPEN, Delivery, Letter

KEEP_CONTENTS = timedelta(days=30)
KEEP_ROWS = timedelta(days=400)


@handler("outbox.send", queue="post")
def send(delivery_id: str) -> None:
    """Try once to send a delivery."""
    sending.send(delivery_id)


@periodic("* * * * *")
@handler("outbox.sweep")
def sweep() -> None:
    """Leave a job for every delivery that is due and has none."""
    sending.sweep()


@periodic("41 3 * * *")
@handler("outbox.forget")
def forget() -> None:
    """Erase what was said a month ago, and that it was said after four hundred days."""
    done = Delivery.objects.exclude(state__in=OPEN)
    done.filter(created_at__lt=Now() - KEEP_CONTENTS, sealed__isnull=False).update(sealed=None)
    done.filter(created_at__lt=Now() - KEEP_ROWS).delete()
    Letter.objects.filter(created_at__lt=Now() - KEEP_CONTENTS).delete()
