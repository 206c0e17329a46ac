"""What we know of one outside app: small frozen values, made from its `connector.toml` and never changed."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from types import ModuleType
from typing import Any, Literal

from tallystick.connectors.words import EMPTY, Text

Kind = Literal["oauth2", "api_key"]
ClientAuth = Literal["basic", "basic_plain", "body", "body_json", "basic_secret_as_username", "none"]
Pkce = Literal["required", "supported", "unsupported", "unknown"]
Rotation = Literal["yes", "no", "sometimes"]
WebhookStyle = Literal["body", "address_and_body", "standard", "timestamped"]
WebhookSecret = Literal["client_secret", "webhook_secret"]
NoticeKind = Literal["uninstalled", "revoked", "expiring"]
Pick = Literal["one", "several"]
AmountUnit = Literal["whole", "smallest"]
CallbackSignature = Literal["", "sorted_query"]
HOST_NAME = re.compile(r"([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")
"""A host by its full name: two labels or more, the last no number, so that it is no IP address; no port."""

Meaning = Literal["grant_ended", "access_refused", "permission_missing", "busy", "our_fault"]


@dataclass(frozen=True)
class Scope:
    """One permission at the app, by the name used there, and in words for people ("see your sales")."""

    name: str
    words: Text


@dataclass(frozen=True)
class Input:
    """What a person types before they go to the app, such as a shop's name, or a key that they paste.

    It must match `pattern` as a whole. `secret`: it is sealed, never shown again, and stands in no address.
    `trim_start` and `trim_end` are what people copy along and what is taken off before the match.
    `host`: it is a whole host name, such as that of a shop on its owner's own server.
    """

    key: str
    pattern: str
    example: str
    label: Text
    hint: Text
    secret: bool = False
    choices: Mapping[str, Text] = field(default_factory=dict)
    host: bool = False
    lower: bool = False
    trim_start: tuple[str, ...] = ()
    trim_end: tuple[str, ...] = ()

    def fits(self, value: str) -> bool:
        """Is this value one that the app can take? Letters are those of ASCII: a look-alike does not fit."""
        if self.choices:
            return value in self.choices
        if self.host and not (HOST_NAME.fullmatch(value) and len(value) <= 253):
            return False
        return re.fullmatch(self.pattern, value, re.ASCII) is not None

    def tidy(self, typed: str) -> str:
        """What a person typed, without what they copied along."""
        value = typed.strip()
        value = value.lower() if self.lower else value
        for piece in self.trim_start:
            value = value.removeprefix(piece)
        for piece in self.trim_end:
            value = value.removesuffix(piece)
        return value


@dataclass(frozen=True)
class Call:
    """One request to the app. Addresses, headers, query, form and JSON may hold `{placeholders}`."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    form: Mapping[str, str] = field(default_factory=dict)
    json: Any = None


@dataclass(frozen=True)
class Authorisation:
    """How a person's yes is asked for, and tokens are fetched (RFC 6749, 7636, 9207). Empty for apps with keys."""

    authorise_url: str = ""
    token_url: str = ""
    refresh_url: str = ""
    client_auth: ClientAuth = "body"
    scopes: tuple[Scope, ...] = ()
    scope_separator: str = " "
    pkce: Pkce = "unknown"
    issuer: str = ""
    issuer_required: bool = False
    params: Mapping[str, str] = field(default_factory=dict)
    renew_params: Mapping[str, str] = field(default_factory=dict)
    code_params: Mapping[str, str] = field(default_factory=dict)
    refresh_params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Return:
    """What the app sends its visitor back with.

    `keep`: parameters kept with the credential. `must_equal`: parameters that must be what was asked for.
    `no_right`: words in `error_description` that mean "this person may not share", rather than "said no".
    """

    code: str = "code"
    keep: tuple[str, ...] = ()
    must_equal: Mapping[str, str] = field(default_factory=dict)
    signature: CallbackSignature = ""
    signature_parameter: str = "hmac"
    no_right: tuple[str, ...] = ()


@dataclass(frozen=True)
class TokenAnswer:
    """Where the token endpoint's answer says what (paths such as `data.access_token`; empty: it does not say)."""

    access: str = "access_token"
    refresh: str = "refresh_token"
    scopes: str = "scope"
    expires_in: str = "expires_in"
    expires_at: str = ""
    refresh_expires_in: str = "refresh_token_expires_in"
    consent_ends: str = ""
    keep: tuple[str, ...] = ()
    keep_claims: tuple[str, ...] = ()
    errors: Mapping[str, Meaning] = field(default_factory=dict)


@dataclass(frozen=True)
class Tokens:
    """How this app's tokens live. `life` and `refresh_life` None: they do not end by themselves, or nobody says."""

    life: timedelta | None = None
    refresh: bool = False
    rotates: Rotation = "no"
    refresh_life: timedelta | None = None
    lead: timedelta = timedelta(0)
    previous_token_grace: timedelta = timedelta(0)
    consent_days: int | None = None
    answer: TokenAnswer = field(default_factory=TokenAnswer)

    def lead_within(self, life: timedelta) -> timedelta:
        """How long before its end a token of this life is renewed: always shorter than the life.

        When the app gives shorter lives than its definition says, the lead shrinks alike.
        """
        if self.life is None:
            return min(self.lead, life / 2)
        return self.lead * min(1.0, life / self.life)


