"""What programs read: who it is, records with dates and money, pages and cursors, and the limits of each app."""

from datetime import datetime

import pytest
from starlette.testclient import TestClient

from tests.sandbox.program import Program

DAY = 86_400
TRANSACTIONS = "/bank/v1/accounts/acc-bobs-bakery-1/transactions"


@pytest.fixture(autouse=True)
def at_noon(program: Program) -> None:
    """No test sees the day end, or a new record come in between two reads."""
    world = program.sandbox.app.state.world  # type: ignore[attr-defined]
    program.advance(DAY + DAY / 2 - world.now() % DAY + 60)


@pytest.mark.parametrize(
    ("app", "path", "who"),
    [
        ("shop", "/shop/bobs-bakery/api/shop", ("shop", "id", "name")),
        ("till", "/till/v1/merchants/me", ("merchant", "id", "business_name")),
        ("bank", "/bank/v1/whoami", ("customer", "id", "name")),
    ],
)
def test_the_account_is_named(program: Program, app: str, path: str, who: tuple[str, str, str]) -> None:
    told = program.read(path, program.connect(app)["access_token"]).json()[who[0]]
    assert (told[who[1]], told[who[2]]) == (f"{app}-bobs-bakery", "Bob's Bakery")


def test_the_shop_takes_its_own_header_too(program: Program) -> None:
    token = program.connect("shop")["access_token"]
    answer = program.sandbox.get("/shop/bobs-bakery/api/shop", headers={"X-Larkstall-Access-Token": token})
    assert answer.status_code == 200


def test_a_shops_token_is_no_use_at_another_shop(program: Program) -> None:
    token = program.connect("shop")["access_token"]
    assert program.read("/shop/charlies-cycles/api/orders", token).status_code == 401


def test_a_read_without_a_token_or_with_another_apps_is_refused(program: Program) -> None:
    assert program.sandbox.get("/bank/v1/whoami").status_code == 401
    assert program.read("/bank/v1/whoami", program.connect("till")["access_token"]).status_code == 401


@pytest.mark.parametrize(
    ("app", "path", "rows", "cursor", "name"),
    [
        ("shop", "/shop/bobs-bakery/api/orders", "orders", "next_cursor", "cursor"),
        ("till", "/till/v1/payments", "payments", "cursor", "cursor"),
        ("bank", TRANSACTIONS, "transactions", "next", "cursor"),
        ("ledger", "/ledger/v1/invoices", "invoices", "next_cursor", "cursor"),
    ],
)
def test_pages_follow_each_other_without_a_gap(
    program: Program, app: str, path: str, rows: str, cursor: str, name: str
) -> None:
    program.switch("bank", consents={"reads_per_day": None})
    token = program.connect(app)["access_token"]
    whole = [row["id"] for row in program.read(f"{path}?limit=30", token).json()[rows]]
    first = program.read(f"{path}?limit=10", token).json()
    program.advance(30)
    second = program.read(f"{path}?limit=20&{name}={first[cursor]}", token).json()
    assert [row["id"] for row in first[rows] + second[rows]] == whole
    assert len(set(whole)) == 30


def test_a_list_comes_to_its_end(program: Program) -> None:
    token = program.connect("till")["access_token"]
    count, cursor = 0, ""
    for _ in range(10):
        page = program.read(f"/till/v1/payments?limit=100&cursor={cursor}", token).json()
        count, cursor = count + len(page["payments"]), page.get("cursor", "")
        if not cursor:
            break
    assert count == 400


def test_records_are_lately_made_and_newest_first(program: Program) -> None:
    token = program.connect("shop")["access_token"]
    rows = program.read("/shop/bobs-bakery/api/orders?limit=3", token).json()["orders"]
    made = [datetime.fromisoformat(row["created_at"]) for row in rows]
    assert made == sorted(made, reverse=True)
    now = datetime.fromisoformat(program.sandbox.get("/switches/clock").json()["now"])
    assert 0 <= (now - made[0]).total_seconds() < 20_000
    assert rows[0]["currency"] == "GBP"
    assert float(rows[0]["total_price"]) > 0


