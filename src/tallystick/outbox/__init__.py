"""Mail and texts leaving the house."""
