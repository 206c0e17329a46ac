"""Asking a person: what the program must send, what the person can do, and what comes back."""

import pytest
from starlette.testclient import TestClient

from tallystick_sandbox.authorise import callback_hmac
from tallystick_sandbox.world import DEMO_CLIENT
from tests.sandbox.program import Program, back, ticked

OAUTH_APPS = ["shop", "till", "bank", "ledger"]


@pytest.mark.parametrize("app", OAUTH_APPS)
def test_a_yes_leads_back_with_a_code_the_state_and_the_issuer(program: Program, app: str) -> None:
    query = program.agree(app)
    issuer = "http://sandbox/shop/bobs-bakery" if app == "shop" else f"http://sandbox/{app}"
    assert query["code"]
    assert query["state"] == "the-state"
    assert query["iss"] == issuer


@pytest.mark.parametrize("app", OAUTH_APPS)
def test_a_no_leads_back_with_access_denied(program: Program, app: str) -> None:
    _, place = program.consent_page(app, "bob")
    query = program.answer(place, "no")
    assert query["error"] == "access_denied"
    assert query["error_description"] == "The person said no."
    assert query["state"] == "the-state"
    assert "code" not in query


@pytest.mark.parametrize("app", OAUTH_APPS)
def test_what_the_app_says_of_itself_is_true(sandbox: TestClient, program: Program, app: str) -> None:
    root = program.root(app)
    told = sandbox.get(f"/.well-known/oauth-authorization-server{root}").json()
    assert told["issuer"] == f"http://sandbox{root}"
    assert told["token_endpoint"] == f"http://sandbox{root}/oauth/token"
    assert told["code_challenge_methods_supported"] == ["S256"]
    assert sandbox.get(f"{root}/.well-known/oauth-authorization-server").json() == told


def test_nobody_is_sent_back_to_an_address_that_is_not_registered(program: Program) -> None:
    for address in (
        "http://evil.example/connect/sandbox/return/",
        "http://localhost:8000/connect/sandbox/return",
        "http://localhost:8000/connect/a/b/return/",
        "http://localhost:8000@evil.example/connect/sandbox/return/",
        "http://localhost:8000/connect/sandbox/return/?more=1",
        "https://localhost:8000/connect/sandbox/return/",
        "",
    ):
        answer = program.ask("bank", redirect_uri=address)
        assert answer.status_code == 400, address
        assert "location" not in answer.headers


def test_an_unknown_program_gets_a_page_and_no_redirect(program: Program) -> None:
    answer = program.ask("bank", client_id="somebody-else")
    assert answer.status_code == 400
    assert "not known here" in answer.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"scope": "accounts everything"}, "invalid_scope"),
    ],
)
def test_what_the_program_asks_wrongly_is_told_to_the_program(
    program: Program, changes: dict[str, str | None], error: str
) -> None:
    query = back(program.ask("bank", shop="", **changes))
    assert query["error"] == error
    assert query["state"] == "the-state"
    assert query["iss"] == "http://sandbox/bank"


def test_pkce_can_be_made_optional(program: Program) -> None:
    program.switch("bank", tokens={"pkce_required": False})
    query = program.agree("bank", code_challenge=None, code_challenge_method=None)
    assert program.token(
        "bank",
        {
            "grant_type": "authorization_code",
            "code": query["code"],
            "redirect_uri": "http://localhost:8000/connect/sandbox/return/",
        },
    ).is_success


def test_a_shop_signs_the_way_back(program: Program) -> None:
    query = program.agree("shop")
    assert query["shop"] == "bobs-bakery"
    assert query["hmac"] == callback_hmac(query, DEMO_CLIENT.secret)
    assert query["hmac"] != callback_hmac(query | {"shop": "another"}, DEMO_CLIENT.secret)


@pytest.mark.parametrize("shop", ["no-such-shop", "evil.com", "a@b", "127.0.0.1", "b0bs-bakery", "shop-0"])
def test_a_shop_that_does_not_exist_says_so(program: Program, shop: str) -> None:
    answer = program.ask("shop", shop)
    assert answer.status_code == 404
    assert "no such shop" in answer.text


def test_a_numbered_shop_exists_with_its_owner(program: Program) -> None:
    assert program.connect("shop", "owner-7", "shop-7")["shop"] == "shop-7"


def test_a_permission_left_out_is_not_given(program: Program) -> None:
    page, place = program.consent_page("shop", "bob")
    chosen = [name for name in ticked(page, "permission") if name != "read_payouts"]
    tokens = program.redeem("shop", program.answer(place, permission=chosen)["code"]).json()
    assert tokens["scope"] == "read_orders,read_products,read_customers"
    assert program.read("/shop/bobs-bakery/api/orders", tokens["access_token"]).status_code == 200
    refused = program.read("/shop/bobs-bakery/api/payouts", tokens["access_token"])
    assert refused.status_code == 403
    assert refused.json()["error"] == "insufficient_scope"


