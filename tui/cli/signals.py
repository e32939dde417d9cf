"""Who answers SIGTERM, SIGINT and SIGHUP: the innermost that asked to, and behind it whoever did before.

asyncio knows one handler a signal and forgets the one before it: between two of them a signal would kill.
"""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager

Handler = Callable[[], object]
ENDING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)

_answering: dict[signal.Signals, Handler] = {}


@contextmanager
def answered_by(handlers: Mapping[signal.Signals, Handler]) -> Generator[None]:
    """These are called in the running loop; afterwards whoever was before is again."""
    before = {one: _answering.get(one) for one in handlers}
    _install(handlers)
    try:
        yield
    finally:
        _install(before)


def _install(handlers: Mapping[signal.Signals, Handler | None]) -> None:
    loop = asyncio.get_running_loop()
    for one, handler in handlers.items():
        if handler is None:
            _answering.pop(one, None)
            loop.remove_signal_handler(one)
        else:
            _answering[one] = handler
            loop.add_signal_handler(one, handler)
