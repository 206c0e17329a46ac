"""Who can sign in at the outside apps, what they own there, and what they may share."""

import re
from dataclasses import dataclass
from typing import Literal

from tallystick_sandbox.apps import APPS, OutsideApp

Role = Literal["owner", "manager", "staff"]

NUMBERED_OWNER = re.compile(r"owner-([1-9][0-9]{0,5})")
NUMBERED_SHOP = re.compile(r"shop-([1-9][0-9]{0,5})")


@dataclass(frozen=True)
class Person:
    """Somebody with a login. No password is asked: nothing here is real."""

    slug: str
    name: str
    about: str


@dataclass(frozen=True)
class Part:
    """A piece of an account that is read by itself: a location, a bank account, a company."""

    id: str
    name: str


@dataclass(frozen=True)
class Account:
    """What one consent is about. `empty`: it is new and has no records."""

    id: str
    name: str
    currency: str
    address: str = ""
    parts: tuple[Part, ...] = ()
    empty: bool = False


@dataclass(frozen=True)
class Login:
    """What a person is in an account: their role, and the parts that they may share."""

    person: Person
    account: Account
    role: Role
    parts: tuple[Part, ...]

    @property
    def may_share(self) -> bool:
        """Staff may look, but may not let an outside program in."""
        return self.role != "staff"


CAST = {
    person.slug: person
    for person in (
        Person("bob", "Bob Baker", "Owns Bob's Bakery. May share everything."),
        Person("sam", "Sam Summers", "Works at Bob's Bakery. May not share anything."),
        Person("mel", "Mel Mason", "Manages one branch of Bob's Bakery. May share a part of it."),
        Person("charlie", "Charlie Chain", "Owns Charlie's Cycles, another business."),
        Person("dana", "Dana Dish", "Owns Dana's Diner. It is new: there are no records yet."),
    )
}

BUSINESSES = {
    "bobs-bakery": ("Bob's Bakery", "GBP", ("Mill Lane", "Market Square", "Station Kiosk")),
    "charlies-cycles": ("Charlie's Cycles", "EUR", ("Workshop", "Showroom")),
    "danas-diner": ("Dana's Diner", "USD", ("Main Street",)),
}

ROLES: dict[str, tuple[str, Role]] = {
    "bob": ("bobs-bakery", "owner"),
    "sam": ("bobs-bakery", "staff"),
    "mel": ("bobs-bakery", "manager"),
    "charlie": ("charlies-cycles", "owner"),
    "dana": ("danas-diner", "owner"),
}


def person_called(slug: str) -> Person | None:
    """The person of this short name. `owner-1`, `owner-2`, … exist without having been made."""
    if slug in CAST:
        return CAST[slug]
    if numbered := NUMBERED_OWNER.fullmatch(slug):
        return Person(slug, f"Owner {numbered[1]}", f"Owns Business {numbered[1]}.")
    return None


def business_of(person: Person) -> tuple[str, Role]:
    """The business that a person works for, as its address, and their role there."""
    if person.slug in ROLES:
        return ROLES[person.slug]
    return person.slug.replace("owner-", "shop-"), "owner"


def shop_exists(address: str) -> bool:
    """Whether a shop of this address is open. `shop-1`, `shop-2`, … are."""
    return address in BUSINESSES or NUMBERED_SHOP.fullmatch(address) is not None


def account_at(app: OutsideApp, business: str) -> Account:
    """The account of a business at an app. The same business always has the same account."""
    numbered = NUMBERED_SHOP.fullmatch(business)
    name, currency, places = BUSINESSES.get(business, (f"Business {numbered[1] if numbered else ''}", "GBP", ("Main",)))
    return Account(
        id=f"{app.slug}-{business}",
        name=name,
        currency=currency,
        address=business if app.slug == "shop" else "",
        parts=parts_at(app, business, name, places),
        empty=business == "danas-diner",
    )


def parts_at(app: OutsideApp, business: str, name: str, places: tuple[str, ...]) -> tuple[Part, ...]:
    """The locations, bank accounts or companies of a business, the first being the main one."""
    if app.slug == "till":
        return tuple(Part(f"loc-{business}-{number}", place) for number, place in enumerate(places, 1))
    if app.slug == "bank":
        return (
            Part(f"acc-{business}-1", f"{name} current account"),
            Part(f"acc-{business}-2", f"{name} savings account"),
        )
    if app.slug == "ledger":
        return (Part(f"com-{business}-1", name), Part(f"com-{business}-2", f"{name} Property"))
    return ()


def login_of(app: OutsideApp, person: Person, shop: str = "") -> Login | None:
    """What a person is at an app, or None: they have no login at this shop."""
    business, role = business_of(person)
    if app.slug == "shop" and shop and shop != business:
        return None
    account = account_at(app, business)
    return Login(person, account, role, account.parts[:1] if role == "manager" else account.parts)


def account_of(app_slug: str, account_id: str) -> Account:
    """The account that an id names. The id must be one of ours."""
    return account_at(APPS[app_slug], account_id.removeprefix(f"{app_slug}-"))
