"""A contact: an address or number of a person. Proved, it finds their account; until then it is only written down."""

from __future__ import annotations

import hashlib
from typing import ClassVar, Self

from django.db import connection, models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tallystick.accounts.addresses import LONGEST, Address, known_as
from tallystick.accounts.models.people import User
from tallystick.audit import hold, record
from tallystick.core.actor import HOUSE, Actor
from tallystick.core.clock import Now
from tallystick.core.models import Row
from tallystick.core.refused import Refused

MOST = 10
"""Contacts of one person at most."""


class ContactQuerySet(models.QuerySet["Contact"]):
    """Questions over contacts."""

    def visible_to(self, actor: Actor) -> Self:
        """A person's own."""
        return self.filter(person_id=actor.person_id) if actor.person_id else self.none()

    def proven(self) -> Self:
        """Those that somebody has proved to be theirs."""
        return self.filter(verified_at__isnull=False)

    def unproven(self) -> Self:
        """Those only written down."""
        return self.filter(verified_at=None)

    def same_as(self, address: Address) -> Self:
        """The rows with this address or number, whoever's they are."""
        return self.filter(kind=address.kind, value=address.value)


class Contact(Row):
    """One address or number of one person."""

    person = models.ForeignKey(User, on_delete=models.CASCADE, related_name="contacts")
    kind = models.CharField(max_length=6, choices=[("email", "email"), ("mobile", "mobile")])
    value = models.CharField(max_length=LONGEST)
    verified_at = models.DateTimeField(null=True, blank=True)
    primary = models.BooleanField(default=False)

    objects = ContactQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["person", "kind", "value"], name="contact_once_per_person"),
            models.UniqueConstraint(
                fields=["kind", "value"], condition=Q(verified_at__isnull=False), name="contact_proved_by_one"
            ),
            models.UniqueConstraint(fields=["person", "kind"], condition=Q(primary=True), name="contact_primary_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["kind", "value"], name="contact_value")]

    def __str__(self) -> str:
        return self.address.masked

    @property
    def address(self) -> Address:
        """The contact as an address, for showing and sending."""
        return known_as(self.kind, self.value)

    @property
    def is_proven(self) -> bool:
        """Has the person proved that it is theirs?"""
        return self.verified_at is not None

    def make_primary(self, *, by: Actor) -> None:
        """Write to this one first."""
        self.person.demand_own(by)
        if not self.is_proven:
            raise Refused("contact_unproven", _("Prove this address with a code first."), status=409)
        if self.primary:
            return
        with transaction.atomic():
            _lock(self.person)
            self.person.contacts.filter(kind=self.kind, primary=True).update(primary=False)
            self.primary = True
            self.save(update_fields=["primary"])
            self._record("contact.made_primary", by)

    def remove(self, *, by: Actor) -> None:
        """Take it off the account. The last proved address stays: without it nobody finds the account again."""
        self.person.demand_own(by)
        with transaction.atomic():
            _lock(self.person)  # two removals at once must not each count on the other's address
            others = self.person.contacts.filter(kind="email").proven().exclude(pk=self.pk).order_by("created_at")
            heir = others.first()
            if self.kind == "email" and self.is_proven and heir is None:
                raise Refused(
                    "last_contact",
                    _("This is the only address you can sign in with. Add another one first."),
                    status=409,
                )
            self._record("contact.removed", by)
            self.delete()
            if self.primary and self.kind == "email" and heir:
                heir.primary = True
                heir.save(update_fields=["primary"])

    def _record(self, kind: str, by: Actor) -> None:
        record(
            kind,
            self,
            by=by,
            person_ids=[self.person_id],
            data={"person": str(self.person_id), "kind": self.kind, "proven": self.is_proven},
            private={"contact": (self.value, self.person_id)},
        )


def person_with(address: Address) -> User | None:
    """Whose account a proof of this address opens, if there is one."""
    found = Contact.objects.same_as(address).proven().select_related("person").first()
    return found.person if found else None


def write_down(address: Address, person: User, *, by: Actor) -> Contact:
    """Add a contact that nobody has proved yet. It opens nothing."""
    person.demand_own(by)
    known = person.contacts.filter(kind=address.kind, value=address.value).first()
    if known:
        return known
    if person.contacts.count() >= MOST:
        raise Refused("too_many_contacts", _("You have ten addresses and numbers. Remove one first."), status=409)
    with transaction.atomic():
        contact = Contact.objects.create(person=person, kind=address.kind, value=address.value)
        contact._record("contact.added", by)
    return contact


def settle(address: Address, *, language: str = "en", time_zone: str = "UTC") -> User:
    """Somebody has just proved this address: give back the account that it opens, and open one when there is none.

    An account that was made with this address before anybody proved it becomes theirs, emptied of all that whoever made
    it left there: password, sessions, passkeys, authenticator app, recovery codes, other unproven contacts.
    """
    with transaction.atomic():
        _one_at_a_time(address)
        return person_with(address) or _take_over(address) or _open(address, language, time_zone)


def attach(address: Address, person: User, *, by: Actor) -> Contact:
    """The person, signed in, has just proved this address: it is theirs, and nobody's else's."""
    person.demand_own(by)
    with transaction.atomic():
        _one_at_a_time(address)
        _lock(person)
        owner = person_with(address)
        if owner and owner != person:
            raise Refused(
                "contact_of_another",
                _("Another account uses %(contact)s. Sign in there to remove it, then add it here.")
                % {"contact": address.shown},
                status=409,
            )
        if owner:
            return person.contacts.get(kind=address.kind, value=address.value)
        holders = Contact.objects.same_as(address).unproven().exclude(person=person)
        hold(person_ids=[person.pk, *holders.values_list("person_id", flat=True)])
        _drop_elsewhere(address, keep=person)
        contact = write_down(address, person, by=by)
        return _mark_proven(contact, by=by)


def _lock(person: User) -> None:
    """Hold the person's row, so that changes to their contacts come one after another."""
    User.objects.select_for_update().get(pk=person.pk)


def _one_at_a_time(address: Address) -> None:
    """Of those who prove the same address at once, each waits here until the one before has committed."""
    number = hashlib.sha256(f"{address.kind}:{address.value}".encode()).digest()[:8]
    with connection.cursor() as cursor:
        cursor.execute("select pg_advisory_xact_lock(%s)", [int.from_bytes(number, signed=True)])


def _open(address: Address, language: str, time_zone: str) -> User:
    """A new account for whoever proved the address."""
    person = User(language=language, time_zone=time_zone)
    person.save()
    contact = Contact.objects.create(
        person=person, kind=address.kind, value=address.value, verified_at=Now(), primary=True
    )
    contact.refresh_from_db()
    record("account.opened", person, by=person.actor, person_ids=[person.pk])
    contact._record("contact.proven", person.actor)
    return person


def _take_over(address: Address) -> User | None:
    """An account made with this address by somebody who never proved it, and has proved nothing else either."""
    waiting = list(Contact.objects.same_as(address).unproven().select_related("person").order_by("created_at"))
    hold(person_ids=[contact.person_id for contact in waiting])
    nobodys = _drop_where_proven(waiting)
    if not nobodys:
        return None
    contact, *_others = nobodys
    person = contact.person
    person.contacts.exclude(pk=contact.pk).delete()
    empty(person)
    _drop_elsewhere(address, keep=person)
    _mark_proven(contact, by=person.actor)
    return person


def empty(person: User) -> None:
    """Take away every way in, and everything unproven, that stood on an account before its owner came."""
    from tallystick.accounts.models.second_factor import remove_all
    from tallystick.accounts.models.sessions import Session

    person.set_unusable_password()
    person.password_stands_alone = False
    person.name = ""
    person.save(update_fields=["password", "password_stands_alone", "name"])
    Session.objects.filter(person=person).end(reason="claimed", by=person.actor)
    remove_all(person)
    person.notification_choices.all().delete()
    record("account.emptied", person, by=person.actor, person_ids=[person.pk])


def _drop_where_proven(waiting: list[Contact]) -> list[Contact]:
    """An account with a proved contact of its own is somebody's: there, an unproven row is a pending change, and goes."""
    owners = set(
        Contact.objects.proven()
        .filter(person__in=[contact.person_id for contact in waiting])
        .values_list("person_id", flat=True)
    )
    for contact in waiting:
        if contact.person_id in owners:
            contact._record("contact.removed", HOUSE)
            contact.delete()
    return [contact for contact in waiting if contact.person_id not in owners]


def _drop_elsewhere(address: Address, *, keep: User) -> None:
    for contact in Contact.objects.same_as(address).unproven().exclude(person=keep).select_related("person"):
        contact._record("contact.removed", HOUSE)
        contact.delete()


def _mark_proven(contact: Contact, *, by: Actor) -> Contact:
    first = not contact.person.contacts.filter(kind=contact.kind, primary=True).exclude(pk=contact.pk).exists()
    Contact.objects.filter(pk=contact.pk).update(verified_at=Now(), primary=first)
    contact.refresh_from_db()
    contact._record("contact.proven", by)
    return contact
