"""The token endpoint: codes once, refresh tokens in turn, an old one ends it all."""

import pytest

from tallystick_sandbox.world import DEMO_CLIENT
from tests.sandbox.program import Program

BANK_WHO = "/bank/v1/whoami"


def test_a_code_gives_tokens_that_read(program: Program) -> None:
    tokens = program.connect("bank")
    assert tokens["token_type"] == "Bearer"
    assert tokens["expires_in"] == 3600
    assert tokens["scope"] == "accounts balances transactions"
    customer = program.read(BANK_WHO, tokens["access_token"]).json()["customer"]
    assert customer == {"id": "bank-bobs-bakery", "name": "Bob's Bakery"}


def test_a_code_used_twice_ends_what_it_gave(program: Program) -> None:
    code = program.agree("bank")["code"]
    tokens = program.redeem("bank", code).json()
    again = program.redeem("bank", code)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert program.read(BANK_WHO, tokens["access_token"]).status_code == 401
    assert program.refresh("bank", tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_code_ends_after_a_minute(program: Program) -> None:
    code = program.agree("bank")["code"]
    program.advance(60)
    assert program.redeem("bank", code).json()["error"] == "invalid_grant"


@pytest.mark.parametrize(
    "changes",
    [
        {"code_verifier": "x" * 43},
        {"code_verifier": ""},
        {"code_verifier": "too-short"},
        {"redirect_uri": "http://localhost:8001/connect/sandbox/return/"},
        {"code": "code_unknown"},
    ],
)
def test_a_code_is_no_use_without_what_belongs_to_it(program: Program, changes: dict[str, str]) -> None:
    code = program.agree("bank")["code"]
    refused = program.redeem("bank", **{"code": code, **changes})
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert program.redeem("bank", code).status_code == 200


def test_a_code_of_one_app_or_shop_is_no_use_at_another(program: Program) -> None:
    code = program.agree("bank")["code"]
    assert program.redeem("ledger", code).json()["error"] == "invalid_grant"
    code = program.agree("shop")["code"]
    assert program.redeem("shop", code, "charlies-cycles").json()["error"] == "invalid_grant"
    assert program.redeem("shop", code).status_code == 200


def test_the_programs_secret_goes_in_the_header_or_in_the_body(program: Program) -> None:
    tokens = program.connect("till")
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    in_body = form | {"client_id": DEMO_CLIENT.id, "client_secret": DEMO_CLIENT.secret}
    assert program.sandbox.post("/till/oauth/token", data=in_body).status_code == 200
    assert program.sandbox.post("/till/oauth/token", json=in_body).status_code == 200
    assert program.token("till", in_body).json()["error"] == "invalid_request"


def test_a_wrong_secret_is_the_programs_fault(program: Program) -> None:
    tokens = program.connect("till")
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    refused = program.sandbox.post("/till/oauth/token", data=form, auth=(DEMO_CLIENT.id, "wrong"))
    assert (refused.status_code, refused.json()["error"]) == (401, "invalid_client")
    assert refused.headers["www-authenticate"].startswith("Basic")
    program.switch("till", tokens={"client_known": False})
    assert program.token("till", form).json()["error"] == "invalid_client"


def test_an_unknown_grant_is_refused(program: Program) -> None:
    assert program.token("till", {"grant_type": "password"}).json()["error"] == "unsupported_grant_type"
    broken = program.sandbox.post("/till/oauth/token", content=b"[1]", headers={"content-type": "application/json"})
    assert broken.json()["error"] == "invalid_request"


def test_answers_with_tokens_are_not_stored_on_the_way(program: Program) -> None:
    answer = program.redeem("till", program.agree("till")["code"])
    assert answer.headers["cache-control"] == "no-store"


def test_a_refresh_gives_a_new_pair_and_the_old_access_token_lives_on(program: Program) -> None:
    first = program.connect("bank")
    second = program.refresh("bank", first["refresh_token"]).json()
    assert second["refresh_token"] != first["refresh_token"]
    assert program.read(BANK_WHO, first["access_token"]).status_code == 200
    assert program.read(BANK_WHO, second["access_token"]).status_code == 200


def test_an_old_refresh_token_used_again_ends_the_whole_consent(program: Program) -> None:
    first = program.connect("bank")
    second = program.refresh("bank", first["refresh_token"]).json()
    again = program.refresh("bank", first["refresh_token"])
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
    assert program.refresh("bank", second["refresh_token"]).json()["error"] == "invalid_grant"
    assert program.read(BANK_WHO, second["access_token"]).status_code == 401
    assert program.counters("bank")["reuse_detected"] == 1
    assert (
        program.sandbox.get("/switches/bank").json()["consents"][0]["reason"] == "an old refresh token was used again"
    )


def test_without_reuse_detection_only_the_old_token_is_refused(program: Program) -> None:
    program.switch("bank", tokens={"reuse_revokes": False})
    first = program.connect("bank")
    second = program.refresh("bank", first["refresh_token"]).json()
    assert program.refresh("bank", first["refresh_token"]).json()["error"] == "invalid_grant"
    assert program.refresh("bank", second["refresh_token"]).status_code == 200


def test_the_ledger_takes_the_previous_token_for_half_an_hour(program: Program) -> None:
    first = program.connect("ledger")
    program.refresh("ledger", first["refresh_token"])
    program.advance(1799)
    third = program.refresh("ledger", first["refresh_token"])
    assert third.status_code == 200
    assert program.counters("ledger")["within_grace"] == 1
    program.advance(2)
    assert program.refresh("ledger", first["refresh_token"]).json()["error"] == "invalid_grant"
    assert program.refresh("ledger", third.json()["refresh_token"]).json()["error"] == "invalid_grant"


def test_the_shop_takes_the_previous_token_until_its_successor_is_used(program: Program) -> None:
    first = program.connect("shop")
    program.refresh("shop", first["refresh_token"])
    program.advance(86_400)
    second = program.refresh("shop", first["refresh_token"]).json()
    program.read("/shop/bobs-bakery/api/shop", second["access_token"])
    assert program.refresh("shop", first["refresh_token"]).json()["error"] == "invalid_grant"


def test_the_till_hands_back_the_same_refresh_token(program: Program) -> None:
    first = program.connect("till")
    second = program.refresh("till", first["refresh_token"]).json()
    assert second["refresh_token"] == first["refresh_token"]
    assert second["access_token"] != first["access_token"]


def test_rotation_can_be_now_and_then(program: Program) -> None:
    program.switch("bank", tokens={"rotation": "sometimes"})
    first = program.connect("bank")
    same = program.refresh("bank", first["refresh_token"]).json()
    new = program.refresh("bank", first["refresh_token"]).json()
    assert "refresh_token" not in same
    assert new["refresh_token"] != first["refresh_token"]
    assert program.refresh("bank", first["refresh_token"]).json()["error"] == "invalid_grant"


def test_a_refresh_can_ask_for_less_but_not_for_more(program: Program) -> None:
    page, place = program.consent_page("bank", "bob")
    assert "Otterbank" in page
    query = program.answer(place, permission=["balances"], part=["acc-bobs-bakery-1"])
    first = program.redeem("bank", query["code"]).json()
    more = program.refresh("bank", first["refresh_token"], scope="accounts transactions")
    assert more.json()["error"] == "invalid_scope"
    less = program.refresh("bank", first["refresh_token"], scope="accounts").json()
    assert less["scope"] == "accounts"


def test_tokens_end_by_the_clock(program: Program) -> None:
    tokens = program.connect("shop")
    program.advance(3600)
    refused = program.read("/shop/bobs-bakery/api/shop", tokens["access_token"])
    assert refused.status_code == 401
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]
    program.advance(90 * 86_400)
    assert program.refresh("shop", tokens["refresh_token"]).json()["error"] == "invalid_grant"


