"""The agent itself: how it stands, paused, going on, looking now, trying again, its night's work and backups."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent import __version__, clock
from agent.clock import iso_or_none
from agent.drive.lanes import Lanes, not_looked_at
from agent.errors import NotThere, StoresInUse
from agent.filing.check import DiskCheck
from agent.handlers.changes import numbered
from agent.handlers.status.parts import Counted
from agent.handlers.status.publisher import Published, Publisher
from agent.intake.folders import Unwatched
from agent.jobs import backups
from agent.jobs.runner import job_rows
from agent.ledger import Ledger, amiss_on_drive, disk_queue, downloads, meta, photos, placements, recorded, troubles
from agent.ledger.sqlite.rows import Db
from agent.model import EventId, EventPhotoId
from agent.requests.control import (
    BackupRow,
    JobRow,
    Lane,
    ListBackups,
    ListJobs,
    MeteredStatus,
    Pause,
    PausedStatus,
    PutBack,
    RestoreBackup,
    Resume,
    Resync,
    Retry,
    RetryResult,
    SetMetered,
    Sync,
)
from agent.requests.snapshot import Folders, GetSnapshot, ListFolders, Snapshot
from agent.requests.status import About, GetAbout, GetMetrics, GetStatus, StatusDocument
from agent.roster import Roster
from agent.sync.all_feeds import AllFeeds
from agent.workspace import Workspace

if TYPE_CHECKING:
    from agent.intake.watcher import Watcher


class StatusHandlers:
    def __init__(self, publisher: Publisher, counted: Counted) -> None:
        self._publisher = publisher
        self._counted = counted

    async def snapshot(self, _asked: GetSnapshot) -> Snapshot:
        return await self._publisher.snapshot()

    async def about(self, _asked: GetAbout) -> About:
        return {"service": "venuesync", "version": __version__, "docs": "/openapi.json"}

    async def status(self, _asked: GetStatus) -> StatusDocument:
        return await self._publisher.document()

    async def metrics(self, _asked: GetMetrics) -> str:
        return await asyncio.to_thread(self._page, await self._publisher.latest())

    def _page(self, latest: Published) -> str:
        from agent.handlers.status.numbers import page  # prometheus_client takes 0.2 s to import

        return page(latest, self._counted)

    async def folders(self, _asked: ListFolders) -> Folders:
        rows = (await self._publisher.snapshot())["folders"]
        return {"total_folders": len(rows), "folders": rows}


class SwitchHandlers:
    """`look`: everybody looks at once. `metered`: what the settings say of the line."""

    def __init__(self, ledger: Ledger, roster: Roster, look: Callable[[], None], metered: Callable[[], bool]) -> None:
        self._ledger = ledger
        self._roster = roster
        self._look = look
        self._metered = metered
        self._one_switches = asyncio.Lock()  # two at once would each keep what the other one switched as it was

    async def pause(self, asked: Pause) -> PausedStatus:
        return await self._switch(asked.what, off=True)

    async def resume(self, asked: Resume) -> PausedStatus:
        return await self._switch(asked.what, off=False)

    async def _switch(self, what: Lane, *, off: bool) -> PausedStatus:
        """`uploads` switches sending alone, `all` everything; going on with everything goes on with sending, too."""
        async with self._one_switches:
            now = self._roster.switches
            uploads = off if what == "uploads" or not off else now.uploads
            everything = off if what == "all" else now.all
            since = (now.since or clock.wall()) if uploads or everything else None
            switches = replace(now, uploads=uploads, all=everything, since=since)
            if switches != now:
                await self._ledger.on_writer(self._roster.set_switches, switches)
                word = {True: "paused", False: "going on"}[off]
                thing = "Uploads" if what == "uploads" else "Everything"
                await self._ledger.write(meta.note_activity, "pause", f"{thing} {word}", clock.wall())
        self._look()
        return {"uploads": uploads, "all": everything, "since": iso_or_none(since)}

    async def metered(self, asked: SetMetered) -> MeteredStatus:
        async with self._one_switches:
            now = self._roster.switches
            said = {"on": True, "off": False, "auto": None, None: now.metered}[asked.to]
            if said != now.metered:
                await self._ledger.on_writer(self._roster.set_switches, replace(now, metered=said))
                await self._ledger.write(meta.note_activity, "metered", METERED[said], clock.wall())
        self._look()
        return {"metered": self._metered() if said is None else said, "said": said is not None}


SOON, LOOKS = 0.05, 100  # seconds between two looks whether Drive has answered, and how many
METERED = {
    True: "The line is metered: small copies go first",
    False: "The line is not metered: originals go to Drive",
    None: "Whether the line is metered is as the settings say",
}


class RetryHandlers:
    """`look`: everybody looks at once."""

    def __init__(self, ledger: Ledger, disk_check: DiskCheck, lane: Lanes, look: Callable[[], None]) -> None:
        self._ledger = ledger
        self._disk_check = disk_check
        self._lane = lane
        self._look = look

    async def retry(self, asked: Retry) -> RetryResult:
        chosen = None if asked.all else asked.ids
        if chosen:
            ids = [EventPhotoId(one) for one in chosen]
            there = await self._ledger.read(photos.chosen, ids)
            # What another one just came in the place of was on somebody's screen a moment ago: no slip of the finger.
            if wrong := await self._ledger.read(photos.never_were, ids) if there else ids:
                raise NotThere("There is no such photo", numbered(wrong), "Look for it: venuesync photos")
        return await self.try_again(chosen)

    async def try_again(self, chosen: Sequence[int] | None) -> RetryResult:
        """What was removed by hand a moment ago is put back as well as what was noticed before. None: everything."""
        return await self._again(lambda db: try_again(db, chosen, clock.wall()))

    async def put_back(self, events: Sequence[EventId]) -> None:
        """The same of all that these events have."""
        await self._again(lambda db: put_back(db, events, clock.wall()))

    async def _again(self, tries: Callable[[Db], RetryResult]) -> RetryResult:
        await self._disk_check.check()
        again = await self._ledger.write(tries)
        self._lane.look_now()
        self._look()
        return again


@dataclass(eq=False, slots=True)
class SyncHandlers:
    """`look`: everybody looks at once."""

    _roster: Roster
    _watcher: Watcher | Unwatched
    _lane: Lanes
    _feeds: AllFeeds
    _retry: RetryHandlers
    _look: Callable[[], None]

    async def sync(self, asked: Sync) -> list[str]:
        return await self._look_through(asked.events, whole=False)

    async def resync(self, asked: Resync) -> list[str]:
        return await self._look_through(asked.events, whole=True)

    async def _look_through(self, events: Sequence[str], *, whole: bool) -> list[str]:
        """Sweep the folders and look at the sources; without names: at all events that are switched on.

        An event that is switched off is listed once, in full. Raises, once all else is done, where a Drive of theirs
        cannot be looked at: `NeedsSignIn` before somebody signs in; or sources there are out of reach for now.
        """
        roster = self._roster
        chosen = [roster.event(name) for name in events] or [one for one in roster.events() if one.enabled]
        accounts = {one.lane for one in chosen}
        nobody = self._lane.signed_out(accounts)
        self._lane.look_now()
        await self._feeds.ask([one.id for one in chosen], whole=whole)
        await self._watcher.sweep_now(anew=True)
        self._look()
        if whole:
            await self._looked()
            await self._retry.put_back([one.id for one in chosen])
        out = [one for one in self._lane.signed_out(accounts) if one in nobody]
        fed = {one.lane for one in chosen if any(each.enabled for each in one.sources)}
        await self._reached(fed)
        if out := out or self._lane.away(fed):
            raise not_looked_at(out, accounts, "Looked in this machine's folders, not at Drive")
        return [one.name for one in chosen]

    async def _reached(self, accounts: Collection[str]) -> None:
        """Once these Drives are in reach, or soon: each was asked."""
        for _ in range(LOOKS):
            if not self._lane.away(accounts):
                return
            await asyncio.sleep(SOON)

    async def _looked(self) -> None:
        """Once Drive has said what is gone there, or soon: what it tells later is known then."""
        for _ in range(LOOKS):
            if self._feeds.has_looked():
                return
            await asyncio.sleep(SOON)


class BackupHandlers:
    """The night's work, and the backups it made."""

    def __init__(self, workspace: Workspace, ledger: Ledger) -> None:
        self._workspace = workspace
        self._ledger = ledger

    async def jobs(self, _asked: ListJobs) -> list[JobRow]:
        return await self._ledger.read(job_rows)

    async def backups(self, _asked: ListBackups) -> list[BackupRow]:
        return await asyncio.to_thread(backups.backup_rows, self._workspace)

    async def put_back(self, asked: RestoreBackup) -> PutBack:
        raise StoresInUse(asked.file, os.getpid())


def try_again(db: Db, chosen: Sequence[int] | None, now: float) -> RetryResult:
    """Failed photos and placements, and what a person removed. A trouble is over once its photo has come through."""
    meta.end_waits(db)
    looks = photos.look_again(db, None if chosen is None else list(chosen))
    those = None if chosen is None else json.dumps(list(chosen))
    gone = amiss_on_drive.gone(db, those)
    recorded.doubted_on_drive(db, gone, now)
    again = len(gone) + placements.try_again(db, those)
    if chosen is None:
        downloads.try_downloads_again(db)
    troubles.heal_outlived(db, now)
    photos.settle_states(db, {EventPhotoId(one) for one in disk_queue.photos_due(db)}, now)
    return {"photos": len(looks), "placements": again}


def put_back(db: Db, events: Sequence[EventId], now: float) -> RetryResult:
    """The same of all that these events have, and what of it is to be fetched."""
    downloads.try_downloads_again(db, events)
    return try_again(db, photos.of_events(db, events), now)
