"""The kinds of fact this room records, each with what it means."""

from django.utils.translation import gettext_lazy as _

FACTS = {
    "account.opened": _("An account was opened"),
    "account.emptied": _("An account was emptied for the owner of its address"),
    "person.renamed": _("Somebody goes by another name"),
    "person.preferences_changed": _("Somebody changed language, time zone or notices"),
    "contact.added": _("An address or number was added"),
    "contact.proven": _("Somebody proved that an address or number is theirs"),
    "contact.made_primary": _("Another address became the main one"),
    "contact.removed": _("An address or number was removed"),
    "session.began": _("Somebody signed in"),
    "session.ended": _("A session was ended"),
    "password.added": _("A password was set"),
    "password.changed": _("A password was changed"),
    "password.removed": _("A password was removed"),
    "passkey.added": _("A passkey was added"),
    "passkey.removed": _("A passkey was removed"),
    "totp.added": _("An authenticator app was added"),
    "totp.removed": _("An authenticator app was removed"),
    "recovery_codes.made": _("New recovery codes were made"),
    "recovery_code.used": _("A recovery code was used"),
}
