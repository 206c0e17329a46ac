"""A phone was lost: what is open there is ended from here."""

from __future__ import annotations

from collections.abc import Callable

from tests.journeys.visitor import DESK, PHONE, Visitor


def test_a_session_is_ended_elsewhere(visit: Callable[..., Visitor], width: int) -> None:
    here, lost = visit(width), visit(PHONE if width == DESK else DESK)
    here.become("Charlie Brooks").go("/me/sessions/")
    if here.find("End all others").count():
        here.press("End all others")
    lost.become("Charlie Brooks")
    here.go("/me/sessions/").press("End this one").does_not_read("End this one")
    lost.page.goto("/me/")
    lost.is_at("What is your mail address?").reads("You were signed out from somewhere else: this session was ended.")
    here.go("/me/").is_at("My account")
