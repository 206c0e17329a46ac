"""Every address x role, with what it answers; and of another tenant's rows nobody learns even that they are there."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.house.access import ROLES, Address, Browser, Rows, addresses, as_line, changes, read_table, said
from tests.support.cast import Cast

Rounds = Callable[[int, int], int]
METHODS = ("GET", "POST")


@pytest.fixture
def rows(cast: Cast) -> Rows:
    return Rows(cast)


def test_every_address_has_its_rows_in_the_table_and_no_row_lacks_its_address() -> None:
    assert {(address.name, method) for address in addresses() for method in METHODS} == set(read_table())


@pytest.mark.timeout(600)
def test_every_address_answers_everybody_as_the_table_says_and_looking_changes_nothing(
    rows: Rows, rounds: Rounds
) -> None:
    browsers = {role: Browser(rows, role) for role in ROLES}
    table, wrong, changed = read_table(), [], []
    for address in addresses():
        for method in METHODS:
            expected, before = table[address.name, method], changes()
            found = {
                role: said(browsers[role].ask(method, address, rows.our_ids(address)))
                for role in roles_asked(address, rounds)
            }
            if method == "GET" and changes() != before:
                changed.append(address.name)
            if found != {role: expected[role] for role in found}:
                wrong.append(as_line(address.name, method, expected | found))
    assert not wrong, "\n".join(["These answered otherwise:", *wrong])
    assert not changed


def roles_asked(address: Address, rounds: Rounds) -> tuple[str, ...]:
    """In the short run some stand for others: one outsider for all of the other side, Alice for everybody elsewhere."""
    short: tuple[str, ...] = ("nobody", "alice")
    if "firm" in address.ids:
        short = ("nobody", "alice", "adam", "stella", "bob", "charlie")
    elif "business" in address.ids:
        short = ("nobody", "alice", "bob", "bella", "emma", "connie", "charlie")
    elif address.name.startswith("operator:"):
        short = ("nobody", "alice", "olga")
    return ROLES if rounds(0, 1) else short


def foreign() -> list[tuple[Address, str]]:
    """Addresses, each with one id in it that can be somebody else's."""
    theirs = {
        "firm", "business", "partnership_id", "grant_id", "exclusion_id", "organisation_id", "member_id", "contact_id",
        "passkey_id", "invitation_id", "link_id", "kit_id",
    }  # fmt: skip
    return [(address, each) for address in addresses() for each in address.ids if each in theirs]


def test_another_tenants_id_answers_exactly_like_an_unknown_one(rows: Rows) -> None:
    browsers = {role: Browser(rows, role) for role in ("alice", "bob")}
    unknown = {"firm": "nobody-2345", "business": "nobody-2345", "passkey_id": 987654321}
    told = []
    for address, which in foreign():
        browser = browsers["bob" if "business" in address.ids else "alice"]
        ours = rows.our_ids(address)
        for method in METHODS:
            theirs = browser.ask(method, address, ours | {which: rows.their_id(address, which)})
            nobodys = browser.ask(method, address, ours | {which: unknown.get(which, uuid4())})
            if (theirs.status_code, theirs.content) != (nobodys.status_code, nobodys.content):
                told.append(f"{method} {address.name}: {which}")
            assert theirs.status_code in (404, 405), f"{method} {address.name}: {which}"
    assert not told


def test_what_is_open_to_strangers_is_this_and_no_more() -> None:
    """Addresses that answer a stranger with a page: a new one needs a thought."""
    assert {name for (name, _method), by in read_table().items() if by["nobody"] == "200"} == {
        "account:passkey_challenge", "account:password", "account:recovery", "account:sign_in", "components",
        "components_desk", "components_page", "demo:mailbox", "first", "healthz", "home",
        "client_connect", "invitation", "invitation_app", "reference",  # to a browser that came by a link of ours
    }  # fmt: skip


def test_no_outsider_gets_anything_of_a_tenant() -> None:
    for (name, method), by in read_table().items():
        outside = {"firm:": ("bob", "bella", "emma", "connie"), "business:": ("alice", "adam", "stella")}
        for side, roles in outside.items():
            if name.startswith(side):
                for role in (*roles, "charlie", "olga"):
                    assert by[role] == "404", (name, method, role)
                assert by["nobody"] == "in"
