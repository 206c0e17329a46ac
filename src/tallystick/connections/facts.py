"""The kinds of fact this room records, each with what it means."""

from django.utils.translation import gettext_lazy as _

FACTS = {
    "connection.made": _("An app was connected"),
    "connection.confirmed": _("A connection was confirmed as the business's own"),
    "connection.broke": _("A connection needs the client"),
    "connection.troubled": _("A connection has trouble; we keep trying"),
    "connection.mended": _("A connection works again"),
    "connection.still_broken": _("A connection still needs the client"),
    "connection.trouble_lasts": _("A connection has had trouble for a day"),
    "connection.restored": _("A connection was restored"),
    "connection.expiring": _("The consent of a connection ends soon"),
    "connection.removed": _("An app was disconnected"),
    "credential.revoked": _("The consent at the app was taken back, or needs a person to take it back there"),
    "app.refused_us": _("An app no longer knows this installation: its client id or secret is to be mended"),
    "app.knows_us": _("An app knows this installation again"),
    "attempt.failed": _("An attempt to connect an app did not succeed"),
}
