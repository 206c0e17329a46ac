"""The ledger of facts: one per change, chained per firm, business and person, never altered."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tallystick.audit.recording import Private, hold, record

__all__ = ["Private", "hold", "record"]


def __getattr__(name: str) -> Any:
    """The room's verbs, fetched when first asked for: Django names rooms before models may be imported."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tallystick.audit import recording

    return getattr(recording, name)
