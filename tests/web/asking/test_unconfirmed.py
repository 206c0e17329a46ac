"""What somebody connected by the link: seen by name, used after a yes, gone after a no."""

from __future__ import annotations

from datetime import timedelta

from tallystick.connections.models import Connection
from tallystick.core.clock import now
from tests.support.cast import Cast
from tests.support.desks import Desk
from tests.web.asking.conftest import Books

QUESTION = "Somebody connected this by the link. Is it yours?"
RECORD = {"name": "A shop", "records": [{"id": "1", "label": "Order 77", "moment": None, "amount": "1"}]}


def read_once(connection: Connection) -> Connection:
    connection.note_good_read(RECORD, next_check=now() + timedelta(days=1))
    return connection


def test_it_asks_on_both_pages_and_shows_the_name_and_no_records(books: Books) -> None:
    made = read_once(books.connected())
    for desk in (books.alice, books.bob):
        for below in ("apps/", f"apps/{made.pk}/"):
            page = desk.read(books.below + below)
            assert QUESTION in page
            assert "A shop" in page
            assert "Unconfirmed" in page
            assert "Order 77" not in page


def test_yes_ours_and_it_is_used(books: Books) -> None:
    made = read_once(books.connected())
    page = books.bob.send(f"{books.below}apps/{made.pk}/confirmation/")
    assert "is confirmed" in page
    assert QUESTION not in page
    assert "Order 77" in page
    assert not Connection.objects.get().unconfirmed


def test_a_firm_may_say_yes_too(books: Books) -> None:
    made = books.connected()
    books.alice.send(f"{books.below}apps/{made.pk}/confirmation/")
    assert not Connection.objects.get().unconfirmed


def test_not_ours_and_it_is_gone(books: Books) -> None:
    made = books.connected()
    page = books.bob.send(f"{books.below}apps/{made.pk}/disavowal/")
    assert "is removed" in page
    assert QUESTION not in page
    made.refresh_from_db()
    assert (made.state, made.disconnected_because) == ("disconnected", "not_ours")
    assert QUESTION not in books.bob.read(f"{books.below}apps/{made.pk}/")


def test_twice_is_once(books: Books) -> None:
    made = books.connected()
    for _time in range(2):
        books.bob.send(f"{books.below}apps/{made.pk}/disavowal/")
    assert books.bob.answers(f"{books.below}apps/{made.pk}/confirmation/") == 409


def test_what_a_colleague_has_confirmed_is_not_thrown_away_by_an_old_page(books: Books) -> None:
    made = books.connected()
    made.confirm(by=books.cast.as_alice)
    assert books.bob.answers(f"{books.below}apps/{made.pk}/disavowal/") == 409
    assert Connection.objects.get().state == "working"


def test_those_who_do_not_lead_these_books_see_it_and_may_not_say_yes(books: Books) -> None:
    cast: Cast = books.cast
    made = books.connected()
    emma = Desk.of(cast.emma_seat)
    page = emma.read(f"{books.below}apps/")
    assert QUESTION in page
    assert "Yes, ours" not in page
    assert emma.answers(f"{books.below}apps/{made.pk}/confirmation/") == 403
    stella = Desk.of(cast.stella_seat)  # may connect, not disconnect
    page = stella.read(f"{books.below}apps/")
    assert "Yes, ours" in page
    assert "Not ours" not in page
    assert stella.answers(f"{books.below}apps/{made.pk}/disavowal/") == 403


def test_a_contact_does_not_see_what_others_connected(books: Books) -> None:
    made = books.connected()
    connie = Desk.of(books.cast.connie_seat)
    assert connie.answers(f"{books.below}apps/{made.pk}/confirmation/") == 404
    assert connie.answers(f"{books.below}apps/{made.pk}/disavowal/") == 404


def test_an_outsider_finds_none_of_it(books: Books) -> None:
    made = books.connected()
    charlie = Desk(books.cast.charlie, books.cast.other_firm)
    for below in ("confirmation/", "disavowal/"):
        assert charlie.answers(f"{books.below}apps/{made.pk}/{below}") == 404
    assert Connection.objects.get().unconfirmed
