"""The lines as a calm table, and as JSON for whoever compares runs."""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from bench.measuring import Count, Measured, Row

_NAME, _FLOOR = 58, 40


def line(measured: Measured) -> str:
    """One line of the table."""
    promised = "" if measured.bound is None else f"at most {measured.bound:g}"
    broken = "" if measured.holds else "  TOO MUCH"
    if isinstance(measured, Count):
        return f"{measured.name:<{_NAME}} {'':<{_FLOOR}} {_figure(measured.figure):>9} {measured.unit:<10}{promised}{broken}"
    beside = f"{measured.floor_name} {_figure(measured.floor)}"
    return (
        f"{measured.name:<{_NAME}} {beside:>{_FLOOR}} {_figure(measured.product):>9} {measured.unit:<3}"
        f" {measured.ratio:6.2f} x ({measured.lowest:.2f} to {measured.highest:.2f}) {promised}{broken}"
    )


def _figure(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


HEADING = f"{'':<{_NAME}} {'floor':>{_FLOOR}} {'product':>9}     median of the rounds' ratios (lowest to highest)"


def write(lines: Sequence[Measured], conditions: dict[str, object], folder: Path) -> Path:
    """Keep the figures, and what they were measured on."""
    folder.mkdir(exist_ok=True)
    moment = datetime.now(UTC)
    file = folder / f"{moment:%Y-%m-%d-%H%M%S}.json"
    kept = {
        "at": moment.isoformat(timespec="seconds"),
        "python": platform.python_version(),
        "machine": platform.machine(),
        **conditions,
        "ratios": [asdict(each) | {"holds": each.holds} for each in lines if isinstance(each, Row)],
        "figures": [asdict(each) | {"holds": each.holds} for each in lines if isinstance(each, Count)],
    }
    file.write_text(json.dumps(kept, indent=1) + "\n")
    return file
