"""The ways in which apps want to be spoken to, beyond those of the ten that are here."""

import base64
import hashlib
import hmac
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx2
import pytest

from tallystick.connectors import catalogue, failures, filling, hearing, talking
from tallystick.connectors.definition import Api, Client, Connector
from tallystick.connectors.values import Account, Tokens
from tests.connectors.conftest import App, sent_form, told

NOW = datetime(2026, 11, 20, 16, 5, tzinfo=UTC)
XERO = Client("our id", "our/secret+")


def as_if(**authorisation: Any) -> Connector:
    xero = catalogue.get("xero")
    return replace(xero, client=XERO, authorisation=replace(xero.authorisation, **authorisation))


def refreshed(app: App, connector: Connector) -> httpx2.Request:
    app.talk(talking.refresh(connector, {}, "refresh-0"), told({"access_token": "a"}))
    return app.requests[-1]


def basic(request: httpx2.Request) -> str:
    return base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode()


def test_basic_percent_encodes_id_and_secret(app: App) -> None:
    """RFC 6749, section 2.3.1: a colon in an id would be read as the end of it."""
    assert basic(refreshed(app, as_if(client_auth="basic"))) == "our%20id:our%2Fsecret%2B"


def test_basic_plain_takes_them_as_they_are(app: App) -> None:
    assert basic(refreshed(app, as_if(client_auth="basic_plain"))) == "our id:our/secret+"


def test_a_public_client_sends_no_secret(app: App) -> None:
    request = refreshed(app, as_if(client_auth="none"))
    assert sent_form(request) == {"grant_type": "refresh_token", "refresh_token": "refresh-0", "client_id": "our id"}
    assert "authorization" not in request.headers


def test_a_public_client_needs_no_secret_to_be_set_up(settings: Any) -> None:
    settings.CONNECTOR_SETTINGS = {"XERO_CLIENT_ID": "ours"}
    assert catalogue._client(as_if(client_auth="none")) == Client("ours", "")


def test_refreshing_may_have_an_address_of_its_own(app: App) -> None:
    assert refreshed(app, as_if(refresh_url="https://api.xero.com/renew")).url == "https://api.xero.com/renew"


def test_a_consent_address_may_have_a_query_of_its_own() -> None:
    asking = as_if(authorise_url="https://login.xero.com/authorise?app=1", renew_params={"hint": "{seat}"})
    address = talking.consent_url(
        asking, {}, state="s", verifier="v", redirect_uri="https://b.example/", renewing={"seat": "a&b"}
    )
    assert address.startswith("https://login.xero.com/authorise?app=1&response_type=code")
    assert "hint=a%26b" in address


def test_a_consent_that_renews_without_what_was_kept_is_our_fault() -> None:
    with pytest.raises(failures.OurFault):
        talking.consent_url(
            catalogue.get("sandbox-bank"), {}, state="s", verifier="v", redirect_uri="https://b.example/", renewing={}
        )


def test_reads_may_carry_a_name_and_a_password(app: App) -> None:
    payments = catalogue.get("sandbox-payments")
    payments = replace(payments, api=Api(user="{key}", password=""))
    app.talk(talking.check_key(payments, {"key": "rk_sandbox_0123456789"}), told({"id": "1", "name": "Bob"}))
    assert basic(app.requests[0]) == "rk_sandbox_0123456789:"


def test_only_an_app_with_keys_checks_keys(app: App) -> None:
    with pytest.raises(failures.OurFault):
        app.talk(talking.check_key(catalogue.get("xero"), {}))


def test_an_app_that_cannot_leave_one_account_says_so(app: App) -> None:
    assert app.talk(talking.leave(catalogue.get("square"), {}, Tokens("a"), Account("1", "Bob"))) is False


def test_without_a_refresh_token_the_access_token_is_revoked(app: App) -> None:
    app.talk(talking.revoke(catalogue.get("xero"), {}, Tokens("access-1")), told({}))
    assert sent_form(app.requests[0])["token"] == "access-1"


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (told({"error": "invalid_client"}, 401), failures.OurFault),
        (told({}, 401), failures.AccessRefused),
        (told({}, 403), failures.AccessRefused),
        (told({}, 429), failures.AppBusy),
        (told({}, 500), failures.AppBroken),
        (told({}, 302), failures.AppBroken),
    ],
)
def test_ending_that_fails_says_whose_turn_it_is(
    app: App, reply: httpx2.Response, failure: type[failures.TalkFailed]
) -> None:
    with pytest.raises(failure):
        app.talk(talking.revoke(catalogue.get("xero"), {}, Tokens("a", "r")), reply)


def test_ending_what_the_app_no_longer_knows_is_done(app: App) -> None:
    app.talk(talking.revoke(catalogue.get("xero"), {}, Tokens("a", "r")), told({"error": "invalid_token"}, 400))


def test_records_may_be_money_in_the_accounts_own_currency(app: App) -> None:
    rows = {"payments": [{"id": "1", "amount_money": {"amount": 500}}, {"id": "2"}, "odd", None]}
    account = Account("1", "Bob", {"currency": "jpy"})
    first, second = app.talk(talking.latest(catalogue.get("square"), {}, Tokens("a"), account), told(rows))
    assert (str(first.amount), first.currency, first.label) == ("500", "JPY", "1")
    assert second.amount is None


def test_a_list_where_an_object_should_be_is_broken(app: App) -> None:
    with pytest.raises(failures.AppBroken):
        app.talk(talking.latest(catalogue.get("square"), {}, Tokens("a"), Account("1", "Bob")), told(["odd"]))


