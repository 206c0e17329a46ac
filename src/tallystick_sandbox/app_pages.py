"""An app's own pages: its front, its sign-in, who was let in (and how to put them out), and keys."""

import secrets
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tallystick_sandbox.apps import APPS, PAYMENTS, OutsideApp
from tallystick_sandbox.consent_pages import on_day, people_offered, sign_in_form
from tallystick_sandbox.endpoints import app_of, read_form
from tallystick_sandbox.faults import world_of
from tallystick_sandbox.frame import button, error_summary, form, page, tick
from tallystick_sandbox.html import Child, h
from tallystick_sandbox.people import CAST, Login, Person, login_of, person_called
from tallystick_sandbox.sessions import person_signed_in, sign_in, sign_out
from tallystick_sandbox.tokens import end_consent
from tallystick_sandbox.webhooks import tell
from tallystick_sandbox.world import Consent, Key, World, digest_of, new_id

STANDING_KEYS = {
    "rk_sandbox_bob_reads_everything": ("rk", "bob", ("account.read", "charges.read", "payouts.read")),
    "rk_sandbox_bob_without_payouts": ("rk", "bob", ("account.read", "charges.read")),
    "sk_sandbox_bob_can_write": ("sk", "bob", ("account.read", "charges.read", "payouts.read", "write")),
    "rk_sandbox_charlie_reads_everything": ("rk", "charlie", ("account.read", "charges.read", "payouts.read")),
    "rk_sandbox_dana_reads_everything": ("rk", "dana", ("account.read", "charges.read", "payouts.read")),
}


def standing_key_id(secret: str) -> str:
    """The id of a key that is there from the start."""
    return f"key_{secret.removeprefix('rk_').removeprefix('sk_')}"


def make_standing_keys(world: World) -> None:
    """The keys that are there from the start, so that one can paste without making one. A deleted one stays deleted."""
    for secret, (kind, person, permissions) in STANDING_KEYS.items():
        if standing_key_id(secret) not in world.keys:
            world.keep(
                Key(
                    id=standing_key_id(secret),
                    digest=digest_of(secret),
                    hint=secret[-6:],
                    kind=kind,
                    name="There from the start",
                    person=person,
                    account_id=login_for(PAYMENTS, CAST[person]).account.id,
                    permissions=list(permissions),
                    made_at=world.now(),
                )
            )


def login_for(app: OutsideApp, person: Person) -> Login:
    """A person's own login at an app: everybody has one."""
    login = login_of(app, person)
    assert login is not None
    return login


def make_key(world: World, person: Person, kind: str, permissions: list[str], name: str = "A key") -> tuple[str, Key]:
    """A new key and its secret, which is not kept."""
    secret = f"{kind}_sandbox_{secrets.token_hex(16)}"
    key = Key(
        id=new_id("key"),
        digest=digest_of(secret),
        hint=secret[-6:],
        kind=kind,
        name=name,
        person=person.slug,
        account_id=login_for(PAYMENTS, person).account.id,
        permissions=[*permissions, *(["write"] if kind == "sk" else [])],
        made_at=world.now(),
    )
    world.keep(key)
    return secret, key


async def home(request: Request) -> Response:
    """The front of an app."""
    app = app_of(request)
    way_in = (
        h.a("API keys", href="/payments/keys/", class_="button")
        if app.keyed
        else h.a("Connected programs", href=f"/{app.slug}/connected/", class_="button")
    )
    return page(app.tagline, h.p(app.plays), h.p(way_in), h.p(h.a("About this sandbox", href="/")), app=app)


async def sign_in_page(request: Request) -> Response:
    """Who are you? (outside of a trip)"""
    app = app_of(request)
    if request.method == "GET":
        return ask_who(app)
    form_sent = await read_form(request)
    person = person_called(form_sent.get("person", "").strip())
    if person is None:
        return ask_who(app, "Nobody of this name has a login here.")
    response = RedirectResponse(inside(app), 303)
    sign_in(request, response, app, person)
    return response


def ask_who(app: OutsideApp, error: str = "") -> Response:
    """The sign-in page."""
    body = sign_in_form(app, f"/{app.slug}/sign-in/", people_offered(), error)
    return page(f"Sign in to {app.name}", body, app=app)


