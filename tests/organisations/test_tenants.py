"""Firms, businesses and their books: setting up, names, approval."""

from __future__ import annotations

import pytest
from pytest_django import Settings

from tallystick.accounts.models import Contact
from tallystick.audit.models import Fact
from tallystick.core.actor import HOUSE
from tallystick.core.clock import now
from tallystick.organisations.models import Business, Firm, Member, Organisation
from tallystick.organisations.models.tenants import firm_address_of, is_public, named
from tallystick.organisations.rights import demand
from tests.support.cast import OPERATOR, Cast, acting, person
from tests.support.ledger import no_fact, one_fact, refused

NASTY = [
    ("Bob\r\nBcc: all@example.com", "Bob Bcc: all@example.com"),
    ("<script>alert(1)</script>", "scriptalert(1)/script"),
    ("\u202eevil\u202c", "evil"),
]


# Names


@pytest.mark.parametrize(("typed", "kept"), NASTY)
def test_a_name_is_cleaned_wherever_it_is_given(cast: Cast, typed: str, kept: str) -> None:
    cast.business.rename(typed, by=cast.as_bob)
    cast.shop.rename(typed, by=cast.as_bob)
    assert (cast.business.name, cast.shop.name) == (kept, kept)


@pytest.mark.parametrize("typed", ["", "   ", "\u200b", "<>"])
def test_a_name_of_nothing_is_refused(db: None, typed: str) -> None:
    with refused("name_missing", "name", 422):
        named(typed)


def test_a_name_of_five_hundred_letters_is_refused_and_says_how_long_it_may_be(db: None) -> None:
    with refused("name_too_long", "name", 422):
        named("x" * 500)
    assert named("x" * 120) == "x" * 120


# Firms


def test_a_firm_is_set_up_by_its_first_owner(db: None, settings: Settings) -> None:
    settings.SIGN_UP = "open"
    sam = person("Sam")
    firm = Firm.open("Sam & Co", address="sam@sam.example", owner=sam, by=sam.actor)
    assert firm.is_approved
    assert str(firm) == "Sam & Co"
    assert firm.handle.startswith("sam-co-")
    assert firm.url == f"/f/{firm.handle}/"
    assert list(Fact.objects.order_by("pk").values_list("kind", flat=True)) == ["firm.opened", "member.joined"]
    assert list(firm.admins()) == [sam]


def test_where_firms_are_approved_a_new_one_waits_for_the_operator(db: None, settings: Settings) -> None:
    settings.SIGN_UP = "approve"
    sam = person("Sam")
    firm = Firm.open("Sam & Co", address="sam@sam.example", owner=sam, by=sam.actor)
    by = acting(firm.members.get())
    with refused("not_allowed"):
        firm.approve(by=by)
    with refused("awaiting_approval"):
        demand(by, "add_clients", tenant=firm)
    with one_fact("firm.approved", firm):
        firm.approve(by=OPERATOR)
    assert demand(by, "add_clients", tenant=firm) == "owner"
    firm.refresh_from_db()
    with no_fact():
        firm.approve(by=OPERATOR)


def test_a_firm_that_waits_may_look_around_and_change_its_name_only(db: None, settings: Settings) -> None:
    settings.SIGN_UP = "approve"
    sam = person("Sam")
    firm = Firm.open("Sam & Co", address="sam@sam.example", owner=sam, by=sam.actor)
    firm.rename("Sam's", by=acting(firm.members.get()))
    assert firm.name == "Sam's"


def test_where_sign_up_is_closed_only_the_operator_sets_a_firm_up(db: None, settings: Settings) -> None:
    settings.SIGN_UP = "closed"
    sam = person("Sam")
    with refused("sign_up_closed", status=403):
        Firm.open("Sam & Co", address="sam@sam.example", owner=sam, by=sam.actor)
    assert Firm.open("Sam & Co", address="sam@sam.example", owner=sam, by=OPERATOR).is_approved
    assert Firm.open("Sam 2", address="sam@sam.example", owner=sam, by=sam.actor, sign_up="open").is_approved


def test_a_firm_of_no_name_is_not_set_up(db: None) -> None:
    sam = person("Sam")
    with refused("name_missing", "name"):
        Firm.open(" ", address="sam@sam.example", owner=sam, by=OPERATOR)


def test_two_firms_of_one_name_have_addresses_of_their_own(cast: Cast) -> None:
    twin = Firm.open(cast.firm.name, address="z@zoe.example", owner=person("Zoe"), by=OPERATOR)
    assert twin.handle != cast.firm.handle


def test_a_name_without_letters_of_ours_still_has_an_address(db: None) -> None:
    firm = Firm.open("会計事務所", address="sam@sam.example", owner=person("Sam"), by=OPERATOR)
    assert firm.handle.startswith("books-")


# Names of tenants


@pytest.mark.parametrize("who", ["as_alice", "as_adam"])
def test_owners_and_admins_rename_their_firm(cast: Cast, who: str) -> None:
    by = getattr(cast, who)
    handle = cast.firm.handle
    actor = cast.alice if who == "as_alice" else cast.adam_seat.person
    with one_fact("firm.renamed", cast.firm, actor, without=["Counts"]) as facts:
        cast.firm.rename("Alice Counts", by=by)
    assert facts[0].private()["before"] == "Alice & Co"
    assert cast.firm.handle == handle
    with no_fact():
        cast.firm.rename("Alice Counts", by=by)


