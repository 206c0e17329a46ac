"""The shelves on which apps stand, in the order in which people look for them."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

CATEGORIES: dict[str, Promise] = {
    "ecommerce": _("Online shops"),
    "pos": _("Tills"),
    "payments": _("Payment services"),
    "bank": _("Banks"),
    "accounting": _("Bookkeeping"),
    "payroll": _("Payroll"),
    "expenses": _("Cards and expenses"),
}
