"""Every address of the pages, who asks for it, and with which rows: what the access table is held against."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from allauth.mfa.models import Authenticator
from django.db import connection, transaction
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from tallystick.accounts.models import User
from tallystick.connections.models import Connection, Credential
from tallystick.core.actor import Actor
from tallystick.core.clock import now
from tallystick.core.sealing import seal
from tallystick.invitations.models import ClientConnectLink, Invitation, Kit
from tallystick.organisations.models import Firm, Organisation
from tests.support.cast import Cast, person

TABLE = Path(__file__).with_name("access_table.txt")
ROLES = ("nobody", "alice", "adam", "stella", "bob", "bella", "emma", "connie", "charlie", "olga")
"""A stranger; the firm's owner, admin and staff; the business's owner, admin, employee and contact; the owner of another
firm and another business; somebody who runs the site."""
SIGN_IN = "in"
"""In the table: sent to sign in first."""


@dataclass(frozen=True)
class Address:
    """One address: the view's name and the names of the ids in it."""

    name: str
    ids: tuple[str, ...]


def addresses() -> list[Address]:
    """All addresses of the installation, by the views' names."""
    return sorted(set(_walk(get_resolver(), "")), key=lambda address: address.name)


def _walk(resolver: URLResolver, space: str, ids: tuple[str, ...] = ()) -> Iterator[Address]:
    for pattern in resolver.url_patterns:
        here = (*ids, *pattern.pattern.converters)
        if isinstance(pattern, URLResolver):
            yield from _walk(pattern, f"{space}{pattern.namespace}:" if pattern.namespace else space, here)
        elif isinstance(pattern, URLPattern):
            assert pattern.name, f"{pattern.pattern} has no name."
            yield Address(f"{space}{pattern.name}", here)


class Rows:
    """The rows that the ids in addresses stand for: ours, and those of somebody else."""

    def __init__(self, cast: Cast) -> None:
        cast.also("alice_seat", "adam_seat", "stella_grant", "bob_seat", "bella_seat", "emma_seat", "connie_seat")
        cast.also("other_partnership", "olga")
        theirs = cast.other_firm.members.get()
        self.people: dict[str, User] = {
            "alice": cast.alice,
            "bob": cast.bob,
            "charlie": cast.charlie,
            "olga": cast.olga,
            **{name: getattr(cast, f"{name}_seat").person for name in ("adam", "stella", "bella", "emma", "connie")},
        }
        ours_kept_out = cast.partnership.exclude(cast.adam_seat, cast.cafe, by=cast.as_bob)
        theirs_kept_out = cast.other_partnership.exclude(theirs, by=cast.as_other_business)
        their_grant = type(cast.stella_grant).give(
            cast.other_partnership, theirs, scopes=["see"], by=cast.as_other_firm
        )
        passkey = Authenticator.objects.create(user=person("Zoe"), type="webauthn", data={"name": "Key"})
        self.ours: dict[str, Any] = {
            "firm": cast.firm.handle,
            "business": cast.business.handle,
            "partnership_id": cast.partnership.pk,
            "grant_id": cast.stella_grant.pk,
            "exclusion_id": ours_kept_out.pk,
            "organisation_id": cast.shop.pk,
            "firm_id": cast.firm.pk,
            "contact_id": cast.alice.contacts.get().pk,
            "passkey_id": passkey.pk + 1,
            "letter_id": uuid4(),
            "session_id": uuid4(),
            "status": 404,
            "key": "alice",
            "slug": "shopify",
            "connection_id": _connected(cast.shop).pk,
            "handshake_id": uuid4(),
            "digest": "00000000",
            "kit_id": _kit(cast.firm).pk,
        }
        asked = {
            "ours": _asked(cast.shop, cast.firm, cast.alice, cast.as_alice),
            "theirs": _asked(cast.bakery, cast.other_firm, cast.charlie, cast.as_other_business),
        }
        self.links = {"invitation_link": asked["ours"][0].token, "client_connect_link": asked["ours"][1].token}
        self.ours |= {"invitation_id": asked["ours"][0].pk, "link_id": asked["ours"][1].pk}
        self.theirs: dict[str, Any] = {
            "firm": cast.other_firm.handle,
            "business": cast.other_business.handle,
            "partnership_id": cast.other_partnership.pk,
            "grant_id": their_grant.pk,
            "exclusion_id": theirs_kept_out.pk,
            "organisation_id": cast.bakery.pk,
            "contact_id": cast.charlie.contacts.get().pk,
            "passkey_id": passkey.pk,
            "connection_id": _connected(cast.bakery).pk,
            "invitation_id": asked["theirs"][0].pk,
            "link_id": asked["theirs"][1].pk,
            "kit_id": _kit(cast.other_firm).pk,
        }
        self._seats = {"firm": cast.stella_seat.pk, "business": cast.emma_seat.pk, "exclusion": cast.stella_seat.pk}
        self._their_seats = {
            "firm": theirs.pk,
            "business": cast.other_business.members.get().pk,
            "exclusion": theirs.pk,
        }

    def our_ids(self, address: Address) -> dict[str, Any]:
        """What makes the address one of Alice's or Bob's."""
        ids = {**self.ours, "member_id": None, "token": self.links.get(address.name, "")}
        return {each: self._seat(address, self._seats) if each == "member_id" else ids[each] for each in address.ids}

    def their_id(self, address: Address, which: str) -> Any:
        """The same of Charlie's, or None where there is no such thing."""
        return self._seat(address, self._their_seats) if which == "member_id" else self.theirs.get(which)

    def _seat(self, address: Address, seats: dict[str, Any]) -> Any:
        return seats["exclusion" if address.name == "business:exclusion" else address.name.partition(":")[0]]


