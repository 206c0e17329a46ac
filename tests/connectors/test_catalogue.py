"""Which apps there are: ours, the operator's own, and the sandbox's where there is one."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from django.utils import translation

from tallystick.connectors import catalogue, talking
from tallystick.connectors.definition import Client
from tallystick.connectors.values import Tokens
from tests.connectors.conftest import App, told
from tests.connectors.test_definitions import GOOD


@pytest.fixture(autouse=True)
def fresh() -> Iterator[None]:
    """A test that puts other definitions in our folder leaves none of them on the shelf."""
    yield
    catalogue.shelf.cache_clear()


@pytest.fixture
def own_folder(settings: Any, tmp_path: Path) -> Path:
    settings.CONNECTORS_DIR = str(tmp_path)
    return tmp_path


def slugs() -> set[str]:
    return {connector.slug for connector in catalogue.all()}


def test_ours_can_all_be_read() -> None:
    assert catalogue.faults() == ()
    assert len(slugs()) == 10


def test_an_app_is_not_set_up_until_its_id_and_secret_are_given(settings: Any) -> None:
    settings.CONNECTOR_SETTINGS = {"XERO_CLIENT_ID": "ours"}
    assert not catalogue.get("xero").is_set_up
    settings.CONNECTOR_SETTINGS = {"XERO_CLIENT_ID": "ours", "XERO_CLIENT_SECRET": "hush"}
    assert catalogue.get("xero").is_set_up
    assert catalogue.get("xero") in catalogue.available()
    assert catalogue.get("shopify") not in catalogue.available()


def test_a_hyphen_in_a_slug_is_an_underscore_in_the_setting(settings: Any) -> None:
    settings.CONNECTOR_SETTINGS = {"QUICKBOOKS_ONLINE_CLIENT_ID": "ours", "QUICKBOOKS_ONLINE_CLIENT_SECRET": "hush"}
    assert catalogue.get("quickbooks-online").is_set_up


def test_the_sandbox_is_offered_only_where_there_is_one(settings: Any) -> None:
    settings.SANDBOX_URL = ""
    assert not {slug for slug in slugs() if slug.startswith("sandbox")}


def test_the_sandbox_is_set_up_from_the_start() -> None:
    assert catalogue.get("sandbox-shop").is_set_up


def test_an_operator_adds_an_app_with_one_file(own_folder: Path) -> None:
    (own_folder / "fruit-shop.toml").write_text(GOOD)
    assert catalogue.get("fruit-shop").name == "Fruit Shop"


def test_an_operator_adds_an_app_with_a_folder(own_folder: Path) -> None:
    (own_folder / "fruit-shop").mkdir()
    (own_folder / "fruit-shop" / "connector.toml").write_text(GOOD)
    assert "fruit-shop" in slugs()


def test_an_operators_definition_takes_the_place_of_ours(own_folder: Path) -> None:
    (own_folder / "xero.toml").write_text(GOOD.replace('slug = "fruit-shop"', 'slug = "xero"'))
    assert catalogue.get("xero").name == "Fruit Shop"


def test_code_beside_an_operators_definition_does_not_run(own_folder: Path) -> None:
    (own_folder / "fruit-shop").mkdir()
    (own_folder / "fruit-shop" / "connector.toml").write_text(GOOD)
    (own_folder / "fruit-shop" / "hooks.py").write_text("raise RuntimeError")
    assert catalogue.get("fruit-shop").hooks is None


def test_a_definition_with_faults_is_left_out_and_the_others_stay(own_folder: Path) -> None:
    (own_folder / "fruit-shop.toml").write_text(GOOD.replace("lead = 300", "lead = 9999"))
    assert "fruit-shop" not in slugs()
    assert "xero" in slugs()
    assert "tokens.lead is 9999" in catalogue.faults()[0]


def test_a_setting_of_no_app_is_found(settings: Any) -> None:
    settings.CONNECTOR_SETTINGS = {"XERRO_CLIENT_ID": "ours", "QUICKBOOKS_ONLINE_CLIENT_ID": "ours"}
    assert catalogue.unused_settings() == ["TALLYSTICK_CONNECTOR_XERRO_CLIENT_ID"]


def test_an_unknown_app_is_no_app() -> None:
    with pytest.raises(catalogue.NoSuchApp):
        catalogue.get("acme")


def test_search_finds_names_first_and_descriptions_too() -> None:
    assert [found.slug for found in catalogue.search("xer")] == ["xero"]
    assert {found.slug for found in catalogue.search("books")} >= {"xero", "quickbooks-online", "sandbox-ledger"}
    assert catalogue.search("stri")[0].slug == "stripe"
    assert catalogue.search("zebra") == []


def test_search_within_a_category() -> None:
    assert {found.slug for found in catalogue.search(category="pos")} == {"square", "sandbox-till"}


def test_categories_are_those_in_which_there_is_an_app() -> None:
    assert list(catalogue.categories()) == ["ecommerce", "pos", "payments", "bank", "accounting"]


def test_words_are_those_of_the_readers_language() -> None:
    shop = catalogue.get("sandbox-shop")
    with translation.override("nl"):
        assert str(shop.account_word) == "winkel"
    with translation.override("de"):
        assert str(shop.account_word) == "shop"


def test_initials_stand_for_a_logo() -> None:
    assert catalogue.get("quickbooks-online").initials == "QB"
    assert catalogue.get("xero").initials == "X"


def test_a_connector_does_not_show_its_secrets() -> None:
    shown = repr(catalogue.get("xero")) + repr(catalogue.get("sandbox-till"))
    assert "xero-client-secret" not in shown
    assert "till-webhook-secret" not in shown


HOOKS = "def read_token_answer(said):\n    return said['inner']\n"


def test_an_odd_app_of_ours_may_have_code(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, app: App) -> None:
    folder = tmp_path / "fruit-shop"
    folder.mkdir()
    (folder / "connector.toml").write_text(GOOD)
    (folder / "hooks.py").write_text(HOOKS)
    monkeypatch.setattr(catalogue, "OURS", tmp_path)
    fruit = replace(catalogue.get("fruit-shop"), client=Client("ours", "hush"))
    given = app.talk(talking.refresh(fruit, {"shop": "apple"}, "refresh-0"), told({"inner": {"access_token": "a"}}))
    assert given.access == "a"


def test_form_action_names_where_people_are_sent() -> None:
    assert catalogue.get("shopify").consent_sources == ("https://*.myshopify.com",)
    assert catalogue.get("xero").consent_sources == ("https://login.xero.com",)
    assert catalogue.get("sandbox-payments").consent_sources == ()


def test_its_code_may_read_what_the_app_says_of_accounts(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, app: App
) -> None:
    (tmp_path / "fruit-shop").mkdir()
    (tmp_path / "fruit-shop" / "connector.toml").write_text(GOOD)
    (tmp_path / "fruit-shop" / "hooks.py").write_text("def read_identity(said):\n    return said['inner']\n")
    monkeypatch.setattr(catalogue, "OURS", tmp_path)
    fruit = replace(catalogue.get("fruit-shop"), client=Client("ours", "hush"))
    talk = talking.accounts(fruit, {"shop": "apple"}, Tokens("a"))
    (account,) = app.talk(talk, told({"inner": {"id": 1, "name": "Apple"}}))
    assert (account.id, account.name) == ("1", "Apple")
