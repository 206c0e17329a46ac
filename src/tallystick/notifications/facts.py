"""The kinds of fact this room records, each with what it means."""

from django.utils.translation import gettext_lazy as _

FACTS = {"delivery.failed": _("A message could not be delivered")}
