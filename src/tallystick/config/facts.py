"""The kinds of fact that commands record."""

from django.utils.translation import gettext_lazy as _

FACTS = {"operator.added": _("Somebody was made one of those who run this site")}
