"""A client was given to somebody of the firm, or taken back."""

from __future__ import annotations

from tallystick.audit.models import Fact
from tallystick.notifications.notices import GRANTS
from tallystick.notifications.rules.reading import key, message_for, told, without_the_actor
from tallystick.notifications.sending import send_to_all
from tallystick.notifications.words import SCOPE_WORDS
from tallystick.partnerships.models import Grant


def tell_the_person(fact: Fact) -> None:
    """Whose grant it is, unless they gave it to themselves. A team's grant is read on the client's page."""
    grant = Grant.objects.select_related("member__person", "firm").get(pk=fact.subject_id)
    if grant.member is None:
        return
    message = message_for(fact)
    given = fact.kind == "grant.given"
    context = told(fact) | {
        "tenant": grant.firm.name,
        "may": [words for scope, words in SCOPE_WORDS.items() if scope in fact.data.get("scopes", [])],
    }
    path = f"{grant.firm.url}clients/{grant.partnership_id}/" if given else grant.firm.url
    people = without_the_actor([grant.member.person], fact)
    send_to_all(people, message, context, once=key(fact, message), kind=GRANTS, path=path)
