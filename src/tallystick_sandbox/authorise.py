"""Asking a person: the authorisation endpoint and the trip through sign-in and consent (RFC 6749, 7636, 9207)."""

import hashlib
import hmac
import re
import secrets
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from tallystick_sandbox import consent_pages as pages
from tallystick_sandbox.apps import DAY, OutsideApp
from tallystick_sandbox.endpoints import app_of, read_form, shop_of
from tallystick_sandbox.faults import Note, through, world_of
from tallystick_sandbox.people import Login, Person, login_of, person_called, shop_exists
from tallystick_sandbox.refusals import Declined
from tallystick_sandbox.sessions import person_signed_in, sign_in, sign_out
from tallystick_sandbox.switches import Callback, use_up
from tallystick_sandbox.world import CODE_LIFE, VISIT_LIFE, Client, Code, Consent, Visit, World, digest_of, new_id

CHALLENGE = re.compile(r"[A-Za-z0-9_-]{43}")

MAY_NOT_SHARE = "Only an owner or manager may share this."


async def authorise(request: Request) -> Response:
    """Where a program sends a person. What is wrong with the program's side shows here and never leads back to it."""
    app, shop, world = app_of(request), shop_of(request), world_of(request)

    def act(note: Note) -> Response:
        query = dict(request.query_params)
        if bool(shop) != (app.slug == "shop") or (shop and not shop_exists(shop)):
            return pages.no_such_shop(app, shop)
        client = world.clients.get(query.get("client_id", ""))
        if client is None or not world.switches[app.slug].tokens.client_known:
            return pages.program_at_fault(app, "The program that sent you is not known here.")
        if not client.may_return_to(query.get("redirect_uri", "")):
            return pages.program_at_fault(app, "The program that sent you wants you back at an address we do not know.")
        return begin_visit(request, app, shop, client, query, note)

    return await through(request, app, "authorise", act)


def begin_visit(
    request: Request, app: OutsideApp, shop: str, client: Client, query: dict[str, str], note: Note
) -> Response:
    """Checks the rest of the ask and begins the trip. What is wrong now is told to the program."""
    world = world_of(request)
    visit = Visit(
        id=secrets.token_urlsafe(18),
        app=app.slug,
        shop=shop,
        client=client,
        redirect_uri=query["redirect_uri"],
        state=query.get("state", ""),
        challenge=query.get("code_challenge", ""),
        permissions=app.permission_names,
        renews=query.get("renews", ""),
        ends_at=world.now() + VISIT_LIFE,
    )
    try:
        check_ask(world, app, visit, query)
    except Declined as no:
        note["outcome"] = no.error
        return go_back(world, app, visit, {"error": no.error, "error_description": no.sentence})
    world.forget_old_visits()
    world.visits[visit.id] = visit
    note["counts"] = ["visits"]
    if answer_as := world.switches[app.slug].consents.answer_as:
        return answer_at_once(request, app, visit, answer_as)
    response = RedirectResponse(f"/{app.slug}/visits/{visit.id}/", 303)
    if "login" in query.get("prompt", "").split():
        sign_out(request, response, app)
    return response


def check_ask(world: World, app: OutsideApp, visit: Visit, query: dict[str, str]) -> None:
    """Raises Declined when the program asks for something that this app does not give."""
    if query.get("response_type") != "code":
        raise Declined("unsupported_response_type", "Only response_type=code is known here.")
    needed = bool(visit.challenge) or world.switches[app.slug].tokens.pkce_required
    if needed and (query.get("code_challenge_method") != "S256" or not CHALLENGE.fullmatch(visit.challenge)):
        raise Declined("invalid_request", "Send a code_challenge made with S256.")
    wanted = [name for name in re.split(r"[ ,]+", query.get("scope", "")) if name]
    if unknown := [name for name in wanted if name not in app.permission_names]:
        raise Declined("invalid_scope", f"There is no permission {unknown[0]} here.")
    fixed = [permission.name for permission in app.permissions if permission.fixed]
    if wanted:
        visit.permissions = [name for name in app.permission_names if name in (*wanted, *fixed)]


