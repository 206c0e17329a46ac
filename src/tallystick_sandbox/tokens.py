"""The token endpoint's rules: codes redeemed, tokens refreshed and revoked, bearers recognised (RFC 6749, 7009, 7636).

Nothing here waits, so each of these happens as a whole.
"""

import base64
import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass
from typing import Any

from tallystick_sandbox.apps import DAY, LEDGER, TILL, OutsideApp
from tallystick_sandbox.people import account_of
from tallystick_sandbox.refusals import Declined, unauthorised
from tallystick_sandbox.switches import Answer, use_up
from tallystick_sandbox.world import AccessToken, Client, Code, Consent, RefreshToken, World, digest_of

VERIFIER = re.compile(r"[A-Za-z0-9\-._~]{43,128}")
LONGEST_WAIT_FOR_SUCCESSOR = 30 * DAY
BIG = 16_384

EXPIRES_IN: dict[str, object] = {"null": None, "word": "one hour", "zero": 0, "negative": -60, "huge": 10**12}


@dataclass(frozen=True)
class Given:
    """A good answer of the token endpoint, and what the log says of it."""

    body: dict[str, Any]
    consent: Consent
    presented: int
    outcome: str


def recognise_client(world: World, app: OutsideApp, authorization: str, form: dict[str, str]) -> Client:
    """The program that asks, by HTTP Basic or in the body, but not by both. Raises Declined `invalid_client`."""
    in_header = basic_credentials(authorization)
    if in_header and "client_secret" in form:
        raise Declined("invalid_request", "Send the program's secret once: in the header or in the body.")
    client_id, secret = in_header or (form.get("client_id", ""), form.get("client_secret", ""))
    client = world.clients.get(client_id)
    known = client is not None and hmac.compare_digest(client.secret.encode(), secret.encode())
    if client is None or not known or not world.switches[app.slug].tokens.client_known:
        raise Declined(
            "invalid_client",
            "This program's id or secret is not known here.",
            401,
            {"WWW-Authenticate": f'Basic realm="{app.slug}"'},
        )
    return client


def basic_credentials(authorization: str) -> tuple[str, str] | None:
    """Name and password of an HTTP Basic header, or None."""
    scheme, _, encoded = authorization.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        name, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except ValueError:
        return None
    return name, password


def redeem_code(world: World, app: OutsideApp, client: Client, form: dict[str, str], shop: str) -> Given:
    """Tokens for a code: once, within its life, by whoever asked for it, with the verifier of the challenge."""
    code = world.codes.get(digest_of(form.get("code", "")))
    if code is None or code.app != app.slug or code.client_id != client.id:
        raise Declined("invalid_grant", "This code is not known.")
    consent = world.consents[code.consent]
    if account_of(app.slug, consent.account_id).address != shop:
        raise Declined("invalid_grant", "This code was made for another shop.")
    if code.redeemed:
        if world.switches[app.slug].tokens.reuse_revokes:
            end_consent(world, consent, "a code was used twice")
        raise Declined("invalid_grant", "This code was used before.")
    if consent.state != "pending":
        raise Declined("invalid_grant", f"The consent is {world.state_of(consent)}.")
    check_code(world, code, form)
    code.redeemed = True
    world.keep(code)
    consent.state = "active"
    world.keep(consent)
    if consent.renews and world.switches[app.slug].consents.old_consent == "until_new_is_given":
        replace_old_consent(world, consent)
    return Given(give_tokens(world, app, consent, consent.permissions), consent, 0, "redeemed")


def check_code(world: World, code: Code, form: dict[str, str]) -> None:
    """Raises Declined when a code is too old, or the redirect address or verifier does not fit."""
    if world.now() >= code.ends_at:
        raise Declined("invalid_grant", "This code is too old.")
    if form.get("redirect_uri") != code.redirect_uri:
        raise Declined("invalid_grant", "The redirect address is not the one that the person was sent with.")
    verifier = form.get("code_verifier", "")
    if not code.challenge:
        if verifier:
            raise Declined("invalid_grant", "There is a verifier, but there was no challenge.")
        return
    if not VERIFIER.fullmatch(verifier) or not hmac.compare_digest(challenge_of(verifier), code.challenge):
        raise Declined("invalid_grant", "The code verifier does not fit the challenge.")


