"""Talking with an outside app: asking people for their yes, tokens, accounts, records, and ending it all.

Everything that waits is asynchronous, takes the connector and the inputs first, gives small frozen values, and raises
what is drawn on top of `failures`. Nothing here knows the database; never call it inside a transaction. From code that
is not asynchronous, `bridge.wait_for(talking.refresh(…))` asks that first.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote, urlencode

from tallystick.connectors import accounts_in, judging, records_in
from tallystick.connectors.definition import Call, Connector, Listing
from tallystick.connectors.failures import (
    AccessRefused,
    Evidence,
    KeyCanWrite,
    KeyWrong,
    NotSetUp,
    OurFault,
    Place,
)
from tallystick.connectors.filling import Values, fill, fill_address, fill_all, fill_header, fill_through
from tallystick.connectors.granted import read_tokens
from tallystick.connectors.network import Answer, Outgoing, ask
from tallystick.connectors.values import Account, Callback, Record, Tokens

NOTHING: Mapping[str, str] = {}


def new_verifier() -> str:
    """A fresh PKCE verifier of 256 bits (RFC 7636, section 4.1)."""
    return secrets.token_urlsafe(32)


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def consent_url(
    connector: Connector,
    inputs: Values,
    *,
    state: str,
    verifier: str,
    redirect_uri: str,
    scopes: tuple[str, ...] | None = None,
    renewing: Values | None = None,
) -> str:
    """Where a person is sent to say yes. Its challenge is made from the verifier, which never leaves before the code.

    `scopes` None: all that the definition asks for. `renewing`: what is kept of the consent that this one renews.
    Raises NotSetUp, and OurFault for an input that is not given or does not fit.
    """
    authorisation, client = connector.authorisation, _client_values(connector)
    known = {**_fitting(connector, inputs), **(renewing or NOTHING), "client_id": client["client_id"]}
    asked = [scope.name for scope in connector.scopes] if scopes is None else list(scopes)
    params = {"response_type": "code", "client_id": client["client_id"], "redirect_uri": redirect_uri, "state": state}
    if asked:
        params["scope"] = authorisation.scope_separator.join(asked)
    if connector.sends_challenge:
        params |= {"code_challenge": challenge_of(verifier), "code_challenge_method": "S256"}
    params |= fill_all(authorisation.params, known)
    if renewing is not None:
        params |= fill_all(authorisation.renew_params, known)
    address = fill_address(authorisation.authorise_url, known)
    return f"{address}{'&' if '?' in address else '?'}{urlencode(params)}"


async def redeem(
    connector: Connector, inputs: Values, callback: Callback, *, verifier: str, redirect_uri: str
) -> Tokens:
    """Tokens for the code of a return, once. `redirect_uri`: the very one of the consent address.

    Raises GrantEnded when the code is used, too old or not ours; see `failures` for the rest.
    """
    form = {"grant_type": "authorization_code", "code": callback.code, "redirect_uri": redirect_uri}
    if connector.sends_challenge:
        form["code_verifier"] = verifier
    known = _known(connector, inputs, callback.kept)
    form |= fill_all(connector.authorisation.code_params, known)
    return await _tokens(connector, connector.authorisation.token_url, form, inputs, callback.kept, is_new=True)


async def refresh(connector: Connector, inputs: Values, refresh_token: str, kept: Values = NOTHING) -> Tokens:
    """New tokens for a refresh token. In the answer `refresh` None means: the one you sent still holds.

    Raises GrantEnded when the consent is no more; AnswerLost, or a failure that says `may_have_happened`, when the old
    token may be used up: ask again with it only within the app's `tokens.previous_token_grace`.
    """
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    form |= fill_all(connector.authorisation.refresh_params, _known(connector, inputs, kept))
    url = connector.authorisation.refresh_url or connector.authorisation.token_url
    return await _tokens(connector, url, form, inputs, kept, is_new=False)


async def revoke(connector: Connector, inputs: Values, tokens: Tokens) -> None:
    """Ends the consent at the app. Done, too, when it had ended before, or when the app has no way to do it.

    Raises AccessRefused when the access token is too old to say so: refresh it and ask again, or take it for ended.
    """
    if connector.revocation is None:
        return
    # Without a refresh token the access token is all there is to end.
    known = {"refresh_token": tokens.access, **_known(connector, inputs, tokens.kept, tokens)}
    call = connector.revocation.call
    if connector.revocation.client:
        bare = _outgoing("revoke", replace(call, form={}, json=None), known, {})
        outgoing = _signed(connector, bare, _body(call, known), as_json=call.json is not None)
    else:
        outgoing = _outgoing("revoke", call, known, _api_headers(connector, known))
    judging.judge_ending(await ask(connector, outgoing, inputs))


async def leave(connector: Connector, inputs: Values, tokens: Tokens, account: Account) -> bool:
    """Takes one account out of a consent that reaches several. False when the app has no way to do it."""
    if connector.leaving is None:
        return False
    known = _known(connector, inputs, tokens.kept, tokens, account)
    outgoing = _outgoing("leave", connector.leaving, known, _api_headers(connector, known))
    judging.judge_ending(await ask(connector, outgoing, inputs))
    return True


async def accounts(connector: Connector, inputs: Values, tokens: Tokens | None) -> list[Account]:
    """The accounts that a consent reaches, in the app's order: one, unless the definition has `accounts`.

    `tokens` None: an app with keys, whose key is among the inputs.
    Raises AccessRefused, PermissionMissing and so on; AppBroken when the answer names no account.
    """
    holder: list[Account] = []
    if connector.identity:
        holder = await _listed(connector, inputs, tokens, connector.identity, "identity")
    if connector.accounts is None:
        return holder
    found = await _listed(connector, inputs, tokens, connector.accounts, "accounts")
    if not holder:
        return found
    return [replace(each, holder_id=holder[0].id, holder_name=holder[0].name) for each in found]


async def latest(connector: Connector, inputs: Values, tokens: Tokens | None, account: Account) -> list[Record]:
    """The latest three records of an account, newest first; none when it is new. A read that counts.

    Of the readings the first is taken whose permission was given. Raises PermissionMissing when none was.
    """
    granted = account.granted if account.granted is not None else tokens.scopes if tokens else None
    reading = records_in.choose(connector, granted)
    known = _known(connector, inputs, tokens.kept if tokens else NOTHING, tokens, account)
    said, answer = await _read(connector, inputs, "reads", reading.call, known)
    return records_in.read_records(reading, account, said, answer)


async def check_key(connector: Connector, inputs: Values) -> list[Account]:
    """The accounts that a pasted key reaches.

    Raises KeyCanWrite (before the key is sent anywhere, when its shape tells; else when the app says so), KeyWrong,
    PermissionMissing.
    """
    rules = connector.key
    if rules is None:
        raise OurFault("not an app with keys")
    key = _fitting(connector, inputs)[rules.input]
    if accounts_in.can_write_by_shape(rules, key):
        raise KeyCanWrite
    try:
        return await accounts(connector, inputs, None)
    except AccessRefused as no:
        raise KeyWrong("does not know this key", no.evidence) from None


async def _tokens(
    connector: Connector, url: str, form: dict[str, str], inputs: Values, kept: Values, *, is_new: bool
) -> Tokens:
    known = _known(connector, inputs, kept)
    outgoing = Outgoing("token", "POST", fill_address(url, known))
    outgoing = _signed(connector, outgoing, form)
    answer = await ask(connector, outgoing, inputs)
    said = judging.judge_token_answer(answer, connector.tokens.answer.errors)
    if reshape := getattr(connector.hooks, "read_token_answer", None):
        said = reshape(said)
    return read_tokens(connector, answer, said, kept, is_new=is_new)


def _signed(connector: Connector, outgoing: Outgoing, form: dict[str, str], *, as_json: bool = False) -> Outgoing:
    """A request that says who we are, in the way that the app wants it (RFC 6749, section 2.3.1)."""
    client = _client_values(connector)
    name, secret = client["client_id"], client["client_secret"]
    headers, body = dict(outgoing.headers), dict(form)
    match connector.authorisation.client_auth:
        case "basic":
            headers["Authorization"] = _basic(quote(name, safe=""), quote(secret, safe=""))
        case "basic_plain":
            headers["Authorization"] = _basic(name, secret)
        case "basic_secret_as_username":
            headers["Authorization"] = _basic(secret, "")
        case "none":
            body["client_id"] = name
        case _:  # body, body_json
            body |= {"client_id": name, "client_secret": secret}
    if as_json or connector.authorisation.client_auth == "body_json":
        return replace(outgoing, headers=headers, json=body)
    return replace(outgoing, headers=headers, form=body)


def _body(call: Call, known: Values) -> dict[str, str]:
    filled = fill_through(call.json, known) if call.json is not None else fill_all(call.form, known)
    return dict(filled)


async def _listed(
    connector: Connector, inputs: Values, tokens: Tokens | None, listing: Listing, place: Place
) -> list[Account]:
    known = _known(connector, inputs, tokens.kept if tokens else NOTHING, tokens)
    said, answer = await _read(connector, inputs, place, listing.call, known)
    found = accounts_in.read_accounts(connector, listing, known, said, answer)
    granted = tokens.scopes if tokens else None
    return [each if each.granted is not None else replace(each, granted=granted) for each in found]


async def _read(connector: Connector, inputs: Values, place: Place, call: Call, known: Values) -> tuple[Any, Answer]:
    outgoing = _outgoing(place, call, known, _api_headers(connector, known))
    answer = await ask(connector, outgoing, inputs)
    said = judging.judge_reading(answer, connector.api.error, connector.api.errors)
    if reshape := getattr(connector.hooks, f"read_{place}", None):
        said = reshape(said)
    return said, answer


def _outgoing(place: Place, call: Call, known: Values, headers: dict[str, str]) -> Outgoing:
    return Outgoing(
        place,
        call.method,
        fill_address(call.url, known),
        headers | {name: fill_header(value, known) for name, value in call.headers.items()},
        fill_all(call.query, known),
        fill_all(call.form, known) if call.form else None,
        fill_through(call.json, known),
    )


def _api_headers(connector: Connector, known: Values) -> dict[str, str]:
    """What every read carries: the definition's headers, a name and password, or else the access token."""
    api = connector.api
    headers = {name: fill_header(value, known) for name, value in api.headers.items()}
    if api.user:
        headers["Authorization"] = _basic(fill(api.user, known), fill(api.password, known))
    elif not headers and "access_token" in known:
        headers["Authorization"] = f"Bearer {known['access_token']}"
    return headers


