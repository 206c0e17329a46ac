"""Pages for what went wrong: they say what is so, and the way on."""

from __future__ import annotations

from collections.abc import Callable

from tests.journeys.visitor import Visitor


def test_a_page_that_is_not_there(visitor: Visitor) -> None:
    visitor.go("/nowhere/", status=404).is_at("We can’t find this page").press("Go to the first page")


def test_the_desk_of_others_is_like_one_that_is_not_there(visitor: Visitor, visit: Callable[..., Visitor]) -> None:
    alice = visit().become("Alice Jansen")
    visitor.become("Charlie Brooks")
    theirs = visitor.go(alice.page.url, status=404).page.inner_text("main")
    assert visitor.go("/f/nowhere/", status=404).page.inner_text("main") == theirs


def test_a_form_that_stood_open_too_long(visitor: Visitor) -> None:
    visitor.go("/sign-in/")
    visitor.context.clear_cookies()
    visitor.write("Mail address", "kim@kim.example").press("Mail me a code").is_at("Please send that once more")


def test_what_only_a_button_may_do(visitor: Visitor) -> None:
    visitor.become("Bob Baker").go("/sign-out/", status=405).is_at("This is not a page")


def test_a_role_that_does_not_allow_it(visitor: Visitor) -> None:
    visitor.become("Ben Yılmaz")
    visitor.go(f"{visitor.page.url}settings/", status=403).reads("Your role here does not allow this.")


def test_a_paused_seat(visitor: Visitor) -> None:
    visitor.become("Sam O’Neill").is_at("What do you want to set up?")
