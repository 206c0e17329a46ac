"""The jobs of this room. Each is safe to run twice."""

from tallystick.connections import attempts
from tallystick.jobs import handler, periodic


@handler("connections.finish")
async def finish(handshake_id: str) -> None:
    """The return of an attempt: talk to the app, and show what it gave."""
    await attempts.finish(handshake_id)


@periodic("*/5 * * * *")
@handler("connections.sweep_attempts")
def sweep_attempts() -> None:
    """Write down that attempts are over, and take their consents back."""
    attempts.sweep()