def answer_at_once(request: Request, app: OutsideApp, visit: Visit, answer_as: str) -> Response:
    """What the switch says, instead of asking anybody."""
    world, person = world_of(request), person_called(answer_as)
    login = login_of(app, person, visit.shop) if person else None
    if login is None or world.switches[app.slug].consents.answer == "no":
        return refuse(world, app, visit, "The person said no.")
    if not login.may_share:
        return refuse(world, app, visit, MAY_NOT_SHARE)
    return agree(world, app, visit, login, visit.permissions, [part.id for part in login.parts])


def visit_of(request: Request, app: OutsideApp) -> Visit | None:
    """The trip that an address names, if it is still under way."""
    visit = world_of(request).visits.get(request.path_params["visit"])
    return visit if visit and visit.app == app.slug and world_of(request).now() < visit.ends_at else None


async def show_visit(request: Request) -> Response:
    """The page of the trip where the person is now."""
    app = app_of(request)

    def act(note: Note) -> Response:
        visit = visit_of(request, app)
        return where_they_are(request, app, visit) if visit else pages.visit_over(app)

    return await through(request, app, "authorise", act)


def where_they_are(request: Request, app: OutsideApp, visit: Visit, error: str = "") -> Response:
    """Sign-in, then consent, or why not."""
    world = world_of(request)
    if visit.answered:
        return pages.already_answered(app, visit)
    person = person_signed_in(request, app)
    if person is None:
        return pages.sign_in(app, visit, error)
    login = login_of(app, person, visit.shop)
    if login is None:
        return pages.no_login_here(app, visit, person)
    if not login.may_share:
        return staff_answer(world, app, visit, login)
    return pages.consent(
        app, visit, login, ends_at=consent_end(world, app), old=standing(world, app, visit, login), error=error
    )


def staff_answer(world: World, app: OutsideApp, visit: Visit, login: Login) -> Response:
    """What somebody without the right to share gets: a page that leads back, one that does not, or the way back."""
    outcome = world.switches[app.slug].consents.staff
    if outcome == "redirect":
        return refuse(world, app, visit, MAY_NOT_SHARE)
    return pages.may_not_share(app, visit, login, dead_end=outcome == "dead_end")


async def sign_in_to_visit(request: Request) -> Response:
    """The person says who they are."""
    app = app_of(request)
    form = await read_form(request)

    def act(note: Note) -> Response:
        visit = visit_of(request, app)
        if visit is None:
            return pages.visit_over(app)
        person: Person | None = person_called(form.get("person", "").strip())
        if person is None:
            return where_they_are(request, app, visit, "Nobody of this name has a login here.")
        response = RedirectResponse(f"/{app.slug}/visits/{visit.id}/", 303)
        sign_in(request, response, app, person)
        return response

    return await through(request, app, "authorise", act)


async def leave_visit_session(request: Request) -> Response:
    """The person signs out, to sign in as somebody else."""
    app = app_of(request)

    def act(note: Note) -> Response:
        response = RedirectResponse(f"/{app.slug}/visits/{request.path_params['visit']}/", 303)
        sign_out(request, response, app)
        return response

    return await through(request, app, "authorise", act)


async def answer_visit(request: Request) -> Response:
    """The person says yes or no."""
    app, world = app_of(request), world_of(request)
    body = (await request.body()).decode(errors="replace")
    chosen = pages.chosen_in(body)

    def act(note: Note) -> Response:
        visit, person = visit_of(request, app), person_signed_in(request, app)
        if visit is None:
            return pages.visit_over(app)
        if visit.answered:
            return pages.already_answered(app, visit)
        if chosen.answer == "no":
            note["outcome"] = "said no"
            return refuse(world, app, visit, "The person said no.")
        login = login_of(app, person, visit.shop) if person else None
        if login is None or not login.may_share or chosen.answer != "yes":
            return where_they_are(request, app, visit)
        permissions = permissions_given(app, visit, login, chosen.permissions)
        parts = parts_given(app, login, chosen.parts)
        if not permissions or (login.parts and not parts):
            return where_they_are(request, app, visit, "Choose at least one, or say no.")
        note["counts"] = ["consents"]
        return agree(world, app, visit, login, permissions, parts)

    return await through(request, app, "authorise", act)


def permissions_given(app: OutsideApp, visit: Visit, login: Login, chosen: list[str]) -> list[str]:
    """What was asked, ticked, and is this person's to give; what is needed always is."""
    return [
        permission.name
        for permission in app.permissions
        if permission.name in visit.permissions
        and (permission.fixed or permission.name in chosen)
        and (permission.managers or login.role == "owner")
    ]


