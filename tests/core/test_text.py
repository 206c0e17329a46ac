"""Names as people type them."""

import pytest

from tallystick.core.text import clean_name, sort_name


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Bob's   Shop ", "Bob's Shop"),
        ("Bob\r\nBcc: all@example.com", "Bob Bcc: all@example.com"),
        ("Bob\x00\x07\u200b\ufeff", "Bob"),
        ("Bob\u202egnp.exe", "Bobgnp.exe"),
        ("\u2066Bob\u2069 \u200fShop", "Bob Shop"),
        ("<b>Bob</b>", "bBob/b"),
        ("Cafe\u0301", "Café"),
        ("👩\u200d🌾 Farm", "👩\u200d🌾 Farm"),
        ("tab\there\u2028there", "tab here there"),
        ("\ud800Bob", "Bob"),
        (" \n\u200b ", ""),
    ],
)
def test_a_name_is_one_line_of_visible_text(typed: str, kept: str) -> None:
    assert clean_name(typed) == kept


def test_cleaning_twice_is_cleaning_once() -> None:
    for typed in ("a\u0301\u202e b", "<<x>>", "\u200d", "İ ﬁ"):
        assert clean_name(clean_name(typed)) == clean_name(typed)


def test_lists_are_sorted_without_case_and_accents() -> None:
    assert sorted(["Éva", "eva b", "Zoë", "ada"], key=sort_name) == ["ada", "Éva", "eva b", "Zoë"]
    assert sort_name("STRASSE") == sort_name("Straße")
