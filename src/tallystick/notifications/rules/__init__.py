"""Which fact calls for which messages: one line per kind.

A rule reads the fact's own data, because the row may have moved on; names that were erased since are left out.
"""

from collections.abc import Callable, Sequence

from tallystick.audit.models import Fact
from tallystick.notifications.rules import connections, grants, invitations, members, partnerships, safety, tenants

Rule = Callable[[Fact], None]

RULES: dict[str, Sequence[Rule]] = {
    "account.opened": [safety.welcome],
    "account.emptied": [safety.tell_the_owner],
    "contact.added": [safety.tell_older_addresses],
    "contact.removed": [safety.tell_the_address_removed, safety.tell_the_owner_of_proved],
    "contact.made_primary": [safety.tell_the_owner],
    "password.added": [safety.tell_the_owner],
    "password.changed": [safety.tell_the_owner],
    "password.removed": [safety.tell_the_owner],
    "passkey.added": [safety.tell_the_owner],
    "passkey.removed": [safety.tell_the_owner],
    "totp.added": [safety.tell_the_owner],
    "totp.removed": [safety.tell_the_owner],
    "recovery_codes.made": [safety.tell_the_owner],
    "recovery_code.used": [safety.tell_the_owner],
    "firm.opened": [tenants.tell_of_a_new_firm],
    "firm.approved": [tenants.tell_of_approval],
    "member.joined": [members.tell_the_person, members.tell_the_admins],
    "member.role_changed": [members.tell_the_person, members.tell_the_admins],
    "member.suspended": [members.tell_the_person, members.tell_the_admins],
    "member.resumed": [members.tell_the_person, members.tell_the_admins],
    "member.ended": [members.tell_the_person, members.tell_the_admins],
    "partnership.began": [partnerships.tell_both_sides],
    "partnership.changed": [partnerships.tell_both_sides_of_new_terms],
    "partnership.suspended": [partnerships.tell_both_sides],
    "partnership.resumed": [partnerships.tell_both_sides],
    "partnership.ended": [partnerships.tell_both_sides, invitations.take_back_what_went_along],
    "organisation.closed": [invitations.take_back_what_went_along],
    "grant.given": [grants.tell_the_person],
    "grant.ended": [grants.tell_the_person],
    "connection.made": [connections.tell_everyone],
    "connection.confirmed": [connections.tell_the_other_side],
    "connection.removed": [connections.tell_everyone],
    "connection.broke": [connections.ask_everyone],
    "connection.still_broken": [connections.ask_everyone],
    "connection.mended": [connections.tell_who_was_asked],
    "connection.trouble_lasts": [connections.tell_the_firm],
    "connection.expiring": [connections.warn_everyone],
    "invitation.made": [invitations.send_it, invitations.copy_the_asker],
    "invitation.sent_again": [invitations.send_it],
    "invitation.withdrawn": [invitations.take_it_back],
    "invitation.expired": [invitations.stop_sending, invitations.tell_it_lapsed],
    "invitation.wanted_again": [invitations.tell_they_want_it_again],
    "invitation.completed": [invitations.stop_sending, invitations.tell_all_is_answered],
    "ask.declined": [invitations.tell_of_a_no],
    "ask.passed_on": [invitations.tell_it_was_passed_on],
    "delivery.failed": [invitations.tell_it_did_not_arrive],
    "app.refused_us": [connections.tell_the_operators],
    "app.knows_us": [connections.tell_the_operators],
}
