"""What there is to read: orders, payments, bank lines, invoices. Made from the clock and the account alone.

Each part of an account has one record per slot of time, so that new ones appear as time passes, a record never
changes once it is there, and a cursor (the slot of the last record read) stays right for ever.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from random import Random

CUSTOMERS = ("A. Finch", "B. Okafor", "C. de Wit", "D. Ivanova", "E. Haddad", "F. Lindqvist", "G. Moreau", "H. Sato")
GOODS = ("Sourdough loaf", "Seeded rolls", "Chelsea buns", "Oat biscuits", "Birthday cake", "Coffee beans")
HISTORY = 400


@dataclass(frozen=True)
class Record:
    """One thing that happened. `amount` is in the smallest unit of the currency, such as pence."""

    id: str
    number: int
    at: datetime
    amount: int
    currency: str
    who: str
    what: str

    @property
    def decimal(self) -> str:
        """The amount as people write it, such as 12.50."""
        sign = "-" if self.amount < 0 else ""
        return f"{sign}{abs(self.amount) // 100}.{abs(self.amount) % 100:02d}"


@dataclass(frozen=True)
class Page:
    """Some records, newest first, and the cursor of the page after them ("" when there is none)."""

    records: list[Record]
    next_cursor: str


# Seconds from one record to the next.
PACE = {
    "order": 7_200,
    "payment": 5_400,
    "transaction": 10_800,
    "invoice": 43_200,
    "payout": 86_400,
    "charge": 5_400,
    "product": 604_800,
}


def record_in(kind: str, owner: str, slot: int, currency: str) -> Record:
    """The record of one slot. The same four values always give the same record."""
    dice = Random(f"{kind}:{owner}:{slot}")  # noqa: S311, nothing secret hangs on it
    amount = dice.randint(250, 18_000) * (20 if kind == "payout" else 1)
    if kind == "transaction" and dice.random() < 0.4:
        amount = -amount
    return Record(
        id=f"{kind[:3]}_{Random(owner).getrandbits(32):08x}{slot}",  # noqa: S311
        number=slot % 100_000,
        at=datetime.fromtimestamp(slot * PACE[kind] + dice.randrange(PACE[kind] // 2), UTC),
        amount=amount,
        currency=currency,
        who=dice.choice(CUSTOMERS),
        what=dice.choice(GOODS),
    )


def page_of(
    kind: str, owner: str, currency: str, *, now: float, limit: int, before: int | None = None, since: float = 0
) -> Page:
    """Records up to now, newest first, at most `limit`; older than slot `before` if given; none before `since`."""
    newest = int(now // PACE[kind]) - 1
    oldest = max(newest - HISTORY, int(since // PACE[kind]))
    start = newest if before is None else min(before - 1, newest)
    slots = range(start, max(oldest, start - limit), -1)
    more = bool(slots) and slots[-1] - 1 > oldest
    return Page([record_in(kind, owner, slot, currency) for slot in slots], str(slots[-1]) if more else "")
