"""What will stand in the way before it does: a Drive too small for what waits, a sign-in that ends soon.

Told as warnings among the troubles, each gone by itself when it holds no more.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime

from agent import clock
from agent.drive import reasons
from agent.drive.connection import DriveStatus
from agent.drive.files import size
from agent.drive.sign_in.kept import UNPUBLISHED_LIFE, Account
from agent.drive.sign_in.vault import Unreadable
from agent.errors import Cause, VenueError
from agent.ledger import Ledger, drive_queue, meta, troubles
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject
from agent.model import EventId
from agent.running.waiting import Bell

LOOK_EVERY = 20.0  # seconds
AHEAD = 2 * 86_400.0  # seconds before its end that a sign-in is spoken of
ROOM = Subject("drive:room", "Google Drive")
SIGN_IN = Subject("drive:sign-in", "Google Drive")


class Forecast:
    """`status` is the lane's, `refresh` has its figures asked for; `account` reads who is signed in, and may block.
    `quiet`: events of which nothing is sent.
    """

    def __init__(
        self,
        ledger: Ledger,
        status: Callable[[], DriveStatus],
        account: Callable[[], Account | None],
        *,
        quiet: Callable[[], Sequence[EventId]],
        refresh: Callable[[], None],
        changed: Callable[[], None],
        lane: str,
    ) -> None:
        """`lane`: the account, as the ledger names it."""
        self._lane = lane
        self._room = replace(ROOM, key=meta.of_account(ROOM.key, lane))
        self._sign_in = replace(SIGN_IN, key=meta.of_account(SIGN_IN.key, lane))
        self.bell = Bell()
        self.signed_in_at: float | None = None  # whoever is signed in did so then, as of the last look
        self._ledger = ledger
        self._status = status
        self._account = account
        self._quiet = quiet
        self._refresh = refresh
        self._changed = changed
        self._told: dict[str, str] = {}

    @property
    def keys(self) -> list[str]:
        """Of the troubles that are told here."""
        return [self._room.key, self._sign_in.key]

    async def run(self) -> None:
        """Look every while, and whenever Drive's state has changed."""
        refreshed = time.monotonic()
        while True:
            await self.look()
            await self.bell.wait(LOOK_EVERY)
            if self._told.get(self._room.key) and time.monotonic() - refreshed >= LOOK_EVERY:
                refreshed = time.monotonic()
                self._refresh()

    async def look(self) -> None:
        """Say what is to be said now, and take back what is not so any more."""
        waiting = await self._ledger.read(drive_queue.bytes_to_store, self._lane, self._quiet())
        await self._tell(self._room, too_small(self._status(), waiting, self._lane))
        try:
            account = await asyncio.to_thread(self._account)
        except Unreadable:
            account = None
        self.signed_in_at = None if account is None else account.signed_in_at
        await self._tell(self._sign_in, ends_soon(account, clock.wall(), named=bool(self._lane)))

    async def _tell(self, subject: Subject, warning: VenueError | None) -> None:
        words = "" if warning is None else f"{warning.title} {warning.detail}"
        if self._told.get(subject.key) == words:
            return
        self._told[subject.key] = words
        await self._ledger.write(tell, subject, warning, clock.wall())
        self._changed()


def tell(db: Db, subject: Subject, warning: VenueError | None, now: float) -> None:
    if warning is None:
        troubles.heal(db, subject.key, now)
    else:
        troubles.open_trouble(db, subject, warning, now, "warning")


def too_small(status: DriveStatus, waiting: int, lane: str = "") -> VenueError | None:
    """Whether less is free on Drive than waits to be stored there (copies count on Drive, too)."""
    if status.limit is None or status.used is None:
        return None
    free = max(0, status.limit - status.used)
    if waiting <= free:
        return None
    return VenueError(
        "Drive will be full before everything is there",
        f"{lane + ': ' if lane else ''}{size(waiting)} wait to be stored, {size(free)} are free",
        reasons.FULL.remedy,
        cause=Cause.QUOTA,
        kind="quota_exceeded",
    )


def ends_soon(account: Account | None, now: float, *, named: bool = False) -> VenueError | None:
    """Whether the sign-in ends within two days; unpublished OAuth clients' do after seven. `named`: it is not the
    account that all events use.
    """
    if account is None:
        return None
    known = account.ends_at is not None
    ends = account.ends_at if account.ends_at is not None else account.signed_in_at + UNPUBLISHED_LIFE
    if not ends - AHEAD <= now < ends:
        return None
    login = f"venuesync login --account {account.name}" if named else "venuesync login"
    day = f"{datetime.fromtimestamp(ends).astimezone():%A, %H:%M}"
    return VenueError(
        f"The sign-in to Google ends on {day}" if known else f"The sign-in to Google may end on {day}",
        f"{account.name}: Google lets sign-ins of OAuth clients in the state Testing live for seven days",
        f"Run: {login}, for seven days more; publish the OAuth client to be rid of it (docs/google-setup.md)",
        cause=Cause.AUTH,
        kind="auth_expired",
    )
