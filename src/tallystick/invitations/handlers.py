"""The jobs of this room: ends that have come are written down. Each is safe to run twice."""

from tallystick.invitations.models import ClientConnectLink, Invitation
from tallystick.invitations.models.invitations import expire_lapsed
from tallystick.jobs import handler, periodic


@periodic("* * * * *")
@handler("invitations.expire")
def expire() -> None:
    """Write down which invitations and standing links have come to their end."""
    expire_lapsed(Invitation.objects.all())
    ClientConnectLink.expire_lapsed()
