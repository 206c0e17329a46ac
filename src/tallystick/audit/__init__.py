"""The ledger of facts: one per change, chained per firm, business and person, never altered."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tallystick.audit.recording import hold, record

__all__ = ["hold", "record"]


def __getattr__(name: str) -> Any:
    """`hold` and `record`, once asked for: they need models, which Django reads only after its list of rooms."""
    if name in __all__:
        from tallystick.audit import recording

        return getattr(recording, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
