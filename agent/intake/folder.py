"""One incoming folder under watch: swept, listened to, and its whole files handed on.

Each folder lives by itself, so that a share that hangs or a card that was pulled is its own trouble only.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import structlog

from agent.bell import Bell
from agent.intake.book import Book
from agent.intake.clock import Clock
from agent.intake.listener import Listener, Tell
from agent.intake.listing import Listing, looks, new_or_changed, really_gone
from agent.intake.reading import StillChanging, Vanished, facts_of
from agent.intake.report import FolderReport, WatchedFolder
from agent.intake.settle import Outcome
from agent.intake.sweep import Sweeper
from agent.intake.threads import Threads
from agent.ledger.sightings import FileFacts

log = structlog.get_logger(__name__)

IDLE_SECONDS = 60.0  # without anything on its way: only a safety net


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What all folders of a watcher share. `stirred` is called whenever there may be something new to do or to say."""

    known: Callable[[str], Awaitable[dict[str, FileFacts]]]
    settled: Callable[[WatchedFolder, Path], Awaitable[None]]
    gone: Callable[[WatchedFolder, list[str]], Awaitable[None]]
    stirred: Callable[[], None]
    threads: Threads
    listener: Listener
    clock: Clock
    sweep_seconds: float
    quiet_seconds: float


class FolderWatch:
    """A folder under watch, while `run` runs."""

    def __init__(self, folder: WatchedFolder, around: Surroundings) -> None:
        self.folder = folder
        self.book = Book(str(folder.path), around.quiet_seconds)
        self.handing = 0  # files being handed on just now
        self._seen_at = 0.0  # when the last one was, or was lost sight of, on the steady line
        self._around = around
        self._bell = Bell()
        self.sweeper = Sweeper(
            self.book,
            known=around.known,
            stirred=self._stirred,
            threads=around.threads,
            listener=around.listener,
            clock=around.clock,
            sweep_seconds=around.sweep_seconds,
        )

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.sweeper.run())
            tasks.create_task(self._tend())

    def told(self, tell: Tell, path: str) -> None:
        if path == self.book.root:
            self.sweeper.look_again()
            return
        self.book.told(tell, path, self._around.clock.monotonic(), self._around.clock.wall())
        self._stirred()

    def report(self) -> FolderReport:
        sweeper = self.sweeper
        return FolderReport(
            self.folder,
            sweeper.state,
            sweeper.detail,
            len(self.book.settler),
            sweeper.began_at,
            sweeper.ended_at,
            self._seen_at,
        )

    async def hand_on_next(self) -> None:
        """Hand on the newest whole file, if it is another than the ledger knows.

        Whatever goes wrong with that file is recorded and the file tried again at the next sweep; the others go on.
        """
        clock = self._around.clock
        path = self.book.settler.take(clock.monotonic())
        if path is None:
            return
        outcome = Outcome.PUT_OFF
        self.handing += 1
        try:
            outcome = await self._hand_on(path)
        except StillChanging:
            outcome = Outcome.CHANGING
        except Vanished:
            outcome = Outcome.GONE
        except Exception as error:  # the boundary around one photo's work
            log.warning("watcher.put_off", path=path, error=str(error) or repr(error), exc_info=error)
        finally:
            self.handing -= 1
            self.book.settler.finished(path, outcome, clock.monotonic(), clock.wall())
            if outcome is Outcome.GONE:
                self.book.absent([path], clock.monotonic())
                self._lost_sight()
            self._stirred()

    def _lost_sight(self) -> None:
        """A file is not there any more, and nobody said that it went: it may have gone with the whole share.

        Nothing is known of what is here until a sweep says that the file is gone, or finds it again.
        """
        self._seen_at = self._around.clock.steady()
        self.sweeper.look_again()

    async def _hand_on(self, path: str) -> Outcome:
        facts = await self._around.threads.run(facts_of, path)
        if facts is None:
            return Outcome.GONE
        if not self.book.is_known(path, facts, self.sweeper.sight.inodes):
            self._seen_at = self._around.clock.steady()
            await self._around.settled(self.folder, Path(path))
            self.book.handed_on(path, facts)
        return Outcome.DONE

    async def _tend(self) -> None:
        while True:
            await self._look_into_branches()
            self.book.lose_branches(self._around.clock.monotonic())
            await self._look_at_files()
            await self._tell_gone()
            await self._bell.wait(self._pause())

    def _pause(self) -> float:
        times = (self.book.settler.next_look(), self.book.departures.next_at())
        return min((at - self._around.clock.monotonic() for at in times if at is not None), default=IDLE_SECONDS)

    async def _look_into_branches(self) -> None:
        """List the folders that are new here: files may have been in them before anybody listened."""
        while self.book.branches:
            began, branch = self._around.clock.moment(), min(self.book.branches)
            self.book.branches = {other for other in self.book.branches if not (other + "/").startswith(branch + "/")}
            listing = await self._around.threads.run(Listing(branch).take)
            found = await self._around.threads.run(new_or_changed, listing, self.book.known, self.sweeper.sight.inodes)
            for path, file in found:
                if path not in self.book.settler:
                    self.book.found(path, file, self.sweeper.sight.local, self._around.clock.monotonic(), began)
            self._stirred()

    async def _look_at_files(self) -> None:
        """Compare the files that wait for quiet with what they were at the last look."""
        settler = self.book.settler
        while due := settler.due(self._around.clock.monotonic()):
            seen = await self._around.threads.run(looks, due)
            now = self._around.clock.monotonic()
            for path, facts in seen.items():
                if isinstance(facts, OSError):
                    settler.defer(path)
                    continue
                settler.looked(path, facts, now)
                if facts is None:
                    self._lost_sight()
            self._stirred()

    async def _tell_gone(self) -> None:
        missed = self.book.departures.ripe(self.book.settler.oldest_order, self._around.clock.monotonic())
        if not missed:
            return
        gone = await self._around.threads.run(really_gone, self.book.root, self.sweeper.identity, missed)
        if gone:
            await self._around.gone(self.folder, gone)
        for path in gone:
            self.book.told_gone(path)
        self._stirred()

    def _stirred(self) -> None:
        self._bell.ring()
        self._around.stirred()
