"""Processes that begin with everything loaded: forked from one that has Django ready, has no connection, and runs nothing.

Loading takes a second of a processor each time; a test that starts eight of them has other things to look at.
"""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Mapping
from functools import cache
from multiprocessing import forkserver, get_context
from multiprocessing.context import ForkServerContext
from typing import Any
from unittest.mock import patch

from django.conf import settings
from django.db import connection

SHARED = ("SECRET_KEYS", "VAULT_KEYS", "BASE_URL", "EMAIL_URL", "SANDBOX_URL", "DATA_DIR")
"""Settings that such a process has as the test has them."""


def surroundings(database: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """What such a process is to have as the test has it; its database by another way, where that is given."""
    wanted = {**connection.settings_dict, **(database or {})}
    return {
        "database": {key: wanted[key] for key in ("ENGINE", "NAME", "USER", "PASSWORD", "HOST", "PORT")},
        "settings": {name: getattr(settings, name) for name in SHARED},
    }


def settle_in(around: Mapping[str, Any]) -> None:
    """Said by such a process, first thing: take over its surroundings."""
    settings.DATABASES["default"].update(around["database"])
    for name, value in around["settings"].items():
        setattr(settings, name, value)


def put_in_place(values: Mapping[str, Any]) -> None:
    """Set values in modules, by dotted name."""
    for dotted, value in values.items():
        module, _, attribute = dotted.rpartition(".")
        setattr(importlib.import_module(module), attribute, value)


@cache
def loaded() -> ForkServerContext:
    """Where such processes come from. What they inherit is of the moment when the first was asked for."""
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.support.ready"])
    surroundings = {
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        # Set so that the settings look for no database of their own; whoever runs there is told which one to use.
        "TALLYSTICK_TEST_DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
    }
    with patch.dict(os.environ, surroundings):
        forkserver.ensure_running()
    return context
