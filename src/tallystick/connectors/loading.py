"""From a `connector.toml` to a `Connector`: every table read, every fault noted, in one walk."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import get_args

from tallystick.connectors import definition as d
from tallystick.connectors.categories import CATEGORIES
from tallystick.connectors.rules import check_rules
from tallystick.connectors.spoken import Speech
from tallystick.connectors.tables import Fault, Table

SLUG = r"[a-z][a-z0-9]*(-[a-z0-9]+)*"
NAME = r"[A-Za-z_][A-Za-z0-9_]*"
CONFIDENCE = ("verified-from-source", "from-docs", "from-memory", "own")
LONGEST_TOLERANCE = 7 * 86400
DEMO_SANDBOX_URL = "http://127.0.0.1:8100"


class WrongDefinition(Exception):
    """A definition cannot be used. `faults` has one sentence for each thing that is wrong."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join(faults))
        self.faults = faults


def load(path: Path, *, sandbox_url: str = "") -> d.Connector:
    """The app that a file describes. `path`: the file, or the folder that holds `connector.toml`.

    Raises WrongDefinition, with all faults at once.
    """
    file = path / "connector.toml" if path.is_dir() else path
    try:
        values = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as trouble:
        raise WrongDefinition([f"{file} cannot be read: {trouble.strerror}. Give the path of a TOML file."]) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as trouble:
        raise WrongDefinition([f"{file} is no TOML: {trouble}. Mend this place first."]) from None
    faults: list[Fault] = []
    top = Table(values, faults, replacing={"sandbox": sandbox_url or DEMO_SANDBOX_URL})
    connector = replace(_read_connector(top), sandbox_url=sandbox_url or DEMO_SANDBOX_URL)
    if not faults:
        check_rules(connector, faults)
    else:
        _check_what_stands(connector, faults)
    if faults:
        raise WrongDefinition([fault.sentence(str(file)) for fault in faults])
    return connector


def _check_what_stands(connector: d.Connector, faults: list[Fault]) -> None:
    """The rules over several keys, too, but no second sentence about a key that has one."""
    found: list[Fault] = []
    check_rules(connector, found)
    named = {fault.key for fault in faults}
    faults += [fault for fault in found if fault.key not in named]


def _read_connector(top: Table) -> d.Connector:
    speech = Speech(top)
    kind = d.Kind
    auth = top.table_or_empty("auth")
    connector = d.Connector(
        slug=top.text(
            "slug", pattern=SLUG, remedy="Use lower-case letters, digits and single hyphens, such as my-shop."
        ),
        name=top.text("name", remedy="Give the name that the app calls itself by."),
        category=top.choice("category", tuple(CATEGORIES)),
        kind=auth.choice("kind", get_args(kind)),
        hosts=top.texts("hosts"),
        about=speech.text("about"),
        authoriser=speech.text("authoriser"),
        account_word=speech.text("account"),
        ask_owner=speech.text("ask_owner"),
        can_ask_owner=top.flag("can_ask_owner", default=None),
        removal=speech.text("removal", required=False),
        key_help=speech.text("key_help", required=False),
        regions=top.texts("regions"),
        docs=top.text("docs", ""),
        confidence=top.choice("confidence", CONFIDENCE),
        from_memory=top.texts("from_memory"),
        inputs=tuple(_read_input(table, speech) for table in top.tables("inputs")),
        authorisation=_read_authorisation(auth, speech),
        returning=_read_return(top.table_or_empty("callback")),
        tokens=_read_tokens(top.table_or_empty("tokens")),
        api=_read_api(top.table_or_empty("api")),
        identity=_read_listing(top.table("identity")),
        accounts=_read_listing(top.table("accounts")),
        readings=tuple(_read_reading(table) for table in top.tables("reads")),
        revocation=_read_revocation(top.table("revoke")),
        leaving=_read_whole_call(top.table("leave")),
        key=_read_key(top.table("key")),
        webhooks=_read_webhooks(top.table("webhook")),
        reads_per_day=top.whole("reads_per_day", most=100_000),
        is_sandbox=top.flag("sandbox"),
        client=_read_client(top.table("client")),
        webhook_secret=top.text("webhook_secret", ""),
    )
    auth.close()
    speech.close()
    top.close()
    return connector


def _read_client(table: Table | None) -> d.Client | None:
    if table is None:
        return None
    client = d.Client(table.text("id"), table.text("secret"))
    table.close()
    return client


def _read_input(table: Table, speech: Speech) -> d.Input:
    key = table.text("key", pattern=NAME, remedy="Use letters, digits and underscores, such as shop.")
    choices = table.texts("choices")
    made = d.Input(
        key=key,
        pattern=table.text(
            "pattern", "" if choices else None, remedy="Give the pattern that a value matches as a whole."
        ),
        example=table.text("example", "" if choices else None, remedy="Give a value that people can go by."),
        label=speech.text(f"inputs.{key}.label"),
        hint=speech.text(f"inputs.{key}.hint", required=False),
        secret=table.flag("secret"),
        choices={choice: speech.text(f"inputs.{key}.choices.{choice}") for choice in choices},
        host=table.flag("host"),
        lower=table.flag("lower"),
        trim_start=table.texts("trim_start"),
        trim_end=table.texts("trim_end"),
    )
    table.close()
    return made


