"""People with everybody of the evening, as its tests open it."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

from monitor_pilot import Stage, screen


@asynccontextmanager
async def people(size: tuple[int, int] = (80, 24), **how: Any) -> AsyncGenerator[Stage]:
    async with screen("2", "36", "> Mia Lindqvist", size=size, **how) as on:
        yield on


def listed(on: Stage) -> list[str]:
    """The names in sight, first the topmost."""
    return [row[3:33].strip() for row in on.rows[4:15] if row.strip()]
