"""Pages of people: signing in, and their own account."""
