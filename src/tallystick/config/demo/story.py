"""What happened in the demo, week by week: each line is a verb that a page could have called."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

from tallystick.accounts.models import User
from tallystick.config.demo import asked
from tallystick.core.access import SCOPES
from tallystick.core.actor import Actor
from tallystick.core.clock import now
from tallystick.endings.partnerships import end_partnership
from tallystick.organisations.actors import actor_for, actor_themselves
from tallystick.organisations.models import Business, Firm, Member, Organisation
from tallystick.partnerships.models import Grant, Partnership, Team

Ago = Callable[..., AbstractContextManager[None]]
_WORK = ("see", "connect", "ask")


def _as(person: User, tenant: Firm | Business) -> Actor:
    found = actor_for(person, tenant.side, tenant.handle)
    assert found is not None, f"{person} has no seat at {tenant}"
    return found[0]


def _books(business: Business, name: str) -> Organisation:
    return business.organisations.get(name=name)


def tell(people: dict[str, User], ago: Ago) -> None:
    """Two months of two firms and four businesses."""
    with ago(days=60):
        alices, brooks = _firms(people)
    with ago(days=55):
        clients = _businesses(people)
    bikes, cafe, joinery, _florist = clients
    with ago(days=50):
        _begin(people, alices, brooks, clients)
    with ago(days=30):
        _give_work(people, alices, bikes)
    as_alice = _as(people["alice"], alices)
    asked.last_month(alices, as_alice, ago)
    with ago(days=12):
        _change_accountant(people, alices, brooks, joinery)
    asked.last_week(as_alice, ago)
    with ago(days=4):
        _hold_up(people, alices, bikes, cafe)
    asked.this_week(as_alice, ago)
    with ago(hours=3):
        Firm.open(
            "Peters Count",
            address="fleur@peters-count.example",
            owner=people["fleur"],
            by=actor_themselves(people["fleur"]),
            sign_up="approve",
        )


def _firms(people: dict[str, User]) -> tuple[Firm, Firm]:
    alice, charlie = people["alice"], people["charlie"]
    alices = Firm.open(
        "Alice & Partners", address="alice@alice-partners.example", owner=alice, by=actor_themselves(alice)
    )
    brooks = Firm.open(
        "Brooks Bookkeeping", address="charlie@brooks-books.example", owner=charlie, by=actor_themselves(charlie)
    )
    as_alice, as_charlie = _as(alice, alices), _as(charlie, brooks)
    Member.join(alices, people["amir"], "admin", by=as_alice)
    Member.join(alices, people["sofia"], "staff", by=as_alice)
    Member.join(alices, people["sam"], "staff", by=as_alice)
    Member.join(brooks, people["gina"], "staff", by=as_charlie)
    return alices, brooks


def _businesses(people: dict[str, User]) -> tuple[Business, Business, Business, Business]:
    def opened(owner: str, name: str, *books: str) -> Business:
        person = people[owner]
        return Business.open(name, organisations=list(books), owner=person, by=actor_themselves(person))

    bikes = opened("bob", "Bob’s Bakery", "Bob’s Bakery Shop", "Bob’s Bakery Online")
    as_bob = _as(people["bob"], bikes)
    Member.join(bikes, people["bea"], "admin", by=as_bob)
    Member.join(bikes, people["ben"], "member", by=as_bob, organisations=[_books(bikes, "Bob’s Bakery Shop")])
    Member.join(bikes, people["bo"], "contact", by=as_bob, organisations=[_books(bikes, "Bob’s Bakery Online")])
    cafe = opened("noor", "Café Noord", "Café Noord")
    joinery = opened("dirk", "De Vries Joinery", "De Vries Workshop", "De Vries Property")
    florist = opened("gina", "Green Leaf Florist", "Green Leaf Florist")
    return bikes, cafe, joinery, florist


def _begin(people: dict[str, User], alices: Firm, brooks: Firm, clients: tuple[Business, ...]) -> None:
    bikes, cafe, joinery, florist = clients
    as_bob, as_gina = _as(people["bob"], bikes), _as(people["gina"], florist)
    Partnership.begin(alices, bikes, scopes=SCOPES, by=as_bob)
    Partnership.begin(brooks, bikes, scopes=["see"], organisations=[_books(bikes, "Bob’s Bakery Online")], by=as_bob)
    Partnership.begin(alices, cafe, scopes=_WORK, by=_as(people["noor"], cafe))
    Partnership.begin(alices, joinery, scopes=_WORK, by=_as(people["dirk"], joinery))
    Partnership.begin(
        alices, florist, scopes=_WORK, by=as_gina, until=now() + timedelta(days=75), named_staff_only=True
    )


def _give_work(people: dict[str, User], alices: Firm, bikes: Business) -> None:
    as_alice = _as(people["alice"], alices)
    sofia = Member.objects.of(alices).get(person=people["sofia"])
    shop = _books(bikes, "Bob’s Bakery Shop")
    Grant.give(
        Partnership.objects.get(firm=alices, business=bikes), sofia, scopes=_WORK, organisations=[shop], by=as_alice
    )
    retail = Team.open(alices, "Retail", by=as_alice)
    for member in (sofia, Member.objects.of(alices).get(person=people["alice"])):
        retail.add(member, by=as_alice)
    Grant.give(
        Partnership.objects.get(firm=alices, business__name="Green Leaf Florist"), retail, scopes=_WORK, by=as_alice
    )
    Grant.give(Partnership.objects.get(firm=alices, business__name="Café Noord"), sofia, scopes=_WORK, by=as_alice)


def _change_accountant(people: dict[str, User], alices: Firm, brooks: Firm, joinery: Business) -> None:
    as_dirk = _as(people["dirk"], joinery)
    Partnership.begin(brooks, joinery, scopes=_WORK, by=as_dirk)
    left = Partnership.objects.get(firm=alices, business=joinery)
    end_partnership(left, by=as_dirk, reason="We found an accountant round the corner.")


def _hold_up(people: dict[str, User], alices: Firm, bikes: Business, cafe: Business) -> None:
    Partnership.objects.get(firm=alices, business=cafe).suspend(
        by=_as(people["noor"], cafe), reason="We are between two bookkeepers. Back next month."
    )
    sam = Member.objects.of(alices).get(person=people["sam"])
    sam.suspend(by=_as(people["alice"], alices), reason="On leave until spring.")
    with_brooks = Partnership.objects.get(firm__name="Brooks Bookkeeping", business=bikes)
    gina = Member.objects.get(person=people["gina"], firm__name="Brooks Bookkeeping")
    with_brooks.exclude(gina, by=_as(people["bob"], bikes))