def test_without_leave_to_read_while_away_the_ledger_gives_no_refresh_token(program: Program) -> None:
    page, place = program.consent_page("ledger", "bob")
    assert "while you are away" in page
    query = program.answer(place, permission=["invoices.read"], part=["com-bobs-bakery-1"])
    assert "refresh_token" not in program.redeem("ledger", query["code"]).json()


def test_revoking_a_refresh_token_ends_the_consent(program: Program) -> None:
    tokens = program.connect("bank")
    credentials = (DEMO_CLIENT.id, DEMO_CLIENT.secret)
    answer = program.sandbox.post("/bank/oauth/revoke", data={"token": tokens["refresh_token"]}, auth=credentials)
    assert answer.status_code == 200
    assert program.read(BANK_WHO, tokens["access_token"]).status_code == 401
    again = program.sandbox.post("/bank/oauth/revoke", data={"token": tokens["refresh_token"]}, auth=credentials)
    assert again.status_code == 200


def test_revoking_an_access_token_ends_only_that(program: Program) -> None:
    tokens = program.connect("bank")
    credentials = (DEMO_CLIENT.id, DEMO_CLIENT.secret)
    program.sandbox.post("/bank/oauth/revoke", data={"token": tokens["access_token"]}, auth=credentials)
    assert program.read(BANK_WHO, tokens["access_token"]).status_code == 401
    assert program.refresh("bank", tokens["refresh_token"]).status_code == 200


