"""The pages: marked as unreal, safe, and all working without a script."""

import pytest
from starlette.testclient import TestClient

from tallystick_sandbox.apps import APPS
from tallystick_sandbox.html import Markup, h, write
from tests.sandbox.program import Program

PAGES = [
    "/",
    "/switches/",
    "/log/",
    *(f"/{app}/" for app in APPS),
    *(f"/{app}/sign-in/" for app in APPS),
    *(f"/switches/{app}/" for app in APPS),
]


@pytest.mark.parametrize("path", PAGES)
def test_every_page_says_that_nothing_is_real(sandbox: TestClient, path: str) -> None:
    answer = sandbox.get(path)
    assert answer.status_code == 200
    assert "nothing here is real" in answer.text
    assert "<script" not in answer.text
    assert "style=" not in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    assert answer.headers["cache-control"] == "no-store"


def test_the_consent_page_may_lead_to_the_program_and_nowhere_else(program: Program) -> None:
    _, place = program.consent_page("bank", "bob")
    policy = program.sandbox.get(place).headers["content-security-policy"]
    assert "form-action 'self' http://localhost:8000" in policy


def test_the_sign_in_page_may_lead_on_to_the_program_for_those_sent_straight_back(program: Program) -> None:
    place = program.ask("till").headers["location"]
    policy = program.sandbox.get(place).headers["content-security-policy"]
    assert "form-action 'self' http://localhost:8000" in policy


def test_what_people_type_is_never_html(program: Program) -> None:
    program.sandbox.post("/payments/sign-in/", data={"person": "bob"})
    program.sandbox.post("/payments/keys/new/", data={"kind": "rk", "name": "<script>alert(1)</script>"})
    page = program.sandbox.get("/payments/keys/").text
    assert "&lt;script&gt;" in page
    assert "<script>" not in page


def test_text_is_escaped_and_markup_is_not() -> None:
    assert write(["<", None, 3, Markup("<br>")]) == "&lt;3<br>"
    assert h.a("x", href='"', hidden=True, class_=None, open=False) == '<a href="&quot;" hidden>x</a>'


def test_a_person_breaks_an_app_and_mends_it(program: Program) -> None:
    post = program.sandbox.post
    post("/switches/bank/actions/break/", data={"how": "down", "back": "overview"})
    assert program.read("/bank/v1/whoami", "any").status_code == 503
    assert "changed" in program.sandbox.get("/switches/").text
    post("/switches/bank/actions/mend/")
    assert program.read("/bank/v1/whoami", "any").status_code == 401


def test_a_person_sets_a_group_of_switches(program: Program) -> None:
    form = {"slow": "0", "slow_after": "", "fault": "503", "retry_after": "9", "next": ""}
    assert "slow_after" in program.sandbox.post("/switches/bank/set/api/", data=form).text
    answer = program.sandbox.post("/switches/bank/set/api/", data=form | {"slow_after": "0"}, follow_redirects=False)
    assert answer.headers["location"] == "/switches/bank/#api"
    assert program.read("/bank/v1/whoami", "any").headers["retry-after"] == "9"
    program.sandbox.post("/switches/bank/set/answer/", data={"expires_in": "right", "scope": "on"})
    assert program.sandbox.get("/switches/bank").json()["switches"]["answer"]["refresh_token"] is False


def test_a_person_ends_a_consent_from_the_switches_page(program: Program) -> None:
    consent = program.connect("bank")["consent_id"]
    data = {"consent": consent, "days": "5"}
    page = program.sandbox.post("/switches/bank/actions/expire-consent/", data=data).text
    assert "ends in 5.0 days" in page
    program.sandbox.post("/switches/bank/actions/revoke/", data={"consent": consent})
    assert "revoked" in program.sandbox.get("/switches/bank/").text


def test_a_button_that_is_not_there_does_nothing(program: Program) -> None:
    assert program.sandbox.post("/switches/bank/actions/explode/").status_code == 404
    assert program.sandbox.post("/switches/bank/actions/break/", data={"how": "gently"}).status_code == 404
    assert program.sandbox.post("/switches/bank/set/nothing/").status_code == 404


def test_a_person_sees_who_was_let_in(program: Program) -> None:
    program.connect("ledger")
    page = program.sandbox.get("/ledger/connected/").text
    assert "Tallystick" in page
    assert "Bob&#x27;s Bakery Property" in page
    program.sandbox.post("/ledger/sign-out/")
    assert program.sandbox.get("/ledger/connected/", follow_redirects=False).headers["location"] == "/ledger/sign-in/"


def test_the_log_page_shows_what_was_asked(program: Program) -> None:
    program.connect("till")
    page = program.sandbox.get("/log/").text
    assert "/till/oauth/token" in page
    assert "redeemed" in page


def test_an_address_that_leads_nowhere_answers_people_and_programs(sandbox: TestClient) -> None:
    assert sandbox.get("/nowhere").json() == {"error": "not_found"}
    assert "There is nothing here" in sandbox.get("/nowhere", headers={"Accept": "text/html"}).text
    assert sandbox.get("/bank/oauth/token").json() == {"error": "not_allowed"}


def test_another_hosts_name_is_refused(sandbox: TestClient) -> None:
    assert sandbox.get("/", headers={"Host": "evil.example"}).status_code == 400
