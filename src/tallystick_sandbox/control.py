"""The switches and the log, for scripts (JSON) and for people (pages)."""

import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from tallystick_sandbox import control_pages as pages
from tallystick_sandbox.actions import ACTIONS
from tallystick_sandbox.app_pages import make_standing_keys
from tallystick_sandbox.apps import APPS
from tallystick_sandbox.endpoints import app_of, read_form
from tallystick_sandbox.faults import world_of
from tallystick_sandbox.switches import TITLES, WrongSwitches, as_values, from_form, set_switches
from tallystick_sandbox.webhooks import Postman
from tallystick_sandbox.world import Consent, Key, World

View = Callable[[Request], Awaitable[Response]]


def iso(moment: float | None) -> str | None:
    """A moment as text."""
    return datetime.fromtimestamp(moment, UTC).isoformat(timespec="seconds") if moment is not None else None


def consent_values(world: World, consent: Consent) -> dict[str, Any]:
    """A consent as scripts see it."""
    return {
        "id": consent.id,
        "state": world.state_of(consent),
        "reason": consent.reason,
        "client_id": consent.client_id,
        "person": consent.person,
        "account_id": consent.account_id,
        "parts": consent.parts,
        "permissions": consent.permissions,
        "asked": consent.asked,
        "made_at": iso(consent.made_at),
        "ends_at": iso(consent.ends_at),
        "renews": consent.renews,
        "generation": consent.generation,
        "refreshes": consent.refreshes,
        "last_read_at": iso(consent.last_read_at),
        "reads": consent.reads,
    }


def key_values(key: Key) -> dict[str, Any]:
    """A key as scripts see it, without its secret."""
    state = "deleted" if key.revoked else "active"
    return {"id": key.id, "kind": key.kind, "state": state, "person": key.person, "permissions": key.permissions}


def app_values(request: Request, slug: str) -> dict[str, Any]:
    """All that the JSON API tells of one app."""
    world, postman = world_of(request), postman_of(request)
    values: dict[str, Any] = {
        "app": slug,
        "name": APPS[slug].name,
        "now": iso(world.now()),
        "switches": as_values(world.switches[slug]),
        "consents": [consent_values(world, consent) for consent in world.consents_of(slug)],
        "webhooks": [message.as_values() for message in postman.sent[slug]],
        "actions": sorted(ACTIONS),
    }
    if APPS[slug].keyed:
        values["keys"] = [key_values(key) for key in world.keys.values()]
    return values


def postman_of(request: Request) -> Postman:
    """Who sends the webhooks."""
    postman: Postman = request.app.state.postman
    return postman


def wrong(faults: list[str], status: int = 422) -> Response:
    """A no of the JSON API: one sentence for each thing that is wrong."""
    return JSONResponse({"error": "wrong_request", "faults": faults}, status)


async def read_object(request: Request) -> dict[str, Any]:
    """The JSON object that a script sends; nothing at all counts as an empty one. Raises WrongSwitches."""
    body = await request.body()
    if not body:
        return {}
    try:
        values = json.loads(body)
    except ValueError:
        raise WrongSwitches(["The body is not JSON."]) from None
    if not isinstance(values, dict):
        raise WrongSwitches(["The body is not a JSON object."])
    return values


def for_scripts(view: View) -> View:
    """Turns WrongSwitches into the JSON API's no. Sites elsewhere cannot send: a browser says when it is cross-site."""

    async def guarded(request: Request) -> Response:
        if request.method != "GET" and request.headers.get("sec-fetch-site") in ("cross-site", "same-site"):
            return wrong(["Other sites may not touch the switches."], 403)
        try:
            return await view(request)
        except WrongSwitches as no:
            return wrong(no.faults)

    return guarded


@for_scripts
async def app_switches(request: Request) -> Response:
    """GET tells all; PATCH (or POST) sets what is named; DELETE puts all switches back and lets go of what hangs."""
    slug, world = app_of(request).slug, world_of(request)
    if request.method in ("PATCH", "POST"):
        set_switches(world.switches[slug], await read_object(request))
        world.settings_changed = True
    elif request.method == "DELETE":
        world.put_back_switches(slug)
        world.let_go(slug)
    return JSONResponse(app_values(request, slug))


