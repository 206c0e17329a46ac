"""The sandbox put together: addresses, and what happens before and after each request."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tallystick_sandbox import app_pages, authorise, control, data, endpoints
from tallystick_sandbox.apps import APPS
from tallystick_sandbox.frame import page
from tallystick_sandbox.html import h
from tallystick_sandbox.keeping import Keeper
from tallystick_sandbox.webhooks import Post, Postman, post_by_http
from tallystick_sandbox.world import Client, World

STATIC = Path(__file__).parent / "static"
OAUTH_APPS = [slug for slug, app in APPS.items() if not app.keyed]


class Saving:
    """Writes what a request changed before its answer leaves, so that nothing that was answered is forgotten."""

    def __init__(self, app: ASGIApp, keeper: Keeper) -> None:
        self.app = app
        self.keeper = keeper

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes a request on."""

        async def save_then_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                self.keeper.save()
            await send(message)

        await self.app(scope, receive, save_then_send)


def oauth_routes(under: str, slug: str) -> list[BaseRoute]:
    """The endpoints of one authorisation server, below its issuer's address."""
    return [
        Route(f"{under}/oauth/authorize", known(slug, authorise.authorise)),
        Route(f"{under}/oauth/token", known(slug, endpoints.token), methods=["POST"]),
        Route(f"{under}/oauth/revoke", known(slug, endpoints.revocation), methods=["POST"]),
        Route(f"{under}/.well-known/oauth-authorization-server", known(slug, endpoints.metadata)),
        Route(f"/.well-known/oauth-authorization-server{under}", known(slug, endpoints.metadata)),
    ]


def known(slug: str, view: control.View) -> control.View:
    """The view, told which app its address belongs to."""

    async def with_app(request: Request) -> Response:
        request.path_params["app"] = slug
        return await view(request)

    return with_app


def trip_routes(slug: str) -> list[BaseRoute]:
    """Sign-in, consent, and who was let in."""
    visit = f"/{slug}/visits/{{visit}}"
    post = ["POST"]
    return [
        Route(f"{visit}/", known(slug, authorise.show_visit)),
        Route(f"{visit}/sign-in/", known(slug, authorise.sign_in_to_visit), methods=post),
        Route(f"{visit}/sign-out/", known(slug, authorise.leave_visit_session), methods=post),
        Route(f"{visit}/answer/", known(slug, authorise.answer_visit), methods=post),
        Route(f"/{slug}/connected/", known(slug, app_pages.connected)),
        Route(f"/{slug}/connected/{{consent}}/removal/", known(slug, app_pages.remove_consent), methods=post),
    ]


def data_routes() -> list[BaseRoute]:
    """What programs read."""
    shop = "/shop/{shop}/api"
    return [
        Route(f"{shop}/shop", data.shop_shop),
        Route(f"{shop}/orders", data.shop_list("order", "orders")),
        Route(f"{shop}/products", data.shop_list("product", "products")),
        Route(f"{shop}/payouts", data.shop_list("payout", "payouts")),
        Route(f"{shop}/installation", data.shop_uninstall, methods=["DELETE"]),
        Route("/till/v1/merchants/me", data.till_merchant),
        Route("/till/v1/locations", data.till_locations),
        Route("/till/v1/payments", data.till_list("payment")),
        Route("/till/v1/orders", data.till_list("order")),
        Route("/till/v1/payouts", data.till_list("payout")),
        Route("/bank/v1/whoami", data.bank_whoami),
        Route("/bank/v1/accounts", data.bank_accounts),
        Route("/bank/v1/accounts/{account}/balance", data.bank_balance),
        Route("/bank/v1/accounts/{account}/transactions", data.bank_transactions),
        Route("/bank/v1/consents/{consent}", data.bank_consent, methods=["DELETE"]),
        Route("/ledger/v1/connections", data.ledger_connections),
        Route("/ledger/v1/connections/{connection}", data.ledger_disconnect, methods=["DELETE"]),
        Route("/ledger/v1/invoices", data.ledger_list("invoice", "invoices", "invoices.read")),
        Route("/ledger/v1/payments", data.ledger_list("payment", "payments", "payments.read")),
        Route("/ledger/v1/bank-lines", data.ledger_list("transaction", "bank-lines", "bank.read")),
        Route("/payments/v1/account", data.payments_account),
        Route("/payments/v1/key", data.payments_key),
        Route("/payments/v1/charges", data.payments_list("charge")),
        Route("/payments/v1/payouts", data.payments_list("payout")),
        Route("/payments/v1/refunds", data.payments_refund, methods=["POST"]),
    ]


