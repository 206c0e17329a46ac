"""The kinds of fact this room records, each with what it means."""

from django.utils.translation import gettext_lazy as _

FACTS = {
    "invitation.made": _("Somebody was asked to connect apps, by a link or by mail"),
    "invitation.sent_again": _("The mail of an invitation was sent again, with a new time"),
    "invitation.completed": _("Everything that an invitation asked for has come to an end"),
    "invitation.withdrawn": _("An invitation was withdrawn; its links are dead"),
    "invitation.expired": _("An invitation came to its end unanswered"),
    "invitation.wanted_again": _("Somebody who was asked wants a new link, as theirs is over"),
    "ask.reached_app": _("Somebody who was asked came back from the app"),
    "ask.connected": _("An app that was asked for is connected"),
    "ask.declined": _("Somebody who was asked said no to an app"),
    "ask.passed_on": _("Somebody who was asked named another person for an app"),
    "link.made": _("The Client Connect link of a set of books was made"),
    "link.replaced": _("The Client Connect link of a set of books was replaced; the old one is dead"),
    "link.expired": _("A Client Connect link that nobody used for a year came to its end"),
    "kit.made": _("A firm made a set of apps to ask for"),
    "kit.changed": _("A firm changed a set of apps to ask for"),
    "kit.removed": _("A firm removed a set of apps to ask for"),
}
