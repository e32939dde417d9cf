"""A part that dies is logged, shown, and started again with growing pauses; the others go on."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog

from agent import clock
from agent.errors import VenueError
from agent.ledger import Ledger, troubles
from agent.ledger.troubles import Subject
from agent.patience import patient
from agent.pauses import DEATH, pause
from agent.standstill import Work, live

log = structlog.get_logger(__name__)

HEALTHY_AFTER = 30.0  # seconds that a part has to run for its next death to count as its first


async def supervise(name: str, run: Callable[[], Awaitable[None]], ledger: Ledger, work: Work | None = None) -> None:
    """Run a part until it is done or cancelled, again after each death. What it writes waits for a full disk.

    `work`: what it can be seen to do; if it does nothing for a minute while something waits, that is a death.
    """
    deaths = 0
    with patient():
        while True:
            began = time.monotonic()
            later = asyncio.get_running_loop().call_later(HEALTHY_AFTER, healthy, ledger, name)
            try:
                await (run() if work is None else live(run, work, lambda: ledger.trouble is None))
                healthy(ledger, name)
                return
            except Exception as error:
                log.exception("part.died", part=name)
                show(ledger, name, error)
            finally:
                later.cancel()
            deaths = 1 if time.monotonic() - began > HEALTHY_AFTER else deaths + 1
            await asyncio.sleep(pause(DEATH, deaths))


def show(ledger: Ledger, name: str, error: Exception) -> None:
    """A dead part is a trouble, as soon as the ledger can hold one; nobody waits for that."""
    detail = str(error) if isinstance(error, VenueError) else f"{type(error).__name__}: {error}"
    told = VenueError(f"The {name} stopped", detail, "Nothing to do: it is started again", kind="part_died")
    ledger.submit(troubles.open_trouble, Subject(f"part:{name}", name), told, clock.wall())


def healthy(ledger: Ledger, name: str) -> None:
    ledger.submit(troubles.heal, f"part:{name}", clock.wall())
