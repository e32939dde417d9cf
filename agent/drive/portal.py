"""Captive portals: a hotel's or café's page answers in Google's place until somebody signs in there.

On an encrypted connection a portal can only look like a false certificate, or like no line at all. So, where Google is
not reached, Google's page for this very question is asked for in the open, as phones and browsers do.
"""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from dataclasses import replace

from agent.drive.endpoint import Endpoint, proxy_for
from agent.drive.errors import PORTAL, DriveError, drive_error
from agent.drive.exchange import Limits, Request
from agent.drive.http import Single
from agent.drive.reasons import Next, Scope

PAGE = "http://connectivitycheck.gstatic.com/generate_204"  # 204, or 200 with nothing; anything else is no Google
LIMITS = Limits(connect=1.5, answer=1.5)
ASK_EVERY = 5.0  # seconds, while Google is not reached


def in_place_of(error: DriveError, endpoint: Endpoint) -> DriveError:
    """That a portal is in the way, if it is; else the error. Blocks, for three seconds at most."""
    return (_portal() if _may_be(error, endpoint) else None) or error


def _may_be(error: DriveError, endpoint: Endpoint) -> bool:
    if error.scope is not Scope.NETWORK or error.next is Next.WAIT_IF_OFTEN or not endpoint.is_google:
        return False
    with suppress(DriveError):  # one that cannot be used
        return proxy_for(endpoint.root) is None
    return False


def _portal() -> DriveError | None:
    try:
        answer = Single().send(Request("GET", PAGE, {}, limits=LIMITS))
    except DriveError:
        return None
    if answer.status == 204 or (answer.status == 200 and not answer.body):
        return None
    return drive_error(replace(answer, status=PORTAL))


class PortalWatch:
    """Looks for a portal beside everything else, so that nobody waits for it."""

    def __init__(self, endpoint: Endpoint) -> None:
        self._endpoint = endpoint
        self._found: DriveError | None = None
        self._asked_at = -ASK_EVERY
        self._asking: asyncio.Task[None] | None = None

    def in_place_of(self, error: DriveError) -> DriveError:
        """What is known of it by now; it is asked anew every few seconds."""
        if not _may_be(error, self._endpoint):
            return error
        if time.monotonic() - self._asked_at >= ASK_EVERY and (self._asking is None or self._asking.done()):
            self._asked_at = time.monotonic()
            self._asking = asyncio.create_task(self._ask())
        return self._found or error

    def reached(self) -> None:
        """Google answers."""
        self._found = None

    async def _ask(self) -> None:
        self._found = await asyncio.to_thread(_portal)
