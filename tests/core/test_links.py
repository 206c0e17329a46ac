"""Links are signed: ours say what they name, and nothing else opens anything."""

from __future__ import annotations

from uuid import uuid4

import pytest
from pytest_django import Settings

from tallystick.core.links import Link, make_link, read_link

LINK = Link("invitation", uuid4(), 3)


def test_a_link_says_what_it_names() -> None:
    assert read_link(make_link(LINK), "invitation") == LINK


def test_it_is_the_same_each_time_it_is_made() -> None:
    assert make_link(LINK) == make_link(LINK)


def test_it_is_short_and_safe_in_an_address() -> None:
    token = make_link(LINK)
    assert len(token) == 54
    assert token.replace("-", "").replace("_", "").isalnum()


def test_it_is_no_link_of_another_kind() -> None:
    assert read_link(make_link(LINK), "client_connect") is None


@pytest.mark.parametrize("at", range(0, 54, 3))
def test_no_letter_of_it_can_be_another(at: int) -> None:
    token = make_link(LINK)
    other = "A" if token[at] != "A" else "B"
    assert read_link(token[:at] + other + token[at + 1 :], "invitation") is None


def test_the_last_letter_has_one_form() -> None:
    """Bits that decoding drops would give each link several texts."""
    token = make_link(LINK)
    working = [end for end in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_" if
               read_link(token[:-1] + end, "invitation")]  # fmt: skip
    assert working == [token[-1]]


@pytest.mark.parametrize("text", ["", "a", "é" * 54, "A" * 54, "=" * 54, "A" * 5_000, "../../etc", "\x00"])
def test_any_other_string_is_nothing(text: str) -> None:
    assert read_link(text, "invitation") is None


def test_links_of_an_older_key_work_until_it_leaves_the_ring(settings: Settings) -> None:
    token = make_link(LINK)
    settings.SECRET_KEYS = ["a newer key of the ring", *settings.SECRET_KEYS]
    assert make_link(LINK) != token
    assert read_link(token, "invitation") == LINK
    settings.SECRET_KEYS = settings.SECRET_KEYS[:1]
    assert read_link(token, "invitation") is None
