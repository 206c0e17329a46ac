"""The one clock as a function: `clock_timestamp()`, because `now()` stands still while a transaction waits for a lock."""

from django.db import migrations

# STABLE, so that the decision which uses it can be inlined. Tests replace the body to shift time; only the role that
# owns tables can do that, so in an installation nobody who serves can.
CLOCK = """
create function tallystick_now() returns timestamptz
language plpgsql stable parallel safe as 'begin return clock_timestamp(); end'
"""


class Migration(migrations.Migration):
    """Creates the clock."""

    initial = True
    dependencies = []
    operations = [migrations.RunSQL(CLOCK, "drop function tallystick_now()")]
