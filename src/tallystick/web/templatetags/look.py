"""What the parts need to draw themselves: icons, initials, how a state looks and what it is called."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from django import template
from django.forms.boundfield import BoundField, BoundWidget
from django.utils.functional import Promise
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _
from lucide.templatetags.lucide import lucide

register = template.Library()


@dataclass(frozen=True)
class StateLook:
    """How a state is drawn: never by colour alone, so a tone comes with an icon and a word."""

    tone: str
    icon: str
    label: str | Promise


STATES = {
    "accepted": StateLook("good", "circle-check", _("Accepted")),
    "active": StateLook("good", "circle-check", _("Active")),
    "asked": StateLook("info", "hourglass", _("Asked")),
    "at_app": StateLook("info", "log-in", _("At the app")),
    "bounced": StateLook("bad", "circle-alert", _("Did not arrive")),
    "closed": StateLook("calm", "circle-slash", _("Closed")),
    "connected": StateLook("good", "circle-check", _("Connected")),
    "connecting": StateLook("info", "hourglass", _("Connecting")),
    "declined": StateLook("calm", "circle-x", _("Declined")),
    "delivered": StateLook("good", "circle-check", _("Delivered")),
    "disconnected": StateLook("calm", "unplug", _("Disconnected")),
    "done": StateLook("good", "circle-check", _("Done")),
    "draft": StateLook("calm", "circle-dashed", _("Draft")),
    "ended": StateLook("calm", "circle-slash", _("Ended")),
    "expired": StateLook("calm", "clock", _("Expired")),
    "expiring": StateLook("warn", "calendar-clock", _("Ends soon")),
    "failed": StateLook("bad", "circle-alert", _("Failed")),
    "frozen": StateLook("warn", "circle-pause", _("Frozen")),
    "invited": StateLook("info", "hourglass", _("Invited")),
    "needs_client": StateLook("bad", "circle-alert", _("Needs the client")),
    "passed_on": StateLook("calm", "arrow-right", _("Passed on")),
    "pending": StateLook("info", "hourglass", _("Waiting for an answer")),
    "planned": StateLook("info", "calendar-clock", _("Planned")),
    "queued": StateLook("calm", "clock", _("About to be sent")),
    "retiring": StateLook("warn", "clock", _("Being replaced")),
    "revoked": StateLook("calm", "circle-slash", _("Taken back")),
    "sent": StateLook("info", "mail", _("Sent")),
    "superseded": StateLook("calm", "arrow-right", _("Replaced")),
    "suspended": StateLook("warn", "circle-pause", _("Paused")),
    "trouble": StateLook("warn", "triangle-alert", _("Trouble, we keep trying")),
    "unclaimed": StateLook("calm", "circle-dashed", _("No owner yet")),
    "unconfirmed": StateLook("warn", "circle-question-mark", _("Unconfirmed")),
    "withdrawn": StateLook("calm", "circle-slash", _("Withdrawn")),
    "working": StateLook("good", "circle-check", _("Working")),
}
"""Every state a row can be in, by the word the code uses for it."""

TONES = {"good": "circle-check", "warn": "triangle-alert", "bad": "circle-alert", "info": "info", "calm": "info"}
"""The icon that goes with a tone when nothing more is known."""


@register.simple_tag
def icon(name: str, size: int = 20) -> SafeString:
    """An icon as inline SVG, hidden from screen readers: the word beside it says what it means."""
    return _draw(str(name), size)


@lru_cache(maxsize=256)
def _draw(name: str, size: int) -> SafeString:
    drawn = lucide(name, size=size, aria_hidden="true", focusable="false")
    return mark_safe(" ".join(drawn.split()).replace("> <", "><"))  # noqa: S308 - drawn from the icon set alone


@register.filter
def state_look(state: str) -> StateLook:
    """How to draw a state. One we do not know is shown calmly under its own name."""
    return STATES.get(str(state)) or StateLook("calm", "circle-dashed", str(state).replace("_", " ").capitalize())


@register.filter
def tone_icon(tone: str) -> str:
    """The icon of a tone: good, warn, bad, info or calm."""
    return TONES.get(str(tone), "info")


@register.filter
def initials(name: str) -> str:
    """One or two letters that stand for a name: `Bob's Bikes` gives `BB`."""
    words = [word for word in str(name or "").split() if word[0].isalnum()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [words[0][0]] if words else ["?"]
    return "".join(letters).upper()


@register.filter
def error_target(field: BoundField) -> str:
    """The id of the control an error about this field should lead to: of a group, its first choice."""
    if field.use_fieldset:
        choices: list[BoundWidget] = field.subwidgets
        return (choices[0].id_for_label or "") if choices else field.auto_id
    return field.id_for_label or field.auto_id


@register.filter
def within(items: list[object], count: int) -> bool:
    """True when there are at most this many."""
    return len(items) <= count


@register.filter
def message_tone(level: str) -> str:
    """The tone of a Django message: success, warning, error, and anything else."""
    return {"success": "good", "warning": "warn", "error": "bad"}.get(str(level), "info")