@dataclass(frozen=True)
class Api:
    """What every reading call carries, and how errors are told inside a good answer."""

    headers: Mapping[str, str] = field(default_factory=dict)
    user: str = ""
    password: str = ""
    error: str = ""
    errors: Mapping[str, Meaning] = field(default_factory=dict)


@dataclass(frozen=True)
class Listing:
    """A call that names accounts, and the paths in its answer. `each` empty: the answer is about one.

    `id` may be a template such as `{realmId}` when the app named the account on the way back.
    `added_by`: a path whose value says which consent added the row, and the template it is compared with.
    """

    call: Call
    id: str
    name: str
    each: str = ""
    details: Mapping[str, str] = field(default_factory=dict)
    scopes: str = ""
    can_write: str = ""
    added_by: tuple[str, str] | None = None
    pick: Pick = "one"


@dataclass(frozen=True)
class Reading:
    """A call that gives the latest records of an account, and the paths in each. `scope`: what it needs."""

    call: Call
    each: str
    id: str
    label: str
    amount: str
    currency: str
    moment: str
    scope: str = ""
    unit: AmountUnit = "whole"


@dataclass(frozen=True)
class Revocation:
    """The call that ends a consent. `client`: it is signed with our client id and secret, as at the token address."""

    call: Call
    client: bool = False


@dataclass(frozen=True)
class KeyRules:
    """A key that people paste: which input it is, and the shapes of keys that can write, which are refused unsent."""

    input: str
    can_write: tuple[str, ...] = ()


@dataclass(frozen=True)
class Webhooks:
    """How the app's messages are proved and read. Paths lead into the body (or into each of `each`).

    `about`: what the message is about: `account`, `holder`, or the name of something kept, with the path to it.
    """

    style: WebhookStyle
    header: str
    secret: WebhookSecret
    events: Mapping[str, NoticeKind]
    about: Mapping[str, str]
    encoding: Literal["base64", "hex"] = "base64"
    tolerance: timedelta = timedelta(minutes=5)
    each: str = ""
    id: str = ""
    id_header: str = ""
    event: str = ""
    event_header: str = ""
    moment: str = ""
    moment_header: str = ""
    ends: str = ""


@dataclass(frozen=True)
class Client:
    """Who we are at the app: what an operator registered there."""

    id: str
    secret: str = field(repr=False)


@dataclass(frozen=True, eq=False)
class Connector:
    """One outside app, as its definition and the operator's settings describe it."""

    slug: str
    name: str
    category: str
    kind: Kind
    hosts: tuple[str, ...]
    about: Text
    authoriser: Text
    account_word: Text
    ask_owner: Text
    can_ask_owner: bool
    removal: Text = EMPTY
    key_help: Text = EMPTY
    regions: tuple[str, ...] = ()
    docs: str = ""
    confidence: str = ""
    from_memory: tuple[str, ...] = ()
    inputs: tuple[Input, ...] = ()
    authorisation: Authorisation = field(default_factory=Authorisation)
    returning: Return = field(default_factory=Return)
    tokens: Tokens = field(default_factory=Tokens)
    api: Api = field(default_factory=Api)
    identity: Listing | None = None
    accounts: Listing | None = None
    readings: tuple[Reading, ...] = ()
    revocation: Revocation | None = None
    leaving: Call | None = None
    key: KeyRules | None = None
    webhooks: Webhooks | None = None
    reads_per_day: int | None = None
    sandbox_url: str = ""
    is_sandbox: bool = False
    client: Client | None = None
    webhook_secret: str = field(default="", repr=False)
    hooks: ModuleType | None = field(default=None, repr=False)

    @property
    def is_set_up(self) -> bool:
        """Can people connect it now? An OAuth app needs the client id and secret that an operator got from it."""
        return self.kind == "api_key" or self.client is not None

    @property
    def sends_challenge(self) -> bool:
        """Is PKCE used? Wherever the app is not known to refuse it."""
        return self.authorisation.pkce != "unsupported"

    @property
    def initials(self) -> str:
        """One or two letters to draw instead of a logo, which would be somebody else's."""
        capitals = [char for char in self.name if char.isupper()] or [self.name[0].upper()]
        return "".join(capitals[:2])

    @property
    def scopes(self) -> tuple[Scope, ...]:
        """What people are asked to allow."""
        return self.authorisation.scopes

    def left_out(self, granted: tuple[str, ...] | None, asked: tuple[str, ...] = ()) -> tuple[Scope, ...]:
        """The permissions that were asked for and not given. None: the app does not say, so nothing is known missing."""
        if granted is None:
            return ()
        return tuple(scope for scope in self.scopes if scope.name not in granted and (not asked or scope.name in asked))

    @property
    def consent_sources(self) -> tuple[str, ...]:
        """Where a form may lead to at this app, for the page's `form-action`: `https://*.myshopify.com`."""
        origin = re.match(r"https?://[^/?#]+", self.authorisation.authorise_url)
        return (re.sub(r"\{[^}]*\}", "*", origin[0]),) if origin else ()
