"""What a switch can do once: revoke, expire, make a consent without a browser, send a webhook, let go."""

from collections.abc import Callable
from typing import Any

from starlette.requests import Request

from tallystick_sandbox.app_pages import consent_like, end_key, make_key
from tallystick_sandbox.apps import DAY, OutsideApp
from tallystick_sandbox.authorise import make_consent
from tallystick_sandbox.faults import world_of
from tallystick_sandbox.people import Login, login_of, person_called
from tallystick_sandbox.switches import WrongSwitches
from tallystick_sandbox.tokens import end_consent, give_tokens
from tallystick_sandbox.webhooks import KINDS, SIGNATURES, Postman, send, tell, write_message
from tallystick_sandbox.world import DEMO_CLIENT, Consent, World

Asked = dict[str, Any]
Action = Callable[[Request, OutsideApp, Asked], dict[str, Any]]


def consents_named(world: World, app: OutsideApp, asked: Asked) -> list[Consent]:
    """The consents that an action is about: one by id, or all that were given. Raises WrongSwitches."""
    name = asked.get("consent", "all")
    if name == "all":
        return world.consents_of(app.slug)
    consent = world.consents.get(str(name))
    if consent is None or consent.app != app.slug:
        raise WrongSwitches([f"{app.name} has no consent {name!r}."])
    return [consent]


def revoke(request: Request, app: OutsideApp, asked: Asked) -> dict[str, Any]:
    """Ends a consent (`consent`: an id or "all") as if the person had put the program out, and sends the webhook."""
    world = world_of(request)
    if app.keyed:
        return revoke_keys(request, asked)
    ended = [each for each in consents_named(world, app, asked) if end_consent(world, each, "a switch ended it")]
    for consent in ended:
        tell(request, app, "revoked", consent)
    return {"revoked": [consent.id for consent in ended]}


def revoke_keys(request: Request, asked: Asked) -> dict[str, Any]:
    """Ends a key (`consent`: its id) or all."""
    name = asked.get("consent", "all")
    ended = [key for key in world_of(request).keys.values() if name in ("all", key.id) and not key.revoked]
    for key in ended:
        end_key(request, key)
    return {"revoked": [key.id for key in ended]}


def expire_access(request: Request, app: OutsideApp, asked: Asked) -> dict[str, Any]:
    """Access tokens end now (`consent`: an id or "all"); refresh tokens hold."""
    world = world_of(request)
    named = {consent.id for consent in consents_named(world, app, asked)}
    tokens = [token for token in world.access_tokens.values() if token.consent in named]
    for token in tokens:
        token.ends_at = min(token.ends_at, world.now())
        world.keep(token)
    return {"expired": len(tokens)}


def expire_refresh(request: Request, app: OutsideApp, asked: Asked) -> dict[str, Any]:
    """Refresh tokens end now (`consent`: an id or "all"); access tokens hold."""
    world = world_of(request)
    named = {consent.id for consent in consents_named(world, app, asked)}
    tokens = [token for token in world.refresh_tokens.values() if token.consent in named]
    for token in tokens:
        token.ends_at = world.now()
        world.keep(token)
    return {"expired": len(tokens)}


def expire_consent(request: Request, app: OutsideApp, asked: Asked) -> dict[str, Any]:
    """A consent ends in `days` days from now: 0 is now, and a broken number counts."""
    world = world_of(request)
    try:
        days = float(asked.get("days", 0))
    except (TypeError, ValueError):
        raise WrongSwitches([f"days is {asked.get('days')!r}: it must be a number."]) from None
    named = consents_named(world, app, asked)
    for consent in named:
        consent.ends_at = world.now() + days * DAY
        world.keep(consent)
    return {"ends_at": world.now() + days * DAY, "consents": [consent.id for consent in named]}


def login_named(app: OutsideApp, asked: Asked) -> Login:
    """The person that an action is about (`person`, "bob" unless said). Raises WrongSwitches."""
    person = person_called(str(asked.get("person", "bob")))
    login = login_of(app, person) if person else None
    if login is None:
        raise WrongSwitches([f"There is nobody called {asked.get('person')!r}."])
    return login


