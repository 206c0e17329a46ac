"""The jobs this room does: reading a fact, and telling those it calls for."""

from tallystick.audit.models import Fact
from tallystick.jobs import handler
from tallystick.notifications.rules import RULES


@handler("fact.recorded")
def tell_of(fact_id: int) -> None:
    """Write the messages that a fact calls for. Each has a key of its own, so a second run adds none."""
    fact = Fact.objects.get(pk=fact_id)
    for rule in RULES.get(fact.kind, ()):
        rule(fact)