def inside(app: OutsideApp) -> str:
    """Where one comes after signing in."""
    return f"/{app.slug}/keys/" if app.keyed else f"/{app.slug}/connected/"


async def sign_out_page(request: Request) -> Response:
    """Signs out."""
    app = app_of(request)
    response = RedirectResponse(f"/{app.slug}/sign-in/", 303)
    sign_out(request, response, app)
    return response


def who(app: OutsideApp, login: Login) -> Child:
    """Who is signed in, with the way out."""
    words = h.p("You are ", h.strong(login.person.name), f" at {login.account.name}.")
    return h.div(words, form(f"/{app.slug}/sign-out/", button("Sign out", kind="link")), class_="who")


async def connected(request: Request) -> Response:
    """Who was let in to this account, with a button to put each out."""
    app, person = app_of(request), person_signed_in(request, app_of(request))
    if app.keyed or person is None:
        return RedirectResponse(f"/{app.slug}/sign-in/" if person is None else inside(app), 303)
    login = login_for(app, person)
    world = world_of(request)
    mine = [each for each in world.consents_of(app.slug) if each.account_id == login.account.id]
    rows = [consent_row(world, app, each, login) for each in mine]
    return page(
        "Connected programs",
        who(app, login),
        h.ul(rows, class_="cards") if rows else h.p("You have let no program in."),
        app=app,
    )


def consent_row(world: World, app: OutsideApp, consent: Consent, login: Login) -> Child:
    """One program that was let in."""
    state = world.state_of(consent)
    names = {part.id: part.name for part in login.account.parts}
    client = world.clients.get(consent.client_id)
    labels = [permission.label.lower() for permission in app.permissions if permission.name in consent.permissions]
    remove = form(f"/{app.slug}/connected/{consent.id}/removal/", button("Put this program out", kind="danger"))
    return h.li(
        h.h2(client.name if client else consent.client_id),
        h.p(f"May {', '.join(labels)}."),
        h.p(", ".join(names.get(part, part) for part in consent.parts)) if consent.parts else None,
        h.p(
            f"Since {on_day(consent.made_at)}.",
            f" Ends on {on_day(consent.ends_at)}." if consent.ends_at is not None else None,
            " ",
            h.span(state, class_=f"state {state}"),
        ),
        remove if state == "active" and login.may_share else None,
    )


async def remove_consent(request: Request) -> Response:
    """The person puts a program out, and the app tells that program."""
    app, world = app_of(request), world_of(request)
    person, consent = person_signed_in(request, app), world.consents.get(request.path_params["consent"])
    if person is None or consent is None or consent.app != app.slug:
        return RedirectResponse(f"/{app.slug}/connected/", 303)
    login = login_for(app, person)
    if (
        login.may_share
        and login.account.id == consent.account_id
        and end_consent(world, consent, "put out by a person")
    ):
        tell(request, app, "uninstalled", consent)
    return RedirectResponse(f"/{app.slug}/connected/", 303)


# ---------------------------------------------------------------- keys of the payment service


async def keys_page(request: Request) -> Response:
    """The keys of this account, and the form for a new one."""
    person = person_signed_in(request, PAYMENTS)
    return show_keys(request, person) if person else RedirectResponse("/payments/sign-in/", 303)


def show_keys(request: Request, person: Person, secret: str = "", error: str = "") -> Response:
    """The page of keys. `secret` is a new key, shown this once."""
    login = login_for(PAYMENTS, person)
    mine = [key for key in world_of(request).keys.values() if key.account_id == login.account.id and not key.revoked]
    new = (
        h.div(
            h.p("Copy this key now. It is shown once."),
            h.p(h.code(secret), class_="secret"),
            class_="note",
            role="status",
        )
        if secret
        else None
    )
    return page(
        "API keys",
        who(PAYMENTS, login),
        error_summary(error),
        new,
        h.ul([key_row(key, login) for key in mine], class_="cards") if mine else h.p("There are no keys."),
        new_key_form() if login.may_share else h.p("Only an owner or manager can make keys. Please ask them."),
        app=PAYMENTS,
    )


