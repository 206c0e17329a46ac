"""A copy of the database, the log, or any page opens nothing: every secret that people and we made is looked for in all of it."""

from __future__ import annotations

import re

import pytest
from django.conf import settings
from django.test import Client

from tallystick.accounts.models import User
from tallystick.outbox.models import Delivery
from tests.support.codes import app_code, last_code
from tests.support.dump import disguises, stored_in_clear
from tests.support.jobs import run_jobs

ADDRESS = "wanda@wanda-works.example"
PASSWORD = "a thimble of very plain words"


def without_spaces(text: str) -> str:
    """Codes are shown in groups and kept in one."""
    return text.replace(" ", "")


@pytest.fixture
def secrets(db: None) -> dict[str, str]:
    """Somebody signs up and sets everything up; what only they, or their browser, may know."""
    browser = Client()
    browser.post("/sign-in/", {"address": ADDRESS})
    code = last_code(ADDRESS)
    browser.post("/sign-in/code/", {"code": code})
    browser.post("/sign-in/name/", {"name": "Wanda"})
    browser.post("/me/password/", {"password": PASSWORD})
    page = browser.get("/me/authenticator-app/").content.decode()
    key = without_spaces(re.search(r"(?:[A-Z2-7]{4} ){3,}[A-Z2-7]{1,4}", page)[0])  # type: ignore[index]
    sealed = re.search(r'name="secret" value="([^"]+)"', page)[1]  # type: ignore[index]
    kept = browser.post("/me/authenticator-app/", {"code": app_code(key), "secret": sealed}).content.decode()
    recovery = re.findall(r"\d{5} \d{5}", kept)
    assert len(recovery) == 10
    assert User.objects.get(name="Wanda").has_usable_password()
    session = browser.cookies[settings.SESSION_COOKIE_NAME].value
    return {"code": code, "password": PASSWORD, "app": key, "recovery": recovery[0], "session": session}


def test_no_table_holds_a_code_password_key_or_session(secrets: dict[str, str]) -> None:
    assert Delivery.objects.exists()
    stored = stored_in_clear()
    assert "Wanda" in stored, "the dump was read"
    for name, secret in secrets.items():
        for told in {secret, without_spaces(secret)}:
            for disguise in disguises(told):
                assert disguise not in stored, f"{name} lies in the dump"


def test_sent_mail_leaves_no_code_behind(secrets: dict[str, str]) -> None:
    run_jobs()
    stored = stored_in_clear()
    assert without_spaces(secrets["code"]) not in without_spaces(stored)


def test_no_log_line_holds_one(secrets: dict[str, str], capfd: pytest.CaptureFixture[str]) -> None:
    run_jobs()
    printed = capfd.readouterr()
    said = printed.out + printed.err
    for name, secret in secrets.items():
        assert secret not in said, f"{name} was logged"
        assert without_spaces(secret) not in said, f"{name} was logged"


def test_the_rings_stand_in_no_table(secrets: dict[str, str]) -> None:
    stored = stored_in_clear()
    for key in (*settings.SECRET_KEYS, *settings.VAULT_KEYS):
        for disguise in disguises(key):
            assert disguise not in stored
