"""Apps that are set up, without any being there: what talks to them is laid for later and never done. One is not for asking."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import pytest
from django.test import override_settings

from tallystick.accounts.models.limits import Limit
from tallystick.connectors import catalogue
from tallystick.invitations import asking


@pytest.fixture(scope="session")
def apps_set_up(tmp_path_factory: pytest.TempPathFactory) -> catalogue.Shelf:
    folder = tmp_path_factory.mktemp("connectors")
    till = (catalogue.OURS / "sandbox-till" / "connector.toml").read_text(encoding="utf-8")
    own = till.replace('slug = "sandbox-till"', 'slug = "own-till"').replace(
        "can_ask_owner = true", "can_ask_owner = false"
    )
    (folder / "own-till.toml").write_text(own, encoding="utf-8")
    known = {"SHOPIFY_CLIENT_ID": "tallystick", "SHOPIFY_CLIENT_SECRET": "s"}
    with override_settings(CONNECTORS_DIR=str(folder), SANDBOX_URL="http://127.0.0.1:9", CONNECTOR_SETTINGS=known):
        return catalogue.shelf.__wrapped__()


@pytest.fixture(autouse=True)
def _apps(apps_set_up: catalogue.Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(catalogue, "shelf", cache(lambda: apps_set_up))


@pytest.fixture
def many_mails(monkeypatch: pytest.MonkeyPatch) -> None:
    """A thousand rounds ask more often than a tenant may."""
    monkeypatch.setattr(asking, "PER_TENANT", Limit("invitation.tenant", times=1_000_000, every=timedelta(minutes=1)))