@for_scripts
async def act(request: Request) -> Response:
    """Does one thing to an app, such as revoking a consent. The actions and what they take: `actions`."""
    action = ACTIONS.get(request.path_params["action"])
    if action is None:
        return wrong([f"There is no action of this name. Actions: {', '.join(sorted(ACTIONS))}."], 404)
    result = action(request, app_of(request), await read_object(request))
    return JSONResponse(result)


@for_scripts
async def clock(request: Request) -> Response:
    """GET tells the time here; PATCH moves it on by `advance` seconds (or back); DELETE puts it right."""
    world = world_of(request)
    if request.method in ("PATCH", "POST"):
        advance = (await read_object(request)).get("advance")
        if not isinstance(advance, int | float) or isinstance(advance, bool):
            return wrong(['Send {"advance": seconds}.'])
        world.clock_shift += advance
        world.settings_changed = True
    elif request.method == "DELETE":
        world.clock_shift = 0.0
        world.settings_changed = True
    return JSONResponse({"now": iso(world.now()), "shift": world.clock_shift})


@for_scripts
async def app_log(request: Request) -> Response:
    """GET tells what was asked of an app; DELETE begins a new page."""
    slug, world = app_of(request).slug, world_of(request)
    if request.method == "DELETE":
        world.forget_log(slug)
    journal = world.journals[slug]
    return JSONResponse(
        {
            "app": slug,
            "counters": dict(sorted(journal.counters.items())),
            "under_way": {what: count for what, count in journal.under_way.items() if count},
            "most_at_once": journal.most_at_once,
            "requests": list(journal.requests),
        }
    )


@for_scripts
async def reset(request: Request) -> Response:
    """Everything as on the first day. With `?keep=consents` only the switches, the clock and the log."""
    world = world_of(request)
    for slug in APPS:
        world.let_go(slug)
    if request.query_params.get("keep") == "consents":
        world.put_back_switches()
        world.clock_shift = 0.0
        for slug in APPS:
            world.forget_log(slug)
    else:
        world.forget_everything()
        postman_of(request).forget()
        request.app.state.keeper.forget_everything()
        make_standing_keys(world)
    if "text/html" in request.headers.get("accept", ""):
        return RedirectResponse("/switches/", 303)
    return JSONResponse({"reset": True})


# ---------------------------------------------------------------- pages


async def switches_overview(request: Request) -> Response:
    """All apps, with the switches that one wants most often."""
    return pages.overview(world_of(request))


async def switches_page(request: Request) -> Response:
    """All switches of one app."""
    return pages.app_page(world_of(request), postman_of(request), app_of(request))


@for_scripts
async def set_by_form(request: Request) -> Response:
    """A person sets one group of switches."""
    app, world, form = app_of(request), world_of(request), await read_form(request)
    name = request.path_params["group"]
    if name not in TITLES:
        return wrong(["There is no such group."], 404)
    try:
        set_switches(world.switches[app.slug], {name: from_form(getattr(world.switches[app.slug], name), form)})
    except WrongSwitches as no:
        return pages.app_page(world, postman_of(request), app, faults=no.faults)
    world.settings_changed = True
    return RedirectResponse(f"/switches/{app.slug}/#{name}", 303)


@for_scripts
async def act_by_form(request: Request) -> Response:
    """A person presses a button of the switches page."""
    app, world, form = app_of(request), world_of(request), await read_form(request)
    back = "/switches/" if form.pop("back", "") == "overview" else f"/switches/{app.slug}/"
    name = request.path_params["action"]
    try:
        if name == "break":
            set_switches(world.switches[app.slug], pages.BREAKAGES[form.get("how", "")])
            world.settings_changed = True
        elif name == "mend":
            world.put_back_switches(app.slug)
            world.let_go(app.slug)
        else:
            ACTIONS[name](request, app, form)
    except KeyError:
        return wrong(["There is no such button."], 404)
    except WrongSwitches as no:
        return pages.app_page(world, postman_of(request), app, faults=no.faults)
    return RedirectResponse(back, 303)


async def log_page(request: Request) -> Response:
    """What was asked of whom."""
    return pages.log(world_of(request))