def make(request: Request, app: OutsideApp, asked: Asked) -> dict[str, Any]:
    """Makes a consent without a browser and gives its tokens; at the payment service a key.

    `person`, `client_id`, `permissions`, `parts`, `days` until its end; for a key `kind` (rk or sk).
    """
    world, login = world_of(request), login_named(app, asked)
    permissions = names_in(asked, "permissions", app.permission_names)
    if app.keyed:
        kind = "sk" if asked.get("kind") == "sk" else "rk"
        secret, key = make_key(world, login.person, kind, permissions)
        return {"consent": key.id, "key": secret}
    client = world.clients.get(str(asked.get("client_id", DEMO_CLIENT.id)))
    if client is None:
        raise WrongSwitches([f"There is no program {asked['client_id']!r}."])
    parts = names_in(asked, "parts", [part.id for part in login.account.parts])
    consent = make_consent(world, app, client, login, permissions, parts)
    consent.state = "active"
    if "days" in asked:
        expire_consent(request, app, {"consent": consent.id, "days": asked["days"]})
    return {
        "consent": consent.id,
        "account": {"id": login.account.id, "name": login.account.name, "address": login.account.address},
        "tokens": give_tokens(world, app, consent, consent.permissions),
    }


def names_in(asked: Asked, name: str, known: list[str]) -> list[str]:
    """Some of the known names, or all when nothing is said. Raises WrongSwitches."""
    wanted = asked.get(name, known)
    if not isinstance(wanted, list) or not set(wanted) <= set(known):
        raise WrongSwitches([f"{name} is {wanted!r}: it must be a list out of {', '.join(known)}."])
    return [each for each in known if each in wanted]


def send_webhook(request: Request, app: OutsideApp, asked: Asked) -> dict[str, Any]:
    """Sends a webhook about a consent, whatever its state.

    `kind` (or `kinds`, sent in that order), `consent` (the latest unless said), `signature` (right, wrong, absent,
    old), `times` (copies of the same message).
    """
    world = world_of(request)
    kinds = asked.get("kinds", [asked.get("kind", "revoked")])
    signature, times = asked.get("signature", "right"), asked.get("times", 1)
    faults = [f"There is no kind {kind!r}: {', '.join(KINDS)}." for kind in kinds if kind not in KINDS]
    faults += [] if signature in SIGNATURES else [f"There is no signature {signature!r}: {', '.join(SIGNATURES)}."]
    faults += [] if isinstance(times, int) and 1 <= times <= 100 else ["times must be from 1 to 100."]
    if not world.switches[app.slug].webhooks.url:
        faults.append("Set webhooks.url first.")
    about = about_whom(request, app, asked)
    if faults or about is None:
        raise WrongSwitches(faults or [f"{app.name} has no consent to tell about."])
    messages = [write_message(world, app, kind, about, signature) for kind in kinds]
    send(request, app, messages * times)
    return {"messages": [message.id for message in messages]}


def about_whom(request: Request, app: OutsideApp, asked: Asked) -> Consent | None:
    """The consent or key that a webhook is about."""
    world = world_of(request)
    if app.keyed:
        keys = [key for key in world.keys.values() if asked.get("consent", key.id) == key.id]
        return consent_like(keys[0]) if keys else None
    named = consents_named(world, app, asked)
    return named[0] if named else None


def replay_webhook(request: Request, app: OutsideApp, asked: Asked) -> dict[str, Any]:
    """Sends a message again as it was, byte for byte (`message`: its id, the latest unless said; `times`)."""
    postman: Postman = request.app.state.postman
    message = postman.message_called(app.slug, str(asked.get("message", "")))
    if message is None:
        raise WrongSwitches(["There is no message to send again."])
    postman.hand_over([message] * int(asked.get("times", 1)))
    return {"messages": [message.id]}


def swap_webhooks(request: Request, app: OutsideApp, asked: Asked) -> dict[str, Any]:
    """Two messages in the wrong order: that the consent was restored arrives before that it was revoked."""
    world, about = world_of(request), about_whom(request, app, asked)
    if about is None or not world.switches[app.slug].webhooks.url:
        raise WrongSwitches(["Set webhooks.url first, and have a consent."])
    first = write_message(world, app, "revoked", about, ago=30)
    second = write_message(world, app, "restored", about)
    send(request, app, [second, first])
    return {"messages": [second.id, first.id]}


def let_go(request: Request, app: OutsideApp, asked: Asked) -> dict[str, Any]:
    """All requests that hang at this app go on now."""
    waiting = sum(world_of(request).journals[app.slug].under_way.values())
    world_of(request).let_go(app.slug)
    return {"under_way": waiting}


ACTIONS: dict[str, Action] = {
    "revoke": revoke,
    "expire-access": expire_access,
    "expire-refresh": expire_refresh,
    "expire-consent": expire_consent,
    "make-consent": make,
    "send-webhook": send_webhook,
    "replay-webhook": replay_webhook,
    "swap-webhooks": swap_webhooks,
    "let-go": let_go,
}
