"""The kinds of fact this room records itself, each with what it means."""

from django.utils.translation import gettext_lazy as _

FACTS = {
    "refusal.made": _("Somebody tried what they may not do"),
    "person.erased": _("A person's names and contacts were erased"),
}
