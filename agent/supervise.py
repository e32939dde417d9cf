"""A part that dies is logged, shown, and started again with growing pauses; the others go on."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import Awaitable, Callable

import structlog

from agent.errors import VenueError
from agent.ledger import Ledger, troubles
from agent.ledger.troubles import Subject
from agent.pauses import DEATH, pause

log = structlog.get_logger(__name__)

HEALTHY_AFTER = 30.0  # seconds that a part has to run for its next death to count as its first


async def supervise(name: str, run: Callable[[], Awaitable[None]], ledger: Ledger) -> None:
    """Run a part until it is done or cancelled, again after each death."""
    deaths = 0
    while True:
        began = time.monotonic()
        healed = asyncio.get_running_loop().call_later(HEALTHY_AFTER, lambda: ledger.submit(heal, name, time.time()))
        try:
            await run()
            ledger.submit(heal, name, time.time())
            return
        except Exception as error:
            log.exception("part.died", part=name)
            await show(ledger, name, error)
        finally:
            healed.cancel()
        deaths = 1 if time.monotonic() - began > HEALTHY_AFTER else deaths + 1
        await asyncio.sleep(pause(DEATH, deaths))


async def show(ledger: Ledger, name: str, error: Exception) -> None:
    """A dead part is a trouble, as long as the ledger can hold one."""
    detail = str(error) if isinstance(error, VenueError) else f"{type(error).__name__}: {error}"
    told = VenueError(f"The {name} stopped", detail, "Nothing to do: it is started again", kind="part_died")
    try:
        await ledger.write(troubles.open_trouble, Subject(f"part:{name}", name), told, time.time())
    except VenueError:  # no room for it either, or the ledger is damaged: the part is started again all the same
        log.exception("ledger.refused")


def heal(db: sqlite3.Connection, name: str, now: float) -> None:
    troubles.heal(db, f"part:{name}", now)
