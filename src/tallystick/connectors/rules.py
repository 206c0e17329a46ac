"""The rules between the keys of a definition: what one says must fit what another says."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from tallystick.connectors.definition import Call, Connector, Input, Listing, Webhooks
from tallystick.connectors.filling import ADDRESS, origin_of, placeholders, texts_in
from tallystick.connectors.tables import Fault

RESERVED = frozenset({"client_id", "client_secret", "access_token", "refresh_token", "account_id", "sandbox", "code"})
CLIENT = frozenset({"client_id", "client_secret"})
HOSTILE = (
    "evil.com/",
    "evil.com",
    "a@b",
    "a:b@c",
    "127.0.0.1",
    "a/b",
    "a\\b",
    "a?b",
    "a#b",
    "a:80",
    "a%2eb",
    "a b",
    "a\n",
    "а",  # a Cyrillic letter that looks like ours
    "-a",
    "",
)
"""What must not fit the pattern of an input that stands in a host."""


@dataclass(frozen=True)
class Named:
    """A template, the key it stands under, and the names it may hold."""

    key: str
    template: str
    known: frozenset[str]


def check_rules(connector: Connector, faults: list[Fault]) -> None:
    """Notes every fault that only shows when several keys are looked at together."""
    for rule in RULES:
        faults += rule(connector)


def _kind_rules(connector: Connector) -> Iterator[Fault]:
    authorisation = connector.authorisation
    if connector.kind == "oauth2":
        for key in ("authorise_url", "token_url"):
            if not getattr(authorisation, key):
                yield Fault(
                    f"auth.{key}", None, "An oauth2 app needs it: give the address from the app's documentation."
                )
        if connector.key:
            yield Fault("key", connector.key.input, "Only an api_key app has it: take it out, or change auth.kind.")
    elif connector.key is None:
        yield Fault("key", None, "Say which input is the key: [key] with input = …")
    if authorisation.issuer_required and not authorisation.issuer:
        yield Fault("auth.issuer", None, "Give the issuer that the return must name, or take issuer_required out.")


def _key_rules(connector: Connector) -> Iterator[Fault]:
    if connector.key is None:
        return
    if not connector.key_help:
        yield Fault("words.en.key_help", None, "Say in plain words how one makes a key that can only read.")
    named = {each.key: each for each in connector.inputs}.get(connector.key.input)
    if named is None:
        yield Fault("key.input", connector.key.input, "Name one of the inputs.")
    elif not named.secret:
        yield Fault("key.input", named.key, f"Add secret = true to the input {named.key}: a key is shown to nobody.")
    yield from _pattern_faults("key.can_write", connector.key.can_write)


def _story_rules(connector: Connector) -> Iterator[Fault]:
    if connector.identity is None and connector.accounts is None:
        yield Fault("identity", None, "Say which call names the account, with the paths to its id and name.")
    if not connector.readings:
        yield Fault(
            "reads", None, "Say which call gives the latest records: a connection works once something was read."
        )
    if connector.revocation is None and not connector.removal:
        yield Fault("words.en.removal", None, "Say how people end access at the app, or give [revoke].")
    scopes = {scope.name for scope in connector.scopes}
    for number, reading in enumerate(connector.readings, 1):
        if reading.scope and connector.kind == "oauth2" and reading.scope not in scopes:
            yield Fault(f"reads[{number}].scope", reading.scope, "Name one of auth.scopes.")


def _token_rules(connector: Connector) -> Iterator[Fault]:
    tokens = connector.tokens
    if tokens.life is not None and tokens.lead >= tokens.life:
        seconds = int(tokens.lead.total_seconds())
        yield Fault(
            "tokens.lead",
            seconds,
            f"It must be shorter than tokens.life: try {int(tokens.life.total_seconds()) // 10}.",
        )
    if tokens.life is None and tokens.lead:
        yield Fault("tokens.lead", int(tokens.lead.total_seconds()), "Give tokens.life, too, or take it out.")
    if not tokens.refresh:
        for key, value in (
            ("rotates", tokens.rotates if tokens.rotates != "no" else None),
            ("refresh_life", tokens.refresh_life),
            ("previous_token_grace", tokens.previous_token_grace or None),
        ):
            if value is not None:
                shown = int(value.total_seconds()) if isinstance(value, timedelta) else value
                yield Fault(f"tokens.{key}", shown, "Without refresh = true there is no refresh token: take it out.")


def _input_rules(connector: Connector) -> Iterator[Fault]:
    seen: set[str] = set()
    for number, each in enumerate(connector.inputs, 1):
        where = f"inputs[{number}]"
        if each.key in RESERVED | _kept(connector) or each.key in seen:
            yield Fault(f"{where}.key", each.key, "This name is taken: choose another.")
        seen.add(each.key)
        faults = list(_pattern_faults(f"{where}.pattern", [each.pattern]))
        yield from faults
        if not faults and each.pattern and not each.fits(each.tidy(each.example)):
            yield Fault(f"{where}.example", each.example, f"It does not fit the pattern {each.pattern}: change either.")


def _host_rules(connector: Connector) -> Iterator[Fault]:
    if not connector.hosts:
        yield Fault("hosts", None, 'List every host that may be contacted, such as ["api.example.com"].')
    inputs = {each.key: each for each in connector.inputs}
    for host in connector.hosts:
        yield from _origin_faults(connector, "hosts", host, origin_of(host))
        for name in placeholders(host):
            if name not in inputs:
                yield Fault("hosts", host, f"{name} is no input of this app: only inputs may stand in a host.")
            else:
                yield from _input_in_host_faults(inputs[name], host)


def _input_in_host_faults(each: Input, host: str) -> Iterator[Fault]:
    if each.secret:
        yield Fault("hosts", host, f"{each.key} is secret, and hosts are not: take it out of the address.")
    if each.host and host == f"{{{each.key}}}":
        return
    if list(_pattern_faults("", [each.pattern])):
        return
    if fitting := [value for value in HOSTILE if each.fits(value)]:
        remedy = f"It stands in a host and fits {fitting[0]!r}: allow letters, digits and inner hyphens only."
        yield Fault(f"inputs.{each.key}.pattern", each.pattern, remedy)


def _address_rules(connector: Connector) -> Iterator[Fault]:
    listed = {origin_of(host) for host in connector.hosts}
    secrets = {each.key for each in connector.inputs if each.secret} | {
        "client_secret",
        "access_token",
        "refresh_token",
    }
    for key, address in _addresses(connector):
        found = ADDRESS.fullmatch(address)
        if found is None:
            yield Fault(key, address, "Write the whole address, beginning with https://.")
            continue
        yield from _origin_faults(connector, key, address, found[1])
        if found[1] not in listed:
            yield Fault(
                key, address, f"Its host {found[1].split('://')[1]} is not among hosts: add it there, or correct this."
            )
        if leaked := [name for name in placeholders(address) if name in secrets]:
            yield Fault(key, address, f"{leaked[0]} is secret, and addresses are logged: send it in a header.")


def _origin_faults(connector: Connector, key: str, shown: str, origin: str) -> Iterator[Fault]:
    """An origin is https and plain; the sandbox's own is the one that may be another."""
    if origin == connector.sandbox_url:
        if not connector.is_sandbox:
            yield Fault(key, shown, "This is the sandbox: add sandbox = true, or give the app's own address.")
        return
    bare = re.sub(r"\{[^}]*\}", "x", origin)
    try:
        parts = urlsplit(bare)
        plain = not (parts.username or parts.password or parts.path or parts.query) and parts.port in (None, 443)
    except ValueError:
        plain = False
    if not plain or not bare.startswith("https://") or not re.fullmatch(r"https://[A-Za-z0-9.-]+(:443)?", bare):
        yield Fault(key, shown, "Give a host reached by https, without user name and on its usual port.")


