"""Work for later, stored in the transaction that asked for it."""