def key_row(key: Key, login: Login) -> Child:
    """One key, without its secret."""
    words = "Can read and write" if key.kind == "sk" else "Read only"
    delete = form(f"/payments/keys/{key.id}/removal/", button("Delete this key", kind="danger"))
    return h.li(
        h.h2(key.name),
        h.p(h.code(f"{key.kind}_sandbox_…{key.hint}"), f" – {words}: {', '.join(key.permissions)}"),
        delete if login.may_share else None,
    )


def new_key_form() -> Child:
    """What the new key may do."""
    ticks = [tick("permission", each.name, each.label, fixed=each.fixed) for each in PAYMENTS.permissions]
    return form(
        "/payments/keys/new/",
        h.h2("Make a key"),
        h.label("Name", for_="name"),
        h.input(id="name", name="name", value="For my bookkeeper", maxlength=60),
        h.fieldset(h.legend("It may"), ticks),
        h.div(
            button("Make a read-only key", name="kind", value="rk", kind="main"),
            button("Make a key that can write", name="kind", value="sk", kind="quiet"),
            class_="buttons",
        ),
        class_="panel",
    )


async def new_key(request: Request) -> Response:
    """Makes a key and shows it once."""
    person = person_signed_in(request, PAYMENTS)
    if person is None:
        return RedirectResponse("/payments/sign-in/", 303)
    fields = parse_qs((await request.body()).decode(errors="replace"), max_num_fields=50)
    kind = fields.get("kind", ["rk"])[0]
    if not login_for(PAYMENTS, person).may_share or kind not in ("rk", "sk"):
        return show_keys(request, person, error="You cannot make keys here.")
    chosen = fields.get("permission", [])
    permissions = [each.name for each in PAYMENTS.permissions if each.fixed or each.name in chosen]
    name = fields.get("name", ["A key"])[0].strip()[:60] or "A key"
    secret, _ = make_key(world_of(request), person, kind, permissions, name)
    return show_keys(request, person, secret)


async def remove_key(request: Request) -> Response:
    """Deletes a key: it opens nothing from now on."""
    person, world = person_signed_in(request, PAYMENTS), world_of(request)
    key = world.keys.get(request.path_params["key"])
    if person is not None and key is not None:
        login = login_for(PAYMENTS, person)
        if login.may_share and login.account.id == key.account_id:
            end_key(request, key)
    return RedirectResponse("/payments/keys/", 303)


def end_key(request: Request, key: Key) -> None:
    """Ends a key, and tells whoever listens."""
    world = world_of(request)
    key.revoked = True
    world.keep(key)
    tell(request, PAYMENTS, "revoked", consent_like(key))


def consent_like(key: Key) -> Consent:
    """A key in the form in which messages are written."""
    return Consent(
        id=key.id,
        app=PAYMENTS.slug,
        client_id="",
        person=key.person,
        account_id=key.account_id,
        parts=[],
        permissions=key.permissions,
        asked=[],
        made_at=key.made_at,
        state="revoked" if key.revoked else "active",
    )


async def front(request: Request) -> Response:
    """The sandbox's own front page: what it plays, and who can sign in."""
    cards = [
        h.li(
            h.img(src=f"/static/{app.slug}.svg", alt="", width=40, height=40),
            h.h2(h.a(app.name, href=f"/{app.slug}/")),
            h.p(app.plays),
            h.p(h.a(f"Switches of {app.name}", href=f"/switches/{app.slug}/")),
        )
        for app in APPS.values()
    ]
    people = [h.li(h.strong(person.name), " – ", person.about) for person in CAST.values()]
    keys = [h.li(h.code(secret)) for secret in STANDING_KEYS]
    return page(
        "Five apps to connect to",
        h.p("These apps play the part of shops, tills, banks, ledgers and payment services. No money, no real people."),
        h.ul(cards, class_="cards apps"),
        h.h2("Who can sign in"),
        h.ul(people),
        h.p(
            "Also owner-1, owner-2 and so on, each with a business of their own; at the shop: shop-1, shop-2 and so on."
        ),
        h.h2("Keys of Paddlepay that are there from the start"),
        h.ul(keys),
        h.p(
            "Break something: ",
            h.a("the switches", href="/switches/"),
            ". See who asked for what: ",
            h.a("the log", href="/log/"),
            ".",
        ),
    )
