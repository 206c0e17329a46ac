"""The kinds of fact this room records, each with what it means."""

from django.utils.translation import gettext_lazy as _

FACTS = {
    "partnership.began": _("A firm and a business began to work together"),
    "partnership.changed": _("What a firm may do was changed"),
    "partnership.suspended": _("A firm's access was held up"),
    "partnership.resumed": _("A firm's access was given back"),
    "partnership.restricted": _("A client was kept to staff named for it"),
    "partnership.unrestricted": _("A client was opened to all owners and admins of the firm"),
    "partnership.ended": _("A firm and a business stopped working together"),
    "client.renamed": _("A client was given another name"),
    "grant.given": _("Somebody was given a client to work on"),
    "grant.ended": _("Somebody's work on a client ended"),
    "exclusion.made": _("Somebody was kept out of a set of books"),
    "exclusion.ended": _("Somebody is no longer kept out of a set of books"),
    "team.opened": _("A team was made"),
    "team.joined": _("Somebody joined a team"),
    "team.left": _("Somebody left a team"),
    "team.closed": _("A team was closed"),
}
