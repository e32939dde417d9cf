"""What follows from Drive's state: in the first moments, when somebody else signs in, when the line was away.

Everything of an event belongs to one account: where another one signs in instead, all is sent there, and the old files
stay.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from agent import clock
from agent.clock import span
from agent.drive.connection import DriveLane, DriveStatus
from agent.drive.errors import DriveError
from agent.drive.http import Http
from agent.ledger import Ledger, accounts, asked, counts, meta
from agent.ledger.sqlite.rows import Db
from agent.model import DriveState, EventId
from agent.running.supervise import Errands
from agent.uploads import records
from agent.uploads.tags import IdPool

STOOD_STILL = 1.5  # seconds without a byte, or without an answer, when the line was away
WORTH_A_WORD = 5.0  # seconds without Drive
WARM = 4  # connections that stand before the first photo


class FirstMoments:
    """Before anything is made on Drive: whose it is, what of ours it holds, some ids.

    `rebuild` learns the second, where the ledger was lost. `another` is called once it is known that somebody else
    signed in.
    """

    def __init__(
        self,
        ledger: Ledger,
        lane: DriveLane,
        http: Http,
        ids: IdPool,
        rebuild: Callable[[], Awaitable[None]],
        errands: Errands,
        another: Callable[[], None],
        key: str,
        agent_began: float,
    ) -> None:
        """`key`: the account, as the ledger names it; `agent_began`: on the steady line."""
        self._key = key
        self._agent_began = agent_began
        self._ledger = ledger
        self._lane = lane
        self._http = http
        self._ids = ids
        self._rebuild = rebuild
        self._errands = errands
        self._another = another
        self._account: str | None = None
        self._over = asyncio.Event()

    async def run(self) -> None:
        """Whether or not anything is sent in this life, of the last one nothing is on its way any more."""
        await self._ledger.write(asked.broken_off, self._agent_began, clock.steady())
        await self._lane.open()
        await self._settle()
        await self._rebuild()
        with suppress(DriveError):
            await self._ids.fill()
        self._over.set()
        self.lane_changed()  # meanwhile
        await self._http.warm(WARM)

    def before(self, run: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """The same part, which begins only when they are over."""

        async def wait_and_run() -> None:
            await self._over.wait()
            await run()

        return wait_and_run

    def lane_changed(self) -> None:
        """Somebody else may have signed in."""
        account = self._lane.status.account
        if account not in (None, self._account) and self._over.is_set():
            self._account = account
            self._errands.run("account", self._settle())

    def whose(self) -> str | None:
        """Who is signed in, and with which server; `None`: Drive did not say yet."""
        account = self._lane.status.account
        return f"{self._http.endpoint.root} {account}" if account else None

    async def _settle(self) -> None:
        self._account = self._lane.status.account
        whose = self.whose()
        if whose is not None and await self._ledger.write(settle_account, whose, clock.wall(), self._key):
            self._another()


def settle_account(db: Db, account: str, now: float, key: str = "") -> bool:
    """Returns whether it was somebody else before."""
    kept = meta.of_account(accounts.WHOSE, key)
    before = meta.get(db, kept)
    if before == account:
        return False
    photos = accounts.somebody_else(db, key) if before else 0
    meta.put(db, kept, account)
    if before:
        meta.note_activity(db, "account", f"Another Drive account: {counts.plural(photos)} sent there anew", now)
    return bool(before)


class Outages:
    """What is done when the line goes and when it is back; that Drive was away is told then, as long as it was."""

    def __init__(
        self,
        ledger: Ledger,
        lane: DriveLane,
        http: Http,
        errands: Errands,
        quiet: Callable[[], Sequence[EventId]],
        account: str,
    ) -> None:
        """`quiet`: events of which nothing is sent."""
        self._account = account
        self._ledger = ledger
        self._lane = lane
        self._http = http
        self._errands = errands
        self._quiet = quiet
        self._last = DriveState.OFFLINE
        self._away_since: float | None = None  # on the steady line

    def lane_changed(self) -> None:
        status = self._lane.status
        if status.state is DriveState.OFFLINE and self._last is not DriveState.OFFLINE:
            self._http.renew(STOOD_STILL)  # their end is known: whoever waits for them waits at the gate instead
        self._note(status)
        self._last = status.state

    def line_back(self) -> None:
        """What waits on a connection from before an outage is begun again over another one."""
        self._http.renew(STOOD_STILL, answers=True)

    def _note(self, status: DriveStatus) -> None:
        if status.state is not DriveState.OFFLINE:
            began, self._away_since = self._away_since, None
            if began is not None and (seconds := clock.steady() - began) >= WORTH_A_WORD:
                told = self._ledger.write(tell_outage, seconds, self._quiet(), clock.wall(), self._account)
                self._errands.run("outage", told)
        elif self._away_since is None and not status.connecting:
            self._away_since = clock.steady()


def tell_outage(db: Db, seconds: float, quiet: Sequence[EventId], now: float, account: str = "") -> None:
    if account:  # how many waited is told once, by the account that all events use
        text = f"Drive of {account} is back: it could not be reached for {span(seconds)}"
        meta.note_activity(db, "outage", text, now)
        return
    waiting = records.catch_up(db, quiet, now)
    waited = f"; {counts.plural(waiting)} waited" if waiting else ""
    meta.note_activity(db, "outage", f"Drive is back: it could not be reached for {span(seconds)}{waited}", now)
