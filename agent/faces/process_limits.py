"""Ties a worker process to its parent and bounds what it may take: it decodes strangers' files.

Every tie here is a second one: the reader of standard input ends the process on any system, the death signal also while
a library holds Python's lock.
"""

from __future__ import annotations

import _thread
import contextlib
import ctypes
import os
import signal
import sys
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_PR_SET_NO_NEW_PRIVS = 38
_FILES = 64  # descriptors
_MORE_TASKS = 256  # that this user may start besides: libde265 needs a thread, and a system counts all of a user's
_WRITTEN = 32 << 20  # bytes of any one file: the log is all that is written


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


def confine() -> None:
    """From now on: no more rights than there are, few further processes and files, no large file, no core dump.

    To be called when everything is loaded. What a system does not know, or does not let us limit, is left out: root may
    start processes all the same.
    """
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)
    if sys.platform == "win32":
        return
    import resource

    for kind, most in (
        (resource.RLIMIT_CORE, 0),  # it would hold faces
        (resource.RLIMIT_NOFILE, _FILES),
        (resource.RLIMIT_FSIZE, _WRITTEN),
    ):
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(kind, (most, most))
    before = resource.getrlimit(resource.RLIMIT_NPROC)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_NPROC, (_tasks_of_user() + _MORE_TASKS, before[1]))
    if not can_start_threads():  # in a container, where others' processes are counted and not seen
        resource.setrlimit(resource.RLIMIT_NPROC, before)


def _tasks_of_user() -> int:
    """Processes and threads that this user runs, as Linux counts them; 0 where that is not told."""
    found = 0
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if process.stat().st_uid == os.getuid():
                found += sum(1 for _ in (process / "task").iterdir())
    return found


def can_start_threads() -> bool:
    """Whether the limit has been reached meanwhile, by whatever else this user has started."""
    try:
        _thread.start_new_thread(int, ())
    except RuntimeError:
        return False
    return True


def allow_seconds(seconds: int) -> None:
    """Let this process use so much more of the processor; after that the kernel ends it (SIGXCPU)."""
    if sys.platform == "win32":
        return
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    _soft, hard = resource.getrlimit(resource.RLIMIT_CPU)
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime) + 1 + seconds, hard))


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
