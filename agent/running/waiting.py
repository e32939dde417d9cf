"""How parts wait: for somebody who wakes them, for a store that can be written, before the next try (back-off)."""

from __future__ import annotations

import asyncio
import contextlib
import math
from collections.abc import Callable, Generator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from threading import Thread
from typing import Any, Generic, TypeVar

from tenacity import AsyncRetrying, RetryCallState, wait_exponential_jitter, wait_random_exponential
from tenacity.wait import wait_base

from agent import clock
from agent.errors import LANE_CAUSES, Cause, VenueError

Answer = TypeVar("Answer")


class Bell:
    """One part tells another that there is something to do. Rung on the event loop.

    A ring while nobody listens is kept, many rings are one, and whoever waits also looks by itself after a while, so a
    ring that never came costs a pause and not a photo.
    """

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        self._event.set()

    async def wait(self, timeout: float) -> None:
        """Until the next ring (or one since the last wait), at most `timeout` seconds."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, timeout)):
                await self._event.wait()
        self._event.clear()


# ---- for what may hang


class Unwaited(ThreadPoolExecutor):
    """Threads that no end waits for: a name that the network does not resolve holds one for half a minute."""

    def submit(self, fn: Callable[..., Answer], /, *args: Any, **kwargs: Any) -> Future[Answer]:
        future: Future[Answer] = Future()
        future.set_running_or_notify_cancel()  # so it can be answered when nobody waits for it any more, too

        def work() -> None:
            try:
                future.set_result(fn(*args, **kwargs))
            except Exception as error:  # noqa: BLE001 - handed on to whoever asked
                future.set_exception(error)

        Thread(target=work, daemon=True).start()
        return future


# ---- for a store that can be written: the agent's parts do, whoever asked for an answer is told at once

_PATIENT: ContextVar[bool] = ContextVar("patient", default=False)


def is_patient() -> bool:
    """Whether what runs here waits for room.

    A full disk pauses the part that needs it, in the middle of its step, and it goes on by itself; nothing is done
    twice and nobody has to come back. What is decided is never patient: others wait for the decision's end.
    """
    return _PATIENT.get()


@contextmanager
def patient(yes: bool = True) -> Generator[None]:
    """Whether what runs in here, and what it begins, waits for room."""
    token = _PATIENT.set(yes)
    try:
        yield
    finally:
        _PATIENT.reset(token)


# ---- before the next try: tenacity's waits, growing and jittered. Asked for one pause at a time, as most tries are
# kept in the ledger and outlive the process that failed.

# Nobody's fault: soon at first, as most outages are blinks; full jitter, so that eight do not come back in one wave.
OUTAGE = wait_random_exponential(multiplier=0.25, min=0.1, max=5)
# A part of the agent died: it is started again, each time a little later.
DEATH = wait_random_exponential(multiplier=0.5, min=0.2, max=60)

SOON = 6  # stumbles; from there a loop's pauses grow no more, as the way may be free again at any time
LONGEST = 300.0  # seconds between two tries of a photo that is refused


def policy(cause: Cause, retry_delay: float) -> wait_base:
    """The waits for an error of this class; `retry_delay` seconds come before the second try of a photo's own fault."""
    if cause in LANE_CAUSES:
        return OUTAGE
    return wait_exponential_jitter(multiplier=retry_delay, max=LONGEST, jitter=retry_delay)


def pause(waits: wait_base, tries: int, at_least: float | None = None) -> float:
    """Seconds to wait after so many tries (1: the first has failed), and no less than somebody asked for."""
    state = RetryCallState(AsyncRetrying(), None, (), {})
    state.attempt_number = max(1, tries)
    return max(float(waits(state)), at_least or 0.0)


class Stumbles:
    """Rounds of a loop in a row that ended badly, by nobody's fault: the loop waits longer after each."""

    def __init__(self) -> None:
        self._count = 0

    def next(self) -> float:
        """One more. Returns the seconds to wait."""
        self._count += 1
        return pause(OUTAGE, min(self._count, SOON))

    @property
    def times(self) -> int:
        """In a row."""
        return self._count

    def over(self) -> None:
        """A round went well."""
        self._count = 0


