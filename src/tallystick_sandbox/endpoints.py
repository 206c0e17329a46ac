"""The token and revocation endpoints, and what an app says of itself (RFC 6749, 7009, 8414)."""

import json
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tallystick_sandbox.apps import APPS, OutsideApp
from tallystick_sandbox.faults import Note, through, world_of
from tallystick_sandbox.people import shop_exists
from tallystick_sandbox.refusals import NO_STORE, Declined
from tallystick_sandbox.tokens import Given, recognise_client, redeem_code, refresh, revoke
from tallystick_sandbox.webhooks import tell
from tallystick_sandbox.world import digest_of


def app_of(request: Request) -> OutsideApp:
    """The app that an address belongs to."""
    return APPS[request.path_params["app"]]


def shop_of(request: Request) -> str:
    """The shop in the address, or ""."""
    return str(request.path_params.get("shop", ""))


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, or of a JSON object. Raises Declined when the body is neither, or a field comes twice."""
    body = await request.body()
    if request.headers.get("content-type", "").startswith("application/json"):
        return read_json(body)
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, max_num_fields=200)
    except ValueError:
        raise Declined("invalid_request", "The body is not a form.") from None
    return dict(pairs)


def read_json(body: bytes) -> dict[str, str]:
    """The text fields of a JSON object."""
    try:
        values = json.loads(body)
    except ValueError:
        values = None
    if not isinstance(values, dict):
        raise Declined("invalid_request", "The body is not a JSON object.")
    return {str(name): value for name, value in values.items() if isinstance(value, str)}


async def token(request: Request) -> Response:
    """Gives tokens for a code or a refresh token."""
    app, world = app_of(request), world_of(request)
    try:
        form = await read_form(request)
    except Declined as no:
        return no.answer()
    presented = world.refresh_tokens.get(digest_of(form.get("refresh_token", "")))

    def act(note: Note) -> Response:
        if presented is not None:
            note |= {"consent": presented.consent, "generation": presented.generation}
        given = give(request, app, form, note)
        note |= {"consent": given.consent.id, "generation": given.presented, "outcome": given.outcome}
        return JSONResponse(given.body, headers=NO_STORE)

    once = f"refresh of {presented.consent}" if presented is not None else ""
    return await through(request, app, "token", act, once=once)


def give(request: Request, app: OutsideApp, form: dict[str, str], note: Note) -> Given:
    """The grant that was asked for, counted. Raises Declined."""
    world = world_of(request)
    grant = form.get("grant_type", "")
    note["counts"] = [{"authorization_code": "codes_refused", "refresh_token": "refreshes_refused"}.get(grant, "other")]
    client = recognise_client(world, app, request.headers.get("authorization", ""), form)
    if grant == "authorization_code":
        given = redeem_code(world, app, client, form, shop_of(request))
        note["counts"] = ["codes_redeemed"]
    elif grant == "refresh_token":
        reuse_before = revoked(request, form)
        try:
            given = refresh(world, app, client, form, shop_of(request))
        except Declined:
            if revoked(request, form) and not reuse_before:
                note["counts"] += ["reuse_detected"]
                note["outcome"] = "reuse: the consent was ended"
            raise
        note["counts"] = ["refreshes"] + (["within_grace"] if given.outcome == "within the grace" else [])
    else:
        raise Declined("unsupported_grant_type", "Only authorization_code and refresh_token are known here.")
    return given


def revoked(request: Request, form: dict[str, str]) -> bool:
    """Whether the consent behind a refresh token has been revoked."""
    world = world_of(request)
    presented = world.refresh_tokens.get(digest_of(form.get("refresh_token", "")))
    return presented is not None and world.consents[presented.consent].state == "revoked"


async def revocation(request: Request) -> Response:
    """Ends a token, or a whole consent."""
    app, world = app_of(request), world_of(request)
    try:
        form = await read_form(request)
    except Declined as no:
        return no.answer()

    def act(note: Note) -> Response:
        client = recognise_client(world, app, request.headers.get("authorization", ""), form)
        ended = revoke(world, app, client, form)
        if ended is not None:
            note |= {"consent": ended.id, "outcome": "revoked", "counts": ["revocations"]}
            tell(request, app, "revoked", ended)
        return JSONResponse({}, headers=NO_STORE)

    return await through(request, app, "revoke", act)


async def metadata(request: Request) -> Response:
    """What this authorisation server is and can do (RFC 8414)."""
    app, shop = app_of(request), shop_of(request)
    if bool(shop) != (app.slug == "shop") or (shop and not shop_exists(shop)) or app.keyed:
        return JSONResponse({"error": "not_found"}, 404)
    issuer = world_of(request).issuer(app, shop)
    return JSONResponse(
        {
            "issuer": issuer,
            "authorization_endpoint": f"{issuer}/oauth/authorize",
            "token_endpoint": f"{issuer}/oauth/token",
            "revocation_endpoint": f"{issuer}/oauth/revoke",
            "scopes_supported": app.permission_names,
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code", "refresh_token"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "revocation_endpoint_auth_methods_supported": ["client_secret_basic", "client_secret_post"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }
    )
