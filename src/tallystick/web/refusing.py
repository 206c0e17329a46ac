"""What counts as a no to whoever pressed: a verb's own, and the database's, where two who press at once wait for each other."""

from __future__ import annotations

import logging

from django.db import OperationalError
from django.utils.translation import gettext as _

from tallystick.core.refused import Refused

logger = logging.getLogger(__name__)

_BROKEN_OFF = frozenset({"40001", "40P01"})
"""PostgreSQL, appendix A: serialization_failure and deadlock_detected. The transaction is undone as a whole."""


def refusal_in(trouble: BaseException) -> Refused | None:
    """The no in what a verb raised; None when it is a failure. Verbs take hold of rows in one order, so a circle of waiting
    is one that nobody thought of: nothing was done, and to press again is all that it takes.

    It should not be, so whoever runs this finds it in the log.
    """
    if isinstance(trouble, Refused):
        return trouble
    state = getattr(trouble.__cause__, "sqlstate", None)
    if isinstance(trouble, OperationalError) and state in _BROKEN_OFF:
        logger.warning("The database broke off a verb (%s): two waited for each other.", state)
        message = _("Two things were pressed here at the same moment, so this one was not done.")
        return Refused("pressed_at_once", message, next_step=_("Try it once more."), status=409)
    return None
