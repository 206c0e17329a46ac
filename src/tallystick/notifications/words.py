"""Words for roles, scopes and what went wrong, alike in messages and on pages."""

from django.utils.translation import gettext_lazy as _

ROLE_NAMES = {
    "owner": _("owner"),
    "admin": _("admin"),
    "staff": _("staff"),
    "member": _("employee"),
    "contact": _("contact"),
}

SCOPE_WORDS = {
    "see": _("See the books and which apps are connected"),
    "connect": _("Connect apps and mend connections"),
    "ask": _("Ask people to connect apps"),
    "disconnect": _("Disconnect apps"),
    "data": _("Read what the connected apps send"),
    "keys": _("Make keys for accounting software"),
}

WRONG = {
    "grant_ended": _("%(app)s no longer lets us in: the consent was taken back or has ended"),
    "ended": _("%(app)s no longer lets us in: the consent was taken back or has ended"),
    "access_refused": _("%(app)s no longer lets us in"),
    "permission_missing": _("%(app)s no longer shows what we need to see"),
    "key_wrong": _("%(app)s does not know the key any more"),
    "answer_lost": _("%(app)s did not tell us the new key it gave out"),
    "consent_ended": _("The consent at %(app)s has ended"),
    "account_gone": _("The account is no longer among those we may see at %(app)s"),
    "app_busy": _("%(app)s is too busy to answer"),
}
"""What went wrong with a connection, by kind; an app that is in no state to answer is the rest."""

DOWN = _("%(app)s does not answer")
