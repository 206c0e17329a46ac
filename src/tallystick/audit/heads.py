"""Where the chains end, signed and kept outside the database: so that cutting off a chain's end with its head is found.

One file an hour in which anything happened, in the data folder. Each names the digest of the file before it, so that none
can be taken from between; the first says where all chains end, later ones where those do that grew.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db.models import Max

from tallystick.audit.models import Fact, Head, Link
from tallystick.core.clock import now
from tallystick.core.sealing import is_signed, sign

_PURPOSE = "audit heads"
_OVERLAP = 10_000  # facts: those with lower numbers than the last export's that were not committed then


@dataclass(frozen=True)
class Exported:
    """What the exports say, taken together: each chain's last known number and digest, and what is wrong with them."""

    heads: dict[str, tuple[int, str]] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)


def folder() -> Path:
    """Where the exports are."""
    return Path(settings.DATA_DIR) / "audit-heads"


def export_heads() -> Path | None:
    """Write where the chains that grew since the last export end. The file, or None when none grew."""
    earlier = _files()
    last = json.loads(earlier[-1].read_bytes())["said"] if earlier else {"number": 0, "fact": 0}
    newest_fact = Fact.objects.aggregate(Max("pk"))["pk__max"] or 0
    if newest_fact == last["fact"]:
        return None
    said = {
        "number": last["number"] + 1,
        "at": now().isoformat(timespec="seconds"),
        "fact": newest_fact,
        "previous": _digest(earlier[-1]) if earlier else "",
        "heads": {head.chain: [head.number, bytes(head.digest).hex()] for head in _grown_since(last["fact"])},
    }
    return _write(said)


def _grown_since(fact: int) -> Iterator[Head]:
    heads = Head.objects.order_by("chain")
    if fact:
        heads = heads.filter(chain__in=Link.objects.filter(fact_id__gt=fact - _OVERLAP).values("chain"))
    return heads.iterator()


def _write(said: dict[str, Any]) -> Path:
    key, signature = sign(_canonical(said), purpose=_PURPOSE)
    place = folder() / f"{said['number']:08d}.json"
    place.parent.mkdir(mode=0o700, exist_ok=True)
    draft = place.with_suffix(".draft")
    draft.write_text(json.dumps({"said": said, "key": key, "signature": base64.b64encode(signature).decode()}))
    draft.chmod(0o600)
    os.link(draft, place)  # an error, and nothing overwritten, when another worker was quicker
    draft.unlink()
    return place


def read_exports() -> Exported:
    """All exports of this machine, each held to its signature and to the file before it."""
    exported, previous = Exported(), ""
    for number, place in enumerate(_files(), start=1):
        where = f"Export {place.name}"
        try:
            file = json.loads(place.read_bytes())
            said, signature = file["said"], base64.b64decode(file["signature"])
            signed = is_signed(_canonical(said), signature, by_key=file["key"], purpose=_PURPOSE)
        except (ValueError, KeyError, TypeError):
            exported.faults.append(f"{where}: it can't be read.")
            continue
        if not signed:
            exported.faults.append(f"{where}: it is not as it was signed, or its key is not in TALLYSTICK_SECRET_KEYS.")
        elif (said["number"], said["previous"]) != (number, previous):
            exported.faults.append(f"{where}: it does not follow the export before it; one was removed or changed.")
        exported.heads.update(
            {chain: (last, digest) for chain, (last, digest) in said["heads"].items()} if signed else {}
        )
        previous = _digest(place)
    return exported


def _files() -> list[Path]:
    return sorted(folder().glob("*.json"))


def _digest(place: Path) -> str:
    return hashlib.sha256(place.read_bytes()).hexdigest()


def _canonical(said: object) -> bytes:
    return json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