class Rest:
    """What nobody tries again for a while, as it went wrong in no known way: the longer, the more often in a row.

    Times are of the steady line.
    """

    def __init__(self, waits: wait_base) -> None:
        self._waits = waits
        self._count = 0
        self._until = 0.0
        self._ended_at = -math.inf

    @property
    def left(self) -> float:
        """Seconds."""
        return max(0.0, self._until - clock.steady())

    def begin(self, tried_at: float = math.inf) -> bool:
        """It went wrong once more. Returns whether it rests: not where somebody wants it at once since it was tried."""
        if tried_at <= self._ended_at:
            return False
        self._count += 1
        self._until = clock.steady() + pause(self._waits, self._count)
        return True

    def over(self) -> None:
        """It went well."""
        self._count = 0

    def end(self) -> None:
        """Somebody wants that it is tried at once: rests are short again."""
        self._until, self._count, self._ended_at = 0.0, 0, clock.steady()


K = TypeVar("K", bound=int)


class Refusals(Generic[K]):
    """What is refused for a cause of its own, by number: how often each was in a row, and so when it is tried again.

    That moment is kept in the ledger; how often is not: an agent that starts again begins with short pauses.
    """

    def __init__(self) -> None:
        self._times: dict[K, int] = {}
        self.wished = False  # in this round, that all is tried at once: of what was on its way then nothing rests

    def begin(self) -> None:
        """Another round of tries begins."""
        self.wished = False

    def again_at(self, key: K, error: VenueError, first: float) -> float:
        """It was refused once more. Returns until when it rests, on the steady line; `first`: seconds, as `policy`."""
        if self.wished:
            return clock.steady()
        times = self._times[key] = self._times.get(key, 0) + 1
        return clock.steady() + pause(policy(error.cause, first), times, error.retry_after)

    def is_first(self, key: K) -> bool:
        """Whether it was not refused before, in a row; from now on it was, and needs no rest for that once."""
        first = key not in self._times
        self._times.setdefault(key, 0)
        return first

    def is_often(self, key: K) -> bool:
        """Whether it was refused again after a rest."""
        return self._times.get(key, 0) > 1

    def over(self, key: K) -> None:
        """It went well."""
        self._times.pop(key, None)

    def end(self) -> None:
        """Somebody wants that all is tried at once: what is refused then begins with short pauses."""
        self.wished = True
        self._times.clear()


class PutOff(Generic[K]):
    """What nobody is to blame for, by number: how often each stumbled in a row, and until when it rests.

    Each is tried again for itself, and all at once when the line is back. Kept here and not in the ledger: an agent
    that starts again may try everything at once. Times are of the steady line.
    """

    def __init__(self) -> None:
        self._stumbles: dict[K, int] = {}
        self._until: dict[K, float] = {}
        self._tried_at: dict[K, float] = {}  # of what is being tried
        self._wished_at = -math.inf

    def begin(self, key: K) -> None:
        """It is tried."""
        self._tried_at[key] = clock.steady()

    def is_wished(self, key: K) -> bool:
        """Whether somebody wants it at once since it was tried: then it is tried once more, whatever came of that."""
        return self._tried_at.get(key, math.inf) <= self._wished_at

    def stumbled(self, key: K, at_least: float | None = None) -> int:
        """It rests, longer each time, if it is not wished. Returns how often it has stumbled in a row."""
        times = self._stumbles[key] = self._stumbles.get(key, 0) + 1
        if not self.is_wished(key):
            self._until[key] = clock.steady() + pause(OUTAGE, times, at_least)
        return times

    def went_well(self, key: K) -> None:
        self._stumbles.pop(key, None)
        self._until.pop(key, None)

    def ended(self, key: K) -> None:
        """It is tried no more, whatever came of that."""
        self._tried_at.pop(key, None)

    def resting(self) -> list[K]:
        """What is not to be tried now."""
        now = clock.steady()
        return [key for key, until in self._until.items() if until > now]

    def next_in(self, asked_at: float) -> float | None:
        """Seconds until the next one may be tried, of those that might not at `asked_at`."""
        self._until = {key: until for key, until in self._until.items() if until > asked_at}
        return None if not self._until else max(0.0, min(self._until.values()) - clock.steady())

    def end(self) -> None:
        """The line is back: everything may be tried at once."""
        self._until.clear()

    def wish(self) -> None:
        """Somebody asks: so is what is on its way, should it stumble."""
        self.end()
        self._wished_at = clock.steady()
