"""Sweeps of one folder: everything in it is looked at, at the start, every minute, and when somebody asks.

Where the system tells of changes and nothing was found, the next ones look at the folders in it alone: a name that
came or went unnoticed changes a folder's time. Every ten minutes each file is looked at all the same, less often
where that takes over a second, and every hour at least.

Events are for speed, sweeps are for truth: shares, overflows, sleep and a stopped agent lose events, and no photo. An
unmounted card leaves an empty folder behind, which must never look like five thousand deletions.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, TypeVar

from agent.clock import Clock, Moment
from agent.disk import rarely
from agent.disk.own_folders import Stamp
from agent.intake.folders import FolderState, WatchedFolder
from agent.intake.listener import Coverage, Listener
from agent.intake.listing import Comparison, FoundFile, Home, Listing, Threads, as_before, compare, identity_of
from agent.intake.settle import FolderIndex
from agent.ledger.sightings import FileFacts
from agent.running.waiting import Bell

T = TypeVar("T")

POLL_SECONDS = 3.0  # between sweeps where changes are not told
HEAL_SECONDS = 5.0  # between attempts at a folder that is not well
REST = 4.0  # a polled folder rests at least four times as long as its sweep took
TOLD_REST = 19.0  # one that tells what comes nineteen times; whoever has to be sure asks, and waits for no rest
SILENCE = 30.0  # seconds in which a listing gets no further, until the folder is said not to answer
FEW = 20  # known files that may vanish all at once and be believed
LOOKS = 2  # sweeps for which more than that are not believed
QUIET = 60.0  # seconds since a folder changed, until its time tells whether it changes again
AT_ONCE = 1000  # files entered before the event loop's other work has its turn


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all folders of a watcher share. `stirred` is called whenever there may be something new to do or to say."""

    known: Callable[[str, str], Iterator[tuple[str, FileFacts]]]
    known_among: Callable[[str, list[str]], Awaitable[dict[str, FileFacts]]]
    settled: Callable[[WatchedFolder, Path, float], Awaitable[None]]
    gone: Callable[[WatchedFolder, list[str]], Awaitable[None]]
    stirred: Callable[[], None]
    threads: Threads
    listener: Listener
    clock: Clock
    sweep_seconds: float
    quiet_seconds: float


