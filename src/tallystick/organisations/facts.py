"""The kinds of fact this room records, each with what it means."""

from django.utils.translation import gettext_lazy as _

FACTS = {
    "firm.opened": _("A firm was set up"),
    "firm.approved": _("A firm was approved"),
    "firm.renamed": _("A firm was given another name"),
    "firm.logo_changed": _("A firm chose another logo, or has none any more"),
    "business.opened": _("A business was set up"),
    "business.renamed": _("A business was given another name"),
    "organisation.opened": _("A set of books was added"),
    "organisation.renamed": _("A set of books was given another name"),
    "organisation.closed": _("A set of books was closed"),
    "member.joined": _("Somebody joined"),
    "member.role_changed": _("Somebody was given another role"),
    "member.organisations_changed": _("Somebody was given other sets of books"),
    "member.suspended": _("Somebody's seat was held up"),
    "member.resumed": _("Somebody's seat was given back"),
    "member.signed_out": _("Somebody was signed out everywhere"),
    "member.ended": _("Somebody left"),
}
