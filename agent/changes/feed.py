"""One change feed: the account's, or a shared drive's. Its token moves only with what it brought, in one transaction.

The token is taken before the first full listing; a refused one means: take a new one, list everything again, compare.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog

from agent.changes.cameras import camera_of
from agent.changes.listing import Lister, Listing, roots_of
from agent.changes.lost import is_loss
from agent.changes.membership import Effects, Index, effects_of
from agent.drive.client import DriveClient
from agent.drive.errors import DriveError
from agent.drive.files import Change, DriveFile
from agent.drive.reasons import Scope
from agent.errors import Cause, VenueError
from agent.ledger import Ledger, activity, counts, recorded, sources, syncs
from agent.ledger.sources import ListedFile, ListedFolder
from agent.model import EventId, Source, SourceId

log = structlog.get_logger(__name__)

Gone = Callable[[sqlite3.Connection, EventId, Sequence[int], float], None]


@dataclass(frozen=True, slots=True)
class Watched:
    """A source with the event that it feeds."""

    event: EventId
    source: Source

    @property
    def roots(self) -> list[tuple[str, str]]:
        """The folders at which it begins: the chosen ones, or the whole."""
        return [(one, self.source.name) for one in self.source.only] or [(self.source.folder, self.source.name)]


Lose = Callable[[sqlite3.Connection, Watched, VenueError, float], None]


class Feed:
    """`key` is "" for the account, else the shared drive's id.

    `gone` says what becomes of photos that disappeared, `lose` records that a source cannot be reached.
    """

    def __init__(self, key: str, ledger: Ledger, client: DriveClient, gone: Gone, lose: Lose) -> None:
        self.key = key
        self._ledger = ledger
        self._client = client
        self._gone = gone
        self._lose = lose

    # ---- from the beginning

    async def begin(self) -> str:
        """The token to go on from. A new one is taken before anything is listed; then all has to be listed."""
        token = await self._ledger.read(sources.feed_token, self.key)
        if token is None:
            token = await self._client.start_page_token(self.key or None)
            await self._ledger.write(sources.keep_token, self.key, token, time.time(), changed=False)
        return token

    async def list_whole(self, watched: Watched, run: int) -> int:
        """A full listing of a source, compared with what is known. Answers how many photos are news.

        Raises `DriveError`; a folder that is not there (any more) is said to be lost by its caller.
        """
        for drive_id, _ in watched.roots:
            await self._reach(watched, drive_id)
        ours = frozenset(await self._ledger.read(recorded.all_drive_ids))
        lister = Lister(self._client, ours)
        listing = await lister.below(watched.event, roots_of(watched.source.id, watched.roots))
        missing = await self._ledger.read(not_listed, watched.source.id, listing)
        really = [one for one in missing if await self._is_gone(watched, listing, one)]
        return await self._ledger.write(self._write_whole, watched, listing, really, run, time.time())

    async def _reach(self, watched: Watched, drive_id: str) -> None:
        """The root itself, by its id: a listing of a folder that is not shared any more looks empty."""
        found = await self._client.get(sources.DriveId(drive_id))
        if found.trashed:
            raise DriveError(
                "The folder is in the trash",
                watched.source.name,
                "Take it out of Drive's trash",
                cause=Cause.MISSING,
                kind="folder_not_found",
                scope=Scope.ITEM,
            )

    async def _is_gone(self, watched: Watched, listing: Listing, drive_id: str) -> bool:
        """Listings may lag: a file that was known counts as gone only if it says so itself."""
        try:
            file = await self._client.get(sources.DriveId(drive_id))
        except DriveError as error:
            if error.cause is Cause.MISSING:
                return True
            raise
        return file.trashed or not {folder.id for folder in listing.folders} & set(file.parents)

    def _write_whole(
        self, db: sqlite3.Connection, watched: Watched, listing: Listing, gone: list[str], run: int, now: float
    ) -> int:
        source = watched.source.id
        db.execute("DELETE FROM source_folder WHERE source = ?", (source,))
        for folder in listing.folders:
            sources.put_folder(db, folder)
        news = sum(sources.put_file(db, file, now, run) for file in listing.files)
        photos = [sources.file_gone(db, source, one, now) for one in gone]
        self._gone(db, watched.event, [photo for photo in photos if photo is not None], now)
        syncs.listed(db, source, now)
        syncs.end_run(db, run, now, found=news, gone=len(gone), outcome="ok")
        if news:
            sources.brought(db, self.key, now)
            activity.note(db, "listed", f"{watched.source.name}: {counts.plural(news)} found", now, watched.event)
        return news

    # ---- from change to change

    async def poll(self, watched: Sequence[Watched]) -> bool:
        """Read the feed to its end. Answers whether it brought anything for the sources.

        Raises `DriveError`: of scope `cursor` where all has to be listed again.
        """
        token = await self.begin()
        brought = False
        while True:
            page = await self._client.changes(token, self.key or None)
            brought |= await self._take(page.changes, page.token, watched)
            token = page.token
            if not page.more:
                return brought

    async def _take(self, changes: Sequence[Change], token: str, watched: Sequence[Watched]) -> bool:
        """A page: what it needs is listed first, then its effects and the token after it are written together."""
        by_id = {one.source.id: one for one in watched}
        effects = effects_of(changes, await self._ledger.read(read_index, changes))
        lost = await self._lost_roots(effects, by_id)
        effects.keep(by_id.keys() - lost.keys())
        lister = Lister(self._client, frozenset(await self._ledger.read(recorded.all_drive_ids)))
        page = Page(by_id, effects, lost, token)
        for source, folder, home in effects.entered:
            event = by_id[source].event
            page.entered.append((event, home, await lister.below(event, [listed(folder, home)])))
        for source, file in effects.put:
            home = await self._home_of(source, file.parents)
            made = None if home is None else await lister.file(by_id[source].event, home, file)
            if made is not None:
                page.files.append((by_id[source].event, made))
            else:  # it was a photo, and is something else now
                effects.gone.append((source, file.id))
        return await self._ledger.write(self._write_page, page, time.time())

    async def _home_of(self, source: SourceId, parents: Sequence[str]) -> ListedFolder | None:
        found = await self._ledger.read(sources.folders_by_id, parents)
        return next((one for folders in found.values() for one in folders if one.source == source), None)

    async def _lost_roots(self, effects: Effects, by_id: dict[SourceId, Watched]) -> dict[SourceId, DriveError]:
        """Sources whose own folder cannot be reached: nothing leaves them, they are lost as a whole."""
        lost: dict[SourceId, DriveError] = {}
        for source in effects.takes_away | effects.roots:
            if source in by_id:
                for drive_id, _ in by_id[source].roots:
                    try:
                        await self._reach(by_id[source], drive_id)
                    except DriveError as error:
                        if not is_loss(error):
                            raise
                        lost[source] = error
        return lost

    def _write_page(self, db: sqlite3.Connection, page: Page, now: float) -> bool:
        """In an order that needs no other: what moved or changed is where it is now, then all that left goes with
        whatever lies in it by now, then comes what entered.
        """
        tally = Tally(db, now)
        for source, folder, home in page.effects.moved:
            moved = listed(folder, home)
            sources.put_folder(db, moved)
            sources.rename_camera(db, page.watched[source].event, moved, camera_of(moved.name))
        for event, file in page.files:
            tally.put(event, file)
        for source, folder in page.effects.left:
            tally.gone(page.watched[source].event, sources.drop_folder(db, source, folder, now))
        for source, drive_id in page.effects.gone:
            tally.file_gone(page.watched[source].event, source, drive_id)
        for event, home, listing in page.entered:
            if sources.has_folder(db, home.source, home.id):  # else it left in the same page
                tally.put_all(event, listing)
        for source, error in page.lost.items():
            self._lose(db, page.watched[source], error, now)
        for event, photos in tally.lost_photos.items():
            self._gone(db, event, photos, now)
        tally.close()
        sources.keep_token(db, self.key, page.token, now, changed=tally.any)
        return tally.any


@dataclass(slots=True)
class Page:
    """A page of changes with all that was looked up for it."""

    watched: dict[SourceId, Watched]
    effects: Effects
    lost: dict[SourceId, DriveError]
    token: str
    entered: list[tuple[EventId, ListedFolder, Listing]] = field(
        default_factory=list[tuple[EventId, ListedFolder, Listing]]
    )
    files: list[tuple[EventId, ListedFile]] = field(default_factory=list[tuple[EventId, ListedFile]])


def listed(folder: DriveFile, home: ListedFolder) -> ListedFolder:
    """A folder, or what a shortcut leads to, as a member of the source that `home` is in."""
    via = folder.id if folder.is_shortcut else None
    return ListedFolder(home.source, folder.target or folder.id, home.id, folder.name, home.depth + 1, via)


class Tally:
    """What a page brought to each event, as a row of its own once there is something."""

    def __init__(self, db: sqlite3.Connection, now: float) -> None:
        self._db = db
        self._now = now
        self._runs: dict[EventId, int] = {}
        self._found: dict[EventId, int] = {}
        self._gone: dict[EventId, int] = {}
        self.lost_photos: dict[EventId, list[int]] = {}

    @property
    def any(self) -> bool:
        return bool(self._runs)

    def _run(self, event: EventId) -> int:
        if event not in self._runs:
            self._runs[event] = syncs.begin_run(self._db, event, "changes", self._now)
        return self._runs[event]

    def put(self, event: EventId, file: ListedFile) -> None:
        before = self._runs.get(event)
        run = before if before is not None else self._run(event)
        if sources.put_file(self._db, file, self._now, run):
            self._found[event] = self._found.get(event, 0) + 1

    def put_all(self, event: EventId, listing: Listing) -> None:
        for folder in listing.folders:
            sources.put_folder(self._db, folder)
        for file in listing.files:
            self.put(event, file)

    def file_gone(self, event: EventId, source: SourceId, drive_id: str) -> None:
        """Without effect for what is not known, or gone already."""
        if sources.is_there(self._db, source, drive_id):
            photo = sources.file_gone(self._db, source, drive_id, self._now)
            self.gone(event, [] if photo is None else [photo])

    def gone(self, event: EventId, photos: Sequence[int]) -> None:
        self._run(event)
        self._gone[event] = self._gone.get(event, 0) + 1
        self.lost_photos.setdefault(event, []).extend(photos)

    def close(self) -> None:
        """Looks that brought nothing after all (a view, a rename) leave no row."""
        for event, run in list(self._runs.items()):
            found, gone = self._found.get(event, 0), self._gone.get(event, 0)
            if not found and not gone:
                self._db.execute("DELETE FROM sync_run WHERE id = ?", (run,))
                del self._runs[event]
                continue
            syncs.end_run(self._db, run, self._now, found=found, gone=gone, outcome="ok")


def read_index(db: sqlite3.Connection, changes: Sequence[Change]) -> Index:
    """What is known of everything that a page speaks of."""
    ids = {str(change.id) for change in changes}
    parents = {str(parent) for change in changes if change.file for parent in change.file.parents}
    ours = frozenset(recorded.all_drive_ids(db) & (ids | parents))
    return Index(sources.folders_by_id(db, ids | parents), sources.sources_of_files(db, ids), ours)


def not_listed(db: sqlite3.Connection, source: SourceId, listing: Listing) -> list[str]:
    """Files that were there and are not in the listing."""
    return sorted(sources.files_of(db, source) - {file.id for file in listing.files})
