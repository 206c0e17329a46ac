"""Asking: by mail or by a link, with a kit, and every way in which the form says no."""

from __future__ import annotations

from typing import Any

import pytest

from tallystick.invitations.models import Invitation, Kit
from tallystick.outbox.models import Mark
from tests.support.desks import Desk
from tests.web.asking.conftest import Books

FILLED = {
    "apps": ["shopify", "sandbox-till"],
    "days": "14",
    "address": "olaf@owner.example",
    "name": "Olaf",
    "words": "We need your sales.",
    "language": "nl",
}


def test_an_owner_is_asked_by_mail(books: Books) -> None:
    page = books.alice.send(f"{books.below}asks/new/", **FILLED)
    assert "A mail is on its way to olaf@owner.example." in page
    made = Invitation.objects.get()
    assert (made.name, made.words, made.language, made.days, made.number) == ("Olaf", FILLED["words"], "nl", 14, 1)
    assert [each.connector for each in made.asks.all()] == FILLED["apps"]


def test_a_link_is_made_and_nobody_is_mailed(books: Books) -> None:
    page = books.alice.send(f"{books.below}asks/link/", apps=["shopify"], days="30", address="half a", language="nl")
    made = Invitation.objects.get()
    assert f"/i/{made.token}/" in page
    assert made.contact is None
    assert made.days == 30


def test_a_business_asks_somebody_of_its_own(books: Books) -> None:
    assert "Ask somebody else" in books.bob.read(f"{books.below}asks/new/")
    books.bob.send(f"{books.below}asks/new/", **FILLED)
    assert Invitation.objects.get().firm is None


def test_the_app_one_came_from_is_ticked(books: Books) -> None:
    page = books.alice.read(f"{books.below}asks/new/?app=shopify")
    assert page.count(" checked") == 1
    assert 'value="shopify" aria' in page or 'value="shopify"' in page.split(" checked")[0][-300:]


def test_a_kit_ticks_its_apps(books: Books) -> None:
    kit = Kit.make(books.cast.firm, "Online shop", ["shopify", "sandbox-till"], by=books.cast.as_alice)
    assert "Online shop" in books.alice.read(f"{books.below}asks/new/")
    assert books.alice.read(f"{books.below}asks/new/?kit={kit.pk}").count(" checked") == 2
    assert books.alice.read(f"{books.below}asks/new/?kit=%00").count(" checked") == 0


def test_what_cannot_be_asked_for_is_not_on_the_list(books: Books) -> None:
    page = books.alice.read(f"{books.below}asks/new/")
    assert 'value="shopify"' in page
    assert 'value="own-till"' not in page
    assert 'value="xero"' not in page


def test_what_is_connected_or_asked_already_is_said_beside_it(books: Books) -> None:
    books.connected(unconfirmed=False, name="Bob's Bakery")
    books.ask(apps=["sandbox-till"])
    page = books.alice.read(f"{books.below}asks/new/")
    assert "Connected already: Bob's Bakery" in page
    assert "Asked for already" in page


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"apps": []}, "Choose at least one app."),
        ({"apps": ["own-till"]}, "not known here any more"),
        ({"apps": ["nothing"]}, "not known here any more"),
        ({"address": ""}, "Type the address to mail it to."),
        ({"address": "olaf"}, "An address has an @ in it"),
        ({"address": "alice@alice.example"}, "is your own address"),
        ({"name": "O" * 121}, "Shorten it to 120"),
        ({"words": "w" * 501}, "Shorten them to 500"),
        ({"words": "Look at evil.com"}, "Leave web addresses out"),
        ({"days": "31"}, "from 1 to 30 days"),
        ({"days": "0"}, "from 1 to 30 days"),
        ({"days": "soon"}, "Type a number of days"),
        ({"days": ""}, "Type a number of days"),
        ({"language": "xx"}, "Choose one of these languages."),
    ],
)
def test_bad_input_is_said_at_the_field_and_all_that_was_typed_is_kept(
    books: Books, said: dict[str, Any], sentence: str
) -> None:
    filled = FILLED | said
    page = books.alice.mistake(f"{books.below}asks/new/", **filled)
    assert page.count(sentence) == 2
    for name in ("address", "name", "words", "days"):
        assert str(filled[name]) in page
    assert not Invitation.objects.exists()


