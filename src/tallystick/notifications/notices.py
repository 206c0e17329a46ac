"""The kinds of message that people may tune. What concerns the safety of an account is none of them."""

from django.utils.translation import gettext_lazy as _

from tallystick.accounts.models.choices import register_notice

MEMBERS = "members"
PARTNERSHIPS = "partnerships"
GRANTS = "grants"
CONNECTIONS = "connections"
REPAIRS = "repairs"
ALWAYS = "always"
"""What concerns somebody's own seat or firm, or what they did and did not work: they can't turn it off."""
SAFETY = "safety"
"""What concerns the safety of an account: it can't be turned off, and goes to every proved address."""


def register_notices() -> None:
    """Tell the accounts room what can be tuned, so that it stands on everybody's preferences."""
    register_notice(MEMBERS, _("Somebody joins, leaves or gets another role"))
    register_notice(PARTNERSHIPS, _("A firm and a client begin, change or end their work together"))
    register_notice(GRANTS, _("A client is given to me, or taken back"))
    register_notice(CONNECTIONS, _("An app is asked for, connected, disconnected, or has trouble"))
    register_notice(
        REPAIRS, _("An app needs somebody: it has stopped working, its consent ends soon, or nobody knows whose it is")
    )
