"""After all journeys: nothing that people, apps or we kept to ourselves stands in anything that was written meanwhile."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator

import psycopg

from tests.support.dump import tables_in_clear
from tests.support.house import House

_ITS_OWN = ("sandbox.sqlite3", "secret-keys", "vault-keys", "demo.json", "static/")
"""What holds secrets because it is for them: the keys, the demo's own list of ways in, and the outside apps' memory."""

_OF_APPS = re.compile(r"sandbox_[a-z]+_(?:at|rt)_[\w-]+|rk_sandbox_bob|sandbox-secret-that-opens-nothing")


def everything_written(house: House) -> dict[str, str]:
    """Every row of the database, and every file in the data folder, by where it stands."""
    with psycopg.connect(house.server.owner_url) as owner:
        written = {f"table {name}": text for name, text in tables_in_clear(owner).items()}
    for file in house.data.rglob("*"):
        place = file.relative_to(house.data).as_posix()
        if file.is_file() and not place.startswith(_ITS_OWN):
            written[place] = file.read_text(errors="replace")
    return written


def secrets_of_apps(house: House) -> set[str]:
    """Every token that the outside apps gave out, from their own memory."""
    with sqlite3.connect(f"file:{house.data / 'sandbox.sqlite3'}?mode=ro", uri=True) as memory:
        records = "\n".join(body for (body,) in memory.execute("select body from records"))
    return set(_OF_APPS.findall(records))


def found_in_clear(house: House, kept_secret: set[str]) -> Iterator[str]:
    """Where one of these, or a secret of an app, stands for all to read; never the secret itself."""
    given_out = secrets_of_apps(house)
    assert given_out, "the apps gave out nothing"
    written = everything_written(house)
    assert {"table audit_fact", "table outbox_delivery", "tallystick.log"} <= set(written), sorted(written)
    for place, text in written.items():
        for found in (_OF_APPS.search(text), *(_alone(each, text) for each in kept_secret | given_out)):
            if found:
                yield f"{place}: {found.group()[:4]}… after {text[max(found.start() - 60, 0) : found.start()]!r}"


def _alone(secret: str, text: str) -> re.Match[str] | None:
    """Where it stands by itself; as a part of a longer number it is chance. Looked for as it is first: that is quick."""
    return re.search(rf"(?<!\w){re.escape(secret)}(?!\w)", text) if secret in text else None
