"""The pauses between two tries of what is refused for a cause of its own."""

from __future__ import annotations

import warnings

import pytest

from agent.errors import Cause
from agent.running.waiting import LONGEST, pause, policy

FIRST = 15.0  # seconds


@pytest.mark.parametrize(("tries", "shortest", "longest"), [(1, 15, 30), (2, 30, 45), (4, 120, 135), (20, 300, 300)])
def test_they_grow_up_to_five_minutes_and_nothing_is_warned_of(tries: int, shortest: float, longest: float) -> None:
    """A name that tenacity will take no longer; it said so to whoever shows such warnings."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        seconds = pause(policy(Cause.PERMANENT, FIRST), tries)
    assert shortest <= seconds <= longest <= LONGEST
