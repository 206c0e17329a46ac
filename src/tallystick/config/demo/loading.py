"""Loads the demo once, through the same verbs that pages use, with the clock set back for what happened earlier."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.contrib.auth.hashers import make_password
from django.db import connection, transaction

from tallystick.accounts.addresses import clean_address
from tallystick.accounts.models import User
from tallystick.accounts.models.contacts import settle
from tallystick.accounts.passwords import SHORTEST_ALONE
from tallystick.config.demo import asked, connecting  # noqa: F401 - registers the job that connects the apps
from tallystick.config.demo.cast import CAST, PASSWORD
from tallystick.config.demo.story import tell
from tallystick.jobs import later
from tallystick.organisations.models import Firm


def load() -> None:
    """Tell the story if nobody has yet, and write down how to get in. Needs the role that owns the tables."""
    if not Firm.objects.exists():
        with transaction.atomic():
            tell(_people(), ago)
            later("demo.connect_apps")
    write_down(settings.DATA_DIR / "demo.json")


@contextmanager
def ago(**by: float) -> Iterator[None]:
    """What is done inside happened so many days or hours ago, by the one clock.

    The clock's function is replaced within the transaction that loads the demo, so nobody else ever sees it.
    """
    past = f"clock_timestamp() - interval '{timedelta(**by).total_seconds()} seconds'"
    with connection.cursor() as cursor:
        cursor.execute("select pg_get_functiondef('tallystick_now'::regproc)")
        (true_clock,) = cursor.fetchone() or ("",)
        cursor.execute(
            "create or replace function tallystick_now() returns timestamptz"
            f" language plpgsql stable parallel safe as $$begin return {past}; end$$"
        )
        yield
        cursor.execute(true_clock)


def _people() -> dict[str, User]:
    people: dict[str, User] = {}
    hashed = make_password(PASSWORD)  # one for all: it takes long, as it should
    with ago(days=62):
        for figure in CAST:
            person = settle(clean_address(figure.email), language=figure.language, time_zone=figure.time_zone)
            person.rename(figure.name, by=person.actor)
            person.password, person.password_stands_alone = hashed, len(PASSWORD) >= SHORTEST_ALONE
            person.save(update_fields=["password", "password_stands_alone"])
            people[figure.key] = person
    User.objects.filter(pk=people["olivia"].pk).update(is_operator=True)
    return people


def write_down(file: Path) -> None:
    """Where things are and who one can be, for scripts and tutorials."""
    base = settings.BASE_URL
    people = [
        {"name": each.name, "email": each.email, "password": PASSWORD, "role": each.role, "of": each.of}
        for each in CAST
    ]
    said = {
        "base_url": base,
        "sandbox_url": settings.SANDBOX_URL,
        "mailbox_url": f"{base}/demo/mailbox/",
        "people": people,
        **asked.written_down(),
    }
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(said, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    draft.replace(file)
