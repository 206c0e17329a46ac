"""What programs read: who the account is, and its latest records. Each app answers in a shape of its own."""

import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from tallystick_sandbox.apps import BANK, DAY, LEDGER, PAYMENTS, SHOP, TILL, OutsideApp
from tallystick_sandbox.faults import Note, through, world_of
from tallystick_sandbox.people import Account, Part, account_of
from tallystick_sandbox.records import Page, Record, page_of
from tallystick_sandbox.refusals import Declined, unauthorised
from tallystick_sandbox.tokens import basic_credentials, bearer, end_consent
from tallystick_sandbox.webhooks import tell
from tallystick_sandbox.world import Consent, Key, World, digest_of

MOST = 100


def bearer_token(request: Request, other_header: str = "") -> str:
    """The token that a request carries. Raises Declined when there is none."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer" and token:
        return token.strip()
    if other_header and (found := request.headers.get(other_header)):
        return found
    raise unauthorised("invalid_request", "Send an access token.")


def limit_of(request: Request) -> int:
    """How many records are wanted: 20 unless said, at most 100."""
    wanted = request.query_params.get("limit", "20")
    if not wanted.isdecimal() or not 1 <= int(wanted) <= MOST:
        raise Declined("bad_limit", f"limit is {wanted!r}: it must be from 1 to {MOST}.")
    return int(wanted)


def moment_of(request: Request, name: str) -> float:
    """A date or time in the query as seconds since 1970, or 0 when there is none."""
    text = request.query_params.get(name, "")
    if not text:
        return 0
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise Declined("bad_date", f"{name} is {text!r}: write a date such as 2026-01-31.") from None
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def read(request: Request, kind: str, owner: str, account: Account, cursor_name: str = "cursor") -> Page:
    """The page of records that a request wants. Raises Declined for a cursor that is not ours."""
    cursor = request.query_params.get(cursor_name, "")
    if cursor and not cursor.isdecimal():
        raise Declined("bad_cursor", f"{cursor_name} is not one that was given here.")
    if account.empty:
        return Page([], "")
    return page_of(
        kind,
        owner,
        account.currency,
        now=world_of(request).now(),
        limit=limit_of(request),
        before=int(cursor) if cursor else None,
        since=moment_of(request, "since"),
    )


def when(record: Record) -> str:
    """A record's moment as text."""
    return record.at.isoformat().replace("+00:00", "Z")


Reader = Callable[[Request, Consent, Account], dict[str, Any]]


async def answer(request: Request, app: OutsideApp, permission: str, reader: Reader, header: str = "") -> Response:
    """A read by access token: permission checked, counted, logged, and told to be broken where a switch says so."""
    world = world_of(request)

    def act(note: Note) -> Response:
        consent = bearer(world, app, bearer_token(request, header), permission)
        note |= {"consent": consent.id, "generation": consent.generation}
        account = account_of(app.slug, consent.account_id)
        if request.path_params.get("shop", "") != account.address:
            raise unauthorised("invalid_token", "This access token belongs to another shop.")
        return as_read(reader(request, consent, account), note)

    return await through(request, app, "api", act)


def as_read(body: Any, note: Note) -> Response:
    """A good answer, counted as a read."""
    note |= {"outcome": "read", "counts": ["reads"]}
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


# ---------------------------------------------------------------- shop


async def shop_shop(request: Request) -> Response:
    """The shop's id and name. Needs no permission."""

    def tell_shop(request: Request, consent: Consent, account: Account) -> dict[str, Any]:
        shop = {"id": account.id, "name": account.name, "address": account.address, "currency": account.currency}
        return {"shop": shop, "permissions": consent.permissions}

    return await answer(request, SHOP, "", tell_shop, "x-larkstall-access-token")


def shop_list(kind: str, plural: str) -> Callable[[Request], Any]:
    """A list of a shop: orders, products or payouts. Money as decimal text."""

    async def view(request: Request) -> Response:
        def tell_list(request: Request, consent: Consent, account: Account) -> dict[str, Any]:
            page = read(request, kind, account.id, account)
            rows = [
                {
                    "id": record.id,
                    "name": f"#{record.number}" if kind == "order" else record.what,
                    "created_at": when(record),
                    "total_price": record.decimal,
                    "currency": record.currency,
                    "customer": record.who if "read_customers" in consent.permissions else None,
                }
                for record in page.records
            ]
            return {plural: rows, "next_cursor": page.next_cursor or None}

        return await answer(request, SHOP, f"read_{plural}", tell_list, "x-larkstall-access-token")

    return view