def test_only_records_since_a_day_are_given(program: Program) -> None:
    token = program.connect("ledger")["access_token"]
    today = program.sandbox.get("/switches/clock").json()["now"][:10]
    rows = program.read(f"/ledger/v1/payments?since={today}&limit=100", token).json()["payments"]
    assert all(row["date"] >= today for row in rows)
    assert program.read("/ledger/v1/payments?since=yesterday", token).json()["error"] == "bad_date"


@pytest.mark.parametrize("query", ["limit=0", "limit=101", "limit=x", "cursor=x"])
def test_a_wrong_question_is_refused(program: Program, query: str) -> None:
    token = program.connect("till")["access_token"]
    assert program.read(f"/till/v1/payments?{query}", token).status_code == 400


def test_a_new_business_has_no_records(program: Program) -> None:
    token = program.connect("till", "dana")["access_token"]
    assert program.read("/till/v1/payments", token).json() == {"payments": []}


def test_one_consent_at_the_till_covers_its_locations(program: Program) -> None:
    token = program.connect("till")["access_token"]
    locations = program.read("/till/v1/locations", token).json()["locations"]
    assert len(locations) == 3
    each = [
        program.read(f"/till/v1/payments?location_id={location['id']}&limit=1", token).json()["payments"][0]["id"]
        for location in locations
    ]
    assert len(set(each)) == 3
    assert program.read("/till/v1/payments?location_id=loc-charlies-cycles-1", token).status_code == 404


def test_a_bank_account_is_read_four_times_a_day(program: Program) -> None:
    token = program.connect("bank")["access_token"]
    assert [program.read(TRANSACTIONS, token).status_code for _ in range(5)] == [200, 200, 200, 200, 429]
    refused = program.read(TRANSACTIONS, token)
    assert 0 < int(refused.headers["retry-after"]) <= 86_400
    other = "/bank/v1/accounts/acc-bobs-bakery-2/balance"
    assert program.read(other, token).status_code == 200
    assert program.counters("bank")["reads_over_the_limit"] == 2


def test_the_reads_begin_anew_when_the_day_does(program: Program) -> None:
    tokens = program.connect("bank")
    for _ in range(4):
        program.read(TRANSACTIONS, tokens["access_token"])
    wait = int(program.read(TRANSACTIONS, tokens["access_token"]).headers["retry-after"])
    program.advance(wait)
    renewed = program.refresh("bank", tokens["refresh_token"]).json()
    assert program.read(TRANSACTIONS, renewed["access_token"]).status_code == 200


def test_asking_who_it_is_the_next_page_and_attended_reads_do_not_count(program: Program) -> None:
    token = program.connect("bank")["access_token"]
    cursor = program.read(f"{TRANSACTIONS}?limit=2", token).json()["next"]
    for _ in range(5):
        assert program.read("/bank/v1/whoami", token).status_code == 200
        assert program.read("/bank/v1/accounts", token).status_code == 200
        assert program.read(f"{TRANSACTIONS}?limit=2&cursor={cursor}", token).status_code == 200
        assert program.read(TRANSACTIONS, token, **{"PSU-IP-Address": "192.0.2.1"}).status_code == 200


def test_the_bank_lets_the_person_choose_accounts(program: Program) -> None:
    _, place = program.consent_page("bank", "bob")
    query = program.answer(place, permission=["transactions"], part=["acc-bobs-bakery-2"])
    token = program.redeem("bank", query["code"]).json()["access_token"]
    accounts = program.read("/bank/v1/accounts", token).json()["accounts"]
    assert [account["id"] for account in accounts] == ["acc-bobs-bakery-2"]
    assert program.read(TRANSACTIONS, token).status_code == 404


