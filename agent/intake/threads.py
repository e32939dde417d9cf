"""The threads that touch incoming folders, so that the event loop never does.

Few and our own: a share that hangs keeps one of them for each of its folders, and must not keep everybody else's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Threads:
    """A small pool; calls wait for their turn."""

    def __init__(self, number: int) -> None:
        self._pool = ThreadPoolExecutor(number, thread_name_prefix="intake")

    async def run(self, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The call's answer or error. Cancelled while it runs, the call goes on by itself."""
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: call(*args, **kwargs))

    def close(self) -> None:
        """Take no more calls; waits for none."""
        self._pool.shutdown(wait=False, cancel_futures=True)
