"""Who hears of an ask: the person asked gets one mail with the link, and whoever asked hears what came of it."""

from __future__ import annotations

import pytest
from django.db import connection as database

from tallystick.accounts.models import User
from tallystick.audit.models import Fact
from tallystick.connectors import catalogue
from tallystick.core.access import SCOPES
from tallystick.core.actor import HOUSE
from tallystick.endings.members import end_member
from tallystick.invitations.asking import Recipient
from tallystick.invitations.models import ClientConnectLink, Invitation
from tallystick.notifications.handlers import tell_of, write_down_failure
from tallystick.notifications.inviting import preview
from tallystick.organisations.models import Business, Firm, Member
from tallystick.outbox import Delivery
from tallystick.outbox.models import Mark, State
from tallystick.partnerships.models import Partnership
from tests.conftest import Clock
from tests.invitations.conftest import _apps, apps_set_up
from tests.notifications.conftest import Told, acting, person
from tests.support.asked import GUEST, at_the_choice

__all__ = ["_apps", "apps_set_up"]

OLAF = Recipient("olaf@owner.example", "Olaf", 'We need your "sales" 🧾 & <b>soon</b>')


@pytest.fixture
def partnership(told: Told, firm: Firm, business: Business) -> Partnership:
    made = Partnership.begin(firm, business, scopes=SCOPES, by=HOUSE)
    told()
    return made


def ask(partnership: Partnership, *apps: str, to: Recipient = OLAF) -> Invitation:
    by = acting(_alice(partnership), partnership.firm)
    books = partnership.business.organisations.get()
    return Invitation.ask(books, apps or ("shopify", "sandbox-till"), by=by, to=to)


def _alice(partnership: Partnership) -> User:
    first: Member = Member.objects.of(partnership.firm).order_by("created_at")[0]
    return first.person


def test_the_person_asked_gets_the_link_and_the_asker_a_copy_without_it(told: Told, partnership: Partnership) -> None:
    made = ask(partnership)
    to_asker, to_olaf = sorted(told(), key=lambda letter: letter.to)
    assert (to_asker.to, to_olaf.to) == ("alice@alice.example", "olaf@owner.example")
    for form in (to_olaf.text, to_olaf.html):
        firm = "Hart &amp; Co" if form is to_olaf.html else "Hart & Co"
        for word in (made.token, made.reference, made.two_words, "Shopify", "Tinkertill", firm):
            assert word in form
    assert to_olaf.subject == "Hart & Co asks you to connect 2 apps"
    assert (to_olaf.sender, to_olaf.reply_to) == ("Hart & Co", "alice@alice.example")
    assert made.token not in to_asker.text + to_asker.html
    assert made.two_words in to_asker.text
    assert f"/asks/{made.pk}/" in to_asker.text


def test_the_askers_words_are_plain_text_marked_as_theirs(told: Told, partnership: Partnership) -> None:
    ask(partnership)
    letter = next(each for each in told() if each.to.startswith("olaf"))
    assert "In the words of Hart & Co:" in letter.text
    assert 'We need your "sales" 🧾 & bsoon/b' in letter.text
    assert "<b>soon" not in letter.html


def test_the_same_fact_read_twice_sends_one_mail(told: Told, partnership: Partnership) -> None:
    ask(partnership)
    told()
    tell_of(Fact.objects.filter(kind="invitation.made").values_list("pk", flat=True).get())
    assert told() == []


def test_no_link_stands_in_the_database_in_clear(told: Told, partnership: Partnership) -> None:
    made = ask(partnership)
    told()
    with database.cursor() as cursor:
        cursor.execute("select table_name from information_schema.tables where table_schema = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute(f'select count(*) from "{table}" t where t::text ilike any (array[%s, %s])',
                           [f"%{made.token}%", f"%{made.reference.replace(' ', '')}%"])  # fmt: skip
            assert cursor.fetchone() == (0,), table


def test_a_link_that_one_sends_oneself_is_mailed_to_nobody(told: Told, partnership: Partnership) -> None:
    ask(partnership, to=Recipient())
    assert told() == []


def test_withdrawn_before_it_went_out_nothing_goes_out(told: Told, partnership: Partnership) -> None:
    made = ask(partnership)
    made.withdraw(by=acting(made.asker, partnership.firm))
    assert [letter.to for letter in told() if letter.to.startswith("olaf")] == []


def test_whoever_had_the_mail_hears_that_it_was_withdrawn(told: Told, partnership: Partnership) -> None:
    made = ask(partnership)
    told()
    made.withdraw(by=acting(made.asker, partnership.firm))
    (letter,) = told()
    assert (letter.to, letter.subject) == ("olaf@owner.example", "Hart & Co took back what it asked")


