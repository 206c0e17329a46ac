"""Signing everybody out, for the day something went wrong."""

from __future__ import annotations

from django.test import Client

from tests.support.cast import Cast
from tests.support.desks import Desk, words


def test_everybody_is_signed_out(cast: Cast) -> None:
    alice, olga = Desk.of(cast.alice_seat), Client()
    olga.force_login(cast.olga)
    assert "Sign everybody out?" in words(olga.get("/operator/sessions/ending/"))
    assert alice.opens() == 200
    olga.post("/operator/sessions/ending/")
    assert alice.opens() == 302
    assert olga.get("/operator/firms/").status_code == 302


def test_nobody_else_can(cast: Cast) -> None:
    alice = Desk.of(cast.alice_seat)
    assert alice.browser.post("/operator/sessions/ending/").status_code == 404
    assert alice.opens() == 200
