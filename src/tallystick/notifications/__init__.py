"""Who is told what, and when: readers of facts."""
