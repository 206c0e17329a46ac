"""The jobs this room does: reading a fact and telling those it calls for, and the daily digest."""

from django.db import transaction

from tallystick.audit import record
from tallystick.audit.models import Fact
from tallystick.core.actor import HOUSE
from tallystick.jobs import handler, periodic
from tallystick.notifications import digests
from tallystick.notifications.rules import RULES
from tallystick.outbox import Delivery


@handler("fact.recorded")
def tell_of(fact_id: int) -> None:
    """Write the messages that a fact calls for. Each has a key of its own, so a second run adds none."""
    fact = Fact.objects.get(pk=fact_id)
    for rule in RULES.get(fact.kind, ()):
        rule(fact)


@handler("delivery.failed")
def write_down_failure(delivery_id: str) -> None:
    """Put it on record that a message will never arrive, once: the outbox stands beside the ledger and can't."""
    with transaction.atomic():
        delivery = Delivery.objects.select_for_update().get(pk=delivery_id)
        if Fact.objects.filter(kind="delivery.failed", subject_id=str(delivery.pk)).exists():
            return
        record(
            "delivery.failed",
            delivery,
            by=HOUSE,
            firm_id=delivery.firm_id,
            business_id=delivery.business_id,
            person_ids=[delivery.person_id],
            data={"channel": delivery.channel, "message": delivery.kind, "reason": delivery.reason},
        )


@periodic("3 * * * *")
@handler("notifications.digests")
def send_digests() -> None:
    """Send the daily digests of those whose morning it is."""
    digests.send_digests()
