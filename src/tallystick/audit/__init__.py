"""The ledger of facts: one per change, chained per firm, business and person, never altered."""

from tallystick.audit.recording import hold, record

__all__ = ["hold", "record"]