def test_a_consent_at_the_bank_ends_after_ninety_days(program: Program) -> None:
    tokens = program.connect("bank")
    world = program.sandbox.app.state.world  # type: ignore[attr-defined]
    assert tokens["consent_expires_at"] - world.now() == pytest.approx(90 * 86_400, abs=20)
    program.advance(90 * 86_400)
    assert program.refresh("bank", tokens["refresh_token"]).json()["error"] == "invalid_grant"
    assert program.read("/bank/v1/whoami", tokens["access_token"]).json()["error"] == "consent_expired"


def test_no_access_token_outlives_its_consent(program: Program) -> None:
    tokens = program.connect("bank")
    program.act("bank", "expire-consent", days=0.01)
    assert program.refresh("bank", tokens["refresh_token"]).json()["expires_in"] == pytest.approx(864, abs=20)


def test_renewing_gives_a_new_consent_and_the_old_one_stands(program: Program) -> None:
    old, new = program.connect("bank"), program.connect("bank")
    assert new["consent_id"] != old["consent_id"]
    assert program.read("/bank/v1/whoami", new["access_token"]).status_code == 200
    assert program.read("/bank/v1/whoami", old["access_token"]).status_code == 200


def test_backing_out_of_a_renewal_harms_nothing(program: Program) -> None:
    old = program.connect("bank")
    _, place = program.consent_page("bank", "bob", renews=old["consent_id"])
    assert program.answer(place, "no")["error"] == "access_denied"
    assert program.read("/bank/v1/whoami", old["access_token"]).status_code == 200


def test_a_consent_renewed_by_name_replaces_the_old_at_its_first_use(program: Program) -> None:
    old = program.connect("bank")
    new = program.redeem("bank", program.agree("bank", renews=old["consent_id"])["code"]).json()
    assert program.read("/bank/v1/whoami", old["access_token"]).status_code == 200
    assert program.read("/bank/v1/whoami", new["access_token"]).status_code == 200
    assert program.read("/bank/v1/whoami", old["access_token"]).status_code == 401


def test_nobody_replaces_the_consent_of_another_person(program: Program) -> None:
    bobs = program.connect("bank")
    stranger = program.redeem("bank", program.agree("bank", "charlie", renews=bobs["consent_id"])["code"]).json()
    program.read("/bank/v1/whoami", stranger["access_token"])
    assert program.read("/bank/v1/whoami", bobs["access_token"]).status_code == 200


def test_the_program_ends_a_consent_at_the_bank(program: Program) -> None:
    tokens = program.connect("bank")
    path = f"/bank/v1/consents/{tokens['consent_id']}"
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    assert program.sandbox.delete(path, headers=headers).json() == {"status": "revoked"}
    assert program.read("/bank/v1/whoami", tokens["access_token"]).status_code == 401


def test_one_consent_at_the_ledger_covers_companies(program: Program) -> None:
    tokens = program.connect("ledger")
    rows = program.read("/ledger/v1/connections", tokens["access_token"]).json()
    assert [row["company_name"] for row in rows] == ["Bob's Bakery", "Bob's Bakery Property"]
    assert {row["consent_event"] for row in rows} == {tokens["consent_event"]}
    numbers = {
        program.read("/ledger/v1/invoices", tokens["access_token"], **{"Quillstone-Company": row["company_id"]}).text
        for row in rows
    }
    assert len(numbers) == 2


def test_companies_are_taken_out_one_by_one(program: Program) -> None:
    tokens = program.connect("ledger")
    headers = {"Authorization": f"Bearer {tokens['access_token']}"}
    first, second = program.read("/ledger/v1/connections", tokens["access_token"]).json()
    assert program.sandbox.delete(f"/ledger/v1/connections/{first['id']}", headers=headers).status_code == 200
    assert [row["id"] for row in program.read("/ledger/v1/connections", tokens["access_token"]).json()] == [
        second["id"]
    ]
    program.sandbox.delete(f"/ledger/v1/connections/{second['id']}", headers=headers)
    assert program.read("/ledger/v1/connections", tokens["access_token"]).status_code == 401