def test_what_was_not_asked_cannot_be_given(program: Program) -> None:
    page, place = program.consent_page("shop", "bob", scope="read_orders")
    assert ticked(page, "permission") == ["read_orders"]
    tokens = program.redeem("shop", program.answer(place, permission=["read_orders", "read_payouts"])["code"]).json()
    assert tokens["scope"] == "read_orders"


def test_a_yes_to_nothing_is_asked_again(program: Program) -> None:
    _, place = program.consent_page("shop", "bob")
    answer = program.sandbox.post(f"{place}answer/", data={"answer": "yes"}, follow_redirects=False)
    assert answer.status_code == 200
    assert "Choose at least one" in answer.text


def test_staff_get_a_page_that_leads_back_as_a_no(program: Program) -> None:
    page, place = program.consent_page("shop", "sam")
    assert "You cannot share this" in page
    assert program.answer(place, "no")["error"] == "access_denied"


def test_staff_cannot_say_yes_by_sending_the_form(program: Program) -> None:
    _, place = program.consent_page("shop", "sam")
    answer = program.sandbox.post(f"{place}answer/", data={"answer": "yes", "permission": "read_orders"})
    assert answer.status_code == 403
    assert program.sandbox.get("/switches/shop").json()["consents"] == []


def test_staff_at_the_till_are_sent_back_with_the_reason(program: Program) -> None:
    _, place = program.visit("till", "sam")
    query = back(program.sandbox.get(place, follow_redirects=False))
    assert query["error"] == "access_denied"
    assert query["error_description"] == "Only an owner or manager may share this."


def test_staff_at_the_ledger_reach_a_page_without_a_way_back(program: Program) -> None:
    page, place = program.consent_page("ledger", "sam")
    assert "You cannot share this" in page
    assert f"{place}answer/" not in page


def test_a_manager_shares_only_a_part(program: Program) -> None:
    tokens = program.connect("till", "mel")
    assert "payouts.read" not in tokens["scope"]
    locations = program.read("/till/v1/locations", tokens["access_token"]).json()["locations"]
    assert [location["name"] for location in locations] == ["Mill Lane"]


def test_the_owner_of_another_shop_has_no_login_here(program: Program) -> None:
    page, place = program.consent_page("shop", "charlie")
    assert "You have no login for this shop" in page
    assert program.answer(place, "no")["error"] == "access_denied"


def test_one_can_sign_in_as_somebody_else(program: Program) -> None:
    page, place = program.consent_page("bank", "bob")
    assert "Bob Baker" in page
    program.sandbox.post(f"{place}sign-out/")
    program.sandbox.post(f"{place}sign-in/", data={"person": "charlie"})
    assert "Charlie Chain" in program.sandbox.get(place).text


def test_an_unknown_name_cannot_sign_in(program: Program) -> None:
    answer, _ = program.visit("bank", "nobody")
    assert "Nobody of this name has a login here." in answer.text


def test_a_program_can_want_a_fresh_sign_in(program: Program) -> None:
    program.connect("bank")
    again = program.ask("bank", prompt="login").headers["location"]
    assert "Sign in to Otterbank" in program.sandbox.get(again).text


def test_who_is_signed_in_stays_signed_in(program: Program) -> None:
    program.connect("bank")
    again = program.ask("bank").headers["location"]
    assert "You shared this with Tallystick before" in program.sandbox.get(again).text


def test_an_answer_is_given_once(program: Program) -> None:
    _, place = program.consent_page("till", "bob")
    assert "code" in program.answer(place, permission=["payments.read"])
    again = program.sandbox.post(f"{place}answer/", data={"answer": "yes"}, follow_redirects=False)
    assert again.status_code == 409
    assert "You have answered this" in program.sandbox.get(place).text


def test_a_trip_ends_after_an_hour(program: Program) -> None:
    _, place = program.consent_page("till", "bob")
    program.advance(3600)
    assert program.sandbox.get(place).status_code == 410


def test_the_switch_answers_at_once(program: Program) -> None:
    program.switch("ledger", consents={"answer_as": "bob"})
    assert "code" in back(program.ask("ledger"))
    program.switch("ledger", consents={"answer": "no"})
    assert back(program.ask("ledger"))["error"] == "access_denied"


@pytest.mark.parametrize(("how", "value"), [("wrong", "http://issuer.invalid"), ("absent", None)])
def test_the_issuer_can_be_made_wrong(program: Program, how: str, value: str | None) -> None:
    program.switch("bank", callback={"iss": how, "next": 1})
    assert program.agree("bank").get("iss") == value
    assert program.agree("bank")["iss"] == "http://sandbox/bank"


def test_state_shop_and_hmac_can_be_made_wrong(program: Program) -> None:
    program.switch("shop", callback={"state": "wrong", "shop": "wrong", "hmac": "wrong"})
    query = program.agree("shop")
    assert query["state"] != "the-state"
    assert query["shop"] == "another-shop"
    assert query["hmac"] != callback_hmac(query, DEMO_CLIENT.secret)
    program.switch("shop", callback={"state": "absent", "shop": "absent", "hmac": "absent"})
    assert {"state", "shop", "hmac"}.isdisjoint(program.agree("shop"))
