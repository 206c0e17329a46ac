"""Deliveries on their way out, the relay's pauses, addresses that bounced, and the demo's letters."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, Literal, Self
from urllib.parse import urlsplit

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Coalesce
from django.utils.translation import gettext_lazy as _

from tallystick.core.actor import Actor
from tallystick.core.clock import Now
from tallystick.core.models import Row
from tallystick.core.sealing import keyed_digests
from tallystick.core.text import clean_name
from tallystick.jobs import later
from tallystick.outbox.contents import Contents

Channel = Literal["mail", "text"]

LEASE_SECONDS = 120.0
"""How long one worker has a delivery to itself: longer than the longest talk with a relay (see `smtp.DEADLINE`)."""

FIRST_PAUSE, LONGEST_PAUSE = 15.0, 300.0  # seconds that a relay is left alone

_ANSWER = 200  # characters kept of a relay's answer
_URGENT = 10  # codes overtake whatever else waits
_SOON = timedelta(hours=1)  # what ends so soon is waited for


class State(models.TextChoices):
    """Where a delivery stands."""

    QUEUED = "queued", _("Waiting")
    SENT = "sent", _("Sent")
    DEFERRED = "deferred", _("Not yet taken, trying again")
    FAILED = "failed", _("Not taken")
    BOUNCED = "bounced", _("Came back")
    SUPPRESSED = "suppressed", _("Not sent")


OPEN = (State.QUEUED, State.DEFERRED)


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    """Questions over deliveries."""

    def visible_to(self, actor: Actor) -> Self:
        """A tenant's own, a person's own, all for an operator."""
        if actor.side == "operator":
            return self.all()
        if actor.firm_id or actor.business_id:
            owner = {"firm_id": actor.firm_id} if actor.firm_id else {"business_id": actor.business_id}
            return self.filter(**owner)
        return self.filter(person_id=actor.person_id) if actor.person_id else self.none()

    def to_address(self, channel: Channel, to: str) -> Self:
        """Those to one address."""
        return self.filter(channel=channel, to_digest__in=address_digests(to))

    def unsent(self) -> Self:
        """Those still on their way out."""
        return self.filter(state__in=OPEN)

    def unleased(self) -> Self:
        """Those that no worker has in hand."""
        return self.filter(Q(lease_until=None) | Q(lease_until__lt=Now()))

    def due(self) -> Self:
        """Those to be sent now."""
        return self.unsent().unleased().filter(next_try_at__lte=Now())


class Delivery(Row):
    """One message to one address by one channel, and what became of it."""

    once = models.CharField(max_length=200, unique=True)
    channel = models.CharField(max_length=4, choices=[("mail", _("Mail")), ("text", _("Text message"))])
    kind = models.CharField(max_length=60)
    person_id = models.UUIDField(null=True, db_index=True)
    firm_id = models.UUIDField(null=True, db_index=True)
    business_id = models.UUIDField(null=True, db_index=True)
    language = models.CharField(max_length=10)
    secret = models.BooleanField()
    sealed = models.BinaryField(null=True)
    to_digest = models.CharField(max_length=64, db_index=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(max_length=30, blank=True)
    answer = models.CharField(max_length=_ANSWER, blank=True)
    tries = models.IntegerField(default=0)
    next_try_at = models.DateTimeField(db_default=Now())
    expires_at = models.DateTimeField(null=True)
    lease = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    message_id = models.CharField(max_length=320)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name_plural = "deliveries"
        indexes: ClassVar = [
            models.Index(fields=["next_try_at"], condition=Q(state__in=OPEN), name="deliveries_to_send"),
            models.Index(fields=["created_at"], name="deliveries_by_age"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(state__in=State.values), name="delivery_state_is_known"),
            models.CheckConstraint(condition=~Q(state__in=OPEN) | Q(sealed__isnull=False), name="unsent_has_contents"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}: {self.state}"

    @classmethod
    def queue(  # noqa: PLR0913 - a message has this many parts, each named where it is called
        cls,
        *,
        once: str,
        channel: Channel,
        to: str,
        subject: str,
        text: str,
        html: str,
        kind: str,
        language: str,
        secret: bool,
        person_id: uuid.UUID | None = None,
        firm_id: uuid.UUID | None = None,
        business_id: uuid.UUID | None = None,
        sender: str = "",
        reply_to: str = "",
        headers: Mapping[str, str] | None = None,
        expires_at: datetime | None = None,
        suppressed: str = "",
    ) -> Delivery:
        """Put a message in the outbox, in the caller's transaction, and leave the job that sends it.

        `once` is the message's own key: asked for twice, the first stands. `secret`: it carries a code or a link, so its
        contents are erased when sent. `sender`: whose name it comes under. `expires_at`: from then on it is pointless and
        isn't sent; a secret that ends within the hour is a code, and overtakes others. `suppressed`: why it isn't sent at
        all; the row shows that it would have been.
        """
        row = Delivery(
            once=once,
            channel=channel,
            kind=kind,
            person_id=person_id,
            firm_id=firm_id,
            business_id=business_id,
            language=language,
            secret=secret,
            expires_at=expires_at,
            to_digest=address_digests(to)[0],
        )
        row.message_id = f"<{row.pk}@{urlsplit(settings.BASE_URL).hostname}>"
        contents = Contents(
            to=to,
            subject=clean_name(subject),
            text=text,
            html=html,
            sender=clean_name(sender),
            reply_to=reply_to,
            headers={name: " ".join(value.split()) for name, value in (headers or {}).items()},
        )
        if suppressed:
            row.state, row.reason = State.SUPPRESSED, suppressed
        else:
            row.sealed = contents.sealed(*row._place)
        with transaction.atomic():
            Delivery.objects.bulk_create([row], ignore_conflicts=True)
            kept = Delivery.objects.get(once=once)
            if kept.pk == row.pk and not suppressed:
                later("outbox.send", once=kept.job_key, priority=kept.priority, delivery_id=kept.pk)
        return kept

    @property
    def _place(self) -> tuple[str, ...]:
        return ("outbox_delivery", "sealed", str(self.pk))

    @property
    def job_key(self) -> str:
        """The key of the job that sends it: one waits at a time."""
        return f"outbox.send:{self.pk}"

    @property
    def priority(self) -> int:
        """Codes go first: somebody is waiting for them. A link that lives for days can wait its turn."""
        long_lived = self.expires_at is not None and self.expires_at - self.created_at > _SOON
        return _URGENT if self.secret and not long_lived else 0

    @property
    def contents(self) -> Contents | None:
        """What it says, or None once erased. Raises `core.sealing.Unopenable`."""
        return None if self.sealed is None else Contents.unsealed(bytes(self.sealed), *self._place)

    @classmethod
    def claim(cls, delivery_id: uuid.UUID | str) -> Delivery | None:
        """Take a delivery that is due for one try; None when it isn't, or another worker has it."""
        lease = uuid.uuid4()
        taken = cls.objects.due().filter(pk=delivery_id)
        if not taken.update(lease=lease, lease_until=Now() + timedelta(seconds=LEASE_SECONDS), tries=F("tries") + 1):
            return None
        return cls.objects.get(pk=delivery_id)

    @classmethod
    def take_back(cls, keys: Iterable[str], *, because: str) -> None:
        """Don't send those of these that have not left: they have become pointless. What is in a worker's hands may leave."""
        with transaction.atomic():
            waiting = cls.objects.unsent().filter(once__in=list(keys))
            waiting.unleased().update(state=State.SUPPRESSED, reason=because[:30], sealed=None)
            waiting.update(expires_at=Now())

    def settle(self, state: State, **changes: Any) -> bool:
        """Write down how this try ended and give the lease back; False when it had been lost to another worker.

        A delivery that comes to its end with a secret in it, or without having been sent, keeps no contents.
        """
        if state not in OPEN and (self.secret or state != State.SENT):
            changes["sealed"] = None
        if "answer" in changes:
            changes["answer"] = changes["answer"][:_ANSWER]
        mine = Delivery.objects.unsent().filter(pk=self.pk, lease=self.lease)
        return mine.update(state=state, lease=None, lease_until=None, **changes) == 1


