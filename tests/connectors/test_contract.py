"""What every app in the catalogue holds to, ours and (with its captured answers) any that is added."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx2
import pytest

from tallystick.connections import notices
from tallystick.connectors import catalogue, failures, hearing, returning, talking
from tallystick.connectors.checking import check
from tallystick.connectors.definition import Connector
from tallystick.connectors.filling import fill
from tallystick.connectors.values import Account, Callback, Expected, Tokens
from tallystick.connectors.words import Text
from tests.connectors.conftest import HERE, SANDBOX, App, captured, sent_form, told

SLUGS = sorted(folder.parent.name for folder in catalogue.OURS.glob("*/connector.toml"))
BACK = "http://localhost:8000/connect/app/return/"
VERIFIER = talking.new_verifier()
JARGON = ("oauth", "scope", "token", "authoris", "authent", "credential", "endpoint", "api ", "redirect", "callback")


def definition(slug: str) -> str:
    return (catalogue.OURS / slug / "connector.toml").read_text()


@pytest.fixture(params=SLUGS)
def one(request: pytest.FixtureRequest) -> Connector:
    return catalogue.get(request.param)


@pytest.fixture(params=[slug for slug in SLUGS if 'kind = "oauth2"' in definition(slug)])
def consenting(request: pytest.FixtureRequest) -> Connector:
    return catalogue.get(request.param)


@pytest.fixture(params=[slug for slug in SLUGS if "[webhook]" in definition(slug)])
def telling(request: pytest.FixtureRequest) -> Connector:
    return catalogue.get(request.param)


def expected(one: Connector) -> Any:
    return captured(one.slug, "expected")


def inputs(one: Connector) -> dict[str, str]:
    return dict(expected(one)["inputs"])


def tokens(one: Connector) -> Tokens | None:
    return Tokens("access-1", "refresh-1", kept=expected(one)["kept"]) if one.kind == "oauth2" else None


def texts(value: Any, where: str = "") -> Iterator[tuple[str, Text]]:
    """Every text for people, with its place."""
    if isinstance(value, Text):
        yield where, value
    elif is_dataclass(value):
        for field in fields(value):
            yield from texts(getattr(value, field.name), f"{where}.{field.name}")
    elif isinstance(value, tuple):
        for each in value:
            yield from texts(each, where)


# ---------------------------------------------------------------- the definition


def test_its_definition_has_no_faults(one: Connector) -> None:
    assert check(catalogue.OURS / one.slug, sandbox_url=SANDBOX) == []


def test_its_folder_is_named_after_it(one: Connector) -> None:
    assert (catalogue.OURS / one.slug / "connector.toml").exists()


def test_it_speaks_english_and_dutch_in_plain_words(one: Connector) -> None:
    for where, text in texts(one):
        if text:
            assert text.languages == {"en", "nl"}, where
            assert not [word for word in JARGON if word in f"{text.by_language['en']} ".lower()], where


def test_what_was_not_tried_says_so(one: Connector) -> None:
    assert one.is_sandbox == (one.confidence == "own")
    assert one.is_sandbox or (one.docs.startswith("https://") and one.from_memory)


def test_it_is_documented(one: Connector) -> None:
    assert f"| {one.name} |" in (HERE.parents[1] / "docs" / "connectors.md").read_text()


def test_only_the_sandbox_is_on_this_machine(one: Connector) -> None:
    for host in one.hosts:
        assert (SANDBOX in host) == one.is_sandbox


@pytest.mark.parametrize("seconds", [1, 59, 60, 300, 301, 3600, 86_400, 10**8])
def test_the_lead_is_shorter_than_any_life(one: Connector, seconds: int) -> None:
    assert one.tokens.lead_within(timedelta(seconds=seconds)) < timedelta(seconds=seconds)


def test_the_lead_is_the_definitions_for_the_definitions_life(one: Connector) -> None:
    if one.tokens.life:
        assert one.tokens.lead_within(one.tokens.life) == one.tokens.lead


# ---------------------------------------------------------------- asking, and the return


def consent_query(one: Connector, **more: Any) -> dict[str, list[str]]:
    address = talking.consent_url(one, inputs(one), state="state-1", verifier=VERIFIER, redirect_uri=BACK, **more)
    return parse_qs(urlsplit(address).query)


def test_asking_says_who_what_and_where_to(consenting: Connector) -> None:
    query = consent_query(consenting)
    assert consenting.client
    assert query["client_id"] == [consenting.client.id]
    assert query["state"] == ["state-1"]
    assert query["redirect_uri"] == [BACK]
    assert query["response_type"] == ["code"]
    asked = query.get("scope", [""])[0].split(consenting.authorisation.scope_separator)
    assert [name for name in asked if name] == [scope.name for scope in consenting.scopes]


def test_asking_gives_away_no_secret(consenting: Connector) -> None:
    address = talking.consent_url(consenting, inputs(consenting), state="s", verifier=VERIFIER, redirect_uri=BACK)
    assert consenting.client
    assert consenting.client.secret not in address
    assert VERIFIER not in address


def test_the_challenge_is_of_the_verifier(consenting: Connector) -> None:
    query = consent_query(consenting)
    if consenting.sends_challenge:
        digest = hashlib.sha256(VERIFIER.encode()).digest()
        assert query["code_challenge"] == [base64.urlsafe_b64encode(digest).rstrip(b"=").decode()]
        assert query["code_challenge_method"] == ["S256"]
    else:
        assert "code_challenge" not in query


def test_asking_for_less_asks_for_that(consenting: Connector) -> None:
    if consenting.scopes:
        assert consent_query(consenting, scopes=(consenting.scopes[0].name,))["scope"] == [consenting.scopes[0].name]


@pytest.mark.parametrize("typed", ["evil.com/", "a@b", "127.0.0.1", "аpple", "a/b", "a b", "a\n", "..", ""])
def test_an_input_that_does_not_fit_leads_nowhere(consenting: Connector, typed: str) -> None:
    for each in consenting.inputs:
        with pytest.raises(failures.OurFault):
            talking.consent_url(
                consenting, inputs(consenting) | {each.key: typed}, state="s", verifier=VERIFIER, redirect_uri=BACK
            )


def returned(one: Connector, **values: str) -> dict[str, str]:
    """What the app would send its visitor back with."""
    back = {"code": "code-1", "state": "state-1"} | expected(one).get("returned", {})
    if one.authorisation.issuer:
        back["iss"] = fill(one.authorisation.issuer, inputs(one))
    back |= {name: fill(value, inputs(one)) for name, value in one.returning.must_equal.items()}
    back |= values
    return {name: value for name, value in back.items() if value}


def signed(one: Connector, values: dict[str, str], secret: str = "") -> str:
    if one.returning.signature and one.client:
        message = "&".join(f"{name}={values[name]}" for name in sorted(values))
        digest = hmac.new((secret or one.client.secret).encode(), message.encode(), hashlib.sha256).hexdigest()
        values = values | {one.returning.signature_parameter: digest}
    return urlencode(values)


def come_back(one: Connector, query: str) -> Callback:
    return returning.check_callback(one, query, Expected("state-1", inputs(one)))


def test_its_return_gives_the_code(consenting: Connector) -> None:
    callback = come_back(consenting, signed(consenting, returned(consenting)))
    assert callback.code == "code-1"
    assert dict(callback.kept) == expected(consenting).get("returned", {})


@pytest.mark.parametrize("state", ["another", ""])
def test_a_return_with_another_state_is_refused(consenting: Connector, state: str) -> None:
    with pytest.raises(failures.ReturnRefused):
        come_back(consenting, signed(consenting, returned(consenting, state=state)))


def test_a_return_from_another_issuer_is_refused(consenting: Connector) -> None:
    if consenting.authorisation.issuer:
        with pytest.raises(failures.ReturnRefused):
            come_back(consenting, signed(consenting, returned(consenting, iss="https://issuer.invalid")))


def test_an_issuer_may_be_absent_only_where_nobody_knows_it_to_be_sent(consenting: Connector) -> None:
    query = signed(consenting, returned(consenting, iss=""))
    if consenting.authorisation.issuer_required:
        with pytest.raises(failures.ReturnRefused):
            come_back(consenting, query)
    else:
        assert come_back(consenting, query).code == "code-1"


def test_a_return_of_something_else_is_refused(consenting: Connector) -> None:
    for name in (*consenting.returning.must_equal, *consenting.returning.keep):
        for other in ("", "an other") if name in consenting.returning.keep else ("", "another"):
            with pytest.raises(failures.ReturnRefused):
                come_back(consenting, signed(consenting, returned(consenting, **{name: other})))


def test_a_return_that_the_app_did_not_sign_is_refused(consenting: Connector) -> None:
    if consenting.returning.signature:
        for query in (signed(consenting, returned(consenting), "wrong"), urlencode(returned(consenting))):
            with pytest.raises(failures.ReturnRefused):
                come_back(consenting, query)


def test_a_no_at_the_app_is_a_no(consenting: Connector) -> None:
    with pytest.raises(failures.SaidNo):
        come_back(consenting, signed(consenting, returned(consenting, code="", error="access_denied")))


# ---------------------------------------------------------------- tokens


def redeemed(one: Connector, app: App, *replies: httpx2.Response) -> Tokens:
    callback = Callback("code-1", expected(one).get("returned", {}))
    return app.talk(talking.redeem(one, inputs(one), callback, verifier=VERIFIER, redirect_uri=BACK), *replies)


def refreshed(one: Connector, app: App, *replies: httpx2.Response | Exception) -> Tokens:
    return app.talk(talking.refresh(one, inputs(one), "refresh-0", expected(one)["kept"]), *replies)


def test_a_code_is_redeemed_as_this_app_wants_it(consenting: Connector, app: App) -> None:
    given = redeemed(consenting, app, told(captured(consenting.slug, "token"), Date="Fri, 20 Nov 2026 10:00:00 GMT"))
    assert given.access == captured(consenting.slug, "token")["access_token"]
    assert given.refresh == "refresh-1"
    assert given.expires_in == timedelta(seconds=expected(consenting)["life"])
    assert dict(given.kept) == expected(consenting)["kept"]
    (request,) = app.requests
    form = sent_form(request)
    assert request.method == "POST"
    assert form["grant_type"] == "authorization_code"
    assert form["code"] == "code-1"
    assert form["redirect_uri"] == BACK
    assert form.get("code_verifier") == (VERIFIER if consenting.sends_challenge else None)
    assert {name: form[name] for name in consenting.authorisation.code_params} == consenting.authorisation.code_params


def test_we_say_who_we_are_once_and_never_in_the_address(consenting: Connector, app: App) -> None:
    refreshed(consenting, app, told(captured(consenting.slug, "token")))
    (request,) = app.requests
    assert consenting.client
    name, secret = consenting.client.id, consenting.client.secret
    if consenting.authorisation.client_auth == "basic_secret_as_username":
        name, secret = secret, ""
    basic = f"Basic {base64.b64encode(f'{name}:{secret}'.encode()).decode()}"
    in_header, in_body = request.headers.get("authorization") == basic, "client_secret" in sent_form(request)
    assert in_header != in_body
    assert "secret" not in str(request.url)


def test_a_refresh_sends_the_token_and_keeps_what_was_known(consenting: Connector, app: App) -> None:
    given = refreshed(consenting, app, told({"access_token": "access-2"}))
    assert sent_form(app.requests[0])["grant_type"] == "refresh_token"
    assert sent_form(app.requests[0])["refresh_token"] == "refresh-0"
    assert given.access == "access-2"
    assert given.refresh is None
    assert given.kept.items() >= expected(consenting)["kept"].items() - {"authentication_event_id"}


@pytest.mark.parametrize(
    "life", [None, "", "an hour", 0, -60, 10**12, pytest.param(10**400, id="endless"), True, [], {}, "0", 1.5e300]
)
def test_a_life_that_means_nothing_is_the_definitions(consenting: Connector, app: App, life: object) -> None:
    given = refreshed(consenting, app, told({"access_token": "a", "expires_in": life}))
    assert given.expires_in == consenting.tokens.life


def test_a_life_that_is_absent_is_the_definitions(consenting: Connector, app: App) -> None:
    assert refreshed(consenting, app, told({"access_token": "a"})).expires_in == consenting.tokens.life


def test_long_tokens_are_kept_whole(consenting: Connector, app: App) -> None:
    given = refreshed(consenting, app, told({"access_token": "a" * 16_384, "refresh_token": "r" * 16_384}))
    assert (len(given.access), len(given.refresh or "")) == (16_384, 16_384)


HTML = "<!doctype html><title>Back soon</title>"


@pytest.mark.parametrize(
    ("reply", "failure"),
    [
        (httpx2.Response(200, html=HTML), failures.AppBroken),
        (httpx2.Response(200, content=b""), failures.AppBroken),
        (httpx2.Response(200, json=[]), failures.AppBroken),
        (httpx2.Response(200, json={}), failures.AppBroken),
        (httpx2.Response(200, json={"access_token": None}), failures.AppBroken),
        (httpx2.Response(200, json={"access_token": "a\nb"}), failures.AppBroken),
        (httpx2.Response(200, json={"access_token": "a", "token_type": "mac"}), failures.AppBroken),
        (httpx2.Response(200, content=b"[" * 100_000), failures.AppBroken),
        (httpx2.Response(200, content=b" " * 300_000), failures.AppBroken),
        (httpx2.Response(200, json={"error": "invalid_grant"}), failures.GrantEnded),
        (httpx2.Response(400, json={"error": "invalid_grant"}), failures.GrantEnded),
        (httpx2.Response(401, json={"error": "invalid_client"}), failures.OurFault),
        (httpx2.Response(400, json={"error": "unauthorized_client"}), failures.OurFault),
        (httpx2.Response(400, json={"error": "temporarily_unavailable"}), failures.AppBusy),
        (httpx2.Response(429), failures.AppBusy),
        (httpx2.Response(503, html=HTML), failures.AppBusy),
        (httpx2.Response(500, json={"error": "invalid_grant"}), failures.AppBroken),
        (httpx2.Response(502, html=HTML), failures.AppBroken),
        (httpx2.Response(307, headers={"Location": "https://elsewhere.example/"}), failures.AppBroken),
        (httpx2.Response(404, html=HTML), failures.AppBroken),
        (httpx2.ConnectError("refused"), failures.Unreachable),
        (httpx2.ConnectTimeout("late"), failures.Unreachable),
        (httpx2.ReadTimeout("late"), failures.AnswerLost),
        (httpx2.RemoteProtocolError("cut"), failures.AnswerLost),
        (httpx2.ReadError("reset"), failures.AnswerLost),
        (httpx2.WriteError("reset"), failures.AnswerLost),
    ],
)
def test_what_goes_wrong_is_told_apart(
    consenting: Connector, app: App, reply: httpx2.Response | Exception, failure: type[failures.TalkFailed]
) -> None:
    with pytest.raises(failure) as told_apart:
        refreshed(consenting, app, reply)
    assert type(told_apart.value) is failure
    assert told_apart.value.evidence.place == "token"
    assert len(app.requests) == 1


# ---------------------------------------------------------------- accounts and records


def answers(one: Connector) -> list[httpx2.Response]:
    names = [name for name, there in (("identity", one.identity), ("accounts", one.accounts)) if there]
    return [told(captured(one.slug, name)) for name in names]


def accounts(one: Connector, app: App) -> list[Account]:
    return app.talk(talking.accounts(one, inputs(one), tokens(one)), *answers(one))


def test_it_names_its_accounts(one: Connector, app: App) -> None:
    found = accounts(one, app)
    assert [[account.id, account.name] for account in found] == expected(one)["accounts"]
    assert [account.is_new for account in found] == expected(one).get("new", [None] * len(found))


def test_its_latest_records_are_read(one: Connector, app: App) -> None:
    account = accounts(one, app)[0]
    records = app.talk(talking.latest(one, inputs(one), tokens(one), account), told(captured(one.slug, "reads")))
    label, amount, currency, moment = expected(one)["record"]
    assert 1 <= len(records) <= 3
    assert records[0].label == label
    assert records[0].amount == Decimal(amount)
    assert records[0].currency == currency
    assert records[0].moment == datetime.fromisoformat(moment)


def test_a_new_account_has_no_records(one: Connector, app: App) -> None:
    account = accounts(one, app)[0]
    answer = json.loads(json.dumps(captured(one.slug, "reads")))
    emptied = httpx2.Response(200, content=json.dumps(without_rows(answer)).encode())
    assert app.talk(talking.latest(one, inputs(one), tokens(one), account), emptied) == []


def without_rows(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: without_rows(each) for name, each in value.items()}
    return [] if isinstance(value, list) else value


def test_every_read_shows_what_lets_us_in_and_not_in_the_address(one: Connector, app: App) -> None:
    account = accounts(one, app)[0]
    app.talk(talking.latest(one, inputs(one), tokens(one), account), told(captured(one.slug, "reads")))
    secret = "access-1" if one.kind == "oauth2" else inputs(one)["key"]
    for request in app.requests:
        assert secret in " ".join(request.headers.values())
        assert secret not in str(request.url)


def test_an_answer_that_names_nobody_is_broken(one: Connector, app: App) -> None:
    if not (one.identity and "{" in one.identity.id):
        with pytest.raises(failures.AppBroken):
            app.talk(talking.accounts(one, inputs(one), tokens(one)), told({}), told({}))


@pytest.mark.parametrize(
    ("status", "failure"),
    [
        (401, failures.AccessRefused),
        (403, failures.PermissionMissing),
        (429, failures.AppBusy),
        (503, failures.AppBusy),
        (500, failures.AppBroken),
        (302, failures.AppBroken),
        (404, failures.AppBroken),
    ],
)
def test_a_read_that_fails_says_whose_turn_it_is(
    one: Connector, app: App, status: int, failure: type[failures.TalkFailed]
) -> None:
    with pytest.raises(failure) as no:
        app.talk(talking.accounts(one, inputs(one), tokens(one)), httpx2.Response(status))
    assert no.value.evidence.status == status


def test_a_page_instead_of_an_answer_is_broken(one: Connector, app: App) -> None:
    with pytest.raises(failures.AppBroken):
        app.talk(talking.accounts(one, inputs(one), tokens(one)), httpx2.Response(200, html=HTML))


def test_permissions_that_were_left_out_are_known(consenting: Connector) -> None:
    given = tuple(scope.name for scope in consenting.scopes)
    assert consenting.left_out(given) == ()
    assert consenting.left_out(None) == ()
    assert consenting.left_out(given[1:]) == consenting.scopes[:1]


# ---------------------------------------------------------------- ending


@pytest.mark.parametrize("status", [200, 204, 404, 410])
def test_access_is_ended_or_was_before(consenting: Connector, app: App, status: int) -> None:
    held = replace(tokens(consenting) or Tokens(""), access="access-1")
    app.talk(talking.revoke(consenting, inputs(consenting), held), httpx2.Response(status))
    assert len(app.requests) == (1 if consenting.revocation else 0)
    for request in app.requests:
        assert "-1" in request.content.decode() + " ".join(request.headers.values())
        assert "-1" not in str(request.url).replace("bakery-1", "")


def test_ending_waits_for_an_app_that_is_down(consenting: Connector, app: App) -> None:
    held = tokens(consenting)
    if consenting.revocation and held:
        with pytest.raises(failures.AppBusy):
            app.talk(talking.revoke(consenting, inputs(consenting), held), httpx2.Response(503))


def test_where_we_cannot_end_it_people_are_told_how(one: Connector) -> None:
    assert one.revocation or one.removal


# ---------------------------------------------------------------- messages

NOW = datetime(2026, 11, 20, 16, 5, tzinfo=UTC)
ADDRESS = "https://books.example.com/hooks/app/"


def message(one: Connector, event: str, made: datetime = NOW) -> tuple[dict[str, str], bytes]:
    """A message as this app would send it, unsigned."""
    rules = one.webhooks
    assert rules
    row: dict[str, Any] = {}
    for path, value in {
        rules.id: "message-1",
        rules.event: event,
        rules.moment: made.isoformat(),
        **{path: f"the-{name}" for name, path in rules.about.items()},
    }.items():
        put(row, path, value)
    headers = {rules.id_header: "message-1", rules.event_header: event, rules.moment_header: made.isoformat()}
    headers |= {"webhook-id": "message-1", "webhook-timestamp": str(int(made.timestamp()))}
    body: Any = {rules.each: [row]} if rules.each else row
    return {name: value for name, value in headers.items() if name}, json.dumps(body).encode()


def put(row: dict[str, Any], path: str, value: str) -> None:
    *steps, last = path.split(".")
    for step in steps:
        row = row.setdefault(step, {})
    if last:
        row[last] = value


def with_signature(one: Connector, headers: dict[str, str], body: bytes, secret: str = "") -> dict[str, str]:
    rules = one.webhooks
    assert rules
    key, made = (secret or hearing.secret_of(one)).encode(), headers["webhook-timestamp"]
    if rules.style == "standard":
        key = base64.b64decode(key.decode().removeprefix("whsec_"))
    before = {
        "body": "",
        "address_and_body": ADDRESS,
        "standard": f"message-1.{made}.",
        "timestamped": f"{made}.",
    }[rules.style]
    digest = hmac.new(key, before.encode() + body, hashlib.sha256)
    encoded = base64.b64encode(digest.digest()).decode()
    signature = {"standard": f"v1,{encoded}", "timestamped": f"t={made},v1={digest.hexdigest()}"}.get(
        rules.style, encoded
    )
    return headers | {rules.header.upper(): signature}


def hear(one: Connector, headers: dict[str, str], body: bytes, now: datetime = NOW) -> list[Any]:
    return hearing.read_webhook(one, headers, body, hearing.secret_of(one), now, address=ADDRESS)


def test_its_messages_are_read(telling: Connector) -> None:
    assert telling.webhooks
    for event, kind in telling.webhooks.events.items():
        headers, body = message(telling, event)
        (notice,) = hear(telling, with_signature(telling, headers, body), body)
        assert (notice.id, notice.kind, notice.moment) == ("message-1", kind, NOW)
        assert notice.about == {name: f"the-{name}" for name in telling.webhooks.about}


def test_messages_that_concern_nobody_are_passed_over(telling: Connector) -> None:
    headers, body = message(telling, "weather.changed")
    assert hear(telling, with_signature(telling, headers, body), body) == []


def test_a_message_that_is_not_proved_is_refused(telling: Connector) -> None:
    assert telling.webhooks
    headers, body = message(telling, next(iter(telling.webhooks.events)))
    good = with_signature(telling, headers, body)
    another = "whsec_" + base64.b64encode(b"another").decode()
    unsigned, forged = (headers, body), (with_signature(telling, headers, body, another), body)
    for wrong_headers, wrong_body in (unsigned, forged, (good, body + b" "), (good, b"")):
        with pytest.raises(failures.MessageRefused):
            hear(telling, wrong_headers, wrong_body)


@pytest.mark.parametrize("direction", [-1, 1])
def test_a_message_out_of_its_time_is_refused(telling: Connector, direction: int) -> None:
    assert telling.webhooks
    headers, body = message(telling, next(iter(telling.webhooks.events)))
    late = NOW + direction * (telling.webhooks.tolerance + timedelta(seconds=1))
    with pytest.raises(failures.MessageRefused):
        hear(telling, with_signature(telling, headers, body), body, late)


def test_ids_are_remembered_longer_than_a_message_is_taken(telling: Connector) -> None:
    assert telling.webhooks
    assert 2 * telling.webhooks.tolerance < notices.KEEP


def test_without_a_secret_no_message_is_taken(telling: Connector) -> None:
    assert telling.webhooks
    headers, body = message(telling, next(iter(telling.webhooks.events)))
    with pytest.raises(failures.MessageRefused):
        hearing.read_webhook(telling, with_signature(telling, headers, body), body, "", NOW, address=ADDRESS)


# ---------------------------------------------------------------- secrets


def test_what_holds_secrets_does_not_show_them(consenting: Connector, app: App) -> None:
    given = redeemed(consenting, app, told(captured(consenting.slug, "token")))
    shown = repr((given, Callback("code-1", {"a": "kept-1"}), Expected("state-1", {"key": "typed-1"}), consenting))
    for secret in (given.access, "refresh-1", "code-1", "kept-1", "state-1", "typed-1"):
        assert secret not in shown
    assert consenting.client
    assert consenting.client.secret not in shown


def test_a_failure_tells_no_secret(consenting: Connector, app: App) -> None:
    echo = {"error": "refresh-0 is not known", "error_description": "refresh-0"}
    for reply in (told(echo, 400), httpx2.ReadTimeout("refresh-0"), httpx2.ConnectError("refresh-0")):
        with pytest.raises(failures.TalkFailed) as failure:
            refreshed(consenting, app, reply)
        assert "refresh-0" not in repr(failure.value) + str(failure.value) + repr(failure.value.evidence)
        assert failure.value.__cause__ is None
        assert failure.value.__suppress_context__ or failure.value.__context__ is None
