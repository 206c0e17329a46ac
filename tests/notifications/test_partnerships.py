"""Both sides hear when a firm and a business begin, change or end their work together."""

import pytest

from tallystick.accounts.models import User
from tallystick.endings.partnerships import end_partnership
from tallystick.organisations.models import Business, Firm, Member, Organisation
from tallystick.partnerships.models import Grant, Partnership, Team
from tests.notifications.conftest import Told, acting, seat


@pytest.fixture
def partnership(told: Told, firm: Firm, business: Business, bob: User) -> Partnership:
    told()
    return Partnership.begin(firm, business, scopes=["see", "connect"], by=acting(bob, business))


def subjects(told: Told) -> list[tuple[str, str]]:
    return sorted((letter.to.partition("@")[0], letter.subject) for letter in told())


def test_both_sides_hear_of_the_beginning_each_with_their_own_page(
    told: Told, partnership: Partnership, firm: Firm, business: Business
) -> None:
    to_alice, to_bob = sorted(told(), key=lambda letter: letter.to)
    assert to_alice.subject == to_bob.subject == "Hart & Co now works for Bob's Bakery"
    assert f"{firm.url}clients/{partnership.pk}/" in to_alice.text
    assert f"{business.url}access/{partnership.pk}/" in to_bob.text
    assert "owner or admin of Hart & Co" in to_alice.text
    assert "owner or admin of Bob's Bakery" in to_bob.text
    for said in ("• Connect apps and mend connections", "all books of Bob's Bakery, future ones too"):
        assert said in to_alice.text
    assert "Disconnect apps" not in to_alice.text


def test_new_terms_a_hold_and_its_end_are_told_to_the_others(
    told: Told, partnership: Partnership, business: Business, bob: User
) -> None:
    told()
    by = acting(bob, business)
    shop = list(Organisation.objects.filter(business=business))
    partnership.change_terms(by=by, scopes=["see"], organisations=shop, named_staff_only=False)
    (letter,) = told()
    assert letter.subject == "What Hart & Co may do changed"
    assert "This goes for one set of books of Bob's Bakery." in letter.text
    partnership.suspend(by=by, reason="We must talk")
    (letter,) = told()
    assert (letter.to, letter.subject) == ("alice@alice.example", "On hold: Hart & Co for Bob's Bakery")
    assert "The reason given: “We must talk”" in letter.text
    partnership.resume(by=by)
    assert subjects(told) == [("alice", "Hart & Co works again for Bob's Bakery")]


def test_what_the_firm_calls_its_client_is_told_to_nobody(
    told: Told, partnership: Partnership, firm: Firm, alice: User
) -> None:
    told()
    partnership.call_client("The grumpy baker", by=acting(alice, firm))
    assert told() == []


def test_the_end_is_told_to_both_with_a_copy_to_whoever_ended_it(
    told: Told, partnership: Partnership, firm: Firm, alice: User
) -> None:
    told()
    end_partnership(partnership, by=acting(alice, firm), reason="Retiring")
    assert subjects(told) == [
        ("alice", "Hart & Co stopped work for Bob's Bakery"),
        ("bob", "Hart & Co stopped work for Bob's Bakery"),
    ]


def test_a_grant_is_told_to_the_person_it_is_for(
    told: Told, partnership: Partnership, firm: Firm, alice: User, charlie: User
) -> None:
    Member.join(firm, charlie, "staff", by=acting(alice, firm))
    told()
    by = acting(alice, firm)
    grant = Grant.give(partnership, seat(charlie, firm), scopes=["see", "ask"], by=by)
    (letter,) = told()
    assert (letter.to, letter.subject) == ("charlie@charlie.example", "You can now work on Bob's Bakery")
    assert "• Ask people to connect apps" in letter.text
    grant.end(by=by)
    assert subjects(told) == [("charlie", "You no longer work on Bob's Bakery")]


def test_a_teams_grant_is_told_to_nobody_by_mail(
    told: Told, partnership: Partnership, firm: Firm, alice: User, charlie: User
) -> None:
    by = acting(alice, firm)
    Member.join(firm, charlie, "staff", by=by)
    team = Team.open(firm, "Retail", by=by)
    team.add(seat(charlie, firm), by=by)
    told()
    Grant.give(partnership, team, scopes=["see"], by=by)
    assert told() == []


def test_a_grant_to_oneself_is_no_news(told: Told, partnership: Partnership, firm: Firm, alice: User) -> None:
    told()
    Grant.give(partnership, seat(alice, firm), scopes=["see"], by=acting(alice, firm))
    assert told() == []


def test_rendered_from_the_fact_it_says_what_was_true_then(
    told: Told, partnership: Partnership, firm: Firm, alice: User
) -> None:
    firm.rename("Hart & Daughters", by=acting(alice, firm))
    assert {letter.subject for letter in told()} == {"Hart & Co now works for Bob's Bakery"}
