"""What guests began: by which ask or link an attempt at an app came to be, since nobody's seat stands behind it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Self

from django.db import models, transaction
from django.db.models import Q

from tallystick.connections import attempts
from tallystick.connections.models import Connection, Handshake
from tallystick.connectors.definition import Connector
from tallystick.core.access import may
from tallystick.core.actor import Actor
from tallystick.core.refused import Refused
from tallystick.invitations.models.asks import Ask
from tallystick.invitations.models.links import ClientConnectLink
from tallystick.organisations.models.tenants import hold_open


class GuestAttemptQuerySet(models.QuerySet["GuestAttempt"]):
    """Questions over guests' attempts."""

    def visible_to(self, _actor: Actor) -> Self:
        """Nobody looks at attempts of others; a guest is known by the browser."""
        return self.none()

    def of_browser(self, browser: str) -> Self:
        """Those that this browser began."""
        return self.filter(handshake__in=Handshake.objects.of_browser(browser))


class GuestAttempt(models.Model):
    """An attempt that began from an ask or from the standing link. Whether it may go on is asked of that row, each time."""

    handshake = models.OneToOneField(Handshake, on_delete=models.CASCADE, primary_key=True, related_name="guest")
    ask = models.ForeignKey(Ask, on_delete=models.PROTECT, null=True, related_name="attempts")
    link = models.ForeignKey(ClientConnectLink, on_delete=models.PROTECT, null=True, related_name="attempts")

    objects = GuestAttemptQuerySet.as_manager()

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(ask=None) ^ Q(link=None), name="guest_came_one_way"),
        ]

    def __str__(self) -> str:
        return f"guest at {self.handshake_id}"

    @classmethod
    def begin(
        cls,
        way: Ask | ClientConnectLink,
        connector: Connector,
        inputs: Mapping[str, str],
        *,
        by: Actor,
        browser: str,
        restoring: Connection | None = None,
    ) -> tuple[Handshake, str]:
        """Go to the app from an ask or link that is still alive. Changes nothing but that an attempt is there.

        As `attempts.begin`: the handshake, and where to go. Raises `Refused` when the ask or link is over.
        """
        way.refresh_from_db()
        ask = way if isinstance(way, Ask) else None
        if not restoring and not way.is_open:
            raise way.over()
        with transaction.atomic():
            handshake, address = attempts.begin(
                way.organisation, connector, inputs, by=by, browser=browser, restoring=restoring
            )
            cls.objects.create(handshake=handshake, ask=ask, link=None if ask else way)
        return handshake, address

    @property
    def way(self) -> Ask | ClientConnectLink:
        """The ask or link it came by."""
        way = self.ask or self.link
        assert way is not None, "the database keeps one of the two"
        return way

    def note_return(self) -> None:
        """The app has sent its visitor back. A GET may say so: only the browser that began can bring it about."""
        if self.ask and self.handshake.because == "" and not self.handshake.restoring_id:
            self.ask.reach_app(by=self.handshake.actor)

    def connect(self, account_ids: list[str], *, by: Actor) -> list[Connection]:
        """Yes, these accounts. One transaction, in which the ask or link is still alive. Twice is once.

        What comes by the standing link from somebody who has no seat there is unconfirmed. When it is over meanwhile, the
        consent is taken back at the app. Raises `Refused`.
        """
        try:
            with transaction.atomic():
                hold_open(self.handshake.organisation_id)  # before the ask or link, as whoever closes the books does
                self.way.hold()
                known = may(by.member_id, self.handshake.organisation_id, "connect")
                made = attempts.choose(self.handshake, account_ids, by=by, unconfirmed=not self.ask and not known)
                if self.ask:
                    self.ask.connect(made[0], by=by)
                if self.link:
                    self.link.note_use()
        except Refused as refused:
            self.handshake.refresh_from_db()
            if self.handshake.state == "done":
                return attempts.choose(self.handshake, account_ids, by=by)
            if refused.field != "account":
                attempts.dismiss(self.handshake)
            raise
        return made
