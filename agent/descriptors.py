"""As many open files as the system allows: the usual limit of 1,024 is for programs that open a few."""

from __future__ import annotations

import resource
from contextlib import suppress

ENOUGH = 16_384


def raise_limit() -> int:
    """Raise this process's limit as far as it may, and no further than is enough. Answers what it is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH if hard == resource.RLIM_INFINITY else min(hard, ENOUGH)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        for limit in (wanted, 10_240):  # macOS allows no more than that, whatever it says
            with suppress(OSError, ValueError):
                resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
                break
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]