def _placeholder_rules(connector: Connector) -> Iterator[Fault]:
    for named in _templates(connector):
        for name in placeholders(named.template):
            if name not in named.known and not (name.startswith("account.") and "account_id" in named.known):
                known = ", ".join(sorted(named.known)) or "none"
                yield Fault(named.key, named.template, f"{{{name}}} is not known here. Known: {known}.")


def _webhook_rules(connector: Connector) -> Iterator[Fault]:
    webhooks = connector.webhooks
    if webhooks is None:
        return
    yield from _webhook_place_faults(webhooks)
    for name in webhooks.about:
        if name not in {"account", "holder", *_kept(connector), *_details(connector)}:
            yield Fault(
                f"webhook.about.{name}", webhooks.about[name], "Use account, holder, a name that is kept, or a detail."
            )
    if webhooks.secret == "client_secret" and connector.kind == "api_key":  # noqa: S105, a name and no secret
        yield Fault("webhook.secret", webhooks.secret, "An app with keys has no client secret: use webhook_secret.")


def _webhook_place_faults(webhooks: Webhooks) -> Iterator[Fault]:
    """What a message must say, and where."""
    dated = webhooks.style in ("standard", "timestamped")
    if not webhooks.events:
        yield Fault("webhook.events", None, 'Say what each event means, such as "app/uninstalled" = "uninstalled".')
    if not (webhooks.event or webhooks.event_header):
        yield Fault("webhook.event", None, "Give the path, or in event_header the header, that names the event.")
    if not (webhooks.id or webhooks.id_header or webhooks.style == "standard"):
        yield Fault("webhook.id", None, "Give the path, or in id_header the header, that tells messages apart.")
    if not (webhooks.moment or webhooks.moment_header or dated):
        yield Fault(
            "webhook.moment", None, "Give the path, or in moment_header the header, that says when it was made."
        )
    if not webhooks.about:
        yield Fault("webhook.about", None, 'Say which account is meant, such as { account = "merchant_id" }.')


