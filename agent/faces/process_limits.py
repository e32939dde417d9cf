"""Ties a worker process to its parent and bounds what it may take: it decodes strangers' files.

Every tie here is a second one: the reader of standard input ends the process on any system, the death signal also while
a library holds Python's lock.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def end_with_parent() -> None:
    """On Linux, have the kernel kill this process when the thread that started it ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def limit_memory(most: int) -> None:
    """Let no allocation pass `most` bytes of address space; where a system has no such limit, go without.

    RLIMIT_AS and not RLIMIT_DATA: a worker's libraries map 0.45 GB in all, so that 3 GB leave room for 200 megapixels.
    """
    if sys.platform == "win32":
        return
    import resource

    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    try:
        resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    except (ValueError, OSError):  # macOS; or the hard limit is lower, which serves as well
        return


def step_back(nice: int) -> None:
    """Give way to the agent and the screen; costs nothing on a core that is free."""
    if hasattr(os, "nice"):
        os.nice(nice)


def private_output() -> int:
    """Keep standard output for ourselves: return its descriptor, and point 1 at 2, whatever a C library may print."""
    own = os.dup(1)
    os.dup2(2, 1)
    return own


def give_memory_back() -> None:
    """Return freed memory to the system, where the C library keeps it (glibc): 36 MB after loading the models."""
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)
