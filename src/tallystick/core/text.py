"""Names as people type them, made safe for every place they go: pages, mail headers, texts, files, logs."""

import unicodedata

# Direction marks and isolates reverse what stands beside them; zero-width characters hide differences between names.
_UNSEEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_JOINER = "\u200d"  # holds compound emoji together, harmless elsewhere


def clean_name(raw: str) -> str:
    """One line of visible text: line breaks, controls, direction marks and markup brackets go, spaces are folded."""
    composed = unicodedata.normalize("NFC", raw)
    visible = (
        " " if char.isspace() else char
        for char in composed
        if char.isspace() or char == _JOINER or unicodedata.category(char) not in _UNSEEN
    )
    return " ".join("".join(visible).replace("<", "").replace(">", "").split())


def sort_name(name: str) -> str:
    """The form lists are sorted by: no case, no accents (the embedded database has no ICU)."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in plain if not unicodedata.combining(char))
