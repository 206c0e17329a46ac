"""The people of the demo, by the name everything else calls them."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

PASSWORD = "a quiet tally of notches"  # noqa: S105 - it opens a demo on this machine, and is shown on its first page
"""Everybody's password in the demo, which listens on this machine alone."""


@dataclass(frozen=True)
class Figure:
    """Somebody in the demo: what they are called, where mail reaches them, and what they are in words."""

    key: str
    name: str
    email: str
    role: str
    of: str
    try_this: str | Promise
    language: str = "en"
    time_zone: str = "Europe/Amsterdam"


CAST = (
    Figure(
        "alice",
        "Alice Jansen",
        "alice@alice-partners.example",
        "owner",
        "Alice & Partners",
        _("See your clients, give one to Sofia, take it back."),
    ),
    Figure(
        "amir",
        "Amir Haddad",
        "amir@alice-partners.example",
        "admin",
        "Alice & Partners",
        _("Keep a client to named people."),
    ),
    Figure(
        "sofia",
        "Sofia Lindqvist",
        "sofia@alice-partners.example",
        "staff",
        "Alice & Partners",
        _("See only the clients that were given to you."),
        "en",
        "Europe/Stockholm",
    ),
    Figure(
        "sam",
        "Sam O’Neill",
        "sam@alice-partners.example",
        "staff",
        "Alice & Partners",
        _("See what you find while your access is paused."),
    ),
    Figure(
        "bob",
        "Bob Baker",
        "bob@bobs-bakery.example",
        "owner",
        "Bob’s Bakery",
        _("See who has access to your books. Pause a firm, keep one person out."),
    ),
    Figure(
        "bea",
        "Bea Visser",
        "bea@bobs-bakery.example",
        "admin",
        "Bob’s Bakery",
        _("Choose which books an employee works on."),
        "nl",
    ),
    Figure(
        "ben",
        "Ben Yılmaz",
        "ben@bobs-bakery.example",
        "employee",
        "Bob’s Bakery",
        _("See only the books you were given."),
    ),
    Figure(
        "bo",
        "Bo Chen",
        "bo@bobs-bakery.example",
        "contact",
        "Bob’s Bakery",
        _("See what somebody sees who was asked for one thing."),
    ),
    Figure(
        "noor",
        "Noor van Dijk",
        "noor@cafe-noord.example",
        "owner",
        "Café Noord",
        _("Give a firm you paused its access back."),
        "nl",
    ),
    Figure(
        "dirk",
        "Dirk de Vries",
        "dirk@devries.example",
        "owner",
        "De Vries Joinery",
        _("See a firm you left, and the one you have now."),
        "nl",
    ),
    Figure(
        "gina",
        "Gina Rossi",
        "gina@greenleaf.example",
        "owner",
        "Green Leaf Florist",
        _("Switch between your shop and the firm you also work for."),
        "en",
        "Europe/Rome",
    ),
    Figure(
        "charlie",
        "Charlie Brooks",
        "charlie@brooks-books.example",
        "owner",
        "Brooks Bookkeeping",
        _("See that you can't see Alice’s clients."),
        "en",
        "Europe/London",
    ),
    Figure(
        "olivia",
        "Olivia Stone",
        "olivia@tallystick.example",
        gettext_noop("operator"),
        gettext_noop("this site"),
        _("Approve a firm that waits."),
    ),
    Figure(
        "fleur",
        "Fleur Peters",
        "fleur@peters-count.example",
        "owner",
        "Peters Count",
        _("See a firm that waits for approval."),
    ),
)