def test_an_address_that_is_known_not_to_work_is_not_mailed(books: Books) -> None:
    Mark.put("mail", "olaf@owner.example", "550")
    assert "came back" in books.alice.mistake(f"{books.below}asks/new/", **FILLED)


def test_a_slip_is_asked_about_once(books: Books) -> None:
    slip = FILLED | {"address": "olaf@gmial.com"}
    page = books.alice.mistake(f"{books.below}asks/new/", **slip)
    assert "Did you mean olaf@gmail.com?" in page
    books.alice.send(f"{books.below}asks/new/", **slip, meant="olaf@gmial.com")
    contact = Invitation.objects.get().contact
    assert contact is not None
    assert contact.value == "olaf@gmial.com"


def test_the_first_button_is_never_the_suggestion(books: Books) -> None:
    """Whoever mends the address by hand and presses Enter must not mail the suggested one."""
    page = books.alice.mistake(f"{books.below}asks/new/", **FILLED | {"address": "olaf@gmial.com"})
    form = page.split('id="ask"')[1]
    assert form.index("<button hidden") < form.index('name="address" value="olaf@gmail.com"')


def test_the_same_twice_points_to_the_first(books: Books) -> None:
    books.alice.send(f"{books.below}asks/new/", **FILLED)
    first = Invitation.objects.get()
    page = books.alice.mistake(f"{books.below}asks/new/", **FILLED)
    assert "has been asked for this already" in page
    assert f"/asks/{first.pk}/" in page
    assert Invitation.objects.count() == 1


def test_a_link_without_apps_says_so_and_keeps_the_mail(books: Books) -> None:
    page = books.alice.mistake(f"{books.below}asks/link/", **FILLED | {"apps": []})
    assert "Choose at least one app." in page
    assert "olaf@owner.example" in page


def test_asking_too_often_keeps_what_was_typed(books: Books) -> None:
    for number in range(6):
        books.alice.send(f"{books.below}asks/new/", **FILLED)
        Invitation.objects.get(state="pending").withdraw(by=books.cast.as_alice)
        assert number < 6
    page = books.alice.mistake(f"{books.below}asks/new/", **FILLED)
    assert "got several mails from you today" in page
    assert "We need your sales." in page


def test_an_app_page_leads_to_asking_and_says_whether_one_can(books: Books) -> None:
    page = books.alice.read(f"{books.below}apps/available/shopify/")
    assert "asks/new/?app=shopify" in page
    assert "Can you ask the owner?" in page
    own = books.alice.read(f"{books.below}apps/available/own-till/")
    assert "asks/new/" not in own


def test_those_who_may_not_ask_are_refused(books: Books) -> None:
    for seat in (books.cast.emma_seat, books.cast.stella_seat):
        desk = Desk.of(seat)
        assert desk.opens(f"{books.below}asks/new/") == 403
        for page in ("new", "link", "preview"):
            assert desk.answers(f"{books.below}asks/{page}/", **FILLED) == 403
        assert "asks/new/" not in desk.read(f"{books.below}apps/available/shopify/")
    assert not Invitation.objects.exists()


def test_an_outsider_finds_no_such_books(books: Books) -> None:
    desk = Desk(books.cast.charlie, books.cast.other_firm)
    assert desk.opens(f"{books.below}asks/new/") == 404
    for page in ("new", "link", "preview"):
        assert desk.answers(f"{books.below}asks/{page}/", **FILLED) == 404
    assert not Invitation.objects.exists()
