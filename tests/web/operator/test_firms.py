"""The page of those who run this site: firms that wait for a yes."""

from __future__ import annotations

from django.test import Client

from tallystick.organisations.actors import actor_themselves
from tallystick.organisations.models import Firm
from tests.support.cast import Cast, person
from tests.support.desks import UNKNOWN, Desk, words


def waiting() -> Firm:
    owner = person("Walt")
    return Firm.open(
        "Walt & Sons", address="walt@walt.example", owner=owner, by=actor_themselves(owner), sign_up="approve"
    )


def signed_in(cast: Cast) -> Client:
    browser = Client()
    browser.force_login(cast.olga)
    return browser


def test_a_firm_that_waits_is_approved(cast: Cast) -> None:
    firm, olga = waiting(), signed_in(cast)
    assert "Waiting for a yes" in words(olga.get("/operator/firms/"))
    assert "Walt & Sons is approved." in words(olga.post(f"/operator/firms/{firm.pk}/approval/", follow=True))
    assert "waits for approval" not in Desk(firm.members.get().person, firm).read()


def test_a_firm_that_waits_is_told_so(cast: Cast) -> None:
    firm = waiting()
    assert "Your firm waits for approval" in Desk(firm.members.get().person, firm).read()


def test_nobody_else_finds_the_page(cast: Cast) -> None:
    firm = waiting()
    for somebody in (cast.alice, firm.members.get().person):
        browser = Client()
        browser.force_login(somebody)
        assert browser.get("/operator/firms/").status_code == 404
        assert browser.post(f"/operator/firms/{firm.pk}/approval/").status_code == 404
    assert Client().get("/operator/firms/").status_code == 302


def test_a_firm_that_is_not_there(cast: Cast) -> None:
    assert signed_in(cast).post(f"/operator/firms/{UNKNOWN}/approval/").status_code == 404


def test_an_approval_is_no_page(cast: Cast) -> None:
    assert signed_in(cast).get(f"/operator/firms/{waiting().pk}/approval/").status_code == 405


def test_an_odd_page_number_is_the_first_page(cast: Cast) -> None:
    assert cast.firm.is_approved
    assert "Alice & Co" in words(signed_in(cast).get("/operator/firms/?after=x"))
    assert "Alice & Co" not in words(signed_in(cast).get(f"/operator/firms/?after={cast.firm.pk}"))
