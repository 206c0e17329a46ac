"""Who is told what, and when: readers of facts.

Add a notification: a function in `rules/` and its line in `RULES`, a folder with `message.txt` under `messages/`, a test.
"""
