"""The ledger of facts: one per change, chained per firm, business and person, never altered."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tallystick.audit.recording import hold, record

__all__ = ["hold", "record"]


def __getattr__(name: str) -> Any:
    """The room's verbs, fetched when first asked for: Django names rooms before models may be imported."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from tallystick.audit import recording  # noqa: PLC0415

    return getattr(recording, name)
