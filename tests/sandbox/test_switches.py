"""The switches: each does what it says, for as many requests as it says."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from tallystick_sandbox.app import build
from tallystick_sandbox.dropping import ConnectionDropped
from tests.sandbox.program import Program

WHO = "/bank/v1/whoami"


def test_the_switches_of_an_app_are_all_told(sandbox: TestClient) -> None:
    told = sandbox.get("/switches/bank").json()
    assert told["switches"]["consents"]["days"] == 90
    assert told["switches"]["token"]["fault"] == "none"
    assert "revoke" in told["actions"]


def test_all_that_is_wrong_is_told_at_once_and_nothing_is_set(sandbox: TestClient) -> None:
    wanted = {
        "token": {"fault": "on fire", "slow": -1, "next": 1.5, "sped_up": 2},
        "answer": {"refresh_token": "no"},
        "callback": {"iss": None},
        "nothing": {},
        "api": {"fault": "503"},
    }
    answer = sandbox.patch("/switches/bank", json=wanted)
    assert answer.status_code == 422
    assert len(answer.json()["faults"]) == 7
    assert sandbox.get("/switches/bank").json()["switches"]["api"]["fault"] == "none"


@pytest.mark.parametrize("body", [b"{", b"[]", b"3"])
def test_what_is_no_object_is_refused(sandbox: TestClient, body: bytes) -> None:
    assert sandbox.patch("/switches/bank", content=body).status_code == 422


def test_other_sites_may_not_touch_the_switches(sandbox: TestClient) -> None:
    headers = {"Sec-Fetch-Site": "cross-site"}
    assert sandbox.patch("/switches/bank", json={}, headers=headers).status_code == 403
    assert sandbox.post("/reset", headers=headers).status_code == 403


@pytest.mark.parametrize(("fault", "status"), [("500", 500), ("503", 503), ("429", 429), ("401", 401), ("403", 403)])
def test_a_place_answers_with_a_status(program: Program, fault: str, status: int) -> None:
    tokens = program.connect("bank")
    program.switch("bank", api={"fault": fault})
    assert program.read(WHO, tokens["access_token"]).status_code == status
    assert program.refresh("bank", tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize("fault", ["503", "429"])
def test_retry_after_is_sent_when_it_is_set(program: Program, fault: str) -> None:
    program.switch("bank", token={"fault": fault})
    assert "retry-after" not in program.refresh("bank", "any").headers
    program.switch("bank", token={"retry_after": 7})
    assert program.refresh("bank", "any").headers["retry-after"] == "7"


def test_a_refused_refresh_takes_nothing(program: Program) -> None:
    tokens = program.connect("bank")
    for fault in ("503", "html", "error_in_200", "invalid_grant", "invalid_client", "huge_body"):
        program.switch("bank", token={"fault": fault, "next": 1})
        program.refresh("bank", tokens["refresh_token"])
    assert program.refresh("bank", tokens["refresh_token"]).status_code == 200


def test_the_token_endpoint_can_answer_html(program: Program) -> None:
    program.switch("bank", token={"fault": "html"})
    answer = program.refresh("bank", "any")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")


def test_an_error_can_hide_in_a_200(program: Program) -> None:
    program.switch("bank", token={"fault": "error_in_200"})
    answer = program.refresh("bank", "any")
    assert (answer.status_code, answer.json()["error"]) == (200, "temporarily_unavailable")


@pytest.mark.parametrize(("fault", "status"), [("invalid_grant", 400), ("invalid_client", 401)])
def test_oauth_errors_can_be_switched_on(program: Program, fault: str, status: int) -> None:
    program.switch("bank", token={"fault": fault})
    answer = program.refresh("bank", "any")
    assert (answer.status_code, answer.json()["error"]) == (status, fault)


def test_an_answer_can_be_far_too_long(program: Program) -> None:
    program.switch("bank", api={"fault": "huge_body"})
    assert len(program.read(WHO, "any").content) > 5_000_000


def test_a_redirect_shows_who_carries_a_secret_along(program: Program) -> None:
    program.switch("bank", token={"fault": "redirect"})
    program.sandbox.follow_redirects = False
    answer = program.refresh("bank", "any")
    assert (answer.status_code, answer.headers["location"]) == (307, "http://sandbox/elsewhere/bank")
    program.sandbox.get("/elsewhere/bank")
    program.sandbox.post("/elsewhere/bank", data={"refresh_token": "any"})
    counted = program.counters("bank")
    assert (counted["elsewhere"], counted["elsewhere_with_credentials"]) == (2, 1)


def test_a_switch_can_hold_for_a_number_of_requests(program: Program) -> None:
    token = program.connect("bank")["access_token"]
    program.switch("bank", api={"fault": "503", "next": 2})
    assert [program.read(WHO, token).status_code for _ in range(3)] == [503, 503, 200]


def test_the_connection_dropped_after_the_refresh_loses_the_answer_but_not_the_rotation(program: Program) -> None:
    tokens = program.connect("bank")
    program.switch("bank", token={"fault": "drop_after", "next": 1})
    with pytest.raises(ConnectionDropped):
        program.refresh("bank", tokens["refresh_token"])
    assert program.sandbox.get("/switches/bank").json()["consents"][0]["generation"] == 2
    assert program.refresh("bank", tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert program.counters("bank")["reuse_detected"] == 1


def test_a_lost_answer_can_be_asked_for_again_within_the_grace(program: Program) -> None:
    tokens = program.connect("ledger")
    program.switch("ledger", token={"fault": "drop_after", "next": 1})
    with pytest.raises(ConnectionDropped):
        program.refresh("ledger", tokens["refresh_token"])
    assert program.refresh("ledger", tokens["refresh_token"]).status_code == 200


def test_the_connection_dropped_before_the_refresh_changes_nothing(program: Program) -> None:
    tokens = program.connect("bank")
    program.switch("bank", token={"fault": "drop_before", "next": 1})
    with pytest.raises(ConnectionDropped):
        program.refresh("bank", tokens["refresh_token"])
    assert program.sandbox.get("/switches/bank").json()["consents"][0]["generation"] == 1
    assert program.refresh("bank", tokens["refresh_token"]).status_code == 200


@pytest.mark.parametrize(
    ("place", "when"),
    [("token", "slow"), ("token", "slow_after"), ("api", "slow"), ("authorise", "slow"), ("revoke", "slow")],
)
def test_each_place_can_be_slow(program: Program, place: str, when: str) -> None:
    calls: dict[str, Callable[[], object]] = {
        "token": lambda: program.refresh("bank", "any"),
        "api": lambda: program.read(WHO, "any"),
        "authorise": lambda: program.ask("bank"),
        "revoke": lambda: program.sandbox.post("/bank/oauth/revoke", data={"token": "any"}),
    }
    switch: dict[str, dict[str, object]] = {place: {when: 0.3}}
    program.switch("bank", **switch)
    for call in calls.values():
        call()
    slow = [
        entry["place"] for entry in program.sandbox.get("/log/bank").json()["requests"] if entry["milliseconds"] >= 300
    ]
    assert slow == [place]


async def until(client: httpx2.AsyncClient, fits: Callable[[dict[str, Any]], bool]) -> None:
    """Waits until the log of the bank is as wanted."""
    for _ in range(500):
        if fits((await client.get("/log/bank")).json()):
            return
        await asyncio.sleep(0.01)
    pytest.fail("The log did not become as wanted.")


@pytest.mark.anyio
async def test_hanging_requests_wait_until_they_are_let_go() -> None:
    app = build("http://sandbox")
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        await client.patch("/switches/bank", json={"api": {"fault": "hang"}})
        hanging = [asyncio.create_task(client.get(WHO)) for _ in range(300)]
        await until(client, lambda log: log["under_way"] == log["most_at_once"] == {"api": 300})
        assert not any(task.done() for task in hanging)
        assert (await client.get("/till/v1/locations")).status_code == 401
        await client.post("/switches/bank/actions/let-go", json={})
        assert {answer.status_code for answer in await asyncio.gather(*hanging)} == {401}


@pytest.mark.anyio
async def test_a_refresh_can_be_done_and_then_hang() -> None:
    app = build("http://sandbox")
    transport = httpx2.ASGITransport(app)
    async with httpx2.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        made = (await client.post("/switches/bank/actions/make-consent", json={})).json()
        await client.patch("/switches/bank", json={"token": {"fault": "hang_after", "next": 1}})
        form = {"grant_type": "refresh_token", "refresh_token": made["tokens"]["refresh_token"]}
        credentials = ("tallystick-demo", "sandbox-secret-that-opens-nothing")
        hanging = asyncio.create_task(client.post("/bank/oauth/token", data=form, auth=credentials))
        await until(client, lambda log: log["under_way"].get("token") == 1)
        consent = (await client.get("/switches/bank")).json()["consents"][0]
        assert (hanging.done(), consent["generation"]) == (False, 2)
        await client.delete("/switches/bank")
        assert (await hanging).status_code == 200


@pytest.mark.parametrize(
    ("how", "value"),
    [("null", None), ("text", "3600"), ("word", "one hour"), ("zero", 0), ("negative", -60), ("huge", 10**12)],
)
def test_the_life_of_a_token_can_be_told_oddly(program: Program, how: str, value: object) -> None:
    program.switch("bank", answer={"expires_in": how})
    assert program.connect("bank")["expires_in"] == value


def test_the_life_of_a_token_can_go_untold(program: Program) -> None:
    program.switch("bank", answer={"expires_in": "absent", "scope": False, "next": 1})
    tokens = program.connect("bank")
    assert {"expires_in", "scope"}.isdisjoint(tokens)
    assert program.refresh("bank", tokens["refresh_token"]).json()["expires_in"] == 3600


def test_a_refresh_token_can_be_withheld(program: Program) -> None:
    program.switch("bank", answer={"refresh_token": False})
    assert "refresh_token" not in program.connect("bank")


def test_tokens_can_be_16_kb_long_and_work(program: Program) -> None:
    program.switch("bank", answer={"big_tokens": True})
    tokens = program.connect("bank")
    assert len(tokens["access_token"]) == len(tokens["refresh_token"]) == 16_384
    assert program.read(WHO, tokens["access_token"]).status_code == 200
    assert program.refresh("bank", tokens["refresh_token"]).status_code == 200


def test_access_tokens_can_live_shorter(program: Program) -> None:
    program.switch("bank", tokens={"access_life": 300, "refresh_life": 600})
    tokens = program.connect("bank")
    assert tokens["expires_in"] == 300
    program.advance(300)
    assert program.read(WHO, tokens["access_token"]).status_code == 401
    program.advance(300)
    assert program.refresh("bank", tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_one_consent_or_all_can_be_revoked(program: Program) -> None:
    first, second, third = (program.connect("bank") for _ in range(3))
    assert program.act("bank", "revoke", consent=first["consent_id"]) == {"revoked": [first["consent_id"]]}
    assert program.read(WHO, first["access_token"]).status_code == 401
    assert program.read(WHO, second["access_token"]).status_code == 200
    assert len(program.act("bank", "revoke")["revoked"]) == 2
    assert program.refresh("bank", third["refresh_token"]).json()["error"] == "invalid_grant"


def test_access_tokens_can_be_ended_now(program: Program) -> None:
    tokens = program.connect("bank")
    assert program.act("bank", "expire-access") == {"expired": 1}
    assert program.read(WHO, tokens["access_token"]).status_code == 401
    assert program.refresh("bank", tokens["refresh_token"]).status_code == 200


def test_refresh_tokens_can_be_ended_now(program: Program) -> None:
    tokens = program.connect("bank")
    program.act("bank", "expire-refresh", consent=tokens["consent_id"])
    assert program.read(WHO, tokens["access_token"]).status_code == 200
    assert program.refresh("bank", tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_the_end_of_a_consent_can_be_set(program: Program) -> None:
    tokens = program.connect("bank")
    program.act("bank", "expire-consent", consent=tokens["consent_id"], days=7)
    ends_at = program.read(WHO, tokens["access_token"]).json()["consent"]["ends_at"]
    assert ends_at[:10] != ""
    program.act("bank", "expire-consent", days=0)
    assert program.sandbox.get("/switches/bank").json()["consents"][0]["state"] == "expired"
    assert program.read(WHO, tokens["access_token"]).json()["error"] == "consent_expired"


def test_a_consent_can_be_made_without_a_browser(program: Program) -> None:
    made = program.act("shop", "make-consent", person="owner-9", permissions=["read_orders"])
    assert made["account"] == {"id": "shop-shop-9", "name": "Business 9", "address": "shop-9"}
    assert program.read("/shop/shop-9/api/orders", made["tokens"]["access_token"]).status_code == 200
    assert program.read("/shop/shop-9/api/payouts", made["tokens"]["access_token"]).status_code == 403


def test_a_key_can_be_made_and_revoked_without_a_browser(program: Program) -> None:
    made = program.act("payments", "make-consent", person="charlie", kind="sk")
    assert program.read("/payments/v1/account", made["key"]).json()["name"] == "Charlie's Cycles"
    program.act("payments", "revoke", consent=made["consent"])
    assert program.read("/payments/v1/account", made["key"]).status_code == 401


@pytest.mark.parametrize(
    ("action", "asked"),
    [
        ("revoke", {"consent": "consent_unknown"}),
        ("expire-consent", {"days": "soon"}),
        ("make-consent", {"person": "nobody"}),
        ("make-consent", {"permissions": ["everything"]}),
        ("make-consent", {"client_id": "nobody"}),
        ("send-webhook", {"kind": "unknown"}),
        ("replay-webhook", {}),
        ("swap-webhooks", {}),
    ],
)
def test_an_action_that_cannot_be_says_why(sandbox: TestClient, action: str, asked: dict[str, object]) -> None:
    answer = sandbox.post(f"/switches/bank/actions/{action}", json=asked)
    assert answer.status_code == 422
    assert answer.json()["faults"][0]


def test_an_unknown_action_is_told_the_known_ones(sandbox: TestClient) -> None:
    answer = sandbox.post("/switches/bank/actions/explode", json={})
    assert answer.status_code == 404
    assert "let-go" in answer.json()["faults"][0]


def test_the_log_tells_which_refresh_token_came(program: Program) -> None:
    tokens = program.connect("bank")
    second = program.refresh("bank", tokens["refresh_token"]).json()
    program.refresh("bank", second["refresh_token"])
    log = program.sandbox.get("/log/bank").json()
    refreshes = [entry for entry in log["requests"] if entry.get("outcome") == "refreshed"]
    assert [entry["generation"] for entry in refreshes] == [1, 2]
    assert {entry["consent"] for entry in refreshes} == {tokens["consent_id"]}
    assert (log["counters"]["token_requests"], log["counters"]["refreshes"]) == (3, 2)
    assert log["most_at_once"][f"refresh of {tokens['consent_id']}"] == 1


def test_the_log_can_begin_anew(program: Program) -> None:
    program.connect("bank")
    program.sandbox.delete("/log/bank")
    assert program.counters("bank") == {}


def test_reset_forgets_everything(program: Program) -> None:
    tokens = program.connect("bank")
    program.switch("bank", api={"fault": "503"})
    program.advance(100)
    program.sandbox.post("/reset")
    assert program.read(WHO, tokens["access_token"]).status_code == 401
    assert program.sandbox.get("/switches/clock").json()["shift"] == 0
    assert program.read("/payments/v1/key", "rk_sandbox_bob_reads_everything").status_code == 200


def test_reset_can_keep_the_consents(program: Program) -> None:
    tokens = program.connect("bank")
    program.switch("bank", api={"fault": "503"})
    program.sandbox.post("/reset?keep=consents")
    assert program.read(WHO, tokens["access_token"]).status_code == 200


def test_the_clock_is_moved_and_put_right(sandbox: TestClient) -> None:
    assert sandbox.patch("/switches/clock", json={"advance": 3600}).json()["shift"] == 3600
    assert sandbox.patch("/switches/clock", json={"advance": "an hour"}).status_code == 422
    assert sandbox.delete("/switches/clock").json()["shift"] == 0


def test_what_is_in_the_file_is_there_after_a_restart(tmp_path: Path) -> None:
    state = tmp_path / "deep" / "state.sqlite3"
    with TestClient(build("http://sandbox", state=state), base_url="http://sandbox") as client:
        program = Program(client)
        kept, revoked = program.connect("bank"), program.connect("shop")
        program.act("shop", "revoke")
        program.switch("till", token={"fault": "503"})
        program.act("payments", "revoke", consent="key_sandbox_bob_can_write")
    with TestClient(build("http://sandbox", state=state), base_url="http://sandbox") as client:
        program = Program(client)
        assert program.read(WHO, kept["access_token"]).status_code == 200
        assert program.refresh("bank", kept["refresh_token"]).status_code == 200
        assert program.read("/shop/bobs-bakery/api/shop", revoked["access_token"]).status_code == 401
        assert program.sandbox.get("/switches/till").json()["switches"]["token"]["fault"] == "503"
        assert program.read("/payments/v1/key", "sk_sandbox_bob_can_write").status_code == 401
    assert kept["access_token"].encode() not in state.read_bytes()


def test_the_address_for_webhooks_is_the_one_named_last(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite3"
    for port in ("8000", "9000"):
        url = f"http://localhost:{port}/hooks/sandbox-{{app}}/"
        with TestClient(build("http://sandbox", state=state, webhooks_url=url), base_url="http://sandbox") as client:
            client.patch("/switches/bank", json={"api": {"fault": "503"}})
            told = client.get("/switches/bank").json()["switches"]["webhooks"]["url"]
    assert told == "http://localhost:9000/hooks/sandbox-bank/"


def test_a_file_of_an_older_form_does_not_stop_the_start(tmp_path: Path) -> None:
    state = tmp_path / "state.sqlite3"
    app = build("http://sandbox", state=state)
    app.state.keeper.database.execute("INSERT INTO records VALUES ('consents', 'x', '{\"id\": \"x\"}')")
    app.state.keeper.write("settings", "all", {"switches": {"bank": {"gone": {}}, "unknown": {}}})
    app.state.keeper.close()
    assert build("http://sandbox", state=state).state.world.consents == {}
