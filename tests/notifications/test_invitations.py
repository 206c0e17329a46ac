"""Being asked: who gets the mail, what stands in it, who hears what becomes of it, and that nothing is said twice or in vain."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from tallystick.accounts.models import User
from tallystick.accounts.models.choices import choose
from tallystick.audit.models import Aside, Fact
from tallystick.connections.models import Connection
from tallystick.connectors import catalogue
from tallystick.core.actor import HOUSE
from tallystick.core.clock import now
from tallystick.endings.members import end_member
from tallystick.endings.organisations import close_organisation
from tallystick.endings.partnerships import end_partnership
from tallystick.invitations.asking import Recipient
from tallystick.invitations.models import Ask, ClientConnectLink, Invitation
from tallystick.invitations.models.invitations import delivery_key, expire_lapsed
from tallystick.jobs import later
from tallystick.jobs.registry import HANDLERS
from tallystick.notifications.inviting import preview
from tallystick.organisations.models import Business, Firm, FirmLogo, Member, Organisation
from tallystick.outbox import Delivery
from tallystick.outbox.contents import Contents
from tallystick.outbox.models import Letter, Mark
from tallystick.partnerships.models import Grant, Partnership
from tests.conftest import Clock
from tests.invitations.conftest import _apps, apps_set_up
from tests.notifications.conftest import Office, Told, acting, person, seat
from tests.organisations.test_logos import png
from tests.support.asked import GUEST, at_the_choice
from tests.support.dump import disguises, stored_in_clear
from tests.support.jobs import run_jobs, waiting_jobs

__all__ = ["_apps", "apps_set_up"]

OLAF = Recipient("olaf@owner.example", "Olaf", "We need <b>your</b> sales.\nThanks & bye")
CARLA = Recipient("carla@owner.example", "Carla")
SHOP, TILL = "sandbox-shop", "sandbox-till"

Asking = Callable[..., Invitation]
"""Asks Olaf, or whoever is named, for these apps."""


@pytest.fixture
def books(told: Told, office: Office) -> Organisation:
    books = office.books
    told()
    return books


@pytest.fixture
def ask(books: Organisation, alice: User, firm: Firm) -> Asking:
    def ask(*apps: str, to: Recipient = OLAF, by: User = alice, days: int = 14) -> Invitation:
        return Invitation.ask(books, apps or [SHOP], by=acting(by, firm), to=to, days=days)

    return ask


def to(name: str, letters: list[Contents]) -> list[Contents]:
    return [letter for letter in letters if letter.to.startswith(f"{name}@")]


def heard(letters: list[Contents]) -> list[tuple[str, str]]:
    return sorted((letter.to.partition("@")[0], letter.subject) for letter in letters)


def one(invitation: Invitation, app: str = SHOP) -> Ask:
    return invitation.asks.get(connector=app)


def connect(invitation: Invitation, app: str = SHOP) -> Connection:
    return at_the_choice(one(invitation, app), app).connect(["account-1"], by=GUEST)[0]


# The mail itself.


def test_the_mail_says_who_asks_for_what_and_how_to_check_it(told: Told, ask: Asking, alice: User) -> None:
    invitation = ask()
    (mail,) = to("olaf", told())
    assert mail.subject == "Hart & Co asks you to connect Larkstall"
    assert len(mail.subject) <= 50
    assert mail.text.startswith(mail.subject)
    assert (mail.sender, mail.reply_to) == ("Hart & Co", "alice@alice.example")
    ends = f"{invitation.until:%-d %B %Y}"
    for said in (
        "to the books of Shop. These are books of Bob's Bakery.",
        "• see your orders",
        "They can look and change nothing. They never see your password.",
        "You need no account here. You sign in at Larkstall",
        f"/i/{invitation.token}/",
        f"/r/ and type {invitation.reference}",
        f"You can answer until {ends}",
        "(UTC)" if alice.time_zone == "UTC" else f"({alice.time_zone})",
        f"Call them on a number you know. They see the same two words: {invitation.two_words}.",
        "Did you not expect this? Then leave it, and nothing happens. On the page you can also say no.",
        "You get this because Alice of Hart & Co gave us your address.",
        f"Hart & Co has been here since {now():%B %Y}.",
    ):
        assert said in mail.text


def test_the_askers_own_words_are_marked_as_theirs_and_stay_plain_text(told: Told, ask: Asking) -> None:
    ask()
    (mail,) = to("olaf", told())
    assert "In the words of Alice:\n\n> We need byour/b sales.\n> Thanks & bye\n" in mail.text
    assert "Thanks &amp; bye" in mail.html
    assert "<b>your" not in mail.html


def test_names_with_quotes_faces_and_markup_arrive_whole_and_harmless(
    told: Told, ask: Asking, alice: User, firm: Firm, books: Organisation
) -> None:
    firm.rename('Hart "& <script>Söhne\u202e 🧾', by=acting(alice, firm))
    told()
    Invitation.ask(books, [SHOP], by=acting(alice, firm), to=Recipient("olaf@owner.example", "O'Laf <i>👩‍👩‍👧</i>"))
    (mail,) = to("olaf", told())
    assert mail.subject == 'Hart "& scriptSöh… asks you to connect Larkstall'
    assert 'Hart "& scriptSöhne 🧾 asks you' in mail.text
    assert "Hello O'Laf i👩‍👩‍👧/i," in mail.text
    assert not re.search(r"<script|<i>|\u202e", mail.html + mail.text)


def test_the_firms_logo_stands_beside_its_name_and_tells_nobody_who_reads(
    told: Told, ask: Asking, firm: Firm, alice: User
) -> None:
    FirmLogo.put(firm, png(64, 64), by=acting(alice, firm))
    ask()
    ask(to=CARLA)
    letters = told()
    pictures = {re.findall(r"<img[^>]*>", to(name, letters)[0].html)[0] for name in ("olaf", "carla")}
    assert len(pictures) == 1
    assert f'src="http://localhost:8000/logo/{firm.pk}/{firm.logo_digest}/" alt=""' in pictures.pop()
    assert "Hart &amp; Co</td>" in to("olaf", letters)[0].html


def test_several_apps_are_listed_each_with_what_is_seen(told: Told, ask: Asking) -> None:
    ask(SHOP, TILL)
    (mail,) = to("olaf", told())
    assert mail.subject == "Hart & Co asks you to connect 2 apps"
    assert "• Larkstall: see your orders, see your products, " in mail.text
    assert "<li" in mail.html


def test_the_mail_is_in_the_language_that_was_chosen(told: Told, ask: Asking) -> None:
    ask(to=Recipient("olaf@owner.example", language="nl"))
    (mail,) = to("olaf", told())
    assert mail.subject == "Hart & Co vraagt je Larkstall te koppelen"
    assert "• je bestellingen zien" in mail.text
    assert '<html lang="nl"' in mail.html


def test_the_preview_is_the_mail_with_others_in_place_of_what_is_secret(
    told: Told, ask: Asking, books: Organisation, alice: User, firm: Firm
) -> None:
    shown = preview(books, [catalogue.get(SHOP)], by=acting(alice, firm), to=OLAF, days=14)
    invitation = ask()
    (mail,) = to("olaf", told())
    secrets = {
        f"/i/{invitation.token}/": "/i/…/",
        invitation.reference: "····· ·····",
        invitation.two_words: "two words",
    }
    minute = re.compile(r"\d\d:\d\d")
    for real, seen in ((mail.text, shown.text), (mail.html, shown.html), (mail.subject, shown.subject)):
        expected = real
        for secret, other in secrets.items():
            expected = expected.replace(secret, other)
        assert minute.sub("", expected) == minute.sub("", seen)
    assert Invitation.objects.count() == 1


def test_the_asker_gets_a_copy_without_the_link_and_of_the_first_mail_only(
    told: Told, ask: Asking, alice: User, firm: Firm
) -> None:
    invitation = ask()
    (copy,) = to("alice", told())
    assert copy.subject == "Your mail to Olaf is on its way"
    assert "Olaf (olaf@owner.example) is asked to connect Larkstall to the books of Shop." in copy.text
    assert f"{firm.url}books/{invitation.organisation_id}/asks/{invitation.pk}/" in copy.text
    assert invitation.two_words in copy.text
    assert "> Thanks & bye" in copy.text
    for secret in (invitation.token, "/i/", invitation.reference):
        assert secret not in copy.text + copy.html
    invitation.send_again(by=acting(alice, firm))
    assert [name for name, _ in heard(told())] == ["olaf"]


def test_a_link_to_copy_is_mailed_to_nobody(told: Told, ask: Asking) -> None:
    ask(to=Recipient())
    assert told() == []


def test_a_job_done_twice_or_in_pieces_sends_one_mail(told: Told, ask: Asking) -> None:
    invitation = ask()
    fact = Fact.objects.get(kind="invitation.made")
    for _ in range(3):
        later("fact.recorded", fact_id=fact.pk)
    assert len(to("olaf", told())) == 1
    later("fact.recorded", fact_id=fact.pk)
    assert told() == []
    assert Delivery.objects.filter(kind="invitation_sent").count() == 1
    assert [each.state for each in invitation.deliveries()] == ["sent"]


def test_no_table_no_fact_and_no_job_holds_the_link_in_clear(told: Told, ask: Asking) -> None:
    invitation = ask()
    secrets = [invitation.token, invitation.reference.replace(" ", "")]
    for step in (list, run_jobs, lambda: invitation.withdraw(by=HOUSE), run_jobs):
        step()
        stored = stored_in_clear()
        assert "invitation_sent" in stored or not Delivery.objects.filter(kind="invitation_sent").exists()
        for secret in secrets:
            for disguise in disguises(secret):
                assert disguise not in stored
        assert "olaf@owner" not in stored
    sent = Delivery.objects.get(once=delivery_key(invitation.pk, 1))
    assert (sent.state, sent.contents) == ("sent", None)


def test_codes_overtake_invitations(told: Told, ask: Asking) -> None:
    from tallystick.accounts.addresses import clean_address
    from tallystick.accounts.models import Code

    invitation = ask()
    while not Delivery.objects.filter(kind="invitation_sent").exists():
        _do_one()
    Code.send(clean_address("wanda@wanda.example"), "sign_in", source="192.0.2.1")
    code = Delivery.objects.get(kind="code")
    sends = [arguments["delivery_id"] for name, arguments in waiting_jobs() if name == "outbox.send"]
    assert sends[0] == str(code.pk)
    assert str(invitation.deliveries()[0].pk) in sends[1:]


def _do_one() -> None:
    from tests.support.jobs import _take

    taken = _take(even_later=False)
    assert taken is not None
    HANDLERS[taken[0]].work(**taken[1])


# In vain.


def test_what_was_withdrawn_before_the_mail_is_written_sends_nothing(
    told: Told, ask: Asking, alice: User, firm: Firm
) -> None:
    ask().withdraw(by=acting(alice, firm))
    assert told() == []


def test_what_was_withdrawn_before_the_mail_has_left_is_taken_back(
    told: Told, ask: Asking, alice: User, firm: Firm
) -> None:
    invitation = ask()
    while not Delivery.objects.filter(kind="invitation_sent").exists():
        _do_one()
    invitation.withdraw(by=acting(alice, firm))
    _do_all_but_sending()
    assert to("olaf", told()) == []
    (mail,) = invitation.deliveries()
    assert (mail.state, mail.reason, mail.contents) == ("suppressed", "withdrawn", None)


def _do_all_but_sending() -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("update procrastinate_jobs set priority = -1 where task_name = 'outbox.send'")


def test_what_was_withdrawn_after_it_arrived_is_told_in_plain_words(
    told: Told, ask: Asking, alice: User, firm: Firm
) -> None:
    invitation = ask()
    told()
    invitation.withdraw(by=acting(alice, firm))
    (mail,) = told()
    assert (mail.to, mail.subject) == ("olaf@owner.example", "You need not connect Larkstall any more")
    assert "There is nothing for you to do." in mail.text
    assert "/i/" not in mail.text
    assert mail.sender == "Hart & Co"


def test_a_wrong_address_that_is_mended_is_told_nothing_more(told: Told, ask: Asking, alice: User, firm: Firm) -> None:
    invitation = ask()
    told()
    invitation.readdress("carla@owner.example", by=acting(alice, firm))
    assert heard(told()) == [
        ("alice", "Your mail to Olaf is on its way"),
        ("carla", "Hart & Co asks you to connect Larkstall"),
    ]


@pytest.mark.parametrize("end", ["partnership", "books"])
def test_what_ends_with_the_partnership_or_the_books_is_told_to_whom_it_had_reached(
    told: Told, ask: Asking, end: str, business: Business, bob: User, books: Organisation
) -> None:
    ask()
    told()
    if end == "partnership":
        end_partnership(Partnership.objects.get(), by=acting(bob, business))
    else:
        Organisation.add(business, "Second", by=acting(bob, business))
        close_organisation(books, by=acting(bob, business))
    assert [letter.subject for letter in to("olaf", told())] == ["You need not connect Larkstall any more"]


# What whoever asked hears.


def test_a_no_is_told_to_whoever_asked_with_the_reason(told: Told, ask: Asking, firm: Firm) -> None:
    invitation = ask()
    told()
    one(invitation).decline(by=GUEST, reason="We <sold> it")
    (mail,) = told()
    assert (mail.to, mail.subject) == ("alice@alice.example", "Shop: the answer to Larkstall is no")
    assert "Olaf said no: they will not connect Larkstall to the books of Shop." in mail.text
    assert "They wrote: “We sold it”" in mail.text
    assert f"{firm.url}books/{invitation.organisation_id}/asks/{invitation.pk}/" in mail.text


def test_passing_on_is_told_to_whoever_asked_and_asks_the_other(told: Told, ask: Asking) -> None:
    invitation = ask()
    told()
    handed = one(invitation).pass_on(CARLA, by=GUEST)
    letters = told()
    assert heard(letters) == [
        ("alice", "Larkstall was passed on to Carla"),
        ("carla", "Hart & Co asks you to connect Larkstall"),
    ]
    (mail,) = to("carla", letters)
    assert "Olaf says that you have the rights for this." in mail.text
    assert "You get this because Olaf gave us your address, for Hart & Co." in mail.text
    assert handed.token in mail.text
    assert "carla@owner.example" not in to("alice", letters)[0].text


def test_of_several_apps_the_last_answer_is_told_with_all_the_others(told: Told, ask: Asking) -> None:
    invitation = ask(SHOP, TILL)
    told()
    connect(invitation)
    assert heard(told()) == [("alice", "Larkstall connected to Shop"), ("bob", "Larkstall connected to Shop")]
    one(invitation, TILL).decline(by=GUEST, reason="No till")
    (mail,) = told()
    assert (mail.to, mail.subject) == ("alice@alice.example", "All apps answered for Shop")
    assert "• Larkstall is connected: Bob's shop" in mail.text
    assert re.search(r"• \w+: the answer is no \(“No till”\)", mail.text)


def test_an_end_without_an_answer_is_told_to_whoever_asked_alone(told: Told, ask: Asking, clock: Clock) -> None:
    ask(SHOP, TILL)
    told()
    clock.shift(days=14, minutes=1)
    assert expire_lapsed(Invitation.objects.all()) == 1
    (mail,) = told()
    assert (mail.to, mail.subject) == ("alice@alice.example", "Olaf did not answer in time")
    assert "Larkstall, " in mail.text


def test_whoever_wants_a_new_link_after_its_end_has_the_asker_told_once(told: Told, ask: Asking, clock: Clock) -> None:
    invitation = ask()
    clock.shift(days=14, minutes=1)
    expire_lapsed(Invitation.objects.all())
    told()
    invitation.refresh_from_db()
    invitation.want_again(by=GUEST)
    (mail,) = told()
    assert (mail.to, mail.subject) == ("alice@alice.example", "Olaf wants a new link")
    assert "connect Larkstall to the books of" in mail.text
    assert f"/asks/{invitation.pk}/" in mail.text


def test_a_copied_link_that_ended_says_whoever_had_it(told: Told, ask: Asking, clock: Clock) -> None:
    ask(to=Recipient())
    clock.shift(days=14, minutes=1)
    expire_lapsed(Invitation.objects.all())
    assert heard(told()) == [("alice", "Whoever has your link did not answer in time")]


def test_when_whoever_asked_has_left_those_who_lead_the_firm_hear_instead(
    told: Told, ask: Asking, alice: User, firm: Firm
) -> None:
    stella = person("Stella")
    Member.join(firm, stella, "staff", by=acting(alice, firm))
    Grant.give(Partnership.objects.get(), seat(stella, firm), scopes=["see", "ask"], by=acting(alice, firm))
    invitation = ask(by=stella)
    told()
    end_member(seat(stella, firm), by=acting(alice, firm))
    told()
    one(invitation).decline(by=GUEST)
    (mail,) = told()
    assert mail.to == "alice@alice.example"
    assert "You get this because somebody at Hart & Co asked for it." in mail.text


def test_a_firm_that_lost_the_books_hears_nothing_of_them(
    told: Told, ask: Asking, business: Business, bob: User
) -> None:
    invitation = ask()
    told()
    Partnership.objects.get().suspend(by=acting(bob, business))
    told()
    one(invitation).decline(by=GUEST) if not invitation.why_dead else None
    Invitation.objects.filter(pk=invitation.pk).update(until=now() - timedelta(days=1))
    expire_lapsed(Invitation.objects.all())
    assert told() == []


def test_whoever_asks_may_choose_to_hear_of_it_daily_or_not(told: Told, ask: Asking, alice: User) -> None:
    choose(alice, {"connections": "off"}, by=alice.actor)
    invitation = ask()
    one(invitation).decline(by=GUEST)
    assert to("alice", told()) == []


# Mail that comes back.


def test_a_mail_that_the_relay_refuses_is_told_at_once_with_what_to_do(told: Told, ask: Asking) -> None:
    invitation = ask()
    told()
    Delivery.objects.filter(kind="invitation_sent").update(state="failed", reason="refused")
    for _ in range(2):
        later("delivery.failed", delivery_id=invitation.deliveries()[0].pk)
    (mail,) = told()
    assert (mail.to, mail.subject) == ("alice@alice.example", "Your mail to Olaf did not arrive")
    assert "We could not reach olaf@owner.example." in mail.text
    assert "• Type another address." in mail.text
    assert "• Copy the link, and send it yourself." in mail.text
    fact = Fact.objects.get(kind="delivery.failed")
    assert {link.chain.partition(":")[0] for link in fact.links.all()} == {"firm", "business"}
    assert not Aside.objects.filter(fact=fact, value__contains="owner.example").exists()


def test_an_address_that_came_back_meanwhile_gets_nothing_and_whoever_asked_hears_so(told: Told, ask: Asking) -> None:
    ask()
    Mark.put("mail", "olaf@owner.example", "550 nobody here")
    assert ("alice", "Your mail to Olaf did not arrive") in heard(told())
    assert not [letter for letter in Letter.objects.all() if letter.contents.to.startswith("olaf")]


def test_other_mail_that_fails_is_told_to_nobody(told: Told, alice: User) -> None:
    told()
    later("delivery.failed", delivery_id=Delivery.objects.latest("created_at").pk)
    assert told() == []


# What came of it.


def test_a_connection_by_an_ask_is_told_to_all_admins_and_whoever_asked_once(
    told: Told, ask: Asking, alice: User, firm: Firm
) -> None:
    stella = person("Stella")
    Member.join(firm, stella, "staff", by=acting(alice, firm))
    Grant.give(Partnership.objects.get(), seat(stella, firm), scopes=["see"], by=acting(alice, firm))
    invitation = ask()
    told()
    made = connect(invitation)
    letters = told()
    assert [name for name, _ in heard(letters)] == ["alice", "bob", "stella"]
    (mail,) = to("bob", letters)
    assert "Larkstall was connected to the books of Shop, by the link that Hart & Co sent to Olaf." in mail.text
    assert "Was it none of you? Then disconnect it on the page below." in mail.text
    assert f"/apps/{made.pk}/" in mail.text
    later("fact.recorded", fact_id=Fact.objects.get(kind="connection.made").pk)
    assert told() == []


def test_whoever_asked_hears_too_when_it_breaks(told: Told, ask: Asking, alice: User, firm: Firm) -> None:
    stella = person("Stella")
    Member.join(firm, stella, "staff", by=acting(alice, firm))
    Grant.give(Partnership.objects.get(), seat(stella, firm), scopes=["see"], by=acting(alice, firm))
    made = connect(ask())
    told()
    made.note_trouble("grant_ended", place="token", code="", needs_client=True, next_check=None)
    assert [name for name, _ in heard(told())] == ["alice", "bob", "stella"]


def test_an_app_that_was_connected_before_it_was_asked_for_is_told_to_whoever_asked(told: Told, ask: Asking) -> None:
    connect(ask())
    Connection.objects.update(created_at=now() - timedelta(days=2))
    second = ask(to=CARLA)
    told()
    connect(second)
    assert heard(told()) == [("alice", "All apps answered for Shop")]


def test_what_a_stranger_connected_asks_both_sides_whether_it_is_theirs(
    told: Told, books: Organisation, alice: User, bob: User, firm: Firm, business: Business
) -> None:
    link = ClientConnectLink.make(books, by=acting(alice, firm))
    (made,) = at_the_choice(link, SHOP).connect(["account-1"], by=GUEST)
    letters = told()
    subject = "Shop: is this Larkstall yours?"
    assert heard(letters) == [("alice", subject), ("bob", subject)]
    assert "The account is called Bob's shop." in letters[0].text
    assert f"{business.url}books/{books.pk}/apps/{made.pk}/" in to("bob", letters)[0].text
    made.confirm(by=acting(bob, business))
    (mail,) = told()
    assert (mail.to, mail.subject) == ("alice@alice.example", "Shop: Larkstall is in use")
    assert "Bob said that Bob's shop at Larkstall belongs to the books of Shop." in mail.text


def test_a_firm_that_may_only_look_is_not_asked_whether_it_is_theirs(
    told: Told, books: Organisation, alice: User, charlie: User, firm: Firm, business: Business
) -> None:
    other = Firm.open("Charlie Counts", address="charlie@charlie.example", owner=charlie, by=charlie.actor)
    Partnership.begin(other, business, scopes=["see"], by=HOUSE)
    told()
    link = ClientConnectLink.make(books, by=acting(alice, firm))
    at_the_choice(link, SHOP).connect(["account-1"], by=GUEST)
    assert [name for name, _ in heard(told())] == ["alice", "bob"]


def test_what_was_confirmed_or_removed_before_it_is_told_asks_nobody(
    told: Told, books: Organisation, alice: User, bob: User, firm: Firm, business: Business
) -> None:
    link = ClientConnectLink.make(books, by=acting(alice, firm))
    (made,) = at_the_choice(link, SHOP).connect(["account-1"], by=GUEST)
    made.confirm(by=acting(bob, business))
    assert [subject for _, subject in heard(told()) if "yours" in subject] == []