def address_digests(to: str) -> list[str]:
    """How an address is found again without being written down: one keyed digest for each key of the ring."""
    return keyed_digests(to.strip().casefold(), purpose="outbox address")


class Relay(models.Model):
    """Whether the relay of a channel can be reached. While it can't, nobody tries but one message at a time."""

    channel = models.CharField(max_length=4, primary_key=True)
    away_since = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    failures = models.IntegerField(default=0)
    answer = models.CharField(max_length=_ANSWER, blank=True)

    def __str__(self) -> str:
        return f"{self.channel} relay"

    @classmethod
    def paused(cls, channel: str) -> datetime | None:
        """Until when nobody should try, or None."""
        return (
            cls.objects.filter(channel=channel, paused_until__gt=Now()).values_list("paused_until", flat=True).first()
        )

    @classmethod
    def pause(cls, channel: str, answer: str) -> None:
        """It could not be reached: nobody tries for 15 s, twice as long after each further failure, 5 min at most."""
        cls.objects.get_or_create(channel=channel)
        cls.objects.filter(channel=channel).update(
            away_since=Coalesce(F("away_since"), Now()),
            failures=F("failures") + 1,
            answer=answer[:_ANSWER],
        )
        failures = cls.objects.values_list("failures", flat=True).get(channel=channel)
        seconds = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(failures - 1, 10))
        cls.objects.filter(channel=channel).update(paused_until=Now() + timedelta(seconds=seconds))

    @classmethod
    def reached(cls, channel: str) -> None:
        """It took a message, or at least talked."""
        cls.objects.filter(channel=channel, failures__gt=0).update(
            away_since=None, paused_until=None, failures=0, answer=""
        )


