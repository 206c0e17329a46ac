"""The jobs that keep connections alive. Each is safe to run twice.

Those that wait for apps stand in a lane of their own, hundreds at once, and hold no connection to the database meanwhile.
"""

from uuid import UUID

from tallystick.connections import looking, notices, reminding, renewing, revoking, spool
from tallystick.connections.access import Ended, Unavailable
from tallystick.jobs import handler, periodic

APPS = "apps"


@handler("connections.renew", queue=APPS)
async def renew(credential_id: str, generation: int) -> None:
    """Renew a token whose time has come. What fails is laid again by the clock, and its connections say so."""
    try:
        await renewing.renew(UUID(credential_id), generation)
    except (Ended, Unavailable):
        return


@handler("connections.look", queue=APPS)
async def look(connection_id: str) -> None:
    """Look whether a connection works."""
    await looking.look(UUID(connection_id))


@handler("connections.revoke", queue=APPS)
async def revoke(credential_id: str) -> None:
    """Take a consent back at the app."""
    await revoking.revoke(UUID(credential_id))


@handler("connections.notice")
def work_on_notice(notice_id: str) -> None:
    """Work on what an app told."""
    notices.work_on(UUID(notice_id))


@periodic("* * * * *")
@handler("connections.lay")
def lay() -> None:
    """Leave the renewals, looks and revocations whose time has come, and put back what a dead database did not take."""
    spool.replay()
    renewing.lay_due()
    looking.lay_due()
    revoking.lay_due()


@periodic("*/10 * * * *")
@handler("connections.remind")
def remind() -> None:
    """Tell of consents that end and of connections that still need somebody."""
    reminding.remind()


@periodic("41 3 * * *")
@handler("connections.forget_notices")
def forget_notices() -> None:
    """Forget messages after their time."""
    notices.forget_old()
