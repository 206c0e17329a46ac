"""The page of what was asked: its apps, link, mails, and sending again, withdrawing, another address."""

from __future__ import annotations

import re

import pytest
from pytest_django import DjangoAssertNumQueries

from tallystick.core.actor import Actor
from tallystick.invitations.asking import Recipient
from tallystick.invitations.models import Invitation
from tallystick.invitations.models.invitations import delivery_key
from tallystick.outbox import Delivery
from tests.conftest import Clock
from tests.support.desks import UNKNOWN, Desk
from tests.web.asking.conftest import Books

GUEST = Actor("guest", name="")


def mailed(made: Invitation, state: str, number: int = 1) -> None:
    """A mail to who was asked, and what became of it."""
    once = delivery_key(made.pk, number)
    Delivery.queue(
        once=once, channel="mail", to="olaf@owner.example", subject="S", text="T", html="", kind="invitation_sent",
        language="en", secret=False, firm_id=made.firm_id,
    )  # fmt: skip
    Delivery.objects.filter(once=once).update(state=state)


def test_it_shows_everything_about_it(books: Books) -> None:
    made = books.ask()
    page = books.alice.read(books.at(made))
    for said in (
        "Olaf", "olaf@owner.example", "0 of 2 done", "Shopify", "Tinkertill", made.two_words, made.reference,
        f"/i/{made.token}/", "We need your sales.", "Send again", "Withdraw", "Change the address",
        "Olaf was asked to connect Shopify, Tinkertill", "It is about to be sent.",
    ):  # fmt: skip
        assert said in page, said


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("queued", "It is about to be sent."),
        ("sent", "Their mail service took it."),
        ("deferred", "We go on trying."),
        ("failed", "Check the address"),
        ("bounced", "It came back"),
        ("suppressed", "It was not sent"),
    ],
)
def test_what_became_of_the_mail_is_said_in_plain_words(books: Books, state: str, sentence: str) -> None:
    made = books.ask()
    mailed(made, state)
    assert sentence in books.alice.read(books.at(made))


def test_each_app_has_its_own_state_and_leads_to_what_came_of_it(books: Books) -> None:
    made = books.ask()
    shopify, till = made.asks.all()
    connection = books.connected(unconfirmed=False, name="Bob's Bakery")
    shopify.connect(connection, by=GUEST)
    handed = till.pass_on(Recipient("tina@owner.example", "Tina"), by=GUEST)
    page = books.alice.read(books.at(made))
    assert "1 of 2 done" in page
    assert f"apps/{connection.pk}/" in page
    assert "Bob's Bakery" in page
    assert "Passed on" in page
    assert f"asks/{handed.pk}/" in page
    other = books.alice.read(books.at(handed))
    assert f"asks/{made.pk}/" in other
    assert "Passed on by" in other


def test_sending_again_starts_its_time_anew(books: Books, clock: Clock) -> None:
    made = books.ask(days=3)
    clock.shift(days=2)
    page = books.alice.send(books.at(made, "sending/"))
    assert "on its way once more" in page
    before = made.until
    made.refresh_from_db()
    assert made.number == 2
    assert made.until > before


def test_sending_again_too_often_is_said_on_its_page(books: Books) -> None:
    made = books.ask()
    for _time in range(2):
        books.alice.send(books.at(made, "sending/"))
    assert "Wait an hour" in books.alice.send(books.at(made, "sending/"))


def test_whoever_may_only_see_the_books_sends_nothing_again(books: Books) -> None:
    made = books.ask()
    books.cast.partnership.change_terms(scopes=["see"], by=books.cast.as_bob)
    assert books.alice.answers(books.at(made, "sending/")) in (403, 404)
    made.refresh_from_db()
    assert made.number == 1


def test_a_link_one_sends_oneself_cannot_be_sent_again_but_mailed_instead(books: Books) -> None:
    made = books.ask(Recipient())
    page = books.alice.read(books.at(made))
    assert "Send again" not in page
    assert "Mail it instead" in page
    assert 'class="qr"' in page
    assert "Copy the link" in books.alice.send(books.at(made, "sending/"))


def test_withdrawing_says_first_what_stops(books: Books) -> None:
    made = books.ask()
    assert "The link is dead at once" in books.alice.read(books.at(made, "withdrawal/"))
    assert Invitation.objects.get().state == "pending"
    page = books.alice.send(books.at(made, "withdrawal/"))
    assert "This was withdrawn." in page
    assert made.token not in page
    assert "Send again" not in page
    assert Invitation.objects.get().state == "withdrawn"
    assert "withdrawn" in books.alice.send(books.at(made, "withdrawal/"))


def test_what_is_over_is_asked_again_with_all_that_was_typed(books: Books) -> None:
    made = books.ask()
    assert "Ask again" not in books.alice.read(books.at(made))
    made.withdraw(by=books.cast.as_alice)
    page = books.alice.read(books.at(made))
    (address,) = re.findall(r'href="([^"]+[?]again=[^"]+)"', page)
    form = books.alice.read(address.split("/", 3)[3])
    assert made.contact is not None
    assert f'value="{made.contact.value}"' in form
    assert f'value="{made.name}"' in form
    assert len(re.findall(r'name="apps"[^>]* checked', form)) == made.asks.count()


