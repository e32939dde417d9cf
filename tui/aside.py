"""`aside`: a blocking call that may hang, on a thread that nobody waits for at the end.

A folder on a share that has gone can hold a call for minutes; the monitor still closes at once.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import TypeVar

Result = TypeVar("Result")


async def aside(work: Callable[[], Result]) -> Result:
    """What `work()` answers or raises. Cancelled, its answer is dropped."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Result] = loop.create_future()

    def settle(act: Callable[[], None]) -> None:
        if not answer.done():
            act()

    def run() -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - brought to whoever waits
            told = error
            _tell(loop, lambda: settle(lambda: answer.set_exception(told)))
        else:
            _tell(loop, lambda: settle(lambda: answer.set_result(result)))

    threading.Thread(target=run, name="aside", daemon=True).start()
    return await answer


def _tell(loop: asyncio.AbstractEventLoop, act: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(act)
    except RuntimeError:
        return  # the loop is closed: the monitor has gone
