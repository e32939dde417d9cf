"""One folder under watch: swept, listened to, and its whole files handed on."""

from __future__ import annotations

import asyncio
from pathlib import Path

import structlog

from agent.intake.folders import FolderReport, WatchedFolder
from agent.intake.listener import FileEvent
from agent.intake.listing import Listing, compare, looks, really_gone, same
from agent.intake.reading import StillChanging, Vanished, facts_of, is_being_written
from agent.intake.settle import FolderIndex, Outcome
from agent.intake.sweep import Surroundings, Sweeper
from agent.ledger.sightings import from_text
from agent.running.waiting import Bell

log = structlog.get_logger(__name__)

IDLE_SECONDS = 60.0  # without anything on its way: only a safety net


class FolderWatch:
    """A folder under watch, while `run` runs: swept, listened to, and its whole files handed on.

    Each lives by itself, so that a share that hangs or a card that was pulled is its own trouble only.
    """

    def __init__(self, folder: WatchedFolder, around: Surroundings) -> None:
        self.folder = folder
        self.index = FolderIndex(str(folder.path), around.quiet_seconds)
        self.handing = 0  # files being handed on just now
        self._telling: set[str] = set()  # paths that are being told to be gone
        self._seen_at = 0.0  # when the last one was, or was lost sight of, or a folder came; on the steady line
        self._around = around
        self._bell = Bell()
        self.sweeper = Sweeper(self.index, around, self._stirred)

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self.sweeper.run())
            tasks.create_task(self._tend())

    def happened(self, event: FileEvent, path: str) -> None:
        if path == self.index.root:
            self.sweeper.look_again()
            return
        self.sweeper.look_at_files()
        if event is FileEvent.FOLDER:  # with whatever is in it: until it is looked into nobody knows
            self._seen_at = self._around.clock.steady()
        self.index.happened(event, path, self._around.clock.monotonic(), self._around.clock.wall())
        self._stirred()

    def report(self) -> FolderReport:
        sweeper = self.sweeper
        return FolderReport(
            self.folder,
            sweeper.state,
            sweeper.detail,
            len(self.index.settler),
            sweeper.began_at,
            sweeper.ended_at,
            self._seen_at,
            self.index.settler.still_open(self._around.clock.monotonic()),
        )

    async def hand_on_next(self) -> None:
        """Hand on the newest whole file, if it is another than the ledger knows.

        Whatever goes wrong with that file is recorded and the file tried again at the next sweep; the others go on.
        """
        clock = self._around.clock
        path = self.index.settler.take(clock.monotonic())
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
            self.index.settler.finished(path, outcome, clock.monotonic(), clock.wall())
            if outcome is Outcome.GONE:
                self.index.absent([path], clock.monotonic())
                self._lost_sight()
            self._stirred()

    def _lost_sight(self) -> None:
        """A file is not there any more, and nobody said that it went: it may have gone with the whole share.

        Nothing is known of what is here until a sweep says that the file is gone, or finds it again.
        """
        self._seen_at = self._around.clock.steady()
        self.sweeper.look_again()

    async def _hand_on(self, path: str) -> Outcome:
        if path in self._telling:  # what lies there now comes after what is told to be gone from there
            return Outcome.CHANGING
        facts = await self._around.threads.run(facts_of, path)
        if facts is None:
            return Outcome.GONE
        known = await self._around.known_among(self.index.root, [path])
        if not same(known.get(path), facts, self.sweeper.coverage.inodes):
            if await self._is_open(path):
                return Outcome.OPEN
            self._seen_at = self._around.clock.steady()
            waited = self.index.settler.age(path, self._around.clock.monotonic())
            await self._around.settled(self.folder, Path(path), waited)
        return Outcome.DONE

    async def _is_open(self, path: str) -> bool:
        """Whether somebody writes to it still; where nobody tells, whether it was written to and not closed."""
        written = await self._around.threads.run(is_being_written, self.index.root, path)
        unclosed = self.index.settler.is_unclosed(path, self._around.clock.monotonic())
        return unclosed if written is None else written

    async def _tend(self) -> None:
        while True:
            await self._look_into_folders()
            await self._lose_folders()
            await self._look_at_files()
            await self._tell_gone()
            await self._bell.wait(self._pause())

    def _pause(self) -> float:
        times = (self.index.settler.next_look(), self.index.departures.next_at())
        return min((at - self._around.clock.monotonic() for at in times if at is not None), default=IDLE_SECONDS)

    async def _look_into_folders(self) -> None:
        """List the folders that are new here: files may have been in them before anybody listened."""
        while self.index.folders:
            clock = self._around.clock
            began, folder = clock.moment(), min(self.index.folders)
            self.index.folders = {other for other in self.index.folders if not (other + "/").startswith(folder + "/")}
            known = self._around.known(self.index.root, folder)
            listing = Listing(folder, self.sweeper.coverage.inodes)
            compared = await self._around.threads.run(compare, listing, known)
            for path, file in compared.found:
                if path not in self.index.settler:
                    local = self.sweeper.coverage.local
                    self.index.found(path, file, local, clock.monotonic(), clock.wall(), began)
            self._stirred()

    async def _lose_folders(self) -> None:
        """Let go of what was in folders that are gone."""
        for folder in self.index.lost_folders():
            known = await self._around.threads.run(list, self._around.known(self.index.root, folder))
            self.index.absent((from_text(text) for text, _ in known), self._around.clock.monotonic())

    async def _look_at_files(self) -> None:
        """Compare the files that wait for quiet with what they were at the last look."""
        settler = self.index.settler
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
        missed = self.index.departures.ripe(self.index.settler.oldest_order, self._around.clock.monotonic())
        if not missed:
            return
        self._telling = {*missed}
        try:
            known = list(await self._around.known_among(self.index.root, missed))
            gone = await self._around.threads.run(really_gone, self.index.root, self.sweeper.home, known)
            if gone:  # what nobody was told of needs no farewell
                await self._around.gone(self.folder, gone)
        finally:
            self._telling = set()
        self._stirred()

    def _stirred(self) -> None:
        self._bell.ring()
        self._around.stirred()
