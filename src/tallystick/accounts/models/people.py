"""A person: somebody who signs in. Their addresses are contacts, their ways of proving themselves are rows of their own."""

from __future__ import annotations

import uuid
import zoneinfo
from collections.abc import Iterable
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models, transaction
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _

from tallystick.accounts import passwords
from tallystick.accounts.addresses import is_disposable, is_generic
from tallystick.audit import record
from tallystick.core.actor import Actor
from tallystick.core.clock import Now
from tallystick.core.refused import Refused
from tallystick.core.text import clean_name, sort_name

NAME_LENGTH = 120


class People(BaseUserManager["User"]):
    """Everybody who has an account."""

    def visible_to(self, actor: Actor) -> models.QuerySet[User]:
        """A person sees their own account, an operator all; fellow members are seen through their membership."""
        if actor.side == "operator":
            return self.all()
        return self.filter(pk=actor.person_id) if actor.person_id else self.none()


class User(AbstractBaseUser):
    """A person with an account. There is no user name: they are found by a contact they have proved."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    created_at = models.DateTimeField(db_default=Now(), editable=False)
    last_login = None  # sessions say when; one truth
    name = models.CharField(max_length=NAME_LENGTH, blank=True)
    sort_name = models.CharField(max_length=NAME_LENGTH * 2, blank=True, db_collation="C", editable=False)
    language = models.CharField(max_length=10, default="en")
    time_zone = models.CharField(max_length=64, default="UTC")
    is_active = models.BooleanField(default=True)
    is_operator = models.BooleanField(default=False)
    password_stands_alone = models.BooleanField(default=False, editable=False)

    USERNAME_FIELD = "id"
    REQUIRED_FIELDS: ClassVar[list[str]] = []

    objects = People()

    def __str__(self) -> str:
        return self.name or str(self.pk)

    def save(self, *args: Any, update_fields: Iterable[str] | None = None, **kwargs: Any) -> None:
        """Keep the name lists are sorted by beside the name; without a password, say so in Django's way."""
        self.sort_name = sort_name(self.name)
        if not self.password:
            self.set_unusable_password()
        if update_fields is not None and "name" in update_fields:
            update_fields = {*update_fields, "sort_name"}
        super().save(*args, update_fields=update_fields, **kwargs)

    @property
    def actor(self) -> Actor:
        """The person, acting for themselves."""
        return Actor(side="person", person_id=self.pk, name=self.name)

    @property
    def zone(self) -> zoneinfo.ZoneInfo:
        """The time zone that times are shown in."""
        return zoneinfo.ZoneInfo(self.time_zone)

    def rename(self, name: str, *, by: Actor) -> None:
        """Go by another name."""
        self.demand_own(by)
        cleaned = clean_name(name)
        if not cleaned:
            raise Refused("name_missing", _("Type your name, as others know you."), field="name", status=422)
        if len(cleaned) > NAME_LENGTH:
            raise Refused(
                "name_too_long", _("This name is too long. Keep it under 120 letters."), field="name", status=422
            )
        before, self.name = self.name, cleaned
        if before == cleaned:
            return
        with transaction.atomic():
            self.save(update_fields=["name"])
            names = {"before": (before, self.pk), "after": (cleaned, self.pk)}
            record("person.renamed", self, by=by, person_ids=[self.pk], private=names)

    def choose_language(self, language: str, *, by: Actor) -> None:
        """Read pages and mails in this language."""
        self.demand_own(by)
        if language not in dict(settings.LANGUAGES):
            raise Refused(
                "language_unknown", _("Choose one of the languages of the list."), field="language", status=422
            )
        self._choose("language", language, by)

    def choose_time_zone(self, time_zone: str, *, by: Actor) -> None:
        """Be shown times of this place."""
        self.demand_own(by)
        if time_zone not in zoneinfo.available_timezones():
            raise Refused(
                "time_zone_unknown", _("Choose one of the places of the list."), field="time_zone", status=422
            )
        self._choose("time_zone", time_zone, by)

    def choose_password(self, raw: str, *, by: Actor) -> None:
        """Sign in with this password from now on. It may be shorter when something else is asked for as well."""
        self.demand_own(by)
        passwords.demand_good(raw, about=self.words_about_me(), alone=not self.has_second_factor())
        kind = "password.changed" if self.has_usable_password() else "password.added"
        self.set_password(raw)
        self.password_stands_alone = len(raw) >= passwords.SHORTEST_ALONE
        with transaction.atomic():
            self.save(update_fields=["password", "password_stands_alone"])
            record(kind, self, by=by, person_ids=[self.pk])

    def drop_password(self, *, by: Actor) -> None:
        """Sign in without a password from now on: by code or passkey."""
        self.demand_own(by)
        if not self.has_usable_password():
            return
        self.set_unusable_password()
        self.password_stands_alone = False
        with transaction.atomic():
            self.save(update_fields=["password", "password_stands_alone"])
            record("password.removed", self, by=by, person_ids=[self.pk])

    def has_second_factor(self) -> bool:
        """Is a code by mail, or a password, not enough to sign in as this person?"""
        from tallystick.accounts.models.second_factor import factors_of

        return bool(factors_of(self))

    def words_about_me(self) -> list[str]:
        """Name and addresses: what a stranger would guess first."""
        return [self.name, *self.contacts.values_list("value", flat=True)]

    def firm_address(self) -> str | None:
        """A proved address that a firm can go by: of a domain of its own, the main one first. None when there is none."""
        proven = self.contacts.filter(kind="email", verified_at__isnull=False).order_by("-primary", "created_at")
        addresses = (contact.address for contact in proven)
        own = (one for one in addresses if not is_generic(one.domain) and not is_disposable(one.domain))
        return next((one.value for one in own), None)

    def demand_own(self, by: Actor) -> None:
        """Raise `Refused` unless it is the person themselves, or the house."""
        if by.side != "house" and by.person_id != self.pk:
            raise Refused("not_allowed", _("This is somebody else's account."))

    def _choose(self, field: str, value: str, by: Actor) -> None:
        if getattr(self, field) == value:
            return
        setattr(self, field, value)
        with transaction.atomic():
            self.save(update_fields=[field])
            record("person.preferences_changed", self, by=by, person_ids=[self.pk], data={field: value})

    def _get_session_auth_hash(self, secret: str | None = None) -> str:
        """Sessions are rows and are ended as rows; a new password does not end them behind the person's back."""
        return salted_hmac("tallystick.accounts.session", str(self.pk), secret=secret, algorithm="sha256").hexdigest()
