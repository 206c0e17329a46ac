"""Firms, businesses, and the organisations of a business."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from typing import Any, ClassVar, Self
from uuid import UUID

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _

from tallystick.accounts.addresses import is_disposable, is_generic
from tallystick.accounts.models import User
from tallystick.audit import record
from tallystick.core.access import near_to, reaches
from tallystick.core.actor import Actor
from tallystick.core.clock import Now, now
from tallystick.core.models import Period, PeriodQuerySet, Row
from tallystick.core.refused import Refused
from tallystick.core.text import clean_name, sort_name
from tallystick.organisations.rights import demand

NAME_LENGTH = 120
_HANDLE_LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"  # no letters that look like others
_HANDLE_TAIL = 4


def named(raw: str) -> str:
    """A name cleaned for use everywhere. Raises `Refused` when nothing is left or it is too long."""
    name = clean_name(raw)
    if not name:
        raise Refused("name_missing", _("Enter a name."), field="name", status=422)
    if len(name) > NAME_LENGTH:
        message = _("This name has %(length)s letters. Shorten it to %(most)s or fewer.")
        raise Refused("name_too_long", message % {"length": len(name), "most": NAME_LENGTH}, field="name", status=422)
    return name


def new_handle(name: str) -> str:
    """What stands for a tenant in addresses: its name when it began, and a tail that keeps two of one name apart."""
    tail = "".join(secrets.choice(_HANDLE_LETTERS) for _letter in range(_HANDLE_TAIL))
    return f"{slugify(name)[:40].strip('-') or 'books'}-{tail}"


class TenantQuerySet(models.QuerySet[Any]):
    """Questions over firms or businesses."""

    def with_member(self, person: User) -> Self:
        """Those of which this person is a member now."""
        from tallystick.organisations.models.members import Member

        return self.filter(pk__in=Member.objects.at_work(person).values(f"{self.model.side}_id"))


class Tenant(Row):
    """What a firm and a business have in common: a name, a place in addresses, members."""

    side: ClassVar[str]

    name = models.CharField(max_length=NAME_LENGTH)
    sort_name = models.CharField(max_length=NAME_LENGTH * 2, db_collation="C")
    handle = models.CharField(max_length=50, unique=True)

    objects = TenantQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name

    def admins(self) -> models.QuerySet[User]:
        """Owners and admins at work now: those who are told things."""
        from tallystick.organisations.models.members import Member

        leading = Member.objects.of(self).leading()
        return User.objects.filter(pk__in=leading.values("person_id"))

    def rename(self, name: str, *, by: Actor) -> None:
        """Give it another name. Its addresses stay as they are."""
        demand(by, "change_settings", tenant=self)
        before, self.name = self.name, named(name)
        if self.name == before:
            return
        self.sort_name = sort_name(self.name)
        with transaction.atomic():
            self.save(update_fields=["name", "sort_name"])
            record(f"{self.side}.renamed", self, by=by, **self.chain(), private={"before": before, "after": self.name})

    def chain(self) -> dict[str, Any]:
        """The keyword by which facts about this tenant name it."""
        return {f"{self.side}_id": self.pk}

    @property
    def is_approved(self) -> bool:
        """Whether it may act. Only firms can have to wait."""
        return True

    @property
    def url(self) -> str:
        """The address of its desk."""
        return desk_url(self.side, self.handle)


def desk_url(side: str, handle: str) -> str:
    """The address of the desk of the firm or business with this handle."""
    return f"/{side[0]}/{handle}/"


class Firm(Tenant):
    """An accounting company. `logo_digest` names the picture in `FirmLogo`; empty without one."""

    side = "firm"

    address = models.EmailField(max_length=254)
    approved_at = models.DateTimeField(null=True, editable=False)
    logo_digest = models.CharField(max_length=8, blank=True, default="", db_default="", editable=False)

    @classmethod
    def open(cls, name: str, *, address: str, owner: User, by: Actor, sign_up: str = "") -> Firm:
        """Set a firm up, its first owner included. It waits for an operator's yes where the settings say so.

        `address` is one the owner has proved; clients will see it. An operator may set one up whatever the settings say.
        `sign_up` (open, approve, closed) is the rule that holds; the installation's own unless given.
        """
        from tallystick.organisations.models.members import Member

        rule = "open" if by.side == "operator" else sign_up or settings.SIGN_UP
        if rule == "closed":
            raise Refused(
                "sign_up_closed",
                _("New firms cannot sign up here by themselves."),
                next_step=_("Ask the people who run this site to set your firm up."),
            )
        firm = cls(name=named(name), address=address)
        firm.sort_name, firm.handle = sort_name(firm.name), new_handle(firm.name)
        with transaction.atomic():
            firm.approved_at = now() if rule == "open" else None
            firm.save()
            record(
                "firm.opened",
                firm,
                by=by,
                firm_id=firm.pk,
                data={"approved": firm.is_approved},
                private={"name": firm.name, "address": (address, owner.pk)},
                person_ids=[owner.pk],
            )
            Member.join(firm, owner, "owner", by=by)
        return firm

    @property
    def is_approved(self) -> bool:
        """Whether it may act; until an operator says yes it can only look around."""
        return self.approved_at is not None

    def approve(self, *, by: Actor) -> None:
        """An operator's yes. Twice is once."""
        if by.side != "operator":
            raise Refused("not_allowed", _("Only the people who run this site can approve a firm."))
        with transaction.atomic():
            if Firm.objects.filter(pk=self.pk, approved_at=None).update(approved_at=Now()):
                record("firm.approved", self, by=by, firm_id=self.pk, private={"name": self.name})
        self.refresh_from_db()


