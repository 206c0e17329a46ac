"""All apps that this installation knows: ours, and the operator's own. Read once per process."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

from django.conf import settings

from tallystick.connectors.categories import CATEGORIES
from tallystick.connectors.definition import Client, Connector
from tallystick.connectors.loading import WrongDefinition, load
from tallystick.core.text import sort_name

OURS = Path(__file__).parent / "apps"
logger = logging.getLogger(__name__)


class NoSuchApp(LookupError):
    """No app of this name is known here."""


@dataclass(frozen=True)
class Shelf:
    """The apps that could be read, by slug, and a sentence for each fault of those that could not."""

    connectors: Mapping[str, Connector]
    faults: tuple[str, ...]


def all() -> list[Connector]:  # noqa: A001, one says catalogue.all()
    """Every app, set up or not, in order of name. The sandbox's only where there is a sandbox."""
    return sorted(shelf().connectors.values(), key=lambda connector: sort_name(connector.name))


def get(slug: str) -> Connector:
    """The app of this slug. Raises NoSuchApp."""
    try:
        return shelf().connectors[slug]
    except KeyError:
        raise NoSuchApp(slug) from None


def available() -> list[Connector]:
    """The apps that people can connect now, in order of name."""
    return [connector for connector in all() if connector.is_set_up]


def search(words: str = "", category: str = "") -> list[Connector]:
    """Apps whose name, slug, category or description holds every word; those whose name begins with them first."""
    wanted = sort_name(words).split()
    found = [
        connector
        for connector in all()
        if category in ("", connector.category) and _holds_all(_searched(connector), wanted)
    ]
    return sorted(found, key=lambda connector: not sort_name(connector.name).startswith(" ".join(wanted)))


def categories() -> dict[str, str]:
    """The categories in which there is an app, with their names in the reader's language, in the order of the shelves."""
    there = {connector.category for connector in all()}
    return {key: str(name) for key, name in CATEGORIES.items() if key in there}


def faults() -> tuple[str, ...]:
    """What is wrong with definitions that are left out for it: for the operator's eyes."""
    return shelf().faults


def unused_settings() -> list[str]:
    """Settings of apps that are not known here: most likely a slip in a name."""
    starts = tuple(f"{slug.upper().replace('-', '_')}_" for slug in shelf().connectors)
    return sorted(f"TALLYSTICK_CONNECTOR_{name}" for name in settings.CONNECTOR_SETTINGS if not name.startswith(starts))


@lru_cache(maxsize=1)
def shelf() -> Shelf:
    """Reads all definitions: ours first, then the operator's, which take the place of ours of the same slug.

    One that has faults is left out, and its faults are logged: the others are still there.
    """
    found: dict[str, Connector] = {}
    wrong: list[str] = []
    for file in (*_files_in(OURS), *_files_in(_own_folder())):
        try:
            connector = _read(file)
        except WrongDefinition as trouble:
            wrong += trouble.faults
            continue
        if settings.SANDBOX_URL or not connector.is_sandbox:
            found[connector.slug] = connector
    for sentence in wrong:
        logger.error("A connector is left out. %s", sentence)
    return Shelf(found, tuple(wrong))


def _holds_all(text: str, words: Iterable[str]) -> bool:
    return not [word for word in words if word not in text]


def _searched(connector: Connector) -> str:
    words = (connector.name, connector.slug, connector.about, CATEGORIES[connector.category])
    return sort_name(" ".join(str(word) for word in words))


def _own_folder() -> Path | None:
    return Path(settings.CONNECTORS_DIR) if settings.CONNECTORS_DIR else None


def _files_in(folder: Path | None) -> list[Path]:
    """Definitions in a folder: one folder per app, or just a file per app."""
    if folder is None:
        return []
    return sorted([*folder.glob("*/connector.toml"), *folder.glob("*.toml")])


def _read(file: Path) -> Connector:
    connector = load(file, sandbox_url=settings.SANDBOX_URL)
    return replace(
        connector,
        client=_client(connector),
        webhook_secret=_setting(connector.slug, "WEBHOOK_SECRET") or connector.webhook_secret,
        hooks=_hooks(file) if file.is_relative_to(OURS) else None,
    )


def _client(connector: Connector) -> Client | None:
    """Who we are at this app. Public clients (`client_auth = "none"`) have no secret."""
    client_id, secret = _setting(connector.slug, "CLIENT_ID"), _setting(connector.slug, "CLIENT_SECRET")
    if client_id and (secret or connector.authorisation.client_auth == "none"):
        return Client(client_id, secret)
    return connector.client


def _setting(slug: str, what: str) -> str:
    secrets: Mapping[str, str] = settings.CONNECTOR_SETTINGS
    return secrets.get(f"{slug.upper().replace('-', '_')}_{what}", "")


def _hooks(file: Path) -> ModuleType | None:
    """The code of an odd app, which only ours may have: an operator's app is data."""
    code = file.with_name("hooks.py")
    if not code.exists():
        return None
    spec = spec_from_file_location(f"tallystick.connectors.apps.{file.parent.name.replace('-', '_')}.hooks", code)
    assert spec is not None
    assert spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
