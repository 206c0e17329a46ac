"""The jobs of this room."""

from tallystick.audit.heads import export_heads
from tallystick.jobs import handler, periodic


@periodic("7 * * * *")
@handler("audit.export_heads")
def export() -> None:
    """Write down, outside the database and signed, where the chains end."""
    export_heads()
