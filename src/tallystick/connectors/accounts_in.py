"""Accounts in what an app answers, and keys that can do more than they should."""

from __future__ import annotations

import re
from typing import Any

from tallystick.connectors import paths
from tallystick.connectors.definition import Connector, KeyRules, Listing
from tallystick.connectors.failures import AppBroken, KeyCanWrite
from tallystick.connectors.filling import Values, fill, placeholders
from tallystick.connectors.judging import evidence_of
from tallystick.connectors.network import Answer
from tallystick.connectors.values import Account

MOST_ACCOUNTS = 1000


def read_accounts(connector: Connector, listing: Listing, known: Values, said: Any, answer: Answer) -> list[Account]:
    """The accounts that an answer names. Raises AppBroken when it names none where one must be, or one without an id.

    Raises KeyCanWrite when the answer says that the key can do more than read.
    """
    if listing.can_write and paths.find(said, listing.can_write) not in (None, False, 0, "false", "no"):
        raise KeyCanWrite("the app says so", evidence_of(answer))
    each_of = paths.rows(said, listing.each) if listing.each else [said]
    if each_of is None:
        raise AppBroken("named no accounts", evidence_of(answer))
    accounts = [_account(connector, listing, known, row) for row in each_of[:MOST_ACCOUNTS]]
    if not all(account.id for account in accounts):
        raise AppBroken("named an account without an id", evidence_of(answer))
    return accounts


def can_write_by_shape(rules: KeyRules, key: str) -> bool:
    """Does a key look like those that can do more than read?"""
    return any(re.fullmatch(pattern, key, re.ASCII) for pattern in rules.can_write)


def _account(connector: Connector, listing: Listing, known: Values, row: Any) -> Account:
    account_id = fill(listing.id, known) if "{" in listing.id else paths.text(row, listing.id)
    details = {name: paths.text(row, path) for name, path in listing.details.items()}
    separator = connector.authorisation.scope_separator
    return Account(
        id=account_id,
        name=paths.name(row, listing.name) or account_id,
        details={name: value for name, value in details.items() if value},
        granted=paths.texts(row, listing.scopes, separator) if listing.scopes else None,
        is_new=_is_new(listing, known, row),
    )


def _is_new(listing: Listing, known: Values, row: Any) -> bool | None:
    """Was the row added by this consent? None when either side does not say which consent it is."""
    if listing.added_by is None:
        return None
    path, template = listing.added_by
    if any(name not in known for name in placeholders(template)):
        return None
    theirs = paths.text(row, path)
    return theirs == fill(template, known) if theirs else None
