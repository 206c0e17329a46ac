"""Giving a client to somebody of the firm, and taking it back."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.cast import Cast
from tests.support.desks import UNKNOWN, Desk


def of(cast: Cast, page: str = "grants/new/") -> str:
    return f"clients/{cast.partnership.pk}/{page}"


def said(cast: Cast, **other: Any) -> dict[str, Any]:
    return {"member": cast.stella_seat.pk, "scopes": ["see", "ask"], "organisations": [cast.shop.pk], **other}


def test_a_client_is_given_to_staff(cast: Cast) -> None:
    assert "Stella was told." in Desk.of(cast.alice_seat).send(of(cast), **said(cast))
    page = Desk.of(cast.stella_seat).read(of(cast, ""))
    assert "Shop" in page
    assert "Café" not in page


def test_ticking_no_books_gives_all_of_them(cast: Cast) -> None:
    Desk.of(cast.adam_seat).send(of(cast), **said(cast, organisations=[]))
    assert "Café" in Desk.of(cast.stella_seat).read(of(cast, ""))


@pytest.mark.parametrize("wrong", [{"member": ""}, {"member": UNKNOWN}, {"scopes": []}, {"scopes": ["everything"]}])
def test_what_is_missing_is_told_and_the_rest_kept(cast: Cast, wrong: dict[str, Any]) -> None:
    page = Desk.of(cast.alice_seat).mistake(of(cast), **said(cast, **wrong))
    assert f'value="{cast.shop.pk}"' in page
    assert "checked" in page


def test_nobody_else_can_be_given_it(cast: Cast) -> None:
    outsider = cast.other_firm.members.get()
    Desk.of(cast.alice_seat).mistake(of(cast), **said(cast, member=outsider.pk))
    assert not outsider.grants.exists()


def test_books_of_another_business_are_no_choice(cast: Cast) -> None:
    Desk.of(cast.alice_seat).mistake(of(cast), **said(cast, organisations=[cast.bakery.pk]))


def test_it_is_taken_back(cast: Cast) -> None:
    ending = f"clients/{cast.partnership.pk}/grants/{cast.stella_grant.pk}/ending/"
    stella = Desk.of(cast.stella_seat)
    assert stella.opens(of(cast, "")) == 200
    assert Desk.of(cast.alice_seat).answers(ending) == 302
    assert stella.opens(of(cast, "")) == 404


def test_staff_neither_give_nor_take(cast: Cast) -> None:
    ending = f"clients/{cast.partnership.pk}/grants/{cast.stella_grant.pk}/ending/"
    stella = Desk.of(cast.stella_seat)
    assert stella.answers(of(cast), **said(cast)) == 403
    assert stella.answers(ending) == 403


def test_a_grant_that_is_not_there(cast: Cast) -> None:
    assert Desk.of(cast.alice_seat).answers(f"clients/{cast.partnership.pk}/grants/{UNKNOWN}/ending/") == 404
