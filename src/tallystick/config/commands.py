"""The commands that speak with rows: people who run the site, firms, the ledger, and a look at the whole."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterable
from pathlib import Path

from tallystick.config import checks, processes
from tallystick.config.environment import Environment, Misconfigured
from tallystick.core.actor import Actor

AT_THE_MACHINE = Actor(side="operator", name="Command line")
"""Who may run commands on this machine runs the site."""


class CommandFailed(Exception):
    """A command's no: names the thing, the value and the next step."""


def add_operator(email: str) -> None:
    """Let the person with this address run the site. They are made when nobody has it; twice is once."""
    processes.set_up()
    from django.db import transaction

    from tallystick.accounts.addresses import clean_address
    from tallystick.accounts.models.contacts import settle
    from tallystick.audit import record

    with transaction.atomic():
        person = settle(clean_address(email))
        if person.is_operator:
            tell(f"{email} runs this site already.")
            return
        person.is_operator = True
        person.save(update_fields=["is_operator"])
        record("operator.added", person, by=AT_THE_MACHINE, person_ids=[person.pk])
    tell(f"{email} runs this site from now on. They sign in with a code sent to this address.")


def add_firm(name: str, owner: str) -> None:
    """Set a firm up with its first owner, whatever the settings say about signing up."""
    processes.set_up()
    from tallystick.accounts.addresses import clean_address
    from tallystick.accounts.models.contacts import settle
    from tallystick.organisations.models import Firm
    from tallystick.organisations.models.tenants import named

    named(name)  # refused before an account is made for its owner
    firm = Firm.open(name, address=owner, owner=settle(clean_address(owner)), by=AT_THE_MACHINE)
    tell(f"{firm.name} is set up as {firm.handle}. {owner} owns it and signs in with a code sent to this address.")


def approve_firm(handle: str) -> None:
    """An operator's yes to a firm that signed up. Twice is once."""
    processes.set_up()
    from tallystick.organisations.models import Firm

    firm = Firm.objects.filter(handle=handle).first()
    if firm is None:
        raise CommandFailed(f"No firm is called {handle}. The name is the part after /f/ in the address of its desk.")
    firm.approve(by=AT_THE_MACHINE)
    tell(f"{firm.name} is approved.")


def rotate_vault() -> None:
    """Wrap every record's data key by the newest key of the vault. Raises `CommandFailed` when something is left."""
    processes.set_up()
    from tallystick.connections.rotating import rotate

    rotation = rotate(lambda so_far: tell(f"{so_far.done} of {so_far.total} records", to_error=True))
    if rotation.left or rotation.spooled:
        raise CommandFailed(
            f"{rotation.left} records do not open with any key of TALLYSTICK_VAULT_KEYS, and {rotation.spooled} wait"
            " in the spool. Keep the older keys in the ring, and run this again."
        )
    tell(f"All secrets are under the newest key; {rotation.done} were changed. The older keys can leave the ring.")


def verify_audit() -> None:
    """Check the whole ledger. Raises `CommandFailed` when a row was altered, removed or swapped."""
    processes.set_up()
    from tallystick.audit.verification import verify

    faults = verify(lambda checked: tell(f"{checked} links checked", to_error=True))
    for fault in faults:
        tell(fault)
    if faults:
        raise CommandFailed(f"The ledger is not what was recorded: {len(faults)} faults.")
    tell("The ledger is whole.")


def check_connector(file: Path) -> None:
    """Check a connector's definition. Raises `CommandFailed` after all its faults, one sentence each.

    Needs no database: an operator writes definitions wherever they like.
    """
    from tallystick.connectors.checking import check

    faults = check(file, sandbox_url=os.environ.get("TALLYSTICK_SANDBOX_URL", "").strip().rstrip("/"))
    for sentence in faults:
        tell(sentence)
    if faults:
        raise CommandFailed(f"{file} cannot be used yet: {len(faults)} to mend.")
    tell(f"{file} can be used.")


def examine() -> None:
    """`tallystick doctor`: every check, one line each, going on after a failure. Raises `CommandFailed` if one failed."""
    environment = processes.set_up()
    failed = [name for name, look in _examinations(environment) if not _passes(name, look)]
    if failed:
        raise CommandFailed(f"{len(failed)} to mend: {', '.join(failed)}.")


def _examinations(environment: Environment) -> Iterable[tuple[str, Callable[[], Iterable[str]]]]:
    yield "settings", lambda: ()
    for check in checks.CHECKS:
        yield check.__name__.replace("_", " "), lambda check=check: check(environment)  # type: ignore[misc]
    yield "able to work", _able_to_work


def _able_to_work() -> Iterable[str]:
    from tallystick.config.health import missing_for_work

    missing = missing_for_work()
    if missing:
        raise CommandFailed(" ".join(missing))
    return ()


def _passes(name: str, look: Callable[[], Iterable[str]]) -> bool:
    try:
        remarks = list(look())
    except (Misconfigured, CommandFailed) as trouble:
        tell(f"NO    {name}: {trouble}")
        return False
    tell(f"yes   {name}" + "".join(f"\n      {remark}" for remark in remarks))
    return True


def tell(sentence: str, *, to_error: bool = False) -> None:
    """Print for whoever typed the command; progress goes to standard error."""
    print(sentence, file=sys.stderr if to_error else sys.stdout, flush=True)
