"""Who may wait until a store can be written again: the agent's parts do, whoever asked for an answer is told at once.

A full disk pauses the part that needs it, in the middle of its step, and it goes on by itself; nothing is done twice
and nobody has to come back. What is decided is never patient: others wait for the decision's end.
"""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar

_PATIENT: ContextVar[bool] = ContextVar("patient", default=False)


def is_patient() -> bool:
    """Whether what runs here waits for room."""
    return _PATIENT.get()


@contextmanager
def patient(yes: bool = True) -> Generator[None]:
    """Whether what runs in here, and what it begins, waits for room."""
    token = _PATIENT.set(yes)
    try:
        yield
    finally:
        _PATIENT.reset(token)
