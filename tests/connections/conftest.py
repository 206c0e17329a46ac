"""The sandbox that plays the outside apps."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_django import Settings

from tests.support.outside import outside, outside_address

__all__ = ["outside", "outside_address"]


@pytest.fixture(autouse=True)
def _own_data_folder(tmp_path: Path, settings: Settings) -> None:
    settings.DATA_DIR = tmp_path
