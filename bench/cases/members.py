"""Ways in which somebody reaches clients: the actors that cases measure."""

from __future__ import annotations

from bench import world as worlds
from bench.world import World
from tallystick.core.actor import Actor

WAYS = {
    "owner": (worlds.OWNER, "owner"),
    f"staff with {worlds.FEW} grants": (worlds.BY_FEW, "staff"),
    "staff with a grant on each": (worlds.BY_ALL, "staff"),
    "staff by team": (worlds.BY_TEAM, "staff"),
    "staff without any": (worlds.BY_NOTHING, "staff"),
}
"""The seats of a firm that stand for a way, and their role."""


def actor(firm: int, way: str) -> Actor:
    """The one of this firm who reaches clients in this way."""
    seat, role = WAYS[way]
    return Actor(
        side="firm",
        person_id=worlds.person(firm, seat),
        member_id=worlds.member(firm, seat),
        tenant_id=worlds.identity("firm", firm),
        role=role,
    )


def client_given_to_few(world: World, clients: int) -> int:
    """The number of a client that the member with few grants was given, an ordinary one."""
    step = max(clients // worlds.FEW, 1)
    return next(
        number for number in range(step, clients, step) if number % 100 > 7 and number % 20 > 7 and number % 50 != 3
    )