async def shop_uninstall(request: Request) -> Response:
    """The program takes itself out of the shop."""

    def leave(request: Request, consent: Consent, account: Account) -> dict[str, Any]:
        end_consent(world_of(request), consent, "the program left")
        tell(request, SHOP, "uninstalled", consent)
        return {"uninstalled": True}

    return await answer(request, SHOP, "", leave, "x-larkstall-access-token")


# ---------------------------------------------------------------- till


async def till_merchant(request: Request) -> Response:
    """The business's id and name."""

    def tell_merchant(request: Request, consent: Consent, account: Account) -> dict[str, Any]:
        merchant = {"id": account.id, "business_name": account.name, "currency": account.currency, "status": "ACTIVE"}
        return {"merchant": merchant}

    return await answer(request, TILL, "merchant.read", tell_merchant)


async def till_locations(request: Request) -> Response:
    """The locations that this consent covers."""

    def tell_locations(request: Request, consent: Consent, account: Account) -> dict[str, Any]:
        shared = [part for part in account.parts if part.id in consent.parts]
        return {"locations": [{"id": part.id, "name": part.name, "status": "ACTIVE"} for part in shared]}

    return await answer(request, TILL, "merchant.read", tell_locations)


def till_list(kind: str) -> Callable[[Request], Any]:
    """A list of one location: payments, orders or payouts. Money in the smallest unit."""

    async def view(request: Request) -> Response:
        def tell_list(request: Request, consent: Consent, account: Account) -> dict[str, Any]:
            location = shared_part(account.parts, consent.parts, request.query_params.get("location_id", ""))
            page = read(request, kind, location.id, account)
            rows = [
                {
                    "id": record.id,
                    "location_id": location.id,
                    "created_at": when(record),
                    "amount_money": {"amount": record.amount, "currency": record.currency},
                    "note": record.what,
                }
                for record in page.records
            ]
            return {f"{kind}s": rows} | ({"cursor": page.next_cursor} if page.next_cursor else {})

        return await answer(request, TILL, f"{kind}s.read", tell_list)

    return view


def shared_part(parts: tuple[Part, ...], shared: list[str], wanted: str) -> Part:
    """The part that is wanted, or the first when none is named. Raises Declined when it is not shared."""
    for part in parts:
        if part.id in shared and wanted in ("", part.id):
            return part
    raise Declined("not_found", f"{wanted!r} is not part of this consent.", 404)


# ---------------------------------------------------------------- bank


async def bank_whoami(request: Request) -> Response:
    """The customer's id and name, and how long the consent holds. Not counted as a read."""

    def tell_customer(request: Request, consent: Consent, account: Account) -> dict[str, Any]:
        ends_at = (
            datetime.fromtimestamp(consent.ends_at, UTC).isoformat(timespec="seconds") if consent.ends_at else None
        )
        return {
            "customer": {"id": account.id, "name": account.name},
            "consent": {"id": consent.id, "status": world_of(request).state_of(consent), "ends_at": ends_at},
        }

    return await answer(request, BANK, "accounts", tell_customer)


async def bank_accounts(request: Request) -> Response:
    """The accounts that this consent covers. Not counted as a read."""

    def tell_accounts(request: Request, consent: Consent, account: Account) -> dict[str, Any]:
        rows = [
            {"id": part.id, "name": part.name, "currency": account.currency, "number_ends_in": f"{number}042"}
            for number, part in enumerate(account.parts, 1)
            if part.id in consent.parts
        ]
        return {"accounts": rows}

    return await answer(request, BANK, "accounts", tell_accounts)


async def bank_balance(request: Request) -> Response:
    """What is in one account."""

    def tell_balance(request: Request, consent: Consent, account: Account) -> dict[str, Any]:
        part = shared_part(account.parts, consent.parts, request.path_params["account"])
        count_read(request, consent, part)
        latest = page_of("transaction", part.id, account.currency, now=world_of(request).now(), limit=1).records
        balance = 0 if account.empty else 250_000 + latest[0].amount
        amount = f"{balance // 100}.{balance % 100:02d}"
        return {"balance": {"amount": amount, "currency": account.currency}}

    return await answer(request, BANK, "balances", tell_balance)


