"""New tokens that the database could not take: kept sealed in the data folder, on disk before anything else is done, and
put back as soon as the database is there again.

A file is named after the credential and the generation that its tokens were made from. It is worth something only while the
credential still is of that generation; then it is newer than what the database holds.
"""

from __future__ import annotations

import base64
import json
import os
import threading
import time
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import structlog
from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections

from tallystick.connections import leases
from tallystick.connections.leases import Taken
from tallystick.connections.models import Credential, Revocation
from tallystick.core.clock import Now
from tallystick.jobs import later

logger = structlog.get_logger("tallystick.connections")

PAUSE = 2.0
"""Seconds between tries of the process that spooled something."""

_MOMENTS = ("obtained_at", "access_ends_at", "renew_at", "refresh_ends_at", "consent_ends_at")
_BYTES = ("data_key", "secret")
_watching = threading.Lock()


def folder() -> Path:
    """Where the files lie; for this account only."""
    place = Path(settings.DATA_DIR) / "spool"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    return place


def keep(credential: Credential, lease: Taken) -> Path:
    """Write a new pair down, sealed as it is in the credential, with the lease it was made under, so that it outlives this
    process and this machine's power.

    On return it is on the disk. Raises `OSError` when the disk does not take it.
    """
    said: dict[str, Any] = {
        "credential": str(credential.pk),
        "lease": {"owner": str(lease.owner), "generation": lease.generation, "at": _written(lease.at)},
        "generation": credential.generation,
        "ring_key": credential.ring_key,
        "scopes": list(credential.scopes),
        "marks": list(credential.marks),
    }
    said |= {name: _written(getattr(credential, name)) for name in _MOMENTS}
    said |= {name: base64.b64encode(bytes(getattr(credential, name))).decode() for name in _BYTES}
    place = folder() / f"{credential.pk}.{credential.generation}.json"
    draft = place.with_suffix(f".{uuid4().hex}.new")
    _write_through(draft, json.dumps(said).encode())
    draft.rename(place)
    _sync(place.parent)
    logger.warning("tokens spooled", row=str(credential.pk), generation=credential.generation)
    return place


def waiting(credential_id: UUID | None = None) -> list[Path]:
    """The files that wait, of one credential or of all, oldest generation first."""
    place = Path(settings.DATA_DIR) / "spool"
    found = place.glob(f"{credential_id or '*'}.*.json")
    return sorted(found, key=lambda file: int(file.name.split(".")[1]))


def replay(credential_id: UUID | None = None) -> int:
    """Put back what waits, of one credential or of all; how many files are done with. What can't be done now stays.

    Safe to run anywhere at any time: a pair is saved under the credential's lease, over its own generation only.
    """
    return sum(_put_back(file) for file in waiting(credential_id))


def watch() -> None:
    """Go on trying in a thread of this process until nothing waits. One thread is enough; ends by itself."""
    if _watching.acquire(blocking=False):
        threading.Thread(target=_until_empty, name="spool", daemon=True).start()


def _until_empty() -> None:
    try:
        while waiting():
            time.sleep(PAUSE)
            with suppress(DatabaseError, InterfaceError, OSError):
                replay()
            connections.close_all()
    finally:
        _watching.release()


def _put_back(file: Path) -> bool:
    """One file: saved, or known to be of no use any more. False: later."""
    try:
        said = json.loads(file.read_bytes())
    except FileNotFoundError:  # another process was faster
        return False
    credential = Credential.objects.filter(pk=said["credential"]).first()
    if credential is None or credential.generation != said["generation"]:
        return _use_if_retired(credential, said) and _remove(file)
    if not _saved(_with(credential, said), said["lease"]):
        return False
    logger.info("tokens put back", row=said["credential"], generation=said["generation"])
    after_saving(credential)
    return _remove(file)


def _saved(credential: Credential, said: dict[str, Any]) -> bool:
    """Under the lease it was made under while that still stands, else under one taken for it."""
    own = Taken(credential.pk, UUID(said["owner"]), said["generation"], datetime.fromisoformat(said["at"]), None)
    if leases.save(credential, own) is not None:
        return True
    lease = leases.take(credential.pk)
    if lease is None:
        return False
    if leases.save(credential, lease) is not None:
        return True
    leases.release(lease)
    return False


def after_saving(credential: Credential) -> None:
    """What a new pair calls for: of a credential that was taken away meanwhile, that the new pair is taken back too."""
    if Credential.objects.filter(pk=credential.pk, dead_because="retired").exists():
        Revocation.objects.get_or_create(credential=credential)
        Revocation.objects.filter(credential=credential).update(done_at=None, outcome="")
        later("connections.revoke", credential_id=str(credential.pk))


def _use_if_retired(credential: Credential | None, said: dict[str, Any]) -> bool:
    """A pair whose credential was taken away and erased meanwhile must still be taken back at the app."""
    if credential is None or credential.dead_because != "retired" or bytes(credential.secret):
        return True
    sealed = _with(Credential(pk=credential.pk), said)
    taken = Credential.objects.filter(pk=credential.pk, dead_because="retired", secret=b"")
    if taken.update(data_key=sealed.data_key, secret=sealed.secret, ring_key=sealed.ring_key, dead_at=Now()):
        after_saving(credential)
    return True


def _with(credential: Credential, said: dict[str, Any]) -> Credential:
    """The credential with what a file says."""
    for name in _MOMENTS:
        setattr(credential, name, datetime.fromisoformat(said[name]) if said[name] else None)
    for name in _BYTES:
        setattr(credential, name, base64.b64decode(said[name]))
    credential.ring_key, credential.scopes, credential.marks = said["ring_key"], said["scopes"], said["marks"]
    credential.generation = said["generation"]
    return credential


def _written(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _write_through(place: Path, content: bytes) -> None:
    # The file object goes on until all of it is written: one write may take a part only, on a disk that is nearly full.
    with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove(file: Path) -> bool:
    file.unlink(missing_ok=True)
    return True