def test_sent_again_is_one_more_mail_with_the_same_reference(told: Told, partnership: Partnership) -> None:
    made = ask(partnership)
    told()
    made.send_again(by=acting(made.asker, partnership.firm))
    (letter,) = told()
    assert letter.to == "olaf@owner.example"
    assert made.reference in letter.text


def test_the_preview_says_what_the_mail_says(told: Told, partnership: Partnership) -> None:
    books, asker = partnership.business.organisations.get(), _alice(partnership)
    apps = [catalogue.get("shopify"), catalogue.get("sandbox-till")]
    shown = preview(books, apps, acting(asker, partnership.firm), OLAF)
    made = ask(partnership)
    letter = next(each for each in told() if each.to.startswith("olaf"))
    said = letter.text.replace(made.token, "…").replace(made.reference, "(ten letters)")
    assert shown.subject == letter.subject
    assert shown.text == said.replace(made.two_words, "(two words)")


def test_a_mail_that_never_arrives_is_told_to_the_asker(told: Told, partnership: Partnership) -> None:
    made = ask(partnership)
    told()
    Delivery.objects.filter(once=f"invitation:{made.pk}:1").update(state=State.FAILED, reason="refused")
    write_down_failure(str(made.deliveries()[0].pk))
    (letter,) = told()
    assert (letter.to, letter.subject) == ("alice@alice.example", "Your mail to Olaf came back")


def test_an_address_that_does_not_work_gets_no_second_mail(told: Told, partnership: Partnership) -> None:
    made = ask(partnership)
    told()
    Mark.put("mail", "olaf@owner.example", "550")
    made.send_again(by=acting(made.asker, partnership.firm))
    assert told() == []
    assert made.deliveries()[0].state == State.SUPPRESSED


def test_a_no_is_told_with_its_reason(told: Told, partnership: Partnership) -> None:
    made = ask(partnership, "shopify")
    told()
    made.asks.get().decline(by=GUEST, reason="Not mine")
    (letter,) = told()
    assert (letter.to, letter.subject) == ("alice@alice.example", "Olaf said no to Shopify")
    assert "Not mine" in letter.text


def test_passed_on_the_colleague_is_asked_and_the_asker_told(told: Told, partnership: Partnership) -> None:
    made = ask(partnership)
    told()
    made.asks.get(connector="shopify").pass_on(Recipient("carla@owner.example", "Carla"), by=GUEST)
    to_asker, to_carla = sorted(told(), key=lambda letter: letter.to)
    assert (to_carla.to, to_carla.subject) == ("carla@owner.example", "Hart & Co asks you to connect Shopify")
    assert "Olaf says that you have the rights" in to_carla.text
    assert to_asker.subject == "Carla was asked for Shopify"


def test_an_end_that_came_is_told_to_the_asker(told: Told, partnership: Partnership, clock: Clock) -> None:
    made = ask(partnership)
    told()
    clock.shift(days=15)
    made.expire()
    (letter,) = told()
    assert (letter.to, "No answer yet" in letter.subject) == ("alice@alice.example", True)


def test_when_the_asker_has_left_those_who_lead_the_firm_hear_it(told: Told, partnership: Partnership) -> None:
    adam = Member.join(partnership.firm, person("Adam"), "admin", by=HOUSE)
    made = Invitation.ask(
        partnership.business.organisations.get(), ["shopify"], by=acting(adam.person, partnership.firm), to=OLAF
    )
    end_member(adam, by=HOUSE)
    told()
    made.asks.get().decline(by=GUEST)
    assert [letter.to for letter in told()] == ["alice@alice.example"]


def test_a_connection_is_told_once_to_each_and_to_whoever_asked(told: Told, partnership: Partnership) -> None:
    made = ask(partnership, "shopify")
    told()
    at_the_choice(made.asks.get()).connect(["account-1"], by=GUEST)
    letters = told()
    assert sorted(letter.to for letter in letters) == ["alice@alice.example", "bob@bob.example"]
    assert all("Olaf connected Shopify" in letter.text for letter in letters)


def test_what_a_stranger_connected_is_asked_about(told: Told, partnership: Partnership) -> None:
    books = partnership.business.organisations.get()
    link = ClientConnectLink.make(books, by=acting(_alice(partnership), partnership.firm))
    (made,) = at_the_choice(link).connect(["account-1"], by=GUEST)
    letters = told()
    assert sorted(letter.to for letter in letters) == ["alice@alice.example", "bob@bob.example"]
    assert {letter.subject for letter in letters} == {"Is this yours? Shopify, Shop"}
    made.confirm(by=acting(_alice(partnership), partnership.firm))
    (letter,) = told()
    assert (letter.to, letter.subject) == ("bob@bob.example", "Confirmed: Shopify, Shop")
