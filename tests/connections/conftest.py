"""The sandbox that plays the outside apps."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytest_django import Settings

from tests.support.outside import outside, outside_address

__all__ = ["outside", "outside_address"]


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, settings: Settings) -> Iterator[None]:
    settings.DATA_DIR = tmp_path
    yield
