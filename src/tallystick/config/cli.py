"""The command line: `tallystick …`. Each command has its help with an example, and ends non-zero when it failed."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from tallystick.config import commands, lifeline, processes, supervisor
from tallystick.config.environment import Misconfigured
from tallystick.core.refused import Refused

Given = argparse.Namespace


@dataclass(frozen=True)
class Command:
    """One command: its words, what it does, an example, what can be said to it, and the function that does it."""

    words: str
    does: str
    example: str
    run: Callable[[Given], object]
    options: tuple[tuple[str, dict[str, Any]], ...] = ()
    shown: bool = True


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _prepare(given: Given) -> None:
    processes.migrate(verbosity=0)
    processes.collect_static_files()
    if given.demo and find_spec("tallystick.config.demo"):
        import_module("tallystick.config.demo").load()


def _manage(given: Given) -> None:
    from django.core.management import execute_from_command_line

    processes.set_up(as_owner=True, start=given.words[:1] != ["makemigrations"])
    execute_from_command_line(["tallystick django", *given.words])


_PORT = ("--port", {"type": int, "default": 8000, "help": "where to listen (8000)"})
_HOST = (
    "--host",
    {"default": "127.0.0.1", "help": "address to listen on (127.0.0.1; a proxy with TLS stands before it)"},
)
_WORKERS = ("--workers", {"type": int, "default": _cores(), "help": "processes (one a core)"})
_PREPARED = ("--prepared", {"action": "store_true", "help": "styles and pictures are collected already"})
_DEMO = ("--demo", {"action": "store_true"})
_EMAIL = ("email", {"metavar": "EMAIL"})
_HANDLE = ("handle", {"metavar": "FIRM", "help": "the part after /f/ in the address of its desk"})
_FILE = ("file", {"metavar": "FILE", "type": Path, "help": "a TOML file, or the folder with its connector.toml"})
_NAME = ("name", {"metavar": "NAME"})
_OWNER = ("--owner", {"metavar": "EMAIL", "required": True, "help": "its first owner"})
_WORDS = ("words", {"nargs": argparse.REMAINDER})

COMMANDS = (
    Command(
        "serve",
        "Serve the pages until told to stop.",
        "tallystick serve --host 127.0.0.1 --port 8000",
        lambda given: processes.serve(
            host=given.host, port=given.port, workers=given.workers, is_prepared=given.prepared
        ),
        (_HOST, _PORT, _WORKERS, _PREPARED),
    ),
    Command(
        "worker",
        "Do what was left for later, such as sending mail, until told to stop. Any number may run.",
        "tallystick worker",
        lambda _given: processes.work(),
    ),
    Command(
        "migrate",
        "Bring the tables up to date, as the role that owns them, and grant the serving role what it needs.",
        "TALLYSTICK_DATABASE_OWNER_URL=postgresql://owner:…@db/tallystick tallystick migrate",
        lambda _given: processes.migrate(),
    ),
    Command(
        "run",
        "Run an empty installation on this machine: database, pages and worker together.",
        "tallystick run --port 8000",
        lambda given: supervisor.run(port=given.port, demo=False),
        (_PORT,),
    ),
    Command(
        "demo",
        "Try it: two firms, their clients in every state, and a page with the mail that would have gone out.",
        "tallystick demo --port 8000",
        lambda given: supervisor.run(port=given.port, demo=True),
        (_PORT,),
    ),
    Command(
        "doctor",
        "Look at settings, database, roles, clocks and worker, and say what to mend.",
        "tallystick doctor",
        lambda _given: commands.examine(),
    ),
    Command(
        "keys rotate-vault",
        "Seal all secrets of apps under the newest of TALLYSTICK_VAULT_KEYS, while everything runs. Can be interrupted.",
        "TALLYSTICK_VAULT_KEYS=new,old tallystick keys rotate-vault",
        lambda _given: commands.rotate_vault(),
    ),
    Command(
        "audit verify",
        "Check the ledger: any row altered, removed or swapped is found.",
        "tallystick audit verify",
        lambda _given: commands.verify_audit(),
    ),
    Command(
        "connector check",
        "Check the definition of an app before it is used: all its faults at once, one sentence each.",
        "tallystick connector check connectors/fruit-shop.toml",
        lambda given: commands.check_connector(given.file),
        (_FILE,),
    ),
    Command(
        "operator add",
        "Let the person with this address run the site.",
        "tallystick operator add olivia@example.com",
        lambda given: commands.add_operator(given.email),
        (_EMAIL,),
    ),
    Command(
        "firm add",
        "Set a firm up with its first owner, whatever the settings say about signing up.",
        'tallystick firm add "Alice & Partners" --owner alice@example.com',
        lambda given: commands.add_firm(given.name, given.owner),
        (_NAME, _OWNER),
    ),
    Command(
        "firm approve",
        "Say yes to a firm that signed up and waits.",
        "tallystick firm approve alice-partners",
        lambda given: commands.approve_firm(given.handle),
        (_HANDLE,),
    ),
    Command(
        "django",
        "One of Django's own commands, as the role that owns the tables. For those who work on Tallystick.",
        "tallystick django makemigrations",
        _manage,
        (_WORDS,),
    ),
    Command("prepare", "Tables, styles and the demo's people.", "tallystick prepare", _prepare, (_DEMO,), shown=False),
)
"""Every command. `prepare` is a step of `run` and `demo`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the words say. 0 when it was done, 1 when it was not, 2 when the words make no sense, 130 after Ctrl-C."""
    given = parser().parse_args(arguments)
    lifeline.obey_environment(by=signal.SIGTERM if given.words_of_command in {"run", "demo"} else signal.SIGKILL)
    try:
        given.run(given)
    except KeyboardInterrupt:
        return 130
    except Refused as no:
        return _failed(" ".join(filter(None, (no.message, no.next_step))))
    except (Misconfigured, commands.CommandFailed, supervisor.Failed) as trouble:
        return _failed(str(trouble))
    return 0


def _failed(sentence: str) -> int:
    print(f"tallystick: {sentence}", file=sys.stderr)
    return 1


def parser() -> argparse.ArgumentParser:
    """The parser of all commands; those of two words share the first."""
    whole = argparse.ArgumentParser(
        prog="tallystick", description="Clients hand over access to their books, never passwords."
    )
    first = whole.add_subparsers(metavar="COMMAND", required=True)
    groups: dict[str, Any] = {}
    for command in COMMANDS:
        *group, name = command.words.split()
        place: Any = first
        if group:
            place = groups.setdefault(group[0], None) or _group(first, group[0], groups)
        _add(place, name, command)
    return whole


def _group(first: Any, name: str, groups: dict[str, Any]) -> Any:
    members = ", ".join(command.words for command in COMMANDS if command.words.startswith(f"{name} "))
    group = first.add_parser(name, help=members, description=f"{members}. Each has its own --help.")
    groups[name] = group.add_subparsers(metavar="COMMAND", required=True)
    return groups[name]


def _add(place: Any, name: str, command: Command) -> None:
    made = place.add_parser(
        name,
        description=command.does,
        epilog=f"Example: {command.example}",
        **({"help": command.does} if command.shown else {}),
    )
    for option, manner in command.options:
        made.add_argument(option, **manner)
    made.set_defaults(run=command.run, words_of_command=command.words)
