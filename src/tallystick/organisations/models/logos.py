"""A firm's logo: a small PNG or JPEG that its clients see beside its name."""

from __future__ import annotations

from hashlib import sha256
from typing import ClassVar

from django.db import models, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from tallystick.audit import record
from tallystick.core.actor import Actor
from tallystick.core.models import Row
from tallystick.core.refused import Refused
from tallystick.organisations.models.tenants import Firm
from tallystick.organisations.pictures import Picture, picture_of
from tallystick.organisations.rights import demand

HEAVIEST = 200 * 1000
"""Bytes of a logo at most."""

LARGEST = 1200
"""Pixels of its width and height at most."""

KINDS = ("image/png", "image/jpeg")


class FirmLogo(Row):
    """The picture itself, apart from the firm's row because lists of firms have no use for its bytes.

    It is public, and found by its digest, which stands on the firm: another picture has another address.
    """

    firm = models.OneToOneField(Firm, on_delete=models.PROTECT, related_name="logo")
    kind = models.CharField(max_length=10)
    content = models.BinaryField()

    class Meta:
        constraints: ClassVar = [models.CheckConstraint(condition=Q(kind__in=KINDS), name="logo_kind_known")]

    def __str__(self) -> str:
        return f"logo of {self.firm_id}"

    @classmethod
    def put(cls, firm: Firm, content: bytes, *, by: Actor) -> None:
        """This is the firm's logo from now on. Raises `Refused` (field `logo`): too heavy, too large, no PNG or JPEG."""
        demand(by, "change_settings", tenant=firm)
        picture = _fitting(content)
        digest = sha256(content).hexdigest()[:8]
        with transaction.atomic():
            held = Firm.objects.select_for_update(no_key=True).get(pk=firm.pk)
            if held.logo_digest == digest:
                return
            cls.objects.update_or_create(firm=held, defaults={"kind": picture.kind, "content": content})
            _note(held, digest, by)
        firm.logo_digest = digest

    @classmethod
    def remove(cls, firm: Firm, *, by: Actor) -> None:
        """The firm has none any more; its initials stand in. Twice is once. Raises `Refused`."""
        demand(by, "change_settings", tenant=firm)
        with transaction.atomic():
            held = Firm.objects.select_for_update(no_key=True).get(pk=firm.pk)
            if held.logo_digest:
                cls.objects.filter(firm=held).delete()
                _note(held, "", by)
        firm.logo_digest = ""


def _note(firm: Firm, digest: str, by: Actor) -> None:
    firm.logo_digest = digest
    firm.save(update_fields=["logo_digest"])
    record("firm.logo_changed", firm, by=by, firm_id=firm.pk, data={"digest": digest}, private={"name": firm.name})


def _fitting(content: bytes) -> Picture:
    """What it is, when it may be a logo. Raises `Refused`."""
    if len(content) > HEAVIEST:
        heavy = _("This picture has %(size)s kB. Choose one of at most 200 kB.")
        raise Refused("logo_too_heavy", heavy % {"size": -(-len(content) // 1000)}, field="logo", status=422)
    picture = picture_of(content)
    if picture is None:
        unknown = _("This is no PNG or JPEG picture. Save your logo as one of these, and try again.")
        raise Refused("logo_no_picture", unknown, field="logo", status=422)
    if max(picture.width, picture.height) > LARGEST:
        large = _("This picture is %(width)s by %(height)s pixels. Make it at most 1200 wide and 1200 high.")
        size = {"width": picture.width, "height": picture.height}
        raise Refused("logo_too_large", large % size, field="logo", status=422)
    return picture
