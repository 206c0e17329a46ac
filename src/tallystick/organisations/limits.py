"""How long somebody of a firm stays signed in: longer without a request than a client, never longer than a working day."""

from uuid import UUID

from tallystick.accounts.models.sessions import STAFF, Limits, register_limit
from tallystick.organisations.models import Member


@register_limit
def limits_of_staff(person_id: UUID) -> Limits | None:
    """Staff limits for whoever has a seat in a firm; None leaves the person to the limits of clients."""
    works_at_a_firm = Member.objects.filter(person_id=person_id, side="firm").live().exists()
    return STAFF if works_at_a_firm else None
