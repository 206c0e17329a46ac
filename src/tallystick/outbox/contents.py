"""What a delivery says and to whom, sealed as one piece, so that a copy of the database opens no mail."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field

from tallystick.core.sealing import seal, unseal


@dataclass(frozen=True)
class Contents:
    """One message to one address. `sender` is the name it comes from, without our address."""

    to: str
    subject: str
    text: str
    html: str = ""
    sender: str = ""
    reply_to: str = ""
    headers: dict[str, str] = field(default_factory=dict)

    def sealed(self, *place: str) -> bytes:
        """Under the application's newest key, bound to table, column and row."""
        return seal(json.dumps(asdict(self), ensure_ascii=False).encode(), place=place)

    @classmethod
    def unsealed(cls, sealed: bytes, *place: str) -> Contents:
        """What was sealed for this place. Raises `core.sealing.Unopenable`."""
        return cls(**json.loads(unseal(sealed, place=place)))