def _connected(books: Organisation) -> Connection:
    """A connection of these books, made at an app that no test talks to."""
    credential = Credential(business_id=books.business_id, connector="shopify", obtained_at=now())
    credential.seal({"access": "a", "refresh": None, "kept": {}, "inputs": {}})
    credential.save()
    account = {"id": str(books.pk), "name": "A shop"}
    return Connection.objects.create(
        business_id=books.business_id,
        organisation=books,
        connector="shopify",
        credential=credential,
        account_id=account["id"],
        account_name=account["name"],
        account=account,
        state="working",
        made_by_side="business",
    )


def _asked(books: Organisation, firm: Firm, asker: User, by: Actor) -> tuple[Invitation, ClientConnectLink]:
    """What this firm asked for these books, as a link, for an app that nobody has set up here; and their standing link."""
    made = Invitation(business_id=books.business_id, organisation=books, firm=firm, asker=asker, days=14)
    made.until, made.language, made.two_words = now() + timedelta(days=14), "en", "tango piano"
    made.reference_digest = str(books.pk)
    made.sealed = seal(b'{"address": "", "reference": "ABCDEFGHJK"}', place=made._place())
    made.save()
    made.lay(["shopify"])
    return made, ClientConnectLink.make(books, by=by)


def _kit(firm: Firm) -> Kit:
    return Kit.objects.create(firm=firm, name="Shop", sort_name="shop", apps=["shopify"])


class Browser:
    """Somebody's browser; a stranger's for nobody. It forgets what an answer tells it to keep, as the database does."""

    def __init__(self, rows: Rows, role: str) -> None:
        self._client = Client(raise_request_exception=True)
        if role != "nobody":
            self._client.force_login(rows.people[role])
        for name, token in rows.links.items():  # whoever it is, they have come by our links
            self._client.get(reverse(name, args=[token]))
        self._cookies = deepcopy(self._client.cookies)

    def ask(self, method: str, address: Address, ids: dict[str, Any]) -> Any:
        """What an address answers; whatever it changed is taken back."""
        self._client.cookies = deepcopy(self._cookies)
        with transaction.atomic():
            where, sent = reverse(address.name, kwargs=ids), {"sent": "1"}
            answer: Any = self._client.post(where, sent) if method == "POST" else self._client.get(where)
            transaction.set_rollback(True)
        return answer


def said(answer: Any) -> str:
    """An answer as the table has it."""
    sent_to_sign_in = answer.status_code == 302 and answer["Location"].startswith("/sign-in/")
    return SIGN_IN if sent_to_sign_in else str(answer.status_code)


def changes() -> dict[str, int]:
    """How many rows of each table this transaction has added, changed or removed so far."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select relname, n_tup_ins + n_tup_upd + n_tup_del from pg_stat_xact_user_tables"
            " where relname <> all(array['accounts_session', 'accounts_allowance'])"
        )
        return dict(cursor.fetchall())


def read_table() -> dict[tuple[str, str], dict[str, str]]:
    """What each address answers to GET and to POST, by role."""
    lines = [line.split() for line in TABLE.read_text().splitlines() if line and not line.startswith("#")]
    return {(name, method): dict(zip(ROLES, answers, strict=True)) for name, method, *answers in lines}


def as_line(name: str, method: str, answers: dict[str, str]) -> str:
    """A line of the table."""
    return f"{name:36} {method:5}" + "".join(f"{answers.get(role, '?'):>8}" for role in ROLES)
