"""The cast."""

from tests.support.people import alice, bob, charlie, person

__all__ = ["alice", "bob", "charlie", "person"]
