"""Taking away, across rooms, in one transaction."""
