"""Asking: who may, what may be asked for, whom, in which words; and what becomes of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tallystick.core.clock import now
from tallystick.endings.organisations import close_organisation
from tallystick.endings.partnerships import end_partnership
from tallystick.invitations import asking
from tallystick.invitations.asking import Recipient
from tallystick.invitations.models import Invitation
from tallystick.invitations.models.invitations import asker_may
from tallystick.outbox.models import Mark
from tallystick.partnerships.models import Grant, Partnership
from tests.conftest import Clock
from tests.support.asked import GUEST
from tests.support.cast import Cast
from tests.support.ledger import no_fact, one_fact, refused

OLAF = Recipient("Olaf@Owner.Example", "Olaf", "We need your sales.\nThank you!")
APPS = ["shopify", "sandbox-till"]


def ask(cast: Cast, to: Recipient = OLAF, apps: list[str] | None = None, days: int = 14) -> Invitation:
    cast.also("partnership", "shop")
    return Invitation.ask(cast.shop, apps or APPS, by=cast.as_alice, to=to, days=days)


def test_a_firm_asks_an_owner_for_two_apps(cast: Cast) -> None:
    cast.also("partnership", "shop", "as_alice")
    with one_fact("invitation.made", cast.firm, cast.business, cast.alice, without=["Olaf", "owner.example"]) as facts:
        made = ask(cast)
    assert (made.state, made.name, made.words) == ("pending", "Olaf", "We need your sales.\nThank you!")
    assert made.contact is not None
    assert made.contact.value == "olaf@owner.example"
    assert [(each.connector, each.state) for each in made.asks.all()] == [(app, "asked") for app in APPS]
    assert facts[0].data == {"apps": APPS, "days": 14}
    assert timedelta(days=13, hours=23) < made.until - now() <= timedelta(days=14)


def test_no_name_address_or_word_stands_in_the_table_in_clear(cast: Cast) -> None:
    made = ask(cast)
    kept = Invitation.objects.filter(pk=made.pk).values().get()
    for said in ("olaf", "Olaf", "sales", made.reference.replace(" ", "")):
        assert said not in str(kept)
        assert said.encode() not in bytes(made.sealed)


def test_without_an_address_it_is_a_link_to_send_oneself(cast: Cast) -> None:
    made = ask(cast, Recipient())
    assert made.contact is None
    assert made.number == 0
    assert Invitation.by_token(made.token) == made


def test_the_same_link_asked_for_twice_is_one(cast: Cast) -> None:
    made = ask(cast, Recipient())
    with no_fact():
        assert ask(cast, Recipient(), APPS[::-1]) == made
    assert ask(cast, Recipient(), APPS[:1]) != made


def test_the_same_ask_of_the_same_address_is_refused(cast: Cast) -> None:
    ask(cast)
    with refused("asked_already", "address", 409):
        ask(cast, Recipient(" olaf@owner.example "), ["shopify"])
    assert ask(cast, OLAF, ["sandbox-bank"])
    assert ask(cast, Recipient("other@owner.example"))


def test_another_firm_may_ask_the_same(cast: Cast) -> None:
    ask(cast)
    Partnership.begin(cast.other_firm, cast.business, scopes=["see", "ask"], by=cast.as_bob)
    assert Invitation.ask(cast.shop, APPS, by=cast.as_other_firm, to=OLAF)


def test_a_business_asks_for_its_own_books(cast: Cast) -> None:
    made = Invitation.ask(cast.shop, APPS, by=cast.as_bob, to=OLAF)
    assert (made.firm, made.tenant) == (None, cast.business)


@pytest.mark.parametrize("who", ["as_stella", "as_emma", "as_connie", "as_other_firm"])
def test_whoever_may_not_ask_is_refused(cast: Cast, who: str) -> None:
    cast.also("partnership")
    by = getattr(cast, who)
    with refused("not_allowed"):
        Invitation.ask(cast.shop, APPS, by=by, to=OLAF)


def test_staff_with_a_grant_to_ask_may(cast: Cast) -> None:
    cast.also("partnership")
    Grant.give(cast.partnership, cast.stella_seat, scopes=["see", "ask"], by=cast.as_alice)
    assert Invitation.ask(cast.shop, APPS, by=cast.as_stella, to=OLAF).asker == cast.stella_seat.person


@pytest.mark.parametrize(
    ("apps", "code"),
    [
        ([], "apps_missing"), (["nothing"], "app_unknown"), (["square"], "app_not_ready"),
        (["own-till"], "app_not_askable"), (["shopify"] * 3 + [f"x{n}" for n in range(20)], "apps_too_many"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_for(cast: Cast, apps: list[str], code: str) -> None:
    cast.also("partnership", "shop", "as_alice")
    with refused(code, "apps", 422):
        Invitation.ask(cast.shop, apps, by=cast.as_alice)


@pytest.mark.parametrize(
    ("to", "code", "field"),
    [
        (Recipient("olaf"), "address_malformed", "address"),
        (Recipient("alice@alice.example"), "own_address", "address"),
        (Recipient("o@o.example", "N" * 121), "name_too_long", "name"),
        (Recipient("o@o.example", "", "w" * 501), "words_too_long", "words"),
        (Recipient("o@o.example", "", "Look at evil-shop.com now"), "words_with_link", "words"),
        (Recipient("o@o.example", "", "https://evil"), "words_with_link", "words"),
    ],
)
def test_whom_and_how_nobody_is_asked(cast: Cast, to: Recipient, code: str, field: str) -> None:
    cast.also("partnership", "shop", "as_alice")
    with refused(code, field, 422):
        ask(cast, to)
    assert not Invitation.objects.exists()


def test_an_address_whose_mail_came_back_is_not_asked_again(cast: Cast) -> None:
    cast.also("partnership", "shop", "as_alice")
    Mark.put("mail", "olaf@owner.example", "550 no such user")
    with refused("address_unreachable", "address", 422):
        ask(cast)


@pytest.mark.parametrize("days", [0, 31, -1])
def test_a_link_lives_from_1_to_30_days(cast: Cast, days: int) -> None:
    cast.also("partnership", "shop", "as_alice")
    with refused("days_out_of_range", "days", 422):
        ask(cast, days=days)


def test_names_and_words_lose_what_cannot_be_seen(cast: Cast) -> None:
    made = ask(cast, Recipient("o@o.example", "Ol\u202eaf\r\n<b>", "One\u202e\r\n\r\nTwo <b>"))
    assert (made.name, made.words) == ("Olaf b", "One\n\nTwo b")


def test_sums_and_short_words_with_dots_are_no_links(cast: Cast) -> None:
    assert ask(cast, Recipient("o@o.example", "", "It is 12.50 p.m. e.g. on 3.4.2026...ok")).words


def test_six_mails_to_one_address_are_enough_for_a_day(cast: Cast) -> None:
    cast.also("partnership", "shop", "as_alice")
    for _time in range(6):
        ask(cast).withdraw(by=cast.as_alice)
    with refused("asked_often", "address", 429):
        ask(cast)


def test_one_tenant_sends_many_mails_at_once_and_not_without_end(cast: Cast) -> None:
    cast.also("partnership", "shop", "as_alice")
    while asking.PER_TENANT.take(str(cast.firm.pk)):
        pass
    with refused("asked_often", status=429):
        ask(cast)
    assert ask(cast, Recipient())


# What becomes of it.


def test_it_is_sent_again_with_a_new_time_and_the_older_link_still_leads_to_it(cast: Cast, clock: Clock) -> None:
    made = ask(cast)
    older = made.token
    clock.shift(days=13)
    with one_fact("invitation.sent_again", cast.firm, cast.business, cast.alice):
        made.send_again(by=cast.as_alice)
    clock.shift(days=13)
    assert made.is_pending
    assert (made.number, Invitation.by_token(older)) == (2, made)


def test_it_is_not_sent_again_and_again(cast: Cast) -> None:
    made = ask(cast)
    made.send_again(by=cast.as_alice)
    made.send_again(by=cast.as_alice)
    with refused("sent_often", status=409):
        made.send_again(by=cast.as_alice)


def test_what_is_over_is_not_sent_again(cast: Cast, clock: Clock) -> None:
    made = ask(cast)
    clock.shift(days=14)
    with refused("invitation_expired", status=409):
        made.send_again(by=cast.as_alice)


def test_once_it_is_over_its_holder_can_want_a_new_link_and_twice_is_once(cast: Cast, clock: Clock) -> None:
    made = ask(cast)
    with refused("not_allowed", status=403):
        made.want_again(by=GUEST)
    clock.shift(days=14)
    with one_fact("invitation.wanted_again", cast.firm, cast.business):
        made.want_again(by=GUEST)
    with no_fact():
        made.want_again(by=GUEST)
    assert made.why_dead == "expired"


def test_what_was_withdrawn_or_cannot_be_asked_any_more_is_not_wanted_again(cast: Cast, clock: Clock) -> None:
    withdrawn = ask(cast)
    withdrawn.withdraw(by=cast.as_alice)
    lapsed, copied = ask(cast), ask(cast, Recipient())
    clock.shift(days=14)
    with refused("invitation_withdrawn", status=409):
        withdrawn.want_again(by=GUEST)
    with refused("invitation_expired", status=409):
        copied.want_again(by=GUEST)
    cast.partnership.suspend(by=cast.as_bob)
    with refused("invitation_expired", status=409):
        lapsed.want_again(by=GUEST)


def test_withdrawn_its_link_is_dead_at_once_and_twice_is_once(cast: Cast) -> None:
    made = ask(cast)
    with one_fact("invitation.withdrawn", cast.firm, cast.business, cast.alice):
        made.withdraw(by=cast.as_alice)
    with no_fact():
        made.withdraw(by=cast.as_alice)
    assert made.why_dead == "withdrawn"
    assert set(made.asks.values_list("state", flat=True)) == {"withdrawn"}


def test_a_business_withdraws_what_a_firm_asked_of_its_people(cast: Cast) -> None:
    made = ask(cast)
    made.withdraw(by=cast.as_bob)
    assert made.state == "withdrawn"


def test_another_firm_withdraws_nothing(cast: Cast) -> None:
    made = ask(cast)
    Partnership.begin(cast.other_firm, cast.business, scopes=["see", "ask"], by=cast.as_bob)
    with refused("not_allowed"):
        made.withdraw(by=cast.as_other_firm)


def test_another_address_is_asked_and_the_old_link_dies(cast: Cast) -> None:
    made = ask(cast)
    anew = made.readdress("olivia@owner.example", by=cast.as_alice)
    made.refresh_from_db()
    assert (made.state, anew.replaces, anew.name) == ("withdrawn", made, "Olaf")
    assert [each.connector for each in anew.asks.all()] == APPS


def test_what_is_over_is_not_sent_to_another_address(cast: Cast) -> None:
    made = ask(cast)
    made.withdraw(by=cast.as_alice)
    with refused("invitation_withdrawn", status=409):
        made.readdress("olivia@owner.example", by=cast.as_alice)
    assert Invitation.objects.count() == 1


def test_a_wrong_new_address_withdraws_nothing(cast: Cast) -> None:
    made = ask(cast)
    with refused("address_malformed", "address", 422):
        made.readdress("olivia", by=cast.as_alice)
    assert made.is_pending


def test_at_its_end_it_is_over_though_nobody_wrote_it_down(cast: Cast, clock: Clock) -> None:
    made = ask(cast, days=1)
    clock.shift(days=1)
    made.refresh_from_db()
    assert (made.state, made.why_dead, made.asks.get(connector="shopify").is_open) == ("pending", "expired", False)


def test_its_end_is_written_down_once(cast: Cast, clock: Clock) -> None:
    made = ask(cast)
    clock.shift(days=15)
    with one_fact("invitation.expired", cast.firm, cast.business):
        assert made.expire()
    with no_fact():
        assert not made.expire()
    clock.shift(days=-15)
    made.refresh_from_db()
    assert made.why_dead == "expired"


def test_after_its_end_the_same_can_be_asked_anew(cast: Cast, clock: Clock) -> None:
    first = ask(cast)
    clock.shift(days=15)
    assert ask(cast) != first
    first.refresh_from_db()
    assert first.state == "expired"


def test_a_firm_that_is_held_up_asks_nobody_and_its_links_rest(cast: Cast) -> None:
    made = ask(cast)
    cast.partnership.suspend(by=cast.as_bob)
    assert made.why_dead == "asker_gone"
    cast.partnership.resume(by=cast.as_bob)
    assert made.why_dead == ""


def test_a_firm_that_may_not_ask_any_more_has_dead_links(cast: Cast) -> None:
    made = ask(cast)
    cast.partnership.change_terms(scopes=["see"], by=cast.as_bob)
    assert made.why_dead == "asker_gone"


def test_a_partnership_that_ends_takes_its_invitations_along(cast: Cast) -> None:
    made = ask(cast)
    end_partnership(cast.partnership, by=cast.as_bob)
    made.refresh_from_db()
    assert (made.state, set(made.asks.values_list("state", flat=True))) == ("withdrawn", {"withdrawn"})


def test_books_that_are_closed_take_their_invitations_along(cast: Cast) -> None:
    made = ask(cast)
    close_organisation(cast.shop, by=cast.as_bob)
    made.refresh_from_db()
    assert made.state == "withdrawn"


# Finding it.


def test_it_is_found_by_its_reference_however_typed(cast: Cast) -> None:
    made = ask(cast)
    assert Invitation.by_reference(f"  {made.reference.lower().replace(' ', '-')} ") == made
    assert Invitation.by_reference("ABCDE FGHJK") is None
    assert Invitation.by_reference("") is None


def test_each_side_sees_its_own(cast: Cast) -> None:
    made = ask(cast)
    Partnership.begin(cast.other_firm, cast.business, scopes=["see", "ask"], by=cast.as_bob)
    seen = {who: made in Invitation.objects.visible_to(getattr(cast, who)) for who in
            ("as_alice", "as_adam", "as_stella", "as_bob", "as_bella", "as_emma", "as_other_firm")}  # fmt: skip
    assert seen == {"as_alice": True, "as_adam": True, "as_stella": False, "as_bob": True, "as_bella": True,
                    "as_emma": False, "as_other_firm": False}  # fmt: skip


def test_nobody_asks_for_books_that_are_closed(cast: Cast) -> None:
    cast.also("partnership", "shop")
    assert asker_may(cast.shop, cast.firm.pk)
    assert asker_may(cast.shop, None)
    close_organisation(cast.shop, by=cast.as_bob)
    assert not asker_may(cast.shop, cast.firm.pk)
    assert not asker_may(cast.shop, None)
