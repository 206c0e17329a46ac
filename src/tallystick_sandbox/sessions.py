"""Who is signed in at which app, in which browser. A cookie per app, so that one can be two people at two apps."""

import secrets

from starlette.requests import Request
from starlette.responses import Response

from tallystick_sandbox.apps import OutsideApp
from tallystick_sandbox.faults import world_of
from tallystick_sandbox.people import Person, person_called
from tallystick_sandbox.world import Session, digest_of


def cookie_name(app: OutsideApp) -> str:
    """The name of an app's cookie."""
    return f"sandbox_{app.slug}"


def session_of(request: Request, app: OutsideApp) -> Session | None:
    """This browser's session at an app."""
    session = world_of(request).sessions.get(digest_of(request.cookies.get(cookie_name(app), "")))
    return session if session and session.app == app.slug else None


def person_signed_in(request: Request, app: OutsideApp) -> Person | None:
    """Who is signed in at an app in this browser."""
    session = session_of(request, app)
    return person_called(session.person) if session else None


def sign_in(request: Request, response: Response, app: OutsideApp, person: Person) -> None:
    """Begins a session and sets its cookie."""
    secret = secrets.token_urlsafe(24)
    world_of(request).keep(Session(digest_of(secret), app.slug, person.slug))
    response.set_cookie(cookie_name(app), secret, path=f"/{app.slug}/", httponly=True, samesite="lax")


def sign_out(request: Request, response: Response, app: OutsideApp) -> None:
    """Ends the session, if there is one."""
    if session := session_of(request, app):
        world_of(request).drop(session)
    response.delete_cookie(cookie_name(app), path=f"/{app.slug}/", httponly=True, samesite="lax")