def _read_authorisation(table: Table, speech: Speech) -> d.Authorisation:
    return d.Authorisation(
        authorise_url=table.text("authorise_url", ""),
        token_url=table.text("token_url", ""),
        refresh_url=table.text("refresh_url", ""),
        client_auth=table.choice("client_auth", get_args(d.ClientAuth), "body"),
        scopes=tuple(d.Scope(name, speech.text(f"scopes.{name}")) for name in table.texts("scopes")),
        scope_separator=table.choice("scope_separator", (" ", ",", ", ", "+"), " "),
        pkce=table.choice("pkce", get_args(d.Pkce), "unknown"),
        issuer=table.text("issuer", ""),
        issuer_required=table.flag("issuer_required"),
        params=table.pairs("params"),
        renew_params=table.pairs("renew_params"),
        code_params=table.pairs("code_params"),
        refresh_params=table.pairs("refresh_params"),
    )


def _read_return(table: Table) -> d.Return:
    made = d.Return(
        code=table.text("code", "code"),
        keep=table.texts("keep"),
        must_equal=table.pairs("must_equal"),
        signature=table.choice("signature", get_args(d.CallbackSignature), ""),
        signature_parameter=table.text("signature_parameter", "hmac"),
        no_right=table.texts("no_right"),
    )
    table.close()
    return made


def _read_tokens(table: Table) -> d.Tokens:
    made = d.Tokens(
        life=table.span("life", least=60),
        refresh=table.flag("refresh"),
        rotates=table.choice("rotates", get_args(d.Rotation), "no"),
        refresh_life=table.span("refresh_life", least=60),
        lead=table.span("lead") or timedelta(0),
        previous_token_grace=table.span("previous_token_grace") or timedelta(0),
        consent_days=table.whole("consent_days", most=7300),
        answer=_read_token_answer(table.table_or_empty("answer")),
    )
    table.close()
    return made


def _read_token_answer(table: Table) -> d.TokenAnswer:
    usual = d.TokenAnswer()
    made = d.TokenAnswer(
        access=table.text("access", usual.access),
        refresh=table.text("refresh", usual.refresh),
        scopes=table.text("scopes", usual.scopes),
        expires_in=table.text("expires_in", usual.expires_in),
        expires_at=table.text("expires_at", usual.expires_at),
        refresh_expires_in=table.text("refresh_expires_in", usual.refresh_expires_in),
        consent_ends=table.text("consent_ends", usual.consent_ends),
        keep=table.texts("keep"),
        keep_claims=table.texts("keep_claims"),
        errors=table.choices("errors", get_args(d.Meaning)),
    )
    table.close()
    return made


def _read_api(table: Table) -> d.Api:
    made = d.Api(
        headers=table.pairs("headers"),
        user=table.text("user", ""),
        password=table.text("password", ""),
        error=table.text("error", ""),
        errors=table.choices("errors", get_args(d.Meaning)),
    )
    table.close()
    return made


def _read_call(table: Table) -> d.Call:
    return d.Call(
        method=table.choice("method", ("GET", "POST", "DELETE", "PUT"), "GET"),
        url=table.text("url", remedy="Give the address to call, beginning with https://."),
        headers=table.pairs("headers"),
        query=table.pairs("query"),
        form=table.pairs("form"),
        json=table.anything("json"),
    )


def _read_whole_call(table: Table | None) -> d.Call | None:
    if table is None:
        return None
    call = _read_call(table)
    table.close()
    return call


def _read_listing(table: Table | None) -> d.Listing | None:
    if table is None:
        return None
    added_by = table.table("added_by")
    made = d.Listing(
        call=_read_call(table),
        id=table.text("id", remedy="Give the path to the account's id in the answer, such as shop.id."),
        name=table.text("name", remedy="Give the path to the account's name in the answer, such as shop.name."),
        each=table.text("each", ""),
        details=table.pairs("details"),
        scopes=table.text("scopes", ""),
        can_write=table.text("can_write", ""),
        added_by=(added_by.text("path"), added_by.text("equals")) if added_by else None,
        pick=table.choice("pick", get_args(d.Pick), "one"),
    )
    if added_by:
        added_by.close()
    table.close()
    return made


def _read_reading(table: Table) -> d.Reading:
    made = d.Reading(
        call=_read_call(table),
        each=table.text("each", remedy='Give the path to the list of records, or "." when the answer is the list.'),
        id=table.text("id", remedy="Give the path to a record's id."),
        label=table.text("label", remedy="Give the path to what a record is called."),
        amount=table.text("amount", ""),
        currency=table.text("currency", ""),
        moment=table.text("moment", ""),
        scope=table.text("scope", ""),
        unit=table.choice("unit", get_args(d.AmountUnit), "whole"),
    )
    table.close()
    return made


def _read_revocation(table: Table | None) -> d.Revocation | None:
    if table is None:
        return None
    made = d.Revocation(_read_call(table), client=table.flag("client"))
    table.close()
    return made


def _read_key(table: Table | None) -> d.KeyRules | None:
    if table is None:
        return None
    made = d.KeyRules(table.text("input"), table.texts("can_write"))
    table.close()
    return made


def _read_webhooks(table: Table | None) -> d.Webhooks | None:
    if table is None:
        return None
    made = d.Webhooks(
        style=table.choice("style", get_args(d.WebhookStyle)),
        header=table.text("header", remedy="Give the name of the header that holds the signature."),
        secret=table.choice("secret", get_args(d.WebhookSecret)),
        encoding=table.choice("encoding", ("base64", "hex"), "base64"),
        tolerance=timedelta(seconds=table.whole("tolerance", most=LONGEST_TOLERANCE, default=300)),
        events=table.choices("events", get_args(d.NoticeKind)),
        about=table.pairs("about"),
        each=table.text("each", ""),
        id=table.text("id", ""),
        id_header=table.text("id_header", ""),
        event=table.text("event", ""),
        event_header=table.text("event_header", ""),
        moment=table.text("moment", ""),
        moment_header=table.text("moment_header", ""),
        ends=table.text("ends", ""),
    )
    table.close()
    return made