def challenge_of(verifier: str) -> str:
    """The S256 challenge of a verifier (RFC 7636, section 4.2)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def refresh(world: World, app: OutsideApp, client: Client, form: dict[str, str], shop: str) -> Given:
    """New tokens for a refresh token. An old one used again, outside the grace, ends the whole consent."""
    token = world.refresh_tokens.get(digest_of(form.get("refresh_token", "")))
    consent = world.consents.get(token.consent) if token else None
    if token is None or consent is None or consent.app != app.slug or consent.client_id != client.id:
        raise Declined("invalid_grant", "This refresh token is not known.")
    if account_of(app.slug, consent.account_id).address != shop:
        raise Declined("invalid_grant", "This refresh token belongs to another shop.")
    if not world.is_live(consent):
        raise Declined("invalid_grant", f"The consent is {world.state_of(consent)}.")
    if token.ends_at is not None and world.now() >= token.ends_at:
        raise Declined("invalid_grant", "This refresh token is too old.")
    if token.superseded_at is not None and not within_grace(world, app, token):
        if world.switches[app.slug].tokens.reuse_revokes:
            end_consent(world, consent, "an old refresh token was used again")
        raise Declined("invalid_grant", "This refresh token was used before.")
    permissions = narrowed(consent, form.get("scope", ""), app)
    outcome = "within the grace" if token.superseded_at is not None else "refreshed"
    token.used = True
    world.keep(token)
    consent.refreshes += 1
    body = give_tokens(world, app, consent, permissions, token, form["refresh_token"])
    return Given(body, consent, token.generation, outcome)


def within_grace(world: World, app: OutsideApp, token: RefreshToken) -> bool:
    """Whether a refresh token that has a successor may still be used, because the answer may have been lost."""
    tokens, waited = world.switches[app.slug].tokens, world.now() - (token.superseded_at or 0)
    if waited < tokens.grace:
        return True
    successor = world.refresh_tokens.get(token.successor)
    unused = successor is not None and not successor.used
    return tokens.grace_until_used and unused and waited < LONGEST_WAIT_FOR_SUCCESSOR


def narrowed(consent: Consent, scope: str, app: OutsideApp) -> list[str]:
    """The permissions of a refresh: those of the consent, or fewer when fewer are asked. Raises Declined for more."""
    wanted = [name for name in re.split(r"[ ,]+", scope) if name]
    if not wanted:
        return consent.permissions
    if extra := [name for name in wanted if name not in consent.permissions]:
        raise Declined("invalid_scope", f"The person did not give {', '.join(extra)}.")
    return [name for name in app.permission_names if name in wanted]


def should_rotate(rotation: str, refreshes: int) -> bool:
    """Whether this refresh gives a new refresh token. "sometimes" means every second one."""
    return rotation == "always" or (rotation == "sometimes" and refreshes % 2 == 0)


def give_tokens(
    world: World,
    app: OutsideApp,
    consent: Consent,
    permissions: list[str],
    previous: RefreshToken | None = None,
    presented: str = "",
) -> dict[str, Any]:
    """Mints an access token, and a refresh token where one is due, and writes the answer (RFC 6749, section 5.1).

    When the refresh token stays the same, the till says it again and the other apps leave it out: both are allowed.
    """
    switches = world.switches[app.slug]
    answer = use_up(switches.answer)
    refresh_secret, refresh_token = "", previous
    if answer.refresh_token and (app is not LEDGER or "offline_access" in consent.permissions):
        if previous is None or should_rotate(switches.tokens.rotation, consent.refreshes):
            consent.generation += 1
            refresh_secret = new_secret(app, "rt", answer)
            refresh_token = make_refresh_token(world, app, consent, refresh_secret, previous)
        elif app is TILL:
            refresh_secret = presented
    world.keep(consent)
    ends_at = world.now() + switches.tokens.access_life
    if consent.ends_at is not None:
        ends_at = min(ends_at, consent.ends_at)
    access_secret = new_secret(app, "at", answer)
    came_with = refresh_token.id if refresh_token else ""
    access = AccessToken(
        digest_of(access_secret), consent.id, consent.generation, list(permissions), ends_at, refresh=came_with
    )
    world.keep(access)
    body = {"access_token": access_secret, "token_type": "Bearer"} | life_as_told(answer, ends_at - world.now())
    if refresh_secret:
        body["refresh_token"] = refresh_secret
    if answer.scope:
        body["scope"] = app.scope_separator.join(permissions)
    return body | extras(app, consent)


def life_as_told(answer: Answer, life: float) -> dict[str, Any]:
    """`expires_in`, in seconds, as RFC 6749, section 5.1, has it, or as odd as the switches want it."""
    seconds = max(0, round(life))
    if answer.expires_in == "absent":
        return {}
    if answer.expires_in == "text":
        return {"expires_in": str(seconds)}
    return {"expires_in": EXPIRES_IN.get(answer.expires_in, seconds)}


def new_secret(app: OutsideApp, kind: str, answer: Answer) -> str:
    """A fresh token. Sixteen kilobytes long if so switched."""
    return f"sandbox_{app.slug}_{kind}_{secrets.token_urlsafe(32)}".ljust(BIG if answer.big_tokens else 0, "x")


def make_refresh_token(
    world: World, app: OutsideApp, consent: Consent, secret: str, previous: RefreshToken | None
) -> RefreshToken:
    """Keeps a new refresh token, and marks the one before it as superseded from its first use on."""
    life = world.switches[app.slug].tokens.refresh_life
    ends_at = world.now() + life if life is not None else None
    token = RefreshToken(digest_of(secret), consent.id, consent.generation, ends_at)
    world.keep(token)
    if previous is not None:
        previous.superseded_at = previous.superseded_at or world.now()
        previous.successor = token.id
        world.keep(previous)
    return token


def extras(app: OutsideApp, consent: Consent) -> dict[str, Any]:
    """What an app adds to its token answers."""
    account = account_of(app.slug, consent.account_id)
    if app.slug == "shop":
        return {"shop": account.address}
    if app.slug == "till":
        return {"merchant_id": account.id}
    if app.slug == "bank":
        return {"consent_id": consent.id, "consent_expires_at": int(consent.ends_at) if consent.ends_at else None}
    return {"consent_event": consent.id}


def end_consent(world: World, consent: Consent, reason: str, state: str = "revoked") -> bool:
    """Ends a consent and all its tokens. Gives False when it had ended before."""
    if consent.state not in ("active", "pending"):
        return False
    consent.state, consent.reason = state, reason
    world.keep(consent)
    return True


def replace_old_consent(world: World, consent: Consent) -> None:
    """The consent that this one renews ends now."""
    old = world.consents.get(consent.renews)
    if old is not None and (old.app, old.client_id, old.person) == (consent.app, consent.client_id, consent.person):
        end_consent(world, old, f"replaced by {consent.id}", "replaced")


def revoke(world: World, app: OutsideApp, client: Client, form: dict[str, str]) -> Consent | None:
    """Revokes a token (RFC 7009). A refresh token takes the whole consent along; an unknown one is no error."""
    if "token" not in form:
        raise Declined("invalid_request", "Say which token to revoke.")
    digest = digest_of(form["token"])
    access, refresh_token = world.access_tokens.get(digest), world.refresh_tokens.get(digest)
    found = access or refresh_token
    consent = world.consents[found.consent] if found else None
    if consent is None or consent.app != app.slug or consent.client_id != client.id:
        return None
    if access is not None:
        access.revoked = True
        world.keep(access)
        return None
    return consent if end_consent(world, consent, "the program revoked it") else None


def bearer(world: World, app: OutsideApp, secret: str, permission: str = "") -> Consent:
    """The consent behind an access token. Raises Declined when the token or the consent no longer holds."""
    token = world.access_tokens.get(digest_of(secret))
    consent = world.consents.get(token.consent) if token else None
    if token is None or consent is None or consent.app != app.slug:
        raise unauthorised("invalid_token", "This access token is not known.")
    if not world.is_live(consent):
        state = world.state_of(consent)
        raise unauthorised("consent_expired" if state == "expired" else "invalid_token", f"The consent is {state}.")
    if token.revoked or world.now() >= token.ends_at:
        raise unauthorised("invalid_token", "This access token has ended.")
    if permission and permission not in token.permissions:
        raise Declined("insufficient_scope", f"The person did not give {permission}.", 403)
    note_use(world, app, token, consent)
    return consent


def note_use(world: World, app: OutsideApp, token: AccessToken, consent: Consent) -> None:
    """A token that is used has arrived: its predecessor is of no more use, and a renewed consent replaces the old."""
    consent.last_read_at = world.now()
    world.keep(consent)
    came_with = world.refresh_tokens.get(token.refresh)
    if came_with is not None and not came_with.used:
        came_with.used = True
        world.keep(came_with)
    if consent.renews and world.switches[app.slug].consents.old_consent == "until_new_is_used":
        replace_old_consent(world, consent)
