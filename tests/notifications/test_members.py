"""Who hears when somebody joins, leaves, or gets another role."""

from tallystick.accounts.models import User
from tallystick.endings.members import end_member
from tallystick.organisations.models import Firm, Member
from tests.notifications.conftest import Told, acting, seat


def heard(told: Told) -> dict[str, str]:
    """Address -> subject of what left since last asked; fails when somebody got two."""
    letters = told()
    by_address = {letter.to: letter.subject for letter in letters}
    assert len(by_address) == len(letters)
    return by_address


def test_whoever_opens_a_firm_hears_of_the_firm_and_not_of_their_own_seat(told: Told, firm: Firm) -> None:
    assert [letter.subject for letter in told()] == ["Welcome to Tallystick", "Hart & Co is set up"]


def test_joining_is_told_to_the_person_and_to_the_other_admins(
    told: Told, firm: Firm, alice: User, bob: User, charlie: User
) -> None:
    told()
    Member.join(firm, bob, "admin", by=acting(alice, firm))
    assert heard(told) == {"bob@bob.example": "You now belong to Hart & Co"}
    Member.join(firm, charlie, "staff", by=acting(bob, firm))
    assert heard(told) == {
        "charlie@charlie.example": "You now belong to Hart & Co",
        "alice@alice.example": "Charlie joined Hart & Co",
    }


def test_the_words_name_firm_role_and_who_did_it(told: Told, firm: Firm, alice: User, bob: User) -> None:
    told()
    Member.join(firm, bob, "staff", by=acting(alice, firm))
    (letter,) = told()
    assert "Alice gave you a seat at Hart & Co. Your role: staff." in letter.text
    assert f"http://localhost:8000{firm.url}" in letter.text
    assert "You get this because it is about your own seat at Hart & Co." in letter.text
    assert "Hart &amp; Co" in letter.html


def test_a_new_role_a_hold_its_end_and_the_end(told: Told, firm: Firm, alice: User, bob: User) -> None:
    Member.join(firm, bob, "staff", by=acting(alice, firm))
    told()
    by, member = acting(alice, firm), seat(bob, firm)
    member.change_role("admin", by=by)
    assert heard(told) == {"bob@bob.example": "Your role at Hart & Co changed"}
    member.suspend(by=by, reason="Long leave")
    (letter,) = told()
    assert letter.subject == "Your seat at Hart & Co is on hold"
    assert "Long leave" in letter.text
    member.resume(by=by)
    assert heard(told) == {"bob@bob.example": "Your seat at Hart & Co is back"}
    end_member(member, by=by)
    assert heard(told) == {"bob@bob.example": "Your seat at Hart & Co ended"}


def test_whoever_leaves_of_their_own_is_told_nothing_but_the_admins_are(
    told: Told, firm: Firm, alice: User, bob: User
) -> None:
    Member.join(firm, bob, "staff", by=acting(alice, firm))
    told()
    end_member(seat(bob, firm), by=acting(bob, firm))
    assert heard(told) == {"alice@alice.example": "Bob left Hart & Co"}


def test_a_long_name_is_cut_in_the_subject_and_whole_in_the_words(
    told: Told, firm: Firm, alice: User, bob: User
) -> None:
    bob.rename("B" * 120, by=bob.actor)
    Member.join(firm, bob, "admin", by=acting(alice, firm))
    end_member(seat(bob, firm), by=acting(bob, firm))
    *_, letter = told()
    assert letter.subject == f"{'B' * 17}… left Hart & Co"
    assert "B" * 120 in letter.text
