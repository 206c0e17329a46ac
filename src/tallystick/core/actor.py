"""Who acts: a person in one tenant at this moment, or the house itself."""

from dataclasses import dataclass
from typing import Literal
from uuid import UUID

Side = Literal["firm", "business", "operator", "person", "guest", "house"]


@dataclass(frozen=True, slots=True)
class Actor:
    """One person acting as one tenant's member, as of the request that made it.

    `side` says on whose behalf: a firm's, a business's, the operator's, the person's own, or the house's (jobs). A guest has
    no seat and came by a link: what a guest may do is asked of the invitation, by the room that has it.
    `tenant_id` is the firm's or business's id, None on the other sides. Rights are never read from here but asked of
    the database; `role` is what the member's row said when the request began, for menus and wording only.
    """

    side: Side
    person_id: UUID | None = None
    member_id: UUID | None = None
    tenant_id: UUID | None = None
    role: str = ""
    name: str = ""

    @property
    def firm_id(self) -> UUID | None:
        """The firm acted for, or None."""
        return self.tenant_id if self.side == "firm" else None

    @property
    def business_id(self) -> UUID | None:
        """The business acted for, or None."""
        return self.tenant_id if self.side == "business" else None


HOUSE = Actor(side="house", name="Tallystick")
"""The house itself: sweeps, retries, whatever no person asked for."""
