"""The daily digest: what waited since yesterday, in one mail, in the morning of the person's own place."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.db.models import Min

from tallystick.accounts.models import User
from tallystick.core.clock import now
from tallystick.notifications.models import DigestLine
from tallystick.notifications.sending import addresses_of, mail
from tallystick.outbox.rendering import render_message

HOUR = 8
"""The hour of the day, at the person's place, at which the digest leaves."""

LONGEST = timedelta(hours=26)
"""What has waited this long leaves at the next full hour, should the morning have been missed."""

MOST = 50
"""Lines in one digest; more are counted."""


def send_digests() -> None:
    """Send the digests whose hour it is. Called once an hour."""
    moment = now()
    waiting = DigestLine.objects.values("person").annotate(oldest=Min("created_at")).values_list("person", "oldest")
    people = User.objects.in_bulk([person_id for person_id, _oldest in waiting])
    for person_id, oldest in waiting:
        person = people[person_id]
        if moment.astimezone(person.zone).hour == HOUR or moment - oldest > LONGEST:
            send_digest(person_id)


def send_digest(person_id: UUID) -> None:
    """Put everything that waits for one person into one mail. Safe to run twice: the lines go with the mail."""
    with transaction.atomic():
        person = User.objects.select_for_update(no_key=True).get(pk=person_id)
        lines = list(DigestLine.objects.filter(person=person).order_by("created_at"))
        if not lines:
            return
        context = {
            "lines": lines[:MOST],
            "count": len(lines),
            "more": len(lines) - MOST,
            "action_url": f"{settings.BASE_URL}/",
        }
        words = render_message("digest", context, person.language, person.time_zone)
        for contact in addresses_of(person):
            mail(contact.value, person, words, once=f"digest:{lines[0].pk}", message="digest")
        DigestLine.objects.filter(pk__in=[line.pk for line in lines]).delete()
