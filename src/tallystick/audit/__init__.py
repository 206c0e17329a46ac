"""The ledger of facts: one per change, chained, never altered."""
