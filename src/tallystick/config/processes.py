"""What each of our processes is made of: how it is prepared, and how pages are served."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

import django
from django.conf import settings
from django.core.management import call_command

from tallystick.config import checks, roles
from tallystick.config.environment import Environment, Misconfigured

THREADS = 4
"""Threads of one serving process, each with a connection of its own."""

WORKING_THREADS = 40
"""Connections that a worker's jobs share. Its sync jobs hold one while they run; those that wait for apps, hundreds at once,
take one for a moment now and then."""

_LAST_MOMENT = 2  # seconds a page under way may still take when the server is told to stop


def set_up(*, as_owner: bool = False, threads: int = 0, start: bool = True) -> Environment:
    """Make this process one of ours: settings read, the database up, Django ready. Raises `Misconfigured`.

    `as_owner` connects as the role that owns the tables; `threads` share a pool; `start` starts the embedded database.
    """
    os.environ["DJANGO_SETTINGS_MODULE"] = "tallystick.config.settings"
    from tallystick.config import settings as ours

    environment = ours.ENVIRONMENT
    if start:
        environment.start_database()
    if as_owner or threads:
        ours.DATABASES = {"default": environment.database(as_owner=as_owner, threads=threads)}
    django.setup()
    return environment


def migrate(*, verbosity: int = 1) -> None:
    """Bring the tables up to date as their owner, then equip the role that serves. Raises `Misconfigured`."""
    environment = set_up(as_owner=True)
    checks.refuse_old_database(environment.owner_url)
    call_command("migrate", interactive=False, verbosity=verbosity)
    if environment.serving_role == settings.DATABASES["default"]["USER"]:
        raise Misconfigured(
            "TALLYSTICK_DATABASE_URL",
            environment.serving_role,
            "This role owns the tables. Make a second one that owns nothing, and give its address here.",
        )
    roles.equip(environment.serving_role)


def collect_static_files() -> None:
    """Put styles, scripts and pictures, named after their content, where the pages' server finds them."""
    Path(settings.STATIC_ROOT).mkdir(parents=True, exist_ok=True)
    call_command("collectstatic", interactive=False, verbosity=0)


def serve(*, host: str, port: int, workers: int, is_prepared: bool = False) -> None:
    """Serve pages until told to stop. Raises `Misconfigured` where a start would be unsafe."""
    environment = set_up(threads=THREADS)
    say(checks.before_start(environment))
    if not is_prepared:
        collect_static_files()

    from granian.constants import Interfaces
    from granian.log import LogLevels
    from granian.server import Server

    Server(
        "tallystick.config.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=THREADS,
        log_level=LogLevels.warning,
        websockets=False,
        respawn_failed_workers=True,
        workers_kill_timeout=_LAST_MOMENT,
    ).serve()


def work() -> None:
    """Do what was left for later until told to stop. Raises `Misconfigured` where a start would be unsafe."""
    environment = set_up(threads=WORKING_THREADS)
    say(checks.before_start(environment))
    from tallystick.config.demo import connecting  # noqa: F401 - registers the demo's own job
    from tallystick.jobs.worker import run_worker

    run_worker()


def say(sentences: Iterable[str]) -> None:
    """Print warnings for the operator."""
    for sentence in sentences:
        print(sentence, file=sys.stderr, flush=True)  # noqa: T201 - the operator's terminal or journal
