"""Mail and texts leaving the house.

`Delivery.queue(…)` in the transaction of the change; a worker hands it to the relay, at least once.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tallystick.outbox.models import Delivery

__all__ = ["Delivery"]


def __getattr__(name: str) -> Any:
    """`Delivery`, once it is asked for: models can't be imported while Django reads the list of rooms."""
    if name == "Delivery":
        from tallystick.outbox.models import Delivery

        return Delivery
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