def firm_address_of(person: User) -> str | None:
    """The proven address of this person that a firm may go by: under a domain of its own. None when there is none."""
    proven = person.contacts.filter(kind="email").proven().order_by("-primary", "created_at")
    own = (contact.value for contact in proven if not is_public(contact.value))
    return next(own, None)


def is_public(address: str) -> bool:
    """Whether anybody can get an address like this one: at a mail provider, or one that is thrown away."""
    domain = address.rpartition("@")[2]
    return is_generic(domain) or is_disposable(domain)


class Business(Tenant):
    """The client's own environment: one or more organisations, and the people of the business."""

    side = "business"

    @classmethod
    def open(cls, name: str, *, organisations: list[str], owner: User | None, by: Actor) -> Business:
        """Set a business up with its organisations. Without an owner it is unclaimed: a firm keeps it for the client."""
        from tallystick.organisations.models.members import Member

        if not organisations:
            raise Refused(
                "organisation_missing", _("Enter at least one set of books."), field="organisations", status=422
            )
        business = cls(name=named(name))
        business.sort_name, business.handle = sort_name(business.name), new_handle(business.name)
        with transaction.atomic():
            business.save()
            record(
                "business.opened",
                business,
                by=by,
                business_id=business.pk,
                private={"name": business.name},
                person_ids=[owner.pk] if owner else [],
            )
            if owner:
                Member.join(business, owner, "owner", by=by)
            for each in organisations:
                Organisation.add(business, each, by=by)
        return business

    def open_organisation(self, name: str, *, by: Actor) -> Organisation:
        """Add a set of books. Partnerships that cover everything cover it from now on."""
        demand(by, "open_organisations", tenant=self)
        with transaction.atomic():
            return Organisation.add(self, name, by=by)

    @property
    def is_claimed(self) -> bool:
        """Whether an owner's seat was ever taken and still stands."""
        from tallystick.organisations.models.members import Member

        return Member.objects.of(self).in_role("owner").exists()


class OrganisationQuerySet(PeriodQuerySet):
    """Questions over organisations."""

    def visible_to(self, actor: Actor, scope: str = "see") -> Self:
        """Those the actor reaches with a scope: the one sentence about access, asked of each row that is near enough."""
        return self.filter(business_id__in=near_to(actor)).filter(reaches(actor, scope))


class Organisation(Period):
    """One set of books of a business: a legal entity or a store. It never moves to another business."""

    business = models.ForeignKey(Business, on_delete=models.PROTECT, related_name="organisations")
    name = models.CharField(max_length=NAME_LENGTH)
    sort_name = models.CharField(max_length=NAME_LENGTH * 2, db_collation="C")

    objects = OrganisationQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["id", "business"], name="organisation_with_business"),
            models.UniqueConstraint(
                fields=["business", "sort_name"], condition=models.Q(closed_at=None), name="one_organisation_of_a_name"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def add(cls, business: Business, name: str, *, by: Actor) -> Organisation:
        """Add it to its business, inside the caller's transaction; whoever calls has asked the right."""
        cleaned = named(name)
        organisation = cls(business=business, name=cleaned, sort_name=sort_name(cleaned))
        organisation._save_or_refuse_twin()
        record(
            "organisation.opened",
            organisation,
            by=by,
            business_id=business.pk,
            organisation_id=organisation.pk,
            private={"name": organisation.name},
        )
        return organisation

    def _save_or_refuse_twin(self, update_fields: list[str] | None = None) -> None:
        try:
            with transaction.atomic():
                self.save(update_fields=update_fields)
        except IntegrityError:
            message = _("There already is a set of books called “%(name)s”. Choose another name.")
            raise Refused("name_taken", message % {"name": self.name}, field="name", status=409) from None

    def rename(self, name: str, *, by: Actor) -> None:
        """Give it another name, its own within its business."""
        demand(by, "open_organisations", tenant=self.business)
        before, self.name = self.name, named(name)
        if before == self.name:
            return
        self.sort_name = sort_name(self.name)
        with transaction.atomic():
            self._save_or_refuse_twin(["name", "sort_name"])
            record(
                "organisation.renamed",
                self,
                by=by,
                business_id=self.business_id,
                organisation_id=self.pk,
                private={"before": before, "after": self.name},
            )

    def admins(self) -> models.QuerySet[User]:
        """The business's own owners and admins."""
        return self.business.admins()


def hold_open(organisation_id: UUID) -> bool:
    """Until the end of the transaction nobody closes these books; False where somebody has. Held before anything on them."""
    return Organisation.objects.live().select_for_update(no_key=True).filter(pk=organisation_id).exists()


def hold_books(business_id: UUID, chosen: Iterable[Organisation]) -> None:
    """Until the end of the transaction nobody closes these. Raises `Refused` for one that is closed or another's."""
    wanted = {each.pk for each in chosen}
    open_ones = Organisation.objects.filter(pk__in=wanted, business_id=business_id).live().order_by("pk")
    held = set(open_ones.select_for_update(no_key=True).values_list("pk", flat=True))
    if held != wanted:
        raise Refused(
            "organisation_unknown",
            _("Choose sets of books of this business that are still open."),
            field="organisations",
            status=422,
        )
