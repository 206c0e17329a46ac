"""A firm's named sets of apps to ask for: "US online shop"."""

from __future__ import annotations

from collections.abc import Iterable
from typing import ClassVar, Self

from django.contrib.postgres.fields import ArrayField
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tallystick.audit import record
from tallystick.connectors import catalogue
from tallystick.connectors.definition import Connector
from tallystick.core.actor import Actor
from tallystick.core.clock import Now
from tallystick.core.models import Row
from tallystick.core.refused import Refused
from tallystick.core.text import sort_name
from tallystick.invitations.asking import askable
from tallystick.organisations.models import Firm
from tallystick.organisations.models.tenants import NAME_LENGTH, named
from tallystick.organisations.rights import demand


class KitQuerySet(models.QuerySet["Kit"]):
    """Questions over kits."""

    def visible_to(self, actor: Actor) -> Self:
        """A firm's kits are seen by all its members."""
        return self.filter(firm_id=actor.firm_id) if actor.firm_id else self.none()

    def kept(self) -> Self:
        """Those not removed."""
        return self.filter(closed_at=None)


class Kit(Row):
    """A set of apps under a name of its own within the firm. Removing one changes no ask that was made with it."""

    firm = models.ForeignKey(Firm, on_delete=models.PROTECT, related_name="kits")
    name = models.CharField(max_length=NAME_LENGTH)
    sort_name = models.CharField(max_length=NAME_LENGTH * 2, db_collation="C")
    apps = ArrayField(models.CharField(max_length=40))
    closed_at = models.DateTimeField(null=True, editable=False)

    objects = KitQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["firm", "sort_name"], condition=Q(closed_at=None), name="kit_name_once")
        ]

    def __str__(self) -> str:
        return self.name

    @classmethod
    def make(cls, firm: Firm, name: str, apps: Iterable[str], *, by: Actor) -> Kit:
        """A new kit. Raises `Refused` for a name that is taken, no app, or one whose owner can't be asked."""
        demand(by, "add_clients", tenant=firm)
        kit = cls(firm=firm)
        kit._put(name, apps)
        with transaction.atomic():
            kit._save_or_refuse_twin()
            kit._record("kit.made", by)
        return kit

    def change(self, name: str, apps: Iterable[str], *, by: Actor) -> None:
        """Another name or other apps; what was asked with it before stays as it was asked. Raises `Refused`."""
        demand(by, "add_clients", tenant=self.firm)
        self._put(name, apps)
        with transaction.atomic():
            self._save_or_refuse_twin()
            self._record("kit.changed", by)

    def remove(self, *, by: Actor) -> None:
        """It can't be chosen any more. Twice is once."""
        demand(by, "add_clients", tenant=self.firm)
        with transaction.atomic():
            if Kit.objects.kept().filter(pk=self.pk).update(closed_at=Now()):
                self._record("kit.removed", by)

    @property
    def connectors(self) -> list[Connector]:
        """Its apps that can be asked for now, in its own order."""
        known = {each.slug: each for each in catalogue.all() if each.can_ask_owner and each.is_set_up}
        return [known[slug] for slug in self.apps if slug in known]

    def _put(self, name: str, apps: Iterable[str]) -> None:
        self.name = named(name)
        self.sort_name = sort_name(self.name)
        self.apps = [each.slug for each in askable(apps)]

    def _save_or_refuse_twin(self) -> None:
        try:
            with transaction.atomic():
                self.save()
        except IntegrityError:
            message = _("There already is a kit called “%(name)s”. Choose another name.")
            raise Refused("name_taken", message % {"name": self.name}, field="name", status=409) from None

    def _record(self, kind: str, by: Actor) -> None:
        record(kind, self, by=by, firm_id=self.firm_id, data={"apps": self.apps}, private={"name": self.name})