def test_the_ledger_can_list_companies_of_earlier_consents(program: Program) -> None:
    _, place = program.consent_page("ledger", "bob")
    earlier = program.answer(place, permission=["invoices.read"], part=["com-bobs-bakery-1"])
    program.redeem("ledger", earlier["code"])
    _, place = program.consent_page("ledger", "bob")
    later = program.answer(place, permission=["invoices.read"], part=["com-bobs-bakery-2"])
    tokens = program.redeem("ledger", later["code"]).json()
    assert len(program.read("/ledger/v1/connections", tokens["access_token"]).json()) == 1
    program.switch("ledger", consents={"earlier_companies": True})
    rows = program.read("/ledger/v1/connections", tokens["access_token"]).json()
    added = [row["company_id"] for row in rows if row["consent_event"] == tokens["consent_event"]]
    assert (len(rows), added) == (2, ["com-bobs-bakery-2"])


def test_the_program_takes_itself_out_of_a_shop(program: Program) -> None:
    token = program.connect("shop")["access_token"]
    headers = {"Authorization": f"Bearer {token}"}
    assert program.sandbox.delete("/shop/bobs-bakery/api/installation", headers=headers).status_code == 200
    assert program.read("/shop/bobs-bakery/api/shop", token).status_code == 401


# ---------------------------------------------------------------- payment service


def test_a_key_tells_whose_it_is_and_what_it_may(program: Program) -> None:
    reads = program.read("/payments/v1/account", "rk_sandbox_bob_reads_everything").json()
    assert (reads["id"], reads["name"]) == ("payments-bobs-bakery", "Bob's Bakery")
    assert reads["key"]["can_write"] is False
    writes = program.read("/payments/v1/key", "sk_sandbox_bob_can_write").json()
    assert (writes["mode"], writes["can_write"]) == ("read_write", True)


def test_a_key_may_come_as_the_user_name(sandbox: TestClient) -> None:
    answer = sandbox.get("/payments/v1/charges?limit=3", auth=("rk_sandbox_bob_reads_everything", ""))
    assert len(answer.json()["data"]) == 3
    assert answer.json()["has_more"] is True


def test_a_wrong_key_is_401(program: Program) -> None:
    assert program.read("/payments/v1/account", "rk_sandbox_wrong").status_code == 401


def test_a_key_does_only_what_it_may(program: Program) -> None:
    narrow = "rk_sandbox_bob_without_payouts"
    assert program.read("/payments/v1/charges", narrow).status_code == 200
    assert program.read("/payments/v1/payouts", narrow).status_code == 403
    for key, status in ((narrow, 403), ("sk_sandbox_bob_can_write", 200)):
        answer = program.sandbox.post("/payments/v1/refunds", headers={"Authorization": f"Bearer {key}"})
        assert answer.status_code == status
    assert program.counters("payments")["writes"] == 1


def test_an_owner_makes_a_key_sees_it_once_and_deletes_it(program: Program) -> None:
    program.sandbox.post("/payments/sign-in/", data={"person": "bob"})
    page = program.sandbox.post("/payments/keys/new/", data={"kind": "rk", "permission": "charges.read"}).text
    secret = page.split('class="secret"><code>')[1].split("<")[0]
    assert program.read("/payments/v1/key", secret).json()["permissions"] == ["account.read", "charges.read"]
    assert secret not in program.sandbox.get("/payments/keys/").text
    key = program.read("/payments/v1/key", secret).json()["id"]
    program.sandbox.post(f"/payments/keys/{key}/removal/")
    assert program.read("/payments/v1/key", secret).status_code == 401


def test_staff_make_no_keys(program: Program) -> None:
    program.sandbox.post("/payments/sign-in/", data={"person": "sam"})
    assert "Make a key" not in program.sandbox.get("/payments/keys/").text
    assert "You cannot make keys here." in program.sandbox.post("/payments/keys/new/", data={"kind": "rk"}).text
    program.sandbox.post("/payments/keys/key_sandbox_bob_can_write/removal/")
    assert program.read("/payments/v1/key", "sk_sandbox_bob_can_write").status_code == 200