def test_what_another_tenant_asked_is_not_shown_to_be_asked_again(books: Books) -> None:
    made = books.ask()
    form = books.bob.read(f"{books.below}asks/new/?again={made.pk}")
    assert "owner.example" not in form
    assert " checked" not in form


def test_another_address_gets_a_new_mail_and_each_points_to_the_other(books: Books) -> None:
    made = books.ask()
    page = books.alice.send(books.at(made, "address/"), address="tina@owner.example")
    new = Invitation.objects.get(state="pending")
    assert "tina@owner.example" in page
    assert f"asks/{made.pk}/" in page
    assert f"asks/{new.pk}/" in books.alice.read(books.at(made))


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("", "Type the address"),
        ("tina", "An address has an @"),
        ("tina@gmial.com", "Did you mean tina@gmail.com?"),
        ("alice@alice.example", "is your own address"),
    ],
)
def test_a_bad_other_address_changes_nothing(books: Books, address: str, sentence: str) -> None:
    made = books.ask()
    page = books.alice.mistake(books.at(made, "address/"), address=address)
    assert sentence in page
    assert f'value="{address}"' in page or not address
    assert Invitation.objects.get().state == "pending"


def test_what_is_over_offers_nothing_any_more(books: Books, clock: Clock) -> None:
    made = books.ask()
    clock.shift(days=15)
    page = books.alice.read(books.at(made))
    assert "The time for this is over." in page
    assert made.token not in page
    assert "data-live" not in page
    for below in ("withdrawal/", "address/"):
        answer = books.alice.browser.get(books.alice.path(books.at(made, below)))
        assert answer.headers["Location"] == books.alice.path(books.at(made))
    assert "The time for this is over." in books.alice.send(books.at(made, "sending/"))


def test_a_business_sees_what_a_firm_asked_and_may_withdraw_it_no_more(books: Books) -> None:
    made = books.ask()
    page = books.bob.read(books.at(made))
    assert "Alice & Co" in page
    assert "o…f@owner.example" in page
    for kept in ("olaf@owner.example", made.token, made.reference, "Send again", "Change the address"):
        assert kept not in page, kept
    assert books.bob.answers(books.at(made, "sending/")) == 403
    assert books.bob.answers(books.at(made, "address/"), address="tina@owner.example") == 403
    books.bob.send(books.at(made, "withdrawal/"))
    assert Invitation.objects.get().state == "withdrawn"


def test_another_firm_of_the_same_business_does_not_see_it(books: Books) -> None:
    made = books.ask()
    cast = books.cast
    from tallystick.core.access import SCOPES
    from tallystick.core.actor import HOUSE
    from tallystick.partnerships.models import Partnership

    Partnership.begin(cast.other_firm, cast.business, scopes=SCOPES, by=HOUSE)
    charlie = Desk(cast.charlie, cast.other_firm)
    assert "Olaf" not in charlie.read(f"{books.below}client-connect/")
    assert charlie.opens(books.at(made)) == 404
    for below in ("sending/", "withdrawal/", "address/"):
        assert charlie.answers(books.at(made, below)) == 404


def test_those_who_may_not_ask_and_outsiders_get_none_of_it(books: Books) -> None:
    made = books.ask()
    cast = books.cast
    for desk, status in (
        (Desk.of(cast.emma_seat), 403),
        (Desk.of(cast.stella_seat), 403),
        (Desk(cast.charlie, cast.other_firm), 404),
    ):
        assert desk.opens(books.at(made)) == status
        for below in ("sending/", "withdrawal/", "address/"):
            assert desk.answers(books.at(made, below)) == status
    assert Invitation.objects.get().state == "pending"
    assert books.alice.opens(f"{books.below}asks/{UNKNOWN}/") == 404


def test_its_queries_do_not_grow_with_its_apps(books: Books, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    one = books.ask(apps=["shopify"])
    two = books.ask(Recipient("tina@owner.example"), apps=["shopify", "sandbox-till", "sandbox-bank", "sandbox-shop"])
    desk = books.alice
    desk.read(books.at(one))
    with django_assert_num_queries(counted(desk, books.at(one))):
        desk.read(books.at(two))


def counted(desk: Desk, page: str) -> int:
    """How many queries this page takes."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as queries:
        desk.read(page)
    return len(queries)


def test_a_client_page_shows_what_waits_for_an_answer(books: Books) -> None:
    made = books.ask()
    page = books.alice.read(f"clients/{books.cast.partnership.pk}/")
    assert f"asks/{made.pk}/" in page
    made.withdraw(by=books.cast.as_alice)
    assert f"asks/{made.pk}/" not in books.alice.read(f"clients/{books.cast.partnership.pk}/")


def test_a_client_page_takes_as_many_queries_for_two_as_for_nine(
    books: Books, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    desk, page = books.alice, f"clients/{books.cast.partnership.pk}/"
    for number in range(2):
        books.ask(Recipient(f"olaf@owner{number}.example"))
    desk.read(page)
    few = counted(desk, page)
    for number in range(2, 9):
        books.ask(Recipient(f"olaf@owner{number}.example"))
    with django_assert_num_queries(few):
        desk.read(page)
