"""Pages of a list: one more row than is shown is read, so that nothing has to be counted."""

from __future__ import annotations

from typing import Generic, TypeVar
from uuid import UUID

from django.db.models import Model, QuerySet
from django.http import HttpRequest

ROWS = 50

Item = TypeVar("Item", bound=Model)


class Slice(Generic[Item]):
    """The rows shown, and the address of the next page if there is one. `key` names the row that the next page follows."""

    def __init__(self, rows: QuerySet[Item], request: HttpRequest, size: int = ROWS) -> None:
        read = list(rows[: size + 1])
        self.rows = read[:size]
        self.later = ""
        self.earlier = ""
        query = request.GET.copy()
        if len(read) > size:
            query["after"] = str(self.rows[-1].pk)
            self.later = f"?{query.urlencode()}"
        if "after" in request.GET:
            query = request.GET.copy()
            del query["after"]
            self.earlier = f"?{query.urlencode()}" if query else request.path


def cursor_uuid(request: HttpRequest, name: str = "after") -> UUID | None:
    """The row the page follows, or that another name in the address gives; None without one and for anything that is no id."""
    try:
        return UUID(request.GET.get(name, ""))
    except ValueError:
        return None


def cursor_number(request: HttpRequest) -> int | None:
    """The same where rows have numbers."""
    after = request.GET.get("after", "")
    return int(after) if after.isascii() and after.isdigit() and len(after) < 19 else None
