"""Who may act for whom: partnerships, grants and the one decision about access."""
