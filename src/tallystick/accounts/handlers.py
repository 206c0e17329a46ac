"""The jobs of this room."""

from tallystick.accounts.models.codes import forget_attempts
from tallystick.accounts.models.limits import forget_full_allowances
from tallystick.accounts.models.sessions import forget_sessions
from tallystick.jobs import handler, periodic


@periodic("41 * * * *")
@handler("accounts.forget")
def forget() -> None:
    """Delete what has had its time: attempts, sessions, used limits."""
    forget_attempts()
    forget_sessions()
    forget_full_allowances()
