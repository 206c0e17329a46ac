"""The Client Connect page: the books' own link, and the list of what was asked."""

from __future__ import annotations

import pytest
from pytest_django import DjangoAssertNumQueries

from tallystick.invitations.asking import Recipient
from tallystick.invitations.models import ClientConnectLink
from tests.conftest import Clock
from tests.support.cast import Cast
from tests.support.desks import Desk
from tests.web.asking.conftest import Books

HERE = "client-connect/"


def test_the_link_is_made_at_the_first_press(books: Books) -> None:
    assert "Make the link" in books.alice.read(books.below + HERE)
    assert not ClientConnectLink.objects.exists()
    page = books.alice.send(f"{books.below}{HERE}link/")
    link = ClientConnectLink.objects.get()
    assert f"/c/{link.token}/" in page
    assert link.two_words in page
    assert "Alice" in page
    assert "<svg" in page
    assert 'class="qr"' in page


def test_making_it_twice_keeps_the_first(books: Books) -> None:
    books.alice.send(f"{books.below}{HERE}link/")
    books.bob.send(f"{books.below}{HERE}link/")
    assert ClientConnectLink.objects.count() == 1


def test_both_sides_see_the_same_link_and_the_business_whose_it_is(books: Books) -> None:
    link = ClientConnectLink.make(books.cast.shop, by=books.cast.as_alice)
    page = books.bob.read(books.below + HERE)
    assert link.token in page
    assert "Alice, Alice & Co" in page


def test_replacing_says_first_what_stops_and_the_old_link_is_dead(books: Books) -> None:
    old = ClientConnectLink.make(books.cast.shop, by=books.cast.as_alice)
    asked = books.alice.read(f"{books.below}{HERE}replacement/")
    assert "The old link and its picture stop working at once" in asked
    assert ClientConnectLink.of(books.cast.shop) == old
    page = books.alice.send(f"{books.below}{HERE}replacement/")
    assert old.token not in page
    assert "The old one is dead." in page
    old.refresh_from_db()
    assert old.why_dead == "replaced"


def test_without_a_link_there_is_nothing_to_replace(books: Books) -> None:
    answer = books.alice.browser.get(books.alice.path(f"{books.below}{HERE}replacement/"))
    assert answer.headers["Location"] == books.alice.path(books.below + HERE)


def test_the_list_shows_whom_which_apps_how_far_and_until_when(books: Books) -> None:
    asked = books.ask()
    page = books.alice.read(books.below + HERE)
    assert "Olaf" in page
    assert "0 of 2 done" in page
    assert "Shopify" in page
    assert "Tinkertill" in page
    assert f"/asks/{asked.pk}/" in page
    assert 'data-every="5"' in page


def test_a_nameless_address_is_masked_and_a_link_says_so(books: Books) -> None:
    books.ask(Recipient("olaf@owner.example"))
    books.ask(Recipient(), ["shopify"])
    page = books.alice.read(books.below + HERE)
    assert "o…f@owner.example" in page
    assert "olaf@owner.example" not in page
    assert "A link to send yourself" in page


def test_what_is_over_says_so_app_by_app(books: Books, clock: Clock) -> None:
    books.ask()
    clock.shift(days=15)
    page = books.alice.read(books.below + HERE)
    assert page.count("Expired") == 2
    assert "Over" in page


def test_with_nothing_asked_it_says_how_to_begin(books: Books) -> None:
    assert "Nothing was asked yet" in books.alice.read(books.below + HERE)


def test_a_business_reads_which_firm_asked(books: Books) -> None:
    books.ask()
    page = books.bob.read(books.below + HERE)
    assert "Alice & Co" in page
    assert "Olaf" in page


def test_many_stand_on_pages_of_twenty(books: Books) -> None:
    for number in range(21):
        books.ask(Recipient("", f"Somebody {number:02}"), ["shopify"] if number % 2 else ["sandbox-till"])
        books.ask(Recipient(f"olaf{number}@owner{number}.example", f"Olaf {number:02}"))
    first = books.alice.read(books.below + HERE)
    assert "Olaf 20" in first
    assert "Olaf 00" not in first
    later = first.split('rel="next" href="')[1].split('"')[0]
    assert "Olaf 00" in books.alice.read(books.below + HERE + later)


@pytest.mark.parametrize("odd", ["?after=x", "?after=%00", "?after=00000000-0000-4000-8000-000000000000"])
def test_an_odd_page_is_the_first(books: Books, odd: str) -> None:
    books.ask()
    assert "Olaf" in books.alice.read(books.below + HERE + odd)


def test_its_queries_do_not_grow_with_what_was_asked(
    books: Books,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    desk = books.alice
    for number in range(2):
        books.ask(Recipient(f"olaf@owner{number}.example"))
    desk.read(books.below + HERE)
    with django_assert_max_num_queries(60) as few:
        desk.read(books.below + HERE)
    for number in range(2, 20):
        books.ask(Recipient(f"olaf@owner{number}.example"))
    with django_assert_num_queries(len(few)):
        page = desk.read(books.below + HERE)
    assert page.count("0 of 2 done") == 20


def test_those_who_may_not_ask_have_no_tab_and_no_page(books: Books) -> None:
    cast: Cast = books.cast
    for seat in (cast.emma_seat, cast.stella_seat):
        desk = Desk.of(seat)
        assert "Client Connect" not in desk.read(f"{books.below}apps/")
        assert desk.opens(books.below + HERE) == 403
        assert desk.answers(f"{books.below}{HERE}link/") == 403
        assert desk.answers(f"{books.below}{HERE}replacement/") == 403
    assert not ClientConnectLink.objects.exists()


def test_an_outsider_finds_none_of_it(books: Books) -> None:
    charlie = Desk(books.cast.charlie, books.cast.firm)
    other = Desk(books.cast.charlie, books.cast.other_firm)
    for desk in (charlie, other):
        assert desk.opens(books.below + HERE) == 404
        assert desk.answers(f"{books.below}{HERE}link/") == 404
        assert desk.answers(f"{books.below}{HERE}replacement/") == 404


def test_the_link_is_for_no_cache(books: Books) -> None:
    ClientConnectLink.make(books.cast.shop, by=books.cast.as_alice)
    answer = books.alice.browser.get(books.alice.path(books.below + HERE))
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Referrer-Policy"] == "same-origin"
