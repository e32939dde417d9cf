"""Sweeps of one folder: everything in it is looked at, at the start, every minute, and when somebody asks.

Events are for speed, sweeps are for truth: shares, overflows, sleep and a stopped agent lose events, and no photo.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from agent.bell import Bell
from agent.intake.absence import Absence
from agent.intake.book import Book
from agent.intake.clock import Clock, Moment
from agent.intake.listener import Listener, Sight
from agent.intake.listing import Found, Listing, new_or_changed, vanished
from agent.intake.report import FolderState
from agent.intake.threads import Threads
from agent.ledger.sightings import FileFacts

POLL_SECONDS = 3.0  # between sweeps where changes are not told
HEAL_SECONDS = 5.0  # between attempts at a folder that is not well
REST = 4.0  # a polled folder rests at least four times as long as its sweep took
SILENCE = 30.0  # seconds in which a listing gets no further, until the folder is said not to answer
AT_ONCE = 1000  # files entered before the event loop's other work has its turn


class Sweeper:
    """Sweeps one folder for as long as it runs, and says how the folder is.

    A whole sweep that ended well is remembered by the wall times at which it began and ended.
    """

    silence = SILENCE

    def __init__(
        self,
        book: Book,
        *,
        known: Callable[[str], Awaitable[dict[str, FileFacts]]],
        stirred: Callable[[], None],
        threads: Threads,
        listener: Listener,
        clock: Clock,
        sweep_seconds: float,
    ) -> None:
        self.state = FolderState.RUNNING
        self.detail: str | None = None
        self.began_at: float | None = None
        self.ended_at: float | None = None
        self.identity: tuple[int, int] | None = None
        self.sight = Sight(False, True, True)
        self._book = book
        self._known = known
        self._stirred = stirred
        self._threads = threads
        self._listener = listener
        self._clock = clock
        self._seconds = sweep_seconds
        self._absence = Absence(sweep_seconds)
        self._bell = Bell()
        self._asked: list[asyncio.Future[bool]] = []

    async def run(self) -> None:
        asked: list[asyncio.Future[bool]] = []
        try:
            while True:
                asked, self._asked = self._asked, []
                began = self._clock.monotonic()
                well = await self._sweep()
                while asked:
                    _answer(asked.pop(), well)
                await self._bell.wait(self._pause(self._clock.monotonic() - began))
        finally:
            for answer in asked + self._asked:
                _answer(answer, False)

    def look_again(self) -> None:
        """Sweep as soon as the running sweep has ended."""
        self._bell.ring()

    def ask(self) -> asyncio.Future[bool]:
        """Whether the next sweep that begins ended well (no, if there will be none)."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asked.append(answer)
        self._bell.ring()
        return answer

    def _pause(self, took: float) -> float:
        if self.state is not FolderState.RUNNING:
            return min(HEAL_SECONDS, self._seconds)
        return self._seconds if self.sight.told else max(min(POLL_SECONDS, self._seconds), REST * took)

    async def _sweep(self) -> bool:
        began = self._clock.moment()
        self._book.begin_sweep()
        if not self._listener.watches(self._book.root):
            await self._list()  # watchdog lists it as well, and if that hangs, every folder does
        self.sight = await self._threads.run(self._listener.watch, self._book.root)
        listing = await self._list()
        self.identity = listing.identity
        if listing.refused and listing.refused[0][0] == self._book.root:
            return self._say(FolderState.UNREADABLE, listing.refused[0][1])
        if listing.identity is None:
            return self._say(FolderState.MISSING, "no folder is there")
        known = await self._known(self._book.root)
        found = await self._threads.run(new_or_changed, listing, known, self.sight.inodes)
        self._book.learn(known)
        await self._enter(found, began)
        if listing.refused:
            where, why = listing.refused[0]
            return self._say(FolderState.UNREADABLE, f"{where}: {why}")
        return await self._compare(listing, known, began, listing.identity[0])

    async def _list(self) -> Listing:
        """List the folder, however long that takes; while nothing comes any more, say that it does not answer."""
        listing = Listing(self._book.root)
        task = asyncio.ensure_future(self._threads.run(listing.take))
        try:
            entries = -1
            while not (await asyncio.wait({task}, timeout=self.silence))[0]:
                if listing.entries == entries:
                    self._say(FolderState.UNREADABLE, "it does not answer")
                entries = listing.entries
            return task.result()
        finally:
            listing.abandoned = True
            task.cancel()

    async def _enter(self, found: list[tuple[str, Found]], began: Moment) -> None:
        unseen = self._book.unseen(found, self.sight.inodes)
        for number, (path, file) in enumerate(unseen, 1):
            self._book.found(path, file, self.sight.local, self._clock.monotonic(), began)
            if number % AT_ONCE == 0:
                self._stirred()
                await asyncio.sleep(0)
        self._stirred()

    async def _compare(self, listing: Listing, known: dict[str, FileFacts], began: Moment, device: int) -> bool:
        """Let go of what vanished, if that is to be believed; whether all is well."""
        missed = await self._threads.run(vanished, listing, known)
        kept, listed, now = len(known) - len(missed), len(listing.files), self._clock.monotonic()
        judgement = self._absence.judge(device, len(known), kept, listed, now)
        if judgement.believed:
            self._book.absent(missed, now)
            self._stirred()
        elif not listed:
            return self._say(FolderState.MISSING, judgement.reason)
        self.began_at, self.ended_at = began.steady, self._clock.steady()
        return self._say(FolderState.RUNNING, judgement.reason or self.sight.detail)

    def _say(self, state: FolderState, detail: str | None) -> bool:
        """How the folder is from now on; whether that is well."""
        self.state, self.detail = state, detail
        self._stirred()
        return state is FolderState.RUNNING


def _answer(question: asyncio.Future[bool], well: bool) -> None:
    if not question.done():
        question.set_result(well)