def _basic(name: str, password: str) -> str:
    return f"Basic {base64.b64encode(f'{name}:{password}'.encode()).decode()}"


def _known(
    connector: Connector,
    inputs: Values,
    kept: Values,
    tokens: Tokens | None = None,
    account: Account | None = None,
) -> dict[str, str]:
    """All that placeholders may stand for in this call. What the app said never takes the place of what was typed."""
    known = {**kept, **_fitting(connector, inputs)}
    if connector.kind == "oauth2":
        known |= _client_values(connector)
    if tokens:
        known |= {"access_token": tokens.access} | ({"refresh_token": tokens.refresh} if tokens.refresh else {})
    if account:
        known["account_id"] = account.id
        known |= {f"account.{name}": value for name, value in account.details.items()}
    return known


def _client_values(connector: Connector) -> dict[str, str]:
    if connector.client is None:
        raise NotSetUp(f"{connector.slug} has no client id and secret")
    return {"client_id": connector.client.id, "client_secret": connector.client.secret}


def _fitting(connector: Connector, inputs: Values) -> dict[str, str]:
    """The inputs, all there, each matched whole against its pattern. Raises OurFault: forms check before."""
    for each in connector.inputs:
        if each.key not in inputs or not each.fits(inputs[each.key]):
            raise OurFault(f"{each.key} does not fit", Evidence())
    return {each.key: inputs[each.key] for each in connector.inputs}
