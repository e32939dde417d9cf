"""What the jobs do: backups, tidying up, full listings of what was not listed for long, and events that end."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date
from functools import partial
from hashlib import file_digest
from pathlib import Path
from tempfile import TemporaryFile

import structlog

from agent import clock
from agent.disk.atomic import NotRegular, open_regular
from agent.disk.own_folders import OwnFolders
from agent.errors import VenueError
from agent.filing.withdrawn import LastFiles, whereabouts
from agent.jobs.backups import back_up_ledger, back_up_people
from agent.jobs.runner import DAY, Job, daily
from agent.ledger import Ledger, downloads, meta, photos, sightings, sources, syncs, tallies, troubles
from agent.ledger.counts import plural
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject
from agent.model import Event
from agent.roster import Roster
from agent.settings import Settings
from agent.sync.all_feeds import AllFeeds
from agent.workspace import Workspace

log = structlog.get_logger(__name__)

LAST_LISTING = 900.0  # seconds for the last listing of an event that ends, and for the lists to show all of it
LOOK_EVERY = 0.5  # seconds
BACKUPS = Subject("store:backup", "backups")


class Listings:
    """The net beneath the feeds: events that were not listed in full for long are; events that ended are switched off.

    `mark`, `list_marked` and `end` are jobs; each returns what came of it."""

    def __init__(self, ledger: Ledger, roster: Roster, feeds: AllFeeds, settings: Settings) -> None:
        self._ledger = ledger
        self._roster = roster
        self._feeds = feeds
        self._settings = settings

    @property
    def ending(self) -> Job:
        return Job("end", daily(self._settings.cleanup.at), self.end, quietly=True, by_date=True)

    async def mark(self) -> str:
        now = clock.wall()
        before = now - self._settings.schedule.stale_hours * 3600
        return f"{plural(await self._ledger.write(syncs.require_stale, before, now), 'source')} marked"

    async def list_marked(self) -> str:
        number = await self._ledger.write(syncs.require_marked)
        self._feeds.ring()
        return f"{plural(number, 'source')} to list"

    async def end(self) -> str:
        """A last listing in full, then off. One that Drive does not allow now is tried again next time; so is one of a
        source that cannot be reached: with its event off nobody would hear of what it holds.
        """
        today = clock.local(clock.wall()).date()
        going = [one for one in self._roster.events() if one.ends and not one.ended]
        due = [one for one in going if one.ends and date.fromisoformat(one.ends) < today]
        ended = [one for one in due if await self._end(one)]
        return f"{len(ended):,} of {len(due):,} events ended" if due else "no event ends"

    async def _end(self, event: Event) -> bool:
        watched = {one.id for one in event.looked_at}
        if watched:
            if self._feeds.are_off:
                return False
            await self._feeds.ask([event.id], whole=True)
            until = time.monotonic() + LAST_LISTING
            while watched & await self._ledger.read(syncs.unfinished):
                if time.monotonic() > until:
                    return False
                await asyncio.sleep(LOOK_EVERY)
            if watched & await self._ledger.read(syncs.lost_ones):
                return False
        now = await self._ledger.on_writer(self._roster.change_event, event.id, partial(ended, event))
        if now is None or not now.ended:
            return False
        await self._ledger.write(sources.left_alone, watched, clock.wall())
        text = f"{event.name} has ended: its sources are not looked at any more"
        await self._ledger.write(meta.note_activity, "event", text, clock.wall(), event.id)
        return True


def ended(was: Event, now: Event) -> Event:
    """Off, unless it was given another last day while it was listed, or a source that was not."""
    listed = {one.id for one in was.looked_at}
    all_listed = all(one.id in listed for one in now.looked_at)
    return replace(now, ended=True) if now.ends == was.ends and all_listed else now


class BackingUp:
    """At night, of the ledger and of the people; of the people also each hour in which something was decided.

    `keep_free` in bytes. Both are jobs: each returns what came of it. `alone` is held by whoever copies the ledger, or
    takes copies away: what is half made is no left-over.
    """

    def __init__(self, ledger: Ledger, workspace: Workspace, keep_free: int) -> None:
        self.alone = asyncio.Lock()
        self._ledger = ledger
        self._workspace = workspace
        self._keep_free = keep_free

    async def ledger(self) -> str:
        """That there was no room, or that the copy is not sound, is told until the next one is made."""
        try:
            made = await self.copy()
        except VenueError as error:
            await self._ledger.write(troubles.open_trouble, BACKUPS, error, clock.wall(), "warning")
            raise
        await self._ledger.write(troubles.heal, BACKUPS.key, clock.wall())
        return made.name

    async def copy(self) -> Path:
        """Of the ledger, as it is now. Raises `VenueError`."""
        async with self.alone:
            return await asyncio.to_thread(back_up_ledger, self._workspace, self._keep_free)

    async def people(self) -> str:
        made = await self._ledger.on_writer(back_up_people, self._workspace)
        return "as before" if made is None else made.name


@dataclass(slots=True)
class Swept:
    """Files that were removed."""

    files: int = 0
    bytes: int = 0

    def remove(self, path: Path) -> bool:
        """Whether it is gone now."""
        with suppress(FileNotFoundError):
            try:
                size = path.stat().st_size
                path.unlink()
            except FileNotFoundError:
                raise
            except OSError:
                return False
            self.files += 1
            self.bytes += size
        return True


class Cleanup:
    """Downloads that are filed, and old or told of by nothing; logs, thumbnails of photos that nobody knows any more,
    sums that are not right.

    What can be had from nowhere else goes only where a filed file has its bytes. `days` that filed downloads and logs
    are kept.
    """

    def __init__(self, ledger: Ledger, workspace: Workspace, own: OwnFolders, days: int) -> None:
        self._ledger = ledger
        self._workspace = workspace
        self._own = own
        self._days = days

    async def __call__(self) -> str:
        before = clock.wall() - self._days * DAY
        swept = Swept()
        for number, path, sha256 in await self._ledger.read(downloads.old_downloads, before):
            if sha256 is None or await self._is_filed(sha256):
                await self._ledger.write(drop_download, swept, number, self._workspace.state / path, before, sha256)
        for one in await self._ledger.read(downloads.left_downloads, str(self._workspace.state), before):
            if await self._is_filed(one.sha256):
                await self._ledger.write(drop_left, swept, self._workspace, one.path, before)
        await self._drop_unnamed(swept)
        known = await self._ledger.read(photos.all_hashes)
        await asyncio.to_thread(self._sweep, swept, before, known)
        kept = LastFiles(self._workspace.state)
        for sha256 in await self._ledger.read(photos.filed_among, list(await asyncio.to_thread(kept.all))):
            if await self._is_filed(sha256) and await self._ledger.write(drop_kept, swept, kept, sha256):
                await asyncio.to_thread(kept.forget_names, sha256)
        await self._ledger.write(tidy, clock.steady())
        if await self._ledger.read(tallies.wrong):
            log.warning("ledger.recounted", what=await self._ledger.write(tallies.recount))
        return f"{plural(swept.files, 'file')}, {swept.bytes / 1e6:,.1f} MB"

    async def _drop_unnamed(self, swept: Swept) -> None:
        """What was fetched, and nothing here tells of: of an event that was removed it may be the last there is."""
        state = str(self._workspace.state)
        found = await asyncio.to_thread(fetched_files, self._workspace)
        for path in await self._ledger.read(downloads.unnamed, state, found) if found else ():
            with suppress(OSError, NotRegular):
                sha256 = await asyncio.to_thread(sha256_of, Path(path))
                if await self._is_filed(sha256):
                    await self._ledger.write(drop_unnamed, swept, state, path, sha256)

    async def _is_filed(self, sha256: str) -> bool:
        known = await self._ledger.read(whereabouts, [sha256])
        return any([await asyncio.to_thread(one.is_filed, self._own) for one in known])

    def _sweep(self, swept: Swept, before: float, known: set[str]) -> None:
        """Files and downloads that nobody finished, old logs, thumbnails without a photo."""
        space = self._workspace
        with suppress(OSError):
            # By the disk's own clock: what is being written now is not old, however wrong the machine's clock is.
            begun = before - clock.wall() + written_now(space.state)
            for path in unfinished(space.state):
                with suppress(OSError):
                    if path.stat().st_mtime < begun:
                        swept.remove(path)
        for path in (*space.logs.glob("*.log.*"), *space.renditions.glob("*.jpg")):  # these are made again, if need be
            with suppress(OSError):
                if path.stat().st_mtime < before:
                    swept.remove(path)
        for path in space.thumbnails.glob("*.jpg"):
            if path.stem not in known:
                swept.remove(path)


def written_now(folder: Path) -> float:
    """When a file is changed there now, by the disk's clock: epoch seconds. Raises `OSError`."""
    with TemporaryFile(dir=folder) as file:
        return os.fstat(file.fileno()).st_mtime