def test_a_token_that_is_no_jwt_has_no_claims(app: App) -> None:
    for odd in ("a.b.c", "a.!.c", "a.W10.c", "no-jwt"):
        given = app.talk(talking.refresh(catalogue.get("xero"), {}, "r"), told({"access_token": odd}))
        assert dict(given.kept) == {}


def test_an_account_of_which_nobody_says_who_added_it_is_neither_new_nor_old(app: App) -> None:
    rows = [{"tenantId": "1", "tenantName": "Bob", "authEventId": "e"}]
    (account,) = app.talk(talking.accounts(catalogue.get("xero"), {}, Tokens("a")), told(rows))
    assert account.is_new is None


def test_a_template_that_is_no_address_is_our_fault() -> None:
    with pytest.raises(failures.OurFault):
        filling.fill_address("nowhere", {})


# ---------------------------------------------------------------- messages

BODY = json.dumps({"id": "m1", "type": "key.deleted", "account": "acct_1", "key": "k1"}).encode()
SECRET = "payments-webhook-secret"
SOON = int(NOW.timestamp())


def heard(header: str, body: bytes = BODY) -> list[Any]:
    return hearing.read_webhook(catalogue.get("sandbox-payments"), {"paddlepay-signature": header}, body, SECRET, NOW)


def v1(secret: str, made: int = SOON, body: bytes = BODY) -> str:
    return hmac.new(secret.encode(), f"{made}.".encode() + body, hashlib.sha256).hexdigest()


def test_one_right_signature_among_several_will_do() -> None:
    """While a secret is being replaced an app signs with both."""
    assert heard(f"t={SOON}, v1={v1('old')}, v1={v1(SECRET)}")


@pytest.mark.parametrize(
    "header", ["", "v1=", f"t={SOON}", f"v1={v1(SECRET)}", f"t={SOON - 301},v1={v1(SECRET)}", "t=,v1=x", "é=1"]
)
def test_half_a_signature_is_none(header: str) -> None:
    with pytest.raises(failures.MessageRefused):
        heard(header)


def test_an_old_message_stays_old_however_its_body_is_dated() -> None:
    body = BODY.replace(b"{", f'{{"created": {SOON}, '.encode(), 1)
    with pytest.raises(failures.MessageRefused):
        heard(f"t={SOON - 400},v1={v1(SECRET, SOON - 400, body)}", body)


@pytest.mark.parametrize("body", [b"", b"not json", b"[" * 100_000, b'{"type": "key.deleted", "account": "a"}'])
def test_a_signed_message_that_cannot_be_read_is_refused(body: bytes) -> None:
    with pytest.raises(failures.MessageRefused):
        heard(f"t={SOON},v1={v1(SECRET, SOON, body)}", body)


def test_a_message_is_not_larger_than_it_may_be() -> None:
    body = b" " * (hearing.LARGEST_MESSAGE + 1)
    with pytest.raises(failures.MessageRefused):
        heard(f"t={SOON},v1={v1(SECRET, SOON, body)}", body)


def test_an_app_that_tells_nothing_is_not_heard() -> None:
    xero = catalogue.get("xero")
    assert hearing.secret_of(xero) == "xero-webhook-secret"
    with pytest.raises(failures.MessageRefused):
        hearing.read_webhook(xero, {}, b"{}", "secret", NOW)


def test_a_signature_in_hex_where_the_definition_says_so() -> None:
    ledger = catalogue.get("sandbox-ledger")
    assert ledger.webhooks
    ledger = replace(ledger, webhooks=replace(ledger.webhooks, encoding="hex"))
    event = {"event_id": "m1", "event_type": "CONNECTION.REMOVED", "event_date": NOW.isoformat(), "company_id": "c"}
    body = json.dumps({"events": [event]}).encode()
    signature = hmac.new(b"ledger-webhook-secret", body, hashlib.sha256).hexdigest()
    (notice,) = hearing.read_webhook(ledger, {"X-Quillstone-Signature": signature}, body, "ledger-webhook-secret", NOW)
    assert notice.about == {"account": "c"}
    with pytest.raises(failures.MessageRefused):
        hearing.read_webhook(ledger, {"X-Quillstone-Signature": ""}, b"", "ledger-webhook-secret", NOW)


def test_a_secret_that_is_no_base64_is_the_key_as_it_is() -> None:
    key = base64.b64encode(b"the key").decode()
    assert hearing.standard_key(f"whsec_{key}") == b"the key"
    assert hearing.standard_key("plain words!") == b"plain words!"


@pytest.mark.parametrize("events", [{"id": 1}, [{}] * (hearing.MOST_NOTICES + 1)])
def test_a_message_of_no_list_or_of_too_many_events_is_refused(events: object) -> None:
    ledger = catalogue.get("sandbox-ledger")
    body = json.dumps({"events": events}).encode()
    digest = hmac.new(b"ledger-webhook-secret", body, hashlib.sha256).digest()
    headers = {"X-Quillstone-Signature": base64.b64encode(digest).decode()}
    with pytest.raises(failures.MessageRefused, match="unreadable"):
        hearing.read_webhook(ledger, headers, body, "ledger-webhook-secret", NOW)


def test_lists_inside_a_json_template_are_filled_too() -> None:
    template = {"ids": ["{id}", {"again": "{id}"}], "limit": 3}
    assert filling.fill_through(template, {"id": "7"}) == {"ids": ["7", {"again": "7"}], "limit": 3}
    assert list(filling.texts_in(template)) == ["{id}", "{id}"]
