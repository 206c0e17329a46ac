"""The cast of every test: Alice's firm, Bob's business, and Charlie, who has one of each and no part in theirs.

Whoever a test does not name is not made. Who was made for the test before need not be made again (`scenes.py`).
"""

from __future__ import annotations

from tallystick.accounts.models import Contact, User
from tallystick.core.access import SCOPES
from tallystick.core.actor import HOUSE, Actor
from tallystick.core.clock import now
from tallystick.organisations.models import Business, Firm, Member, Organisation
from tallystick.partnerships.models import Grant, Partnership
from tests.support.scenes import Piece

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

    @Piece
    def alice(self) -> User:
        return person("Alice")

    @Piece
    def firm(self) -> Firm:
        return Firm.open("Alice & Co", address="alice@alice.example", owner=self.alice, by=OPERATOR)

    @Piece
    def alice_seat(self) -> Member:
        return self.firm.members.get(person=self.alice)

    @Piece
    def adam_seat(self) -> Member:
        return Member.join(self.firm, person("Adam"), "admin", by=HOUSE)

    @Piece
    def stella_seat(self) -> Member:
        return Member.join(self.firm, person("Stella"), "staff", by=HOUSE)

    # Bob's business, with a shop and a café: Bob owns it, Bella is an admin, Emma an employee and Connie a contact of
    # the shop.

    @Piece
    def bob(self) -> User:
        return person("Bob")

    @Piece
    def business(self) -> Business:
        return Business.open("Bob's", organisations=["Shop", "Café"], owner=self.bob, by=HOUSE)

    @Piece
    def shop(self) -> Organisation:
        return self.business.organisations.get(name="Shop")

    @Piece
    def cafe(self) -> Organisation:
        return self.business.organisations.get(name="Café")

    @Piece
    def bob_seat(self) -> Member:
        return self.business.members.get(person=self.bob)

    @Piece
    def bella_seat(self) -> Member:
        return Member.join(self.business, person("Bella"), "admin", by=HOUSE)

    @Piece
    def emma_seat(self) -> Member:
        return Member.join(self.business, person("Emma"), "member", by=HOUSE, organisations=[self.shop])

    @Piece
    def connie_seat(self) -> Member:
        return Member.join(self.business, person("Connie"), "contact", by=HOUSE, organisations=[self.shop])

    # What the two agreed: everything, on all of the business. Stella works on it.

    @Piece
    def partnership(self) -> Partnership:
        return Partnership.begin(self.firm, self.business, scopes=SCOPES, by=HOUSE)

    @Piece
    def stella_grant(self) -> Grant:
        return Grant.give(self.partnership, self.stella_seat, scopes=["see", "connect"], by=HOUSE)

    # Charlie, of elsewhere.

    @Piece
    def charlie(self) -> User:
        return person("Charlie")

    @Piece
    def other_firm(self) -> Firm:
        return Firm.open("Charlie Counts", address="charlie@charlie.example", owner=self.charlie, by=OPERATOR)

    @Piece
    def other_business(self) -> Business:
        return Business.open("Charlie's", organisations=["Bakery"], owner=self.charlie, by=HOUSE)

    @Piece
    def bakery(self) -> Organisation:
        return self.other_business.organisations.get()

    @Piece
    def other_partnership(self) -> Partnership:
        return Partnership.begin(self.other_firm, self.other_business, scopes=SCOPES, by=HOUSE)

    @Piece
    def olga(self) -> User:
        """Runs the site."""
        olga = person("Olga")
        olga.is_operator = True
        olga.save()
        return olga

    @Piece
    def as_alice(self) -> Actor:
        return acting(self.alice_seat)

    @Piece
    def as_adam(self) -> Actor:
        return acting(self.adam_seat)

    @Piece
    def as_stella(self) -> Actor:
        return acting(self.stella_seat)

    @Piece
    def as_bob(self) -> Actor:
        return acting(self.bob_seat)

    @Piece
    def as_bella(self) -> Actor:
        return acting(self.bella_seat)

    @Piece
    def as_emma(self) -> Actor:
        return acting(self.emma_seat)

    @Piece
    def as_connie(self) -> Actor:
        return acting(self.connie_seat)

    @Piece
    def as_other_firm(self) -> Actor:
        return acting(self.other_firm.members.get())

    @Piece
    def as_other_business(self) -> Actor:
        return acting(self.other_business.members.get())