def test_revoking_needs_the_program_and_a_token_but_not_a_known_one(program: Program) -> None:
    tokens = program.connect("bank")
    credentials = (DEMO_CLIENT.id, DEMO_CLIENT.secret)
    post = program.sandbox.post
    assert post("/bank/oauth/revoke", data={"token": "unknown"}, auth=credentials).status_code == 200
    assert post("/bank/oauth/revoke", data={}, auth=credentials).json()["error"] == "invalid_request"
    stranger = post("/bank/oauth/revoke", data={"token": tokens["refresh_token"]}, auth=("x", "y"))
    assert stranger.json()["error"] == "invalid_client"
    assert program.refresh("bank", tokens["refresh_token"]).status_code == 200


def test_all_tokens_are_kept_as_digests(program: Program) -> None:
    tokens = program.connect("bank")
    world = program.sandbox.app.state.world  # type: ignore[attr-defined]
    everything = repr((world.access_tokens, world.refresh_tokens, world.codes, world.journals))
    assert tokens["access_token"] not in everything
    assert tokens["refresh_token"] not in everything


def test_a_broken_header_or_body_is_refused_in_words(program: Program) -> None:
    post = program.sandbox.post
    header = {"Authorization": "Basic ///"}
    assert post("/bank/oauth/token", data={"grant_type": "x"}, headers=header).json()["error"] == "invalid_client"
    for path in ("/bank/oauth/token", "/bank/oauth/revoke"):
        assert post(path, content=b"\xff=\xff").json()["error"] == "invalid_request"


def test_a_verifier_without_a_challenge_is_refused(program: Program) -> None:
    program.switch("bank", tokens={"pkce_required": False})
    code = program.agree("bank", code_challenge=None, code_challenge_method=None)["code"]
    assert program.redeem("bank", code).json()["error"] == "invalid_grant"


def test_a_consent_that_was_ended_before_its_code_was_fetched_gives_nothing(program: Program) -> None:
    code = program.agree("bank")["code"]
    world = program.sandbox.app.state.world  # type: ignore[attr-defined]
    (consent,) = world.consents
    program.act("bank", "revoke", consent=consent)
    assert program.redeem("bank", code).json()["error_description"] == "The consent is revoked."


def test_a_refresh_token_is_no_use_at_another_shop(program: Program) -> None:
    tokens = program.connect("shop")
    refused = program.refresh("shop", tokens["refresh_token"], "charlies-cycles")
    assert refused.json()["error"] == "invalid_grant"
    assert program.refresh("shop", tokens["refresh_token"]).status_code == 200


def test_the_payment_service_is_no_authorisation_server(program: Program) -> None:
    assert program.sandbox.get("/.well-known/oauth-authorization-server/payments").status_code == 404
    assert program.sandbox.get("/.well-known/oauth-authorization-server/shop/no-such-shop").status_code == 404
