"""How long to wait before the next try: growing and jittered, one policy for each kind of trouble.

tenacity's waits, asked for one pause at a time: most tries are kept in the ledger and outlive the process that failed.
"""

from __future__ import annotations

from tenacity import AsyncRetrying, RetryCallState, wait_exponential_jitter, wait_random_exponential
from tenacity.wait import wait_base

from agent.errors import Cause

# Nobody's fault: soon at first, as most outages are blinks; full jitter, so that eight do not come back in one wave.
OUTAGE = wait_random_exponential(multiplier=0.25, min=0.1, max=5)
# A part of the agent died: it is started again, each time a little later.
DEATH = wait_random_exponential(multiplier=0.5, min=0.2, max=60)
OUTAGES = frozenset({Cause.TRANSIENT, Cause.RATE, Cause.QUOTA, Cause.AUTH})

SOON = 6  # stumbles; from there a loop's pauses grow no more, as the way may be free again at any time
LONGEST = 300.0  # seconds between two tries of a photo that is refused


def policy(cause: Cause, retry_delay: float) -> wait_base:
    """The waits for an error of this class; `retry_delay` seconds come before the second try of a photo's own fault."""
    if cause in OUTAGES:
        return OUTAGE
    return wait_exponential_jitter(initial=retry_delay, max=LONGEST, jitter=retry_delay)


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
        """One more. Answers the seconds to wait."""
        self._count += 1
        return pause(OUTAGE, min(self._count, SOON))

    def over(self) -> None:
        """A round went well."""
        self._count = 0
