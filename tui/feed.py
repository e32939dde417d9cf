"""What the screen waits for without standing still: the agent's changes, an agent on its way, a call that may hang."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from typing import Protocol, TypeVar

from agent.errors import AgentEnded, VenueError
from agent.requests.ask import Agent, Request
from agent.requests.snapshot import Change, GetSnapshot, Snapshot

# ---- the agent's snapshot and changes: at most four times a second, less when much moves
# It never ends: a gap is answered by a new snapshot, a lost agent by asking again with growing pauses.

BETWEEN, LONGEST_BETWEEN = 0.25, 1.0  # seconds between two paints
CELLS_A_SECOND = 850  # some 6 kB: what a phone's line takes without falling behind
FIRST_PAUSE, LONGEST_PAUSE = 0.25, 8.0  # seconds before the agent is asked again


class Audience(Protocol):
    """Who looks at it."""

    def refreshed(self, snapshot: Snapshot) -> None: ...

    def changed(self, changes: Sequence[Change]) -> int:
        """Returns how many cells that changes on the screen."""
        ...

    def lost(self, ended: bool) -> None:
        """`ended`: none runs there any more."""


class Feed:
    def __init__(self, agent: Agent, audience: Audience) -> None:
        self._agent = agent
        self._audience = audience
        self._waiting: dict[str, Change] = {}  # the newest of each section; entries of activity joined
        self._due: asyncio.TimerHandle | None = None
        self._next_paint = 0.0
        self._pause = FIRST_PAUSE

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while True:
                try:
                    snapshot = await self._agent.ask(GetSnapshot())
                    self._discard()
                    self._audience.refreshed(snapshot)
                    await self._follow(snapshot)
                    pause = BETWEEN
                except (VenueError, OSError) as error:
                    self._discard()
                    self._audience.lost(isinstance(error, AgentEnded))
                    pause = self._pause
                    self._pause = min(self._pause * 2, LONGEST_PAUSE)
                await asyncio.sleep(pause)
        finally:
            self._discard()

    async def _follow(self, snapshot: Snapshot) -> None:
        """Bring changes until one says that others were lost; a stream that just ends counts as a lost agent."""
        stream = self._agent.events(snapshot["boot"], snapshot["seq"])
        try:
            async for change in stream:
                if change["section"] == "resync":
                    return
                self._pause = FIRST_PAUSE
                self._take(change)
        finally:
            await _close(stream)
        raise ConnectionResetError

    def _take(self, change: Change) -> None:
        section = change["section"]
        before = self._waiting.pop(section, None)
        if section == "activity" and before:
            change = {**change, "data": [*before["data"], *change["data"]]}
        self._waiting[section] = change
        if self._due is None:
            loop = asyncio.get_running_loop()
            self._due = loop.call_at(max(self._next_paint, loop.time()), self._show)

    def show_now(self) -> None:
        """What has come so far, before something that is newer: it would be taken back by that for a moment."""
        if self._due is not None:
            self._due.cancel()
            self._show()

    def _show(self) -> None:
        self._due = None
        changes = sorted(self._waiting.values(), key=lambda change: change["seq"])
        self._waiting = {}
        cells = self._audience.changed(changes)
        between = min(LONGEST_BETWEEN, max(BETWEEN, cells / CELLS_A_SECOND))
        self._next_paint = asyncio.get_running_loop().time() + between

    def _discard(self) -> None:
        self._waiting = {}
        if self._due is not None:
            self._due.cancel()
            self._due = None


async def _close(stream: AsyncIterator[Change]) -> None:
    close = getattr(stream, "aclose", None)
    if close is not None:
        await close()


# ---- an agent on its way: the screen is there before it, and its questions wait

Answer = TypeVar("Answer")


class Arriving:
    """Stands in for an `Agent` until one has come, and for ever passes everything on to it."""

    def __init__(self) -> None:
        self._coming: asyncio.Future[Agent] = asyncio.get_running_loop().create_future()

    def arrived(self, agent: Agent) -> None:
        """Called once."""
        self._coming.set_result(agent)

    async def ask(self, request: Request[Answer]) -> Answer:
        return await (await asyncio.shield(self._coming)).ask(request)

    def events(self, boot: str, since: int) -> AsyncIterator[Change]:
        """After a snapshot, which only one that has come can have given."""
        return self._coming.result().events(boot, since)


# ---- a call that may hang, on a thread that nobody waits for at the end
# A folder on a share that has gone can hold a call for minutes; the monitor still closes at once.

Result = TypeVar("Result")


async def aside(work: Callable[[], Result]) -> Result:
    """What `work()` answers or raises. Cancelled, its answer is dropped."""
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Result] = loop.create_future()

    def settle(act: Callable[[], None]) -> None:
        if not answer.done():
            act()

    def run() -> None:
        try:
            result = work()
        except Exception as error:  # noqa: BLE001 - brought to whoever waits
            told = error
            _tell(loop, lambda: settle(lambda: answer.set_exception(told)))
        else:
            _tell(loop, lambda: settle(lambda: answer.set_result(result)))

    threading.Thread(target=run, name="aside", daemon=True).start()
    return await answer


def _tell(loop: asyncio.AbstractEventLoop, act: Callable[[], None]) -> None:
    try:
        loop.call_soon_threadsafe(act)
    except RuntimeError:
        return  # the loop is closed: the monitor has gone
