"""Words for roles and scopes inside a message's sentences."""

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
