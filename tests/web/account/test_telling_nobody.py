"""Whether somebody has an account is told to nobody: known and unknown addresses get the same bytes."""

from __future__ import annotations

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tallystick.accounts.models import User

pytestmark = pytest.mark.django_db


def plain(content: bytes) -> str:
    """Without what differs from one answer to the next anyhow: the mark against forged forms."""
    return re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", content.decode())


def answers(address: str, path: str, data: dict[str, str]) -> tuple[int, str, str]:
    client = Client()
    first = client.post(path, {"address": address, **data}, follow=False)
    after = client.get("/sign-in/code/")
    shown = plain(first.content).replace(address, "ADDRESS"), plain(after.content)
    return first.status_code, first.get("Location", "") + shown[0], shown[1]


def test_asking_for_a_code(alice: User) -> None:
    # Both masked alike: same first and last letter, same domain.
    assert answers("alice@firm.example", "/sign-in/", {}) == answers("annie@firm.example", "/sign-in/", {})


def test_a_wrong_password(alice: User) -> None:
    alice.choose_password("correct horse battery", by=alice.actor)
    wrong = {"password": "wrong horse battery"}
    assert answers("alice@firm.example", "/sign-in/password/", wrong) == answers(
        "annie@firm.example", "/sign-in/password/", wrong
    )


def test_asking_for_a_code_is_the_same_work(alice: User) -> None:
    def asked(address: str) -> list[str]:
        with CaptureQueriesContext(
            connection,
        ) as queries:
            Client().post("/sign-in/", {"address": address})
        return [re.sub(r"'[^']*'|\d+|\\x\w+", "?", query["sql"]) for query in queries]

    asked("warm@firm.example")
    assert asked("alice@firm.example") == asked("annie@firm.example")
