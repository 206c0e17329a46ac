"""The first page, and setting up a firm or a business."""

from __future__ import annotations

import pytest
from django.test import Client
from pytest_django import Settings

from tallystick.accounts.models import User
from tallystick.organisations.models import Business, Firm, Member
from tests.support.cast import Cast, person
from tests.support.desks import words

pytestmark = pytest.mark.django_db

PAGES = ["/new/firm/", "/new/business/"]


def signed_in(somebody: User) -> Client:
    browser = Client()
    browser.force_login(somebody)
    return browser


def test_a_stranger_reads_what_this_is(client: Client) -> None:
    page = words(client.get("/"))
    assert "Hand over access to your books. Never a password." in page
    assert 'href="/sign-in/"' in page


def test_somebody_new_is_asked_what_to_set_up() -> None:
    page = words(signed_in(person("Nina")).get("/"))
    assert "What do you want to set up?" in page
    assert "Were you invited?" in page


def test_somebody_with_one_desk_goes_there(cast: Cast) -> None:
    assert signed_in(cast.alice_seat.person).get("/").headers["Location"] == cast.firm.url


def test_somebody_with_two_chooses(cast: Cast) -> None:
    assert cast.other_firm
    assert cast.other_business
    page = words(signed_in(cast.charlie).get("/"))
    assert "Where do you want to work?" in page
    assert cast.other_firm.url in page
    assert cast.other_business.url in page


def test_a_desk_that_was_paused_is_not_offered(cast: Cast) -> None:
    cast.stella_seat.suspend(by=cast.as_alice)
    assert "What do you want to set up?" in words(signed_in(cast.stella_seat.person).get("/"))


@pytest.mark.parametrize("page", PAGES)
def test_a_stranger_signs_in_first(client: Client, page: str) -> None:
    assert client.get(page).headers["Location"] == f"/sign-in/?next={page}"


def test_a_firm_is_set_up_and_its_maker_owns_it() -> None:
    nina = person("Nina", "nina@nina-counts.example")
    browser = signed_in(nina)
    assert "nina@nina-counts.example" in words(browser.get("/new/firm/"))
    page = words(browser.post("/new/firm/", {"name": "Nina  Counts\n"}, follow=True))
    assert "Nina Counts is set up." in page
    assert Member.objects.get(person=nina).current_role() == "owner"


@pytest.mark.parametrize("address", ["nina@gmail.com", "nina@mailinator.com", "nina@hey.com"])
def test_an_address_anybody_can_get_is_no_firms(address: str) -> None:
    browser = signed_in(person("Nina", address))
    page = words(browser.get("/new/firm/"))
    assert "Use your firm's own address. Clients will see it." in page
    assert "Your firm has no address of its own?" in page
    assert "Add an address" in page
    browser.post("/new/firm/", {"name": "Nina Counts"})
    assert not Firm.objects.exists()


@pytest.mark.parametrize("name", ["", "\u200b\u202e", "x" * 500])
def test_a_firm_needs_a_proper_name(name: str) -> None:
    page = words(signed_in(person("Nina")).post("/new/firm/", {"name": name}))
    assert "<title>Error:" in page
    assert name in page
    assert not Firm.objects.exists()


def test_where_operators_look_first_a_firm_waits(settings: Settings) -> None:
    settings.SIGN_UP = "approve"
    browser = signed_in(person("Nina"))
    assert "look at new firms first" in words(browser.get("/new/firm/"))
    assert "Your firm waits for approval" in words(browser.post("/new/firm/", {"name": "Nina Counts"}, follow=True))


def test_where_signing_up_is_closed_nobody_can(settings: Settings) -> None:
    settings.SIGN_UP = "closed"
    browser = signed_in(person("Nina"))
    assert "/new/firm/" not in words(browser.get("/"))
    assert "Ask the people who run this site" in words(browser.get("/new/firm/"))
    assert browser.post("/new/firm/", {"name": "Nina Counts"}).status_code == 403
    assert not Firm.objects.exists()


def test_a_business_is_set_up_with_its_books() -> None:
    nina = person("Nina", "nina@gmail.com")
    said = {"name": "Nina’s", "first": "Shop", "second": " Café "}
    page = words(signed_in(nina).post("/new/business/", said, follow=True))
    assert "Nina’s is set up." in page
    assert sorted(Business.objects.get().organisations.values_list("name", flat=True)) == ["Café", "Shop"]


def test_a_business_has_one_set_of_books_at_least() -> None:
    signed_in(person("Nina")).post("/new/business/", {"name": "Nina’s"})
    assert [books.name for books in Business.objects.get().organisations.all()] == ["Nina’s"]


@pytest.mark.parametrize("wrong", [{"name": ""}, {"name": "x" * 500}, {"first": "x" * 500}])
def test_what_was_typed_is_kept_when_something_is_wrong(wrong: dict[str, str]) -> None:
    said = {"name": "Nina’s", "first": "Shop", "second": "Café", **wrong}
    page = words(signed_in(person("Nina")).post("/new/business/", said))
    assert "<title>Error:" in page
    assert 'value="Café"' in page
    assert not Business.objects.exists()