def unfinished(folder: Path) -> Iterator[Path]:
    """What nobody wrote to its end, wherever it lies below; a folder may go meanwhile."""
    for found, _, files in os.walk(folder):
        ours = [one for one in files if one.startswith(".")]
        yield from (Path(found, one) for one in ours if one.endswith((".part", ".part-journal", ".new")))


def fetched_files(space: Workspace, now: float | None = None) -> list[str]:
    """What lies whole among the downloads, and longer than anything takes to be taken in there. `now` by the disk's own
    clock, unless it is given: then nothing is written.
    """
    found: list[str] = []
    with suppress(OSError):
        before = (written_now(space.state) if now is None else now) - DAY
        for path in space.downloads.glob("*/[!.]*"):
            with suppress(OSError):
                if not path.is_symlink() and path.is_file() and path.stat().st_mtime < before:
                    found.append(str(path))
    return found


def sha256_of(path: Path) -> str:
    """In hex. Raises `NotRegular`, `OSError`."""
    with open_regular(path) as file:
        return file_digest(file, "sha256").hexdigest()


# On the ledger's writer, where nothing is planned meanwhile: what was withdrawn since it was looked up stays.


def drop_download(db: Db, swept: Swept, download: int, file: Path, before: float, filed: str | None) -> None:
    if downloads.is_old_download(db, download, before, filed) and swept.remove(file):
        downloads.download_removed(db, download)
        sightings.drop(db, str(file))


def drop_left(db: Db, swept: Swept, space: Workspace, path: str, before: float) -> None:
    for one in downloads.left_downloads(db, str(space.state), before, path):
        file = Path(one.path)
        if file.is_relative_to(space.downloads) and swept.remove(file):
            sightings.drop(db, one.path)


def drop_unnamed(db: Db, swept: Swept, state: str, path: str, sha256: str) -> None:
    if photos.filed_among(db, [sha256]) and downloads.unnamed(db, state, [path]):
        swept.remove(Path(path))


def drop_kept(db: Db, swept: Swept, kept: LastFiles, sha256: str) -> bool:
    """Whether it is gone."""
    gone = bool(photos.filed_among(db, [sha256])) and swept.remove(kept.path(sha256))
    if gone:
        sightings.drop(db, str(kept.path(sha256)))
    return gone


def tidy(db: Db, now: float) -> None:
    meta.trim_activity(db)
    for one in syncs.channels(db):
        if one.expires_at < now:
            syncs.forget_channel(db, one.id)
