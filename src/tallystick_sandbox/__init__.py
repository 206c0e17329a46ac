"""A stand-in for outside apps (shop, till, bank, ledger, payments) to connect to while trying and testing."""