def _sandbox_rules(connector: Connector) -> Iterator[Fault]:
    if connector.is_sandbox:
        return
    if connector.client:
        yield Fault("client", connector.client.id, "Give id and secret in the environment, not in a file.")
    if connector.webhook_secret:
        yield Fault("webhook_secret", "…", "Give it in the environment, not in a file.")


def _pattern_faults(key: str, patterns: Iterable[str]) -> Iterator[Fault]:
    for pattern in patterns:
        try:
            re.compile(pattern)
        except re.error as trouble:
            yield Fault(key, pattern, f"This is no pattern: {trouble}.")


def _kept(connector: Connector) -> frozenset[str]:
    answer = connector.tokens.answer
    return frozenset({_last(name) for name in (*connector.returning.keep, *answer.keep, *answer.keep_claims)})


def _details(connector: Connector) -> frozenset[str]:
    listings = (connector.identity, connector.accounts)
    return frozenset(name for listing in listings if listing for name in listing.details)


def _last(path: str) -> str:
    return path.rsplit(".", 1)[-1]


def _calls(connector: Connector) -> Iterator[tuple[str, Call, frozenset[str]]]:
    inputs = frozenset(each.key for each in connector.inputs)
    known = inputs | _kept(connector) | CLIENT | {"access_token"}
    for key, listing in (("identity", connector.identity), ("accounts", connector.accounts)):
        if listing:
            yield key, listing.call, known
    for number, reading in enumerate(connector.readings, 1):
        yield f"reads[{number}]", reading.call, known | {"account_id"}
    if connector.revocation:
        yield "revoke", connector.revocation.call, known | {"refresh_token"}
    if connector.leaving:
        yield "leave", connector.leaving, known | {"account_id"}


def _addresses(connector: Connector) -> Iterator[tuple[str, str]]:
    authorisation = connector.authorisation
    for key in ("authorise_url", "token_url", "refresh_url"):
        if getattr(authorisation, key):
            yield f"auth.{key}", getattr(authorisation, key)
    for key, call, _known in _calls(connector):
        if call.url:
            yield f"{key}.url", call.url


def _templates(connector: Connector) -> Iterator[Named]:
    inputs = frozenset(each.key for each in connector.inputs)
    kept, authorisation = _kept(connector), connector.authorisation
    for key in ("authorise_url", "token_url", "refresh_url", "issuer"):
        yield Named(f"auth.{key}", getattr(authorisation, key), inputs)
    tables = {
        "auth.params": (authorisation.params, inputs | {"client_id"}),
        "auth.renew_params": (authorisation.renew_params, inputs | kept | {"client_id"}),
        "auth.code_params": (authorisation.code_params, inputs | kept | CLIENT),
        "auth.refresh_params": (authorisation.refresh_params, inputs | kept | CLIENT),
        "callback.must_equal": (connector.returning.must_equal, inputs),
        "api.headers": (connector.api.headers, inputs | kept | CLIENT | {"access_token"}),
        "api": ({"user": connector.api.user, "password": connector.api.password}, inputs | kept | CLIENT),
    }
    for table, (templates, known) in tables.items():
        yield from (Named(f"{table}.{name}", template, known) for name, template in templates.items())
    for key, call, known in _calls(connector):
        yield from _templates_of_call(key, call, known)
    for key, listing in (("identity", connector.identity), ("accounts", connector.accounts)):
        if listing:
            yield from _templates_of_listing(key, listing, inputs | kept)


def _templates_of_call(key: str, call: Call, known: frozenset[str]) -> Iterator[Named]:
    yield Named(f"{key}.url", call.url, known)
    for table in ("headers", "query", "form"):
        for name, template in getattr(call, table).items():
            yield Named(f"{key}.{table}.{name}", template, known)
    yield from (Named(f"{key}.json", template, known) for template in texts_in(call.json))


def _templates_of_listing(key: str, listing: Listing, known: frozenset[str]) -> Iterator[Named]:
    yield Named(f"{key}.id", listing.id, known)
    if listing.added_by:
        yield Named(f"{key}.added_by.equals", listing.added_by[1], known)


RULES = (
    _kind_rules,
    _key_rules,
    _story_rules,
    _token_rules,
    _input_rules,
    _host_rules,
    _address_rules,
    _placeholder_rules,
    _webhook_rules,
    _sandbox_rules,
)