class Sweeper:
    """Sweeps one folder for as long as it runs, and says how the folder is.

    A whole sweep that ended well is remembered by the wall times at which it began and ended.
    """

    silence = SILENCE

    def __init__(self, index: FolderIndex, around: Surroundings, stirred: Callable[[], None]) -> None:
        self.state = FolderState.RUNNING
        self.detail: str | None = None
        self.began_at: float | None = None
        self.ended_at: float | None = None
        self.identity: tuple[int, int] | None = None  # of the folder that was seen last
        self.home: Home | None = None  # the one that holds what is known
        self.coverage = Coverage(False, True, True)
        self._index = index
        self._around = around
        self._stirred = stirred
        self._threads = around.threads
        self._listener = around.listener
        self._clock = around.clock
        self._seconds = around.sweep_seconds
        self._absence = Absence(around.sweep_seconds)
        self._bell = Bell()
        self._asked: list[asyncio.Future[bool]] = []
        self._sound: dict[str, Stamp] = {}  # all folders, as they were when nothing in them was new, changed or gone
        self._sound_since = 0.0  # monotonic
        self._took = 0.0  # seconds, to look at all files
        self._rested = 0.0  # seconds, of the sweep that ended last
        self._is_awaited = self._is_sweeping = False
        self._wanted = 0  # how often somebody asked

    async def run(self) -> None:
        asked: list[asyncio.Future[bool]] = []
        try:
            while True:
                asked, self._asked = self._asked, []
                began, self._rested, self._is_awaited = self._clock.monotonic(), 0.0, bool(asked)
                self._is_sweeping = True
                well = await self._is_as_before() or await self._sweep()
                self._is_sweeping = False
                while asked:
                    _answer(asked.pop(), well)
                await self._bell.wait(self._pause(self._clock.monotonic() - began - self._rested))
        finally:
            for answer in asked + self._asked:
                _answer(answer, False)

    @property
    def is_catching_up(self) -> bool:
        """Whether it looks at all of it for the first time, and gets on with it."""
        return self._is_sweeping and self.ended_at is None and self.state is FolderState.RUNNING

    def look_again(self) -> None:
        """Sweep as soon as the running sweep has ended."""
        self.look_at_files()
        self._bell.ring()

    def look_at_files(self) -> None:
        """Something is told of a file: folders alone would not show at the next sweep what became of it."""
        self._sound = {}
        self._wanted += 1

    def ask(self) -> asyncio.Future[bool]:
        """Whether the next sweep that begins ended well (no, if there will be none)."""
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._asked.append(answer)
        self.look_again()
        return answer

    def _pause(self, took: float) -> float:
        if self.state is not FolderState.RUNNING:
            return min(HEAL_SECONDS, self._seconds)
        if self.coverage.notified:
            return max(self._seconds, TOLD_REST * took)
        return max(min(POLL_SECONDS, self._seconds), REST * took)

    async def _is_as_before(self) -> bool:
        """Whether a look at the folders says enough."""
        began, sound = self._clock.moment(), self._sound
        if not sound or self._clock.monotonic() - self._sound_since > rarely.seconds_between(self._took):
            return False
        look = asyncio.ensure_future(self._threads.run(as_before, sound))
        answered, _ = await asyncio.wait({look}, timeout=self.silence)
        if not answered or not look.result() or self._sound is not sound:
            return False
        self.began_at, self.ended_at = began.steady, self._clock.steady()
        self._stirred()
        return True

    async def _sweep(self) -> bool:
        began, wanted = self._clock.moment(), self._wanted
        self._sound = {}
        root = self._index.root
        if not self._listener.watches(root):
            probe = Listing(root)  # watchdog lists it as well, and if that hangs, every folder does
            await self._patiently(probe, probe.probe)
        await self._patiently(Listing(root), lambda: identity_of(root))  # who asks for it next hangs, and all with them
        self.coverage = await self._threads.run(self._listener.watch, root)
        listing, known = Listing(root, self.coverage.inodes), self._around.known(root, root)
        since, turns = self._clock.monotonic(), rarely.Turns()

        def now_and_then() -> None:
            if not (self._is_awaited or self._asked):
                turns.rest()

        compared = await self._patiently(listing, lambda: compare(listing, known, now_and_then))
        self._rested = turns.rested
        self._took = self._clock.monotonic() - since - self._rested
        self.identity = listing.identity
        if listing.refused and listing.refused[0][0] == root:
            return self._say(FolderState.UNREADABLE, listing.refused[0][1])
        if listing.home is None:
            return self._say(FolderState.MISSING, "no folder is there")
        await self._enter(compared.found, began)
        if listing.refused:
            where, why = listing.refused[0]
            return self._say(FolderState.UNREADABLE, f"{where}: {why}")
        well = self._let_go(listing, compared, began, listing.home)
        if well and not compared.found and not compared.missed and wanted == self._wanted:
            self._keep_in_mind(listing, began)
        return well

    def _keep_in_mind(self, listing: Listing, began: Moment) -> None:
        """Nothing was new, changed or gone: until a folder changes there is nothing else to be found in it."""
        told = self.coverage.notified and self.coverage.local and not listing.links
        if told and all(began.age(one.changed_at) > QUIET for one in listing.folders.values()):
            self._sound, self._sound_since = listing.folders, self._clock.monotonic()

    async def _patiently(self, listing: Listing, look: Callable[[], T]) -> T:
        """Look, however long that takes; while the listing gets no further, say that the folder does not answer."""
        task = asyncio.ensure_future(self._threads.run(look))
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

    async def _enter(self, found: list[tuple[str, FoundFile]], began: Moment) -> None:
        for number, (path, file) in enumerate(self._index.unseen(found), 1):
            now, wall = self._clock.monotonic(), self._clock.wall()
            self._index.found(path, file, self.coverage.local, now, wall, began)
            if number % AT_ONCE == 0:
                self._stirred()
                await asyncio.sleep(0)
        self._stirred()

    def _let_go(self, listing: Listing, compared: Comparison, began: Moment, home: Home) -> bool:
        """Let go of what vanished, if that is to be believed; whether all is well."""
        known, now = compared.kept + len(compared.missed), self._clock.monotonic()
        judgement = self._absence.judge(home.identity[0], known, compared.kept, listing.files, now)
        if judgement.believed:
            self.home = home
            self._index.absent(compared.missed, now)
            self._stirred()
        elif not listing.files:
            return self._say(FolderState.MISSING, judgement.reason)
        self.began_at, self.ended_at = began.steady, self._clock.steady()
        return self._say(FolderState.RUNNING, judgement.reason or self.coverage.detail)

    def _say(self, state: FolderState, detail: str | None) -> bool:
        """How the folder is from now on; whether that is well."""
        self.state, self.detail = state, detail
        self._stirred()
        return state is FolderState.RUNNING


def _answer(question: asyncio.Future[bool], well: bool) -> None:
    if not question.done():
        question.set_result(well)


class Judgement(NamedTuple):
    believed: bool
    reason: str | None = None  # for people, where it is not believed


@dataclass(slots=True)
class Absence:
    """One folder's memory of where its files were.

    Some known files are still there: what is missing was taken away, and is believed. All are gone:

    - and the folder is empty on another device than before: its disk was unmounted. Not believed as long as that
      lasts; the files come back, or the folder is taken off the list.
    - and there were 20 or fewer, on the same device: believed.
    - and there were more, or other files are in their place (another card, an agent that was off while somebody
      tidied up): believed after two more sweeps that say the same, at least two sweep intervals later.

    Deletions that the system told file by file need no judgement.
    """

    sweep_seconds: float
    _device: int | None = None
    _since: float | None = None
    _looks: int = 0

    def judge(self, device: int, known: int, kept: int, listed: int, now: float) -> Judgement:
        """`known` files, of which `kept` are there; `listed` are there in all. `now` in monotonic seconds."""
        elsewhere = self._device not in (None, device)
        if known and not kept and elsewhere and not listed:
            return Judgement(False, f"another, empty disk is in its place ({known} files were here)")
        if known and not kept and (elsewhere or known > FEW) and not self._patient(now):
            rest = "other files are in their place" if listed else "nothing is left: is its card or share connected?"
            return Judgement(False, f"all {known} files that were here are gone, and {rest}")
        self._device, self._since, self._looks = device, None, 0
        return Judgement(True)

    def _patient(self, now: float) -> bool:
        """Count this look; whether there were enough of them, over a long enough time."""
        if self._since is None:
            self._since = now
        self._looks += 1
        return self._looks > LOOKS and now - self._since >= LOOKS * self.sweep_seconds
