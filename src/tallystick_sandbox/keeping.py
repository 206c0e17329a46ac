"""Keeping the world in one SQLite file, so that a restart of the sandbox does not break what was connected."""

import json
import sqlite3
from dataclasses import asdict
from pathlib import Path

from tallystick_sandbox.switches import WrongSwitches, as_values, set_switches
from tallystick_sandbox.world import KINDS, World


class Keeper:
    """Writes what changed, and reads it back. `path` None keeps nothing."""

    def __init__(self, world: World, path: Path | None) -> None:
        self.world = world
        self.database: sqlite3.Connection | None = None
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            self.database = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
            self.database.execute("PRAGMA journal_mode=WAL")
            self.database.execute("PRAGMA synchronous=NORMAL")
            self.database.execute(
                "CREATE TABLE IF NOT EXISTS records (kind TEXT, id TEXT, body TEXT, PRIMARY KEY (kind, id))"
            )
            self.load()

    def load(self) -> None:
        """Takes over what the file holds. Rows of an older form are left out."""
        assert self.database is not None
        for kind, key, body in self.database.execute("SELECT kind, id, body FROM records").fetchall():
            values = json.loads(body)
            if kind == "settings":
                self.load_settings(values)
                continue
            try:
                getattr(self.world, kind)[key] = KINDS[kind](**values)
            except (KeyError, TypeError):
                continue
        self.world.unsaved.clear()
        self.world.settings_changed = False

    def load_settings(self, values: dict[str, object]) -> None:
        """Takes over the switches and the clock."""
        shift, switches = values.get("clock_shift"), values.get("switches")
        self.world.clock_shift = float(shift) if isinstance(shift, int | float) else 0.0
        for slug, wanted in switches.items() if isinstance(switches, dict) else ():
            try:
                set_switches(self.world.switches[slug], wanted)
            except (KeyError, WrongSwitches):
                continue
            if self.world.webhooks_url:  # what the command line says now goes before what was said then
                self.world.switches[slug].webhooks.url = self.world.webhooks_url.replace("{app}", slug)

    def save(self) -> None:
        """Writes all that has changed since the last time, in one transaction."""
        world, database = self.world, self.database
        changed, world.unsaved = world.unsaved, set()
        settings_changed, world.settings_changed = world.settings_changed, False
        if database is None or not (changed or settings_changed):
            return
        database.execute("BEGIN")
        for kind, key in changed:
            record = getattr(world, kind).get(key)
            if record is None:
                database.execute("DELETE FROM records WHERE kind = ? AND id = ?", (kind, key))
            else:
                self.write(kind, key, asdict(record))
        if settings_changed:
            switches = {slug: as_values(each) for slug, each in world.switches.items()}
            self.write("settings", "all", {"clock_shift": world.clock_shift, "switches": switches})
        database.execute("COMMIT")

    def write(self, kind: str, key: str, body: dict[str, object]) -> None:
        """One row, new or changed."""
        assert self.database is not None
        self.database.execute("INSERT OR REPLACE INTO records VALUES (?, ?, ?)", (kind, key, json.dumps(body)))

    def forget_everything(self) -> None:
        """Empties the file too."""
        if self.database is not None:
            self.database.execute("DELETE FROM records")
        self.world.unsaved.clear()

    def close(self) -> None:
        """Writes the last changes and lets go of the file."""
        self.save()
        if self.database is not None:
            self.database.close()