def page_routes(slug: str) -> list[BaseRoute]:
    """An app's own front, sign-in, switches and log."""
    post = ["POST"]
    return [
        Route(f"/{slug}/", known(slug, app_pages.home)),
        Route(f"/{slug}/sign-in/", known(slug, app_pages.sign_in_page), methods=["GET", "POST"]),
        Route(f"/{slug}/sign-out/", known(slug, app_pages.sign_out_page), methods=post),
        Route(f"/switches/{slug}", known(slug, control.app_switches), methods=["GET", "PATCH", "POST", "DELETE"]),
        Route(f"/switches/{slug}/", known(slug, control.switches_page)),
        Route(f"/switches/{slug}/set/{{group}}/", known(slug, control.set_by_form), methods=post),
        Route(f"/switches/{slug}/actions/{{action}}", known(slug, control.act), methods=post),
        Route(f"/switches/{slug}/actions/{{action}}/", known(slug, control.act_by_form), methods=post),
        Route(f"/log/{slug}", known(slug, control.app_log), methods=["GET", "DELETE"]),
        Route(f"/elsewhere/{slug}", known(slug, data.elsewhere), methods=["GET", "POST"]),
    ]


def all_routes() -> list[BaseRoute]:
    """Every address of the sandbox."""
    routes: list[BaseRoute] = [
        Route("/", app_pages.front),
        Route("/healthz", healthz),
        Route("/switches/", control.switches_overview),
        Route("/switches/clock", control.clock, methods=["GET", "PATCH", "POST", "DELETE"]),
        Route("/log/", control.log_page),
        Route("/reset", control.reset, methods=["POST"]),
        Route("/payments/keys/", app_pages.keys_page),
        Route("/payments/keys/new/", app_pages.new_key, methods=["POST"]),
        Route("/payments/keys/{key}/removal/", app_pages.remove_key, methods=["POST"]),
        Mount("/static", StaticFiles(directory=STATIC)),
    ]
    for slug in APPS:
        routes += page_routes(slug)
    for slug in OAUTH_APPS:
        routes += trip_routes(slug)
        routes += oauth_routes(f"/{slug}/{{shop}}" if slug == "shop" else f"/{slug}", slug)
    return routes + data_routes()


async def healthz(request: Request) -> Response:
    """Alive."""
    return JSONResponse({"status": "ok"})


async def not_found(request: Request, error: Exception) -> Response:
    """An address that leads nowhere: a page for people, JSON for programs."""
    status = error.status_code if isinstance(error, HTTPException) else 404
    if "text/html" in request.headers.get("accept", ""):
        return page("There is nothing here", h.p(h.a("To the front page", href="/")), status=status)
    return JSONResponse({"error": "not_found" if status == 404 else "not_allowed"}, status)


def build(
    base_url: str = "http://127.0.0.1:8100",
    *,
    state: Path | None = None,
    clients: tuple[Client, ...] = (),
    webhooks_url: str = "",
    post: Post = post_by_http,
) -> Starlette:
    """The sandbox as an ASGI application.

    `base_url` is how it is reached; `state` a file to remember things in; `webhooks_url` where the apps tell what
    happened (`{app}` in it becomes shop, till, …); `post` sends one webhook, which tests replace.
    """
    world = World(base_url, clients=clients, webhooks_url=webhooks_url)
    keeper = Keeper(world, state)
    app_pages.make_standing_keys(world)
    postman = Postman(world, post)

    @asynccontextmanager
    async def life(app: Starlette) -> AsyncIterator[None]:
        yield
        keeper.close()

    hosts = {"127.0.0.1", "localhost", "testserver", "sandbox", urlsplit(base_url).hostname or "localhost"}
    app = Starlette(
        routes=all_routes(),
        middleware=[
            Middleware(TrustedHostMiddleware, allowed_hosts=sorted(hosts), www_redirect=False),
            Middleware(Saving, keeper=keeper),
        ],
        exception_handlers={404: not_found, 405: not_found},
        lifespan=life,
    )
    app.router.redirect_slashes = False
    app.state.world, app.state.keeper, app.state.postman = world, keeper, postman
    return app
