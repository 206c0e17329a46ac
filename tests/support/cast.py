"""The cast of every test: Alice's firm, Bob's business, and Charlie, who has one of each and no part in theirs.

Whoever a test does not name is not made.
"""

from __future__ import annotations

from functools import cached_property

from tallystick.accounts.models import Contact, User
from tallystick.core.access import SCOPES
from tallystick.core.actor import HOUSE, Actor
from tallystick.core.clock import now
from tallystick.organisations.models import Business, Firm, Member, Organisation
from tallystick.partnerships.models import Grant, Partnership

OPERATOR = Actor(side="operator", name="Olga")


def person(name: str, address: str = "") -> User:
    """Somebody with an account and a proved address."""
    made = User.objects.create(name=name)
    value = address or f"{name.lower()}@{name.lower()}.example"
    Contact.objects.create(person=made, kind="email", value=value, verified_at=now(), primary=True)
    return made


def acting(member: Member) -> Actor:
    """A seat as the actor that a request would make of it."""
    tenant = member.tenant
    side = "firm" if tenant.side == "firm" else "business"
    name = member.person.name
    return Actor(side, member.person_id, member.pk, tenant.pk, member.current_role(), name)  # type: ignore[arg-type]


class Cast:
    """People, their seats (`…_seat`) and themselves acting (`as_…`)."""

    def also(self, *names: str) -> None:
        """Make these too, though the test does not speak of them."""
        for name in names:
            getattr(self, name)

    # Alice's firm: Alice owns it, Adam is an admin, Stella is staff.

    @cached_property
    def alice(self) -> User:
        return person("Alice")

    @cached_property
    def firm(self) -> Firm:
        return Firm.open("Alice & Co", address="alice@alice.example", owner=self.alice, by=OPERATOR)

    @cached_property
    def alice_seat(self) -> Member:
        return self.firm.members.get(person=self.alice)

    @cached_property
    def adam_seat(self) -> Member:
        return Member.join(self.firm, person("Adam"), "admin", by=HOUSE)

    @cached_property
    def stella_seat(self) -> Member:
        return Member.join(self.firm, person("Stella"), "staff", by=HOUSE)

    # Bob's business, with a shop and a café: Bob owns it, Bella is an admin, Emma an employee and Connie a contact of
    # the shop.

    @cached_property
    def bob(self) -> User:
        return person("Bob")

    @cached_property
    def business(self) -> Business:
        return Business.open("Bob's", organisations=["Shop", "Café"], owner=self.bob, by=HOUSE)

    @cached_property
    def shop(self) -> Organisation:
        return self.business.organisations.get(name="Shop")

    @cached_property
    def cafe(self) -> Organisation:
        return self.business.organisations.get(name="Café")

    @cached_property
    def bob_seat(self) -> Member:
        return self.business.members.get(person=self.bob)

    @cached_property
    def bella_seat(self) -> Member:
        return Member.join(self.business, person("Bella"), "admin", by=HOUSE)

    @cached_property
    def emma_seat(self) -> Member:
        return Member.join(self.business, person("Emma"), "member", by=HOUSE, organisations=[self.shop])

    @cached_property
    def connie_seat(self) -> Member:
        return Member.join(self.business, person("Connie"), "contact", by=HOUSE, organisations=[self.shop])

    # What the two agreed: everything, on all of the business. Stella works on it.

    @cached_property
    def partnership(self) -> Partnership:
        return Partnership.begin(self.firm, self.business, scopes=SCOPES, by=HOUSE)

    @cached_property
    def stella_grant(self) -> Grant:
        return Grant.give(self.partnership, self.stella_seat, scopes=["see", "connect"], by=HOUSE)

    # Charlie, of elsewhere.

    @cached_property
    def charlie(self) -> User:
        return person("Charlie")

    @cached_property
    def other_firm(self) -> Firm:
        return Firm.open("Charlie Counts", address="charlie@charlie.example", owner=self.charlie, by=OPERATOR)

    @cached_property
    def other_business(self) -> Business:
        return Business.open("Charlie's", organisations=["Bakery"], owner=self.charlie, by=HOUSE)

    @cached_property
    def bakery(self) -> Organisation:
        return self.other_business.organisations.get()

    @cached_property
    def other_partnership(self) -> Partnership:
        return Partnership.begin(self.other_firm, self.other_business, scopes=SCOPES, by=HOUSE)

    @cached_property
    def olga(self) -> User:
        """Runs the site."""
        olga = person("Olga")
        olga.is_operator = True
        olga.save()
        return olga

    @cached_property
    def as_alice(self) -> Actor:
        return acting(self.alice_seat)

    @cached_property
    def as_adam(self) -> Actor:
        return acting(self.adam_seat)

    @cached_property
    def as_stella(self) -> Actor:
        return acting(self.stella_seat)

    @cached_property
    def as_bob(self) -> Actor:
        return acting(self.bob_seat)

    @cached_property
    def as_bella(self) -> Actor:
        return acting(self.bella_seat)

    @cached_property
    def as_emma(self) -> Actor:
        return acting(self.emma_seat)

    @cached_property
    def as_connie(self) -> Actor:
        return acting(self.connie_seat)

    @cached_property
    def as_other_firm(self) -> Actor:
        return acting(self.other_firm.members.get())

    @cached_property
    def as_other_business(self) -> Actor:
        return acting(self.other_business.members.get())