def parts_given(app: OutsideApp, login: Login, chosen: list[str]) -> list[str]:
    """The parts that were ticked; all of this person's where the app does not ask."""
    return [part.id for part in login.parts if not app.picks_parts or part.id in chosen]


def consent_end(world: World, app: OutsideApp) -> float | None:
    """When a yes that is given now will end."""
    days = world.switches[app.slug].consents.days
    return world.now() + days * DAY if days is not None else None


def standing(world: World, app: OutsideApp, visit: Visit, login: Login) -> Consent | None:
    """The consent that this person gave this program before, if it still holds."""
    for consent in world.consents_of(app.slug):
        same = (consent.person, consent.client_id) == (login.person.slug, visit.client.id)
        if same and consent.account_id == login.account.id and world.is_live(consent):
            return consent
    return None


def make_consent(
    world: World, app: OutsideApp, client: Client, login: Login, permissions: list[str], parts: list[str]
) -> Consent:
    """A new consent, which holds once its code is fetched. A manager's never has what is the owner's to give."""
    allowed = [each.name for each in app.permissions if each.managers or login.role == "owner"]
    consent = Consent(
        id=new_id("consent"),
        app=app.slug,
        client_id=client.id,
        person=login.person.slug,
        account_id=login.account.id,
        parts=parts,
        permissions=[name for name in permissions if name in allowed],
        asked=permissions,
        made_at=world.now(),
        ends_at=consent_end(world, app),
    )
    world.keep(consent)
    return consent


def agree(
    world: World, app: OutsideApp, visit: Visit, login: Login, permissions: list[str], parts: list[str]
) -> Response:
    """The yes: a new consent, and a code for it. Any older consent stands."""
    consent = make_consent(world, app, visit.client, login, permissions, parts)
    consent.asked, consent.renews = visit.permissions, visit.renews
    secret = f"code_{secrets.token_urlsafe(24)}"
    world.keep(
        Code(
            id=digest_of(secret),
            app=app.slug,
            client_id=visit.client.id,
            redirect_uri=visit.redirect_uri,
            challenge=visit.challenge,
            consent=consent.id,
            ends_at=world.now() + CODE_LIFE,
        )
    )
    visit.answered = "yes"
    return go_back(world, app, visit, {"code": secret})


def refuse(world: World, app: OutsideApp, visit: Visit, sentence: str) -> Response:
    """The no."""
    visit.answered = "no"
    return go_back(world, app, visit, {"error": "access_denied", "error_description": sentence})


def go_back(world: World, app: OutsideApp, visit: Visit, values: dict[str, str]) -> Response:
    """Sends the person back to the program, with state and iss, and for a shop its name and an HMAC."""
    odd = use_up(world.switches[app.slug].callback)
    values = dict(values)
    if visit.state and odd.state != "absent":
        values["state"] = visit.state if odd.state == "right" else "another-state"
    if odd.iss != "absent":
        values["iss"] = world.issuer(app, visit.shop) if odd.iss == "right" else "http://issuer.invalid"
    if visit.shop:
        values = with_shop(world, visit, values, odd)
    separator = "&" if "?" in visit.redirect_uri else "?"
    return RedirectResponse(f"{visit.redirect_uri}{separator}{urlencode(values)}", 303)


def with_shop(world: World, visit: Visit, values: dict[str, str], odd: Callback) -> dict[str, str]:
    """Adds what a shop sends along: its address, the time, and an HMAC over all of it."""
    if odd.shop != "absent":
        values["shop"] = visit.shop if odd.shop == "right" else "another-shop"
    values["timestamp"] = str(int(world.now()))
    if odd.hmac != "absent":
        secret = visit.client.secret if odd.hmac == "right" else "another-secret"
        values["hmac"] = callback_hmac(values, secret)
    return values


def callback_hmac(values: dict[str, str], secret: str) -> str:
    """HMAC-SHA256 in hex, by the program's secret, over `name=value` joined by `&` in order of name, without hmac."""
    message = "&".join(f"{name}={values[name]}" for name in sorted(values) if name != "hmac")
    return hmac.new(secret.encode(), message.encode(), hashlib.sha256).hexdigest()
