"""A pasted key is looked at before it is sent, and must only read."""

import pytest

from tallystick.connectors import catalogue, failures, talking
from tallystick.connectors.definition import Input
from tallystick.connectors.typed import clean_input, clean_inputs
from tallystick.connectors.words import Text
from tallystick.core.refused import Refused
from tests.connectors.conftest import App, captured, told

KEY = {"key": "rk_sandbox_bob_reads_everything"}


def test_a_key_that_reads_names_its_account(app: App) -> None:
    (account,) = app.talk(
        talking.check_key(catalogue.get("sandbox-payments"), KEY), told(captured("sandbox-payments", "identity"))
    )
    assert account.id == "payments-bobs-bakery"
    assert app.requests[0].headers["authorization"] == f"Bearer {KEY['key']}"


def test_a_key_that_looks_like_it_can_write_is_not_sent_anywhere(app: App) -> None:
    with pytest.raises(failures.KeyCanWrite):
        app.talk(talking.check_key(catalogue.get("sandbox-payments"), {"key": "sk_sandbox_bob_can_write"}))
    assert app.requests == []


def test_a_key_of_which_the_app_says_that_it_can_write_is_refused(app: App) -> None:
    answer = captured("sandbox-payments", "identity")
    answer["key"]["can_write"] = True
    with pytest.raises(failures.KeyCanWrite):
        app.talk(talking.check_key(catalogue.get("sandbox-payments"), KEY), told(answer))


def test_a_key_that_the_app_does_not_know_is_wrong(app: App) -> None:
    with pytest.raises(failures.KeyWrong):
        app.talk(talking.check_key(catalogue.get("sandbox-payments"), KEY), told({"error": "invalid_key"}, 401))


def test_an_app_that_is_down_says_nothing_about_the_key(app: App) -> None:
    with pytest.raises(failures.AppBusy):
        app.talk(talking.check_key(catalogue.get("sandbox-payments"), KEY), told({}, 503))


def test_a_key_without_the_first_permission_is_read_by_another(app: App) -> None:
    payments = catalogue.get("sandbox-payments")
    answer = captured("sandbox-payments", "identity")
    answer["key"]["permissions"] = ["account.read", "payouts.read"]
    (account,) = app.talk(talking.check_key(payments, KEY), told(answer))
    app.talk(talking.latest(payments, KEY, None, account), told({"data": []}))
    assert app.requests[-1].url.path == "/payments/v1/payouts"


def test_a_key_that_may_read_nothing_misses_a_permission(app: App) -> None:
    payments = catalogue.get("sandbox-payments")
    answer = captured("sandbox-payments", "identity")
    answer["key"]["permissions"] = ["account.read"]
    (account,) = app.talk(talking.check_key(payments, KEY), told(answer))
    with pytest.raises(failures.PermissionMissing):
        app.talk(talking.latest(payments, KEY, None, account))


@pytest.mark.parametrize("typed", ["", "  ", "my key", "rk_sandbox_bob\nreads", "x" * 5000])
def test_what_is_no_key_is_refused_with_a_sentence_that_does_not_repeat_it(typed: str) -> None:
    with pytest.raises(Refused) as no:
        clean_inputs(catalogue.get("sandbox-payments"), {"key": typed})
    assert no.value.field == "key"
    assert not typed.strip() or typed not in no.value.message


def test_what_people_copy_along_is_taken_off() -> None:
    shopify = catalogue.get("shopify")
    for typed in (
        "My-Store",
        " my-store.myshopify.com ",
        "https://my-store.myshopify.com/admin",
        "my-store.myshopify.com/",
    ):
        assert clean_inputs(shopify, {"shop": typed, "other": "x"}) == {"shop": "my-store"}


@pytest.mark.parametrize(
    "typed",
    ["evil.com/", "a@b", "127.0.0.1", "my store", "аpple", "my-store.evil.com", "my-store/../x", "-a", "a" * 61, ""],
)
def test_what_is_no_shop_is_refused_with_an_example(typed: str) -> None:
    with pytest.raises(Refused) as no:
        clean_inputs(catalogue.get("shopify"), {"shop": typed})
    assert no.value.code == "wrong_input"
    assert "my-store" in no.value.message or "Fill in" in no.value.message


REGION = Input(
    "region",
    "",
    "eu",
    Text({"en": "Region"}),
    Text({"en": "Where your shop is."}),
    choices={"eu": Text({"en": "Europe"})},
)


def test_one_of_the_choices_is_taken_and_nothing_else() -> None:
    assert clean_input(REGION, " eu ") == "eu"
    for typed in ("", "mars", "EU"):
        with pytest.raises(Refused) as no:
            clean_input(REGION, typed)
        assert (no.value.field, no.value.message) == ("region", "Choose one under “Region”.")
