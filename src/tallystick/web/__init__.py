"""Pages: a thin door over the verbs of the rooms below."""
