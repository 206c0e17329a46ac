"""The jobs of this room."""

from tallystick.endings.lapsing import write_down_what_lapsed
from tallystick.endings.orphans import orphans
from tallystick.jobs import GiveUp, handler, periodic


@periodic("* * * * *")
@handler("endings.write_down")
def write_down() -> None:
    """Give every end that came by itself its fact."""
    write_down_what_lapsed()


@periodic("23 2 * * *")
@handler("endings.look_for_orphans")
def look_for_orphans() -> None:
    """Fail loudly, by a line in the list of failed jobs, when something outlived that on which it hung."""
    found = orphans()
    if found:
        named = ", ".join(f"{table} {row}" for table, row in found[:5])
        raise GiveUp(f"{len(found)} open rows hang on ended ones: {named}.")
