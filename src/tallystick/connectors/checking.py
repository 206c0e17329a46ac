"""Checking a definition before it is used: all its faults at once, one plain sentence each."""

from __future__ import annotations

from pathlib import Path

from tallystick.connectors.loading import WrongDefinition, load


def check(path: Path, *, sandbox_url: str = "") -> list[str]:
    """What is wrong with the definition in a file (or in a folder's `connector.toml`). Empty: it can be used.

    Each sentence names the file, the key, the value that stands there, and what to do.
    """
    try:
        load(path, sandbox_url=sandbox_url)
    except WrongDefinition as wrong:
        return wrong.faults
    return []
