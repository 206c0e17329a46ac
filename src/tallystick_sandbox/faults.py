"""Every request of a program goes through here: told to be slow or broken, it is; and it is written in the log."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response, StreamingResponse

from tallystick_sandbox.apps import OutsideApp
from tallystick_sandbox.dropping import Dropped
from tallystick_sandbox.refusals import Declined
from tallystick_sandbox.switches import Place, use_up
from tallystick_sandbox.world import World

Note = dict[str, Any]
LONGEST_HANG = 3600
HUGE = 6_000_000
ERRORS: dict[str, tuple[int, dict[str, Any]]] = {
    "error_in_200": (200, {"error": "temporarily_unavailable", "errors": [{"code": "UNAVAILABLE"}]}),
    "invalid_grant": (400, {"error": "invalid_grant", "error_description": "Switched on by hand."}),
    "invalid_client": (401, {"error": "invalid_client", "error_description": "Switched on by hand."}),
    "huge_body": (200, {"padding": "x" * HUGE}),
}
MAINTENANCE = "<!doctype html><html><title>Back soon</title><h1>We are making things better</h1></html>"


def world_of(request: Request) -> World:
    """The world that this program plays."""
    world: World = request.app.state.world
    return world


async def through(
    request: Request,
    app: OutsideApp,
    place: str,
    act: Callable[[Note], Response],
    *,
    once: str = "",
) -> Response:
    """Does `act`, as the switches of this place allow, and writes the log. `once` names what is counted as under way.

    `act` gets a note to fill in for the log: `consent`, `generation`, `outcome`, and `counts` (names of counters).
    """
    world = world_of(request)
    journal, note, started = world.journals[app.slug], Note(), time.monotonic()
    here: Place = use_up(getattr(world.switches[app.slug], place))
    journal.counters[f"{place}_requests"] += 1
    under_way = [place, *([once] if once else [])]
    for what in under_way:
        journal.begin(what)
    try:
        response = await do(request, app, here, act, note)
    finally:
        for what in under_way:
            journal.end(what)
    dropped = isinstance(response, Dropped)
    journal.counters.update(note.pop("counts", ()))
    journal.counters["dropped" if dropped else f"status_{response.status_code}"] += 1
    journal.requests.append(
        {
            "at": datetime.fromtimestamp(world.now(), UTC).isoformat(timespec="milliseconds"),
            "place": place,
            "method": request.method,
            "path": path_without_secret(request),
            "status": None if dropped else response.status_code,
            "fault": here.fault,
            "milliseconds": round((time.monotonic() - started) * 1000),
            **note,
        }
    )
    return response


def path_without_secret(request: Request) -> str:
    """The path that was asked for, without the part that lets one answer in somebody's place."""
    visit = request.path_params.get("visit")
    return request.url.path.replace(visit, "…") if visit else request.url.path


async def do(request: Request, app: OutsideApp, here: Place, act: Callable[[Note], Response], note: Note) -> Response:
    """What happens at a place, in order: a wait, a fault before, the act itself, a wait, a fault after."""
    await asyncio.sleep(here.slow)
    if here.fault == "hang":
        await hang(request, app)
    elif broken := fault_before(request, app, here):
        note["outcome"] = "not done"
        return broken
    try:
        response = act(note)
    except Declined as no:
        note.setdefault("outcome", no.error)
        response = no.answer()
    request.app.state.keeper.save()
    await asyncio.sleep(here.slow_after)
    if here.fault == "hang_after":
        await hang(request, app)
    return fault_after(here, response)


async def hang(request: Request, app: OutsideApp) -> None:
    """Waits until the caller has gone, or a switch lets go of all that hangs here."""
    gate = world_of(request).gates[app.slug]
    waits = [asyncio.ensure_future(gate.wait()), asyncio.ensure_future(caller_gone(request))]
    try:
        await asyncio.wait(waits, timeout=LONGEST_HANG, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()


async def caller_gone(request: Request) -> None:
    """Waits until the caller has closed the connection."""
    while (await request.receive())["type"] != "http.disconnect":
        continue


def fault_before(request: Request, app: OutsideApp, here: Place) -> Response | None:
    """The broken answer that is given instead of doing anything, or None."""
    headers = {"Retry-After": str(here.retry_after)} if here.retry_after is not None else {}
    if here.fault.isdecimal():
        return JSONResponse({"error": "switched_on", "message": "A switch says so."}, int(here.fault), headers)
    if here.fault in ERRORS:
        status, body = ERRORS[here.fault]
        return JSONResponse(body, status, headers)
    if here.fault == "drop_before":
        return Dropped()
    if here.fault == "html":
        return HTMLResponse(MAINTENANCE)
    if here.fault == "redirect":
        return RedirectResponse(f"{world_of(request).base_url}/elsewhere/{app.slug}", 307)
    return None


def fault_after(here: Place, response: Response) -> Response:
    """The answer as it leaves: whole, cut, in drops, or not at all."""
    if here.fault == "drop_after":
        return Dropped()
    if here.fault == "cut_short":
        return Dropped(response)
    if here.fault == "drip":
        headers = {name: value for name, value in response.headers.items() if name != "content-length"}
        return StreamingResponse(drops(bytes(response.body)), response.status_code, headers)
    return response


async def drops(body: bytes) -> AsyncIterator[bytes]:
    """A body, one byte a second."""
    for position in range(len(body)):
        yield body[position : position + 1]
        await asyncio.sleep(1)
