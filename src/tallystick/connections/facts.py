"""The kinds of fact this room records, each with what it means."""

from django.utils.translation import gettext_lazy as _

FACTS = {
    "connection.made": _("An app was connected"),
    "connection.confirmed": _("A connection was confirmed as the business's own"),
    "connection.broke": _("A connection needs the client"),
    "connection.troubled": _("A connection has trouble; we keep trying"),
    "connection.mended": _("A connection works again"),
    "connection.restored": _("A connection was restored"),
    "connection.expiring": _("The consent of a connection ends soon"),
    "connection.removed": _("An app was disconnected"),
    "credential.revoked": _("The consent at the app was revoked there"),
    "attempt.failed": _("An attempt to connect an app did not succeed"),
}