@pytest.mark.parametrize("who", ["as_stella", "as_bob", "as_other_firm"])
def test_nobody_else_renames_it(cast: Cast, who: str) -> None:
    firm, by = cast.firm, getattr(cast, who)
    with refused("not_allowed"):
        firm.rename("Mine", by=by)


@pytest.mark.parametrize("who", ["as_emma", "as_connie", "as_alice", "as_other_business"])
def test_a_business_is_renamed_by_its_owners_and_admins_only(cast: Cast, who: str) -> None:
    business, by = cast.business, getattr(cast, who)
    with refused("not_allowed"):
        business.rename("Mine", by=by)
    with one_fact("business.renamed", business, cast.bella_seat.person):
        business.rename("Bob & Bella", by=cast.as_bella)


def test_the_house_itself_may(cast: Cast) -> None:
    cast.firm.rename("Alice Counts", by=HOUSE)
    assert cast.firm.name == "Alice Counts"


# Businesses and their books


def test_a_business_is_set_up_with_its_books(db: None) -> None:
    sam = person("Sam")
    business = Business.open("Sam's", organisations=["One", "Two"], owner=sam, by=sam.actor)
    assert sorted(each.name for each in business.organisations.all()) == ["One", "Two"]
    assert business.is_claimed
    assert list(business.organisations.all()[0].admins()) == [sam]
    kinds = list(Fact.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["business.opened", "member.joined", "organisation.opened", "organisation.opened"]


def test_a_business_without_an_owner_is_unclaimed(cast: Cast) -> None:
    business = Business.open("Shell", organisations=["Shell"], owner=None, by=cast.as_alice)
    assert not business.is_claimed
    assert not business.admins().exists()


def test_a_business_without_books_is_refused(db: None) -> None:
    with refused("organisation_missing", "organisations", 422):
        Business.open("Sam's", organisations=[], owner=None, by=HOUSE)


def test_two_books_of_one_name_are_refused_and_nothing_is_half_done(db: None) -> None:
    with refused("name_taken", "name", 409):
        Business.open("Sam's", organisations=["Shop", "SHOP"], owner=None, by=HOUSE)
    assert not Business.objects.exists()


def test_an_owner_adds_books(cast: Cast) -> None:
    by, business = cast.as_bella, cast.business
    with one_fact("organisation.opened", business, cast.bella_seat.person) as facts:
        kiosk = business.open_organisation("Kiosk", by=by)
    assert facts[0].organisation_id == kiosk.pk
    assert str(kiosk) == "Kiosk"
    with refused("name_taken", "name", 409):
        business.open_organisation("kiosk", by=by)


@pytest.mark.parametrize("who", ["as_emma", "as_connie", "as_alice", "as_other_business"])
def test_nobody_else_adds_or_renames_books(cast: Cast, who: str) -> None:
    business, shop, by = cast.business, cast.shop, getattr(cast, who)
    with refused("not_allowed"):
        business.open_organisation("Mine", by=by)
    with refused("not_allowed"):
        shop.rename("Mine", by=by)


def test_books_are_renamed_to_a_name_that_is_free(cast: Cast) -> None:
    shop, by = cast.shop, cast.as_bob
    with refused("name_taken", "name", 409):
        shop.rename("Cafe", by=by)
    shop.refresh_from_db()
    with one_fact("organisation.renamed", cast.business, cast.bob) as facts:
        shop.rename("Main shop", by=by)
    assert facts[0].private() == {"before": "Shop", "after": "Main shop", "by": "Bob"}
    with no_fact():
        shop.rename("Main shop", by=by)


def test_two_businesses_may_have_books_of_one_name(cast: Cast) -> None:
    assert cast.business.organisations.filter(name="Shop").exists()
    assert cast.other_business.open_organisation("Shop", by=cast.as_other_business).name == "Shop"


def test_a_tenant_is_known_to_its_people(cast: Cast) -> None:
    cast.also("other_firm")
    assert cast.firm in Firm.objects.with_member(cast.alice)
    assert cast.other_firm not in Firm.objects.with_member(cast.alice)
    assert list(Business.objects.with_member(cast.stella_seat.person)) == []


# The address a firm goes by


def test_a_firm_goes_by_a_proved_address_of_its_own(db: None) -> None:
    sam = person("Sam", "sam@gmail.com")
    assert firm_address_of(sam) is None
    Contact.objects.create(person=sam, kind="email", value="sam@unproved.example")
    assert firm_address_of(sam) is None
    Contact.objects.create(person=sam, kind="email", value="sam@counts.example", verified_at=now())
    assert firm_address_of(sam) == "sam@counts.example"


@pytest.mark.parametrize(
    ("address", "public"), [("a@gmail.com", True), ("a@mailinator.com", True), ("a@alice.example", False)]
)
def test_an_address_anybody_can_get_is_public(address: str, public: bool) -> None:
    assert is_public(address) == public


def test_rows_say_what_they_are(cast: Cast) -> None:
    emma = cast.emma_seat
    assert str(emma) == "Emma in Bob's"
    assert [str(role) for role in emma.roles.all()] == ["member"]
    assert [str(place) for place in emma.places.all()] == [str(cast.shop.pk)]
    emma.suspend(by=cast.as_bob)
    assert str(emma.suspensions.get()).startswith("suspended since")
    assert Organisation.objects.count() == 2
    assert Member.objects.count() == 2