class Mark(Row):
    """An address that the relay refused for good. Reminders and notices don't go there any more; codes still do."""

    channel = models.CharField(max_length=4)
    to_digest = models.CharField(max_length=64)
    answer = models.CharField(max_length=_ANSWER, blank=True)

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(fields=["channel", "to_digest"], name="one_mark_per_address")]

    def __str__(self) -> str:
        return f"{self.channel} {self.answer}"

    @classmethod
    def put(cls, channel: str, to: str, answer: str) -> None:
        """Remember that an address does not work."""
        defaults = {"answer": answer[:_ANSWER]}
        cls.objects.update_or_create(channel=channel, to_digest=address_digests(to)[0], defaults=defaults)

    @classmethod
    def lift(cls, channel: str, to: str) -> None:
        """It works again: a message was taken for it."""
        cls.objects.filter(channel=channel, to_digest__in=address_digests(to)).delete()

    @classmethod
    def stands(cls, channel: str, to: str) -> bool:
        """Is this address known not to work?"""
        return cls.objects.filter(channel=channel, to_digest__in=address_digests(to)).exists()


class Letter(Row):
    """What the demo's mailbox shows: a message as its recipient would see it. Sealed like the outbox."""

    message_id = models.CharField(max_length=320, unique=True)
    channel = models.CharField(max_length=4)
    sealed = models.BinaryField()

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-created_at"], name="letters_newest_first")]

    def __str__(self) -> str:
        return self.message_id

    @classmethod
    def drop(cls, message_id: str, channel: str, contents: Contents) -> None:
        """Put a message in the mailbox, once however often it is sent."""
        if not Letter.objects.filter(message_id=message_id).exists():
            letter = Letter(message_id=message_id, channel=channel)
            letter.sealed = contents.sealed(*letter._place)
            Letter.objects.bulk_create([letter], ignore_conflicts=True)

    @property
    def _place(self) -> tuple[str, ...]:
        return ("outbox_letter", "sealed", str(self.pk))

    @property
    def contents(self) -> Contents:
        """What it says. Raises `core.sealing.Unopenable`."""
        return Contents.unsealed(bytes(self.sealed), *self._place)