async def bank_transactions(request: Request) -> Response:
    """What was paid in and out of one account."""

    def tell_transactions(request: Request, consent: Consent, account: Account) -> dict[str, Any]:
        part = shared_part(account.parts, consent.parts, request.path_params["account"])
        count_read(request, consent, part)
        page = read(request, "transaction", part.id, account)
        rows = [
            {
                "id": record.id,
                "booked_on": record.at.date().isoformat(),
                "booked_at": when(record),
                "amount": {"amount": record.decimal, "currency": record.currency},
                "counterparty": record.who,
                "reference": record.what,
            }
            for record in page.records
        ]
        return {"transactions": rows, "next": page.next_cursor or None}

    return await answer(request, BANK, "transactions", tell_transactions)


def count_read(request: Request, consent: Consent, part: Part) -> None:
    """Counts an unattended read of an account, and declines the one too many (429, until the next day in UTC).

    The next page of the same list is no new read; nor is a read with the customer present (`PSU-IP-Address`).
    """
    world = world_of(request)
    most = world.switches["bank"].consents.reads_per_day
    if most is None or "cursor" in request.query_params or "psu-ip-address" in request.headers:
        return
    day, now = int(world.now() // DAY), world.now()
    counter = f"{day}:{part.id}"
    if consent.reads.get(counter, 0) >= most:
        world.journals["bank"].counters["reads_over_the_limit"] += 1
        wait = {"Retry-After": str(math.ceil((day + 1) * DAY - now))}
        raise Declined("access_exceeded", f"{part.name} was read {most} times today.", 429, wait)
    today = {name: count for name, count in consent.reads.items() if name.startswith(f"{day}:")}
    consent.reads = today | {counter: today.get(counter, 0) + 1}
    world.keep(consent)


async def bank_consent(request: Request) -> Response:
    """Ends the consent (DELETE), by its own access token."""

    def leave(request: Request, consent: Consent, account: Account) -> dict[str, Any]:
        if request.path_params["consent"] != consent.id:
            raise Declined("not_found", "This token does not belong to that consent.", 404)
        end_consent(world_of(request), consent, "the program ended it")
        tell(request, BANK, "revoked", consent)
        return {"status": "revoked"}

    return await answer(request, BANK, "", leave)


# ---------------------------------------------------------------- ledger


def companies_of(world: World, consent: Consent) -> dict[str, Consent]:
    """The companies that a token reaches, each with the consent by which it was shared."""
    reached = dict.fromkeys(consent.parts, consent)
    if world.switches["ledger"].consents.earlier_companies:
        for other in world.consents_of("ledger"):
            same = (other.person, other.client_id) == (consent.person, consent.client_id)
            if same and world.is_live(other):
                reached = dict.fromkeys(other.parts, other) | reached
    return reached


async def ledger_connections(request: Request) -> Response:
    """The companies that this consent covers: a list without a name, as some ledgers answer."""
    world = world_of(request)

    def act(note: Note) -> Response:
        consent = bearer(world, LEDGER, bearer_token(request), "company.read")
        note |= {"consent": consent.id, "generation": consent.generation}
        names = {part.id: part.name for part in account_of("ledger", consent.account_id).parts}
        rows = [
            {"id": f"{given.id}.{part}", "company_id": part, "company_name": names[part], "consent_event": given.id}
            for part, given in companies_of(world, consent).items()
        ]
        return as_read(sorted(rows, key=lambda row: row["company_id"]), note)

    return await through(request, LEDGER, "api", act)


def ledger_list(kind: str, path: str, permission: str) -> Callable[[Request], Any]:
    """A list of one company, named by the header `Quillstone-Company`. Pages have numbers."""

    async def view(request: Request) -> Response:
        def tell_list(request: Request, consent: Consent, account: Account) -> dict[str, Any]:
            reached = companies_of(world_of(request), consent)
            company = shared_part(account.parts, list(reached), request.headers.get("quillstone-company", ""))
            page = read(request, kind, f"{company.id}:{path}", account)
            rows = [
                {
                    "id": record.id,
                    "number": f"{path[:3].upper()}-{record.number:05d}",
                    "date": record.at.date().isoformat(),
                    "updated_at": when(record),
                    "total": record.decimal,
                    "currency": record.currency,
                    "contact": record.who,
                }
                for record in page.records
            ]
            return {path.replace("-", "_"): rows, "next_cursor": page.next_cursor or None}

        return await answer(request, LEDGER, permission, tell_list)

    return view


async def ledger_disconnect(request: Request) -> Response:
    """One company is taken out of the consent; with the last one the consent ends."""

    def leave(request: Request, consent: Consent, account: Account) -> dict[str, Any]:
        world = world_of(request)
        part = request.path_params["connection"].removeprefix(f"{consent.id}.")
        if part not in consent.parts:
            raise Declined("not_found", "There is no such connection.", 404)
        consent.parts = [each for each in consent.parts if each != part]
        world.keep(consent)
        if not consent.parts:
            end_consent(world, consent, "the program removed the last company")
            tell(request, LEDGER, "uninstalled", consent)
        return {"removed": part}

    return await answer(request, LEDGER, "", leave)


# ---------------------------------------------------------------- payments


def key_of(request: Request, permission: str) -> Key:
    """The key that a request carries, as bearer or as the user name of HTTP Basic. Raises Declined when it is wrong."""
    authorization = request.headers.get("authorization", "")
    credentials = basic_credentials(authorization)
    secret = credentials[0] if credentials else bearer_token(request)
    digest = digest_of(secret)
    key = next((each for each in world_of(request).keys.values() if each.digest == digest and not each.revoked), None)
    if key is None:
        raise unauthorised("invalid_key", "This key is not known, or was deleted.")
    if permission and permission not in key.permissions:
        raise Declined("insufficient_permissions", f"This key may not use {permission}.", 403)
    return key


KeyReader = Callable[[Request, Key, Account], dict[str, Any]]


async def answer_key(request: Request, permission: str, reader: KeyReader) -> Response:
    """A read by key."""

    def act(note: Note) -> Response:
        key = key_of(request, permission)
        note["consent"] = key.id
        return as_read(reader(request, key, account_of("payments", key.account_id)), note)

    return await through(request, PAYMENTS, "api", act)


async def payments_account(request: Request) -> Response:
    """The account's id and name, and what the key may do."""

    def tell_account(request: Request, key: Key, account: Account) -> dict[str, Any]:
        values: dict[str, Any] = {"id": account.id, "name": account.name, "currency": account.currency}
        return values | {"key": describe_key(key)}

    return await answer_key(request, "", tell_account)


async def payments_key(request: Request) -> Response:
    """What the key may do."""
    return await answer_key(request, "", lambda request, key, account: describe_key(key))


def describe_key(key: Key) -> dict[str, Any]:
    """A key without its secret."""
    mode = "read_write" if key.kind == "sk" else "read_only"
    return {"id": key.id, "mode": mode, "can_write": key.kind == "sk", "permissions": key.permissions}


def payments_list(kind: str) -> Callable[[Request], Any]:
    """A list of the account: charges or payouts. The cursor is called starting_after."""

    async def view(request: Request) -> Response:
        def tell_list(request: Request, key: Key, account: Account) -> dict[str, Any]:
            page = read(request, kind, account.id, account, "starting_after")
            rows = [
                {
                    "id": record.id,
                    "created": int(record.at.timestamp()),
                    "amount": record.amount,
                    "currency": record.currency.lower(),
                    "description": record.what,
                }
                for record in page.records
            ]
            return {"data": rows, "has_more": bool(page.next_cursor), "next": page.next_cursor or None}

        return await answer_key(request, f"{kind}s.read", tell_list)

    return view


async def payments_refund(request: Request) -> Response:
    """Gives money back, which only a key that can write may do. Here, nothing moves."""

    def refuse_or_refund(request: Request, key: Key, account: Account) -> dict[str, Any]:
        world_of(request).journals["payments"].counters["writes"] += 1
        return {"object": "refund", "status": "pretended"}

    return await answer_key(request, "write", refuse_or_refund)


async def elsewhere(request: Request) -> Response:
    """Where the redirect fault leads. Counts who came, and who brought a secret along, which nobody should."""
    slug = request.path_params["app"]
    counters = world_of(request).journals[slug].counters
    counters["elsewhere"] += 1
    if "authorization" in request.headers or await request.body():
        counters["elsewhere_with_credentials"] += 1
    return JSONResponse({"access_token": "from-elsewhere", "token_type": "Bearer", "expires_in": 3600})
