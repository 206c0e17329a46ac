"""Installs the server of another maker, once for each lock: into a folder below .venv, by `npm ci`."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
KEPT = HERE.parents[1] / ".venv"
PATIENCE = 100  # seconds for everything that npm fetches: less than a test may take
NPM = "npm ci --ignore-scripts --no-audit --no-fund --prefer-offline --fetch-retries=1 --fetch-retry-mintimeout=1000"


class Missing(Exception):
    """What is needed to run the server is not here; says what to do."""


def installed() -> Path:
    """The folder in which `server.mjs` can be run. Raises Missing."""
    lock = (HERE / "package-lock.json").read_bytes()
    folder = KEPT / f"other_makers-{hashlib.sha256(lock).hexdigest()[:12]}"
    if not shutil.which("node"):
        raise Missing("there is no node. On Debian and Ubuntu: apt-get install nodejs")
    if not folder.exists():
        _install(folder)
    shutil.copy(HERE / "server.mjs", folder)
    return folder


def _install(folder: Path) -> None:
    """Beside its place first, so that a folder of that name is always whole."""
    KEPT.mkdir(exist_ok=True)
    beside = Path(tempfile.mkdtemp(prefix="other_makers-", dir=KEPT))
    try:
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copy(HERE / name, beside)
        _run_npm(beside)
        beside.rename(folder)
    finally:
        shutil.rmtree(beside, ignore_errors=True)


def _run_npm(folder: Path) -> None:
    if not shutil.which("npm"):
        raise Missing("there is no npm. On Debian and Ubuntu: apt-get install npm")
    try:
        subprocess.run(NPM.split(), cwd=folder, capture_output=True, text=True, timeout=PATIENCE, check=True)
    except subprocess.TimeoutExpired:
        raise Missing(f"npm did not install it within {PATIENCE} seconds") from None
    except subprocess.CalledProcessError as trouble:
        raise Missing(f"npm could not install it: {trouble.stderr.strip()[-500:]}") from None


if __name__ == "__main__":
    try:
        installed()
    except Missing as missing:
        sys.exit(f"The server of another maker can't be tried: {missing}")
