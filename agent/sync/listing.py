"""Listing a folder of a source with all below it, as values; and how new Drive's lists are.

Folders that venuesync made are left out, shortcuts are followed, circles are noticed. A list may be minutes old: what
it does not show need not be gone.

Lists lag behind what is (others met five minutes). One that shows a mark which was set on a folder of ours is at least
as new as the moment when it was set: evidence, not proof, as nobody says that Drive's lists show everything in the
order in which it happened.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog

from agent.drive.client import FOLDERS_AT_ONCE, DriveClient
from agent.drive.errors import DriveError
from agent.drive.files import DriveFile, quoted
from agent.intake.kinds import left_alone
from agent.ledger import Ledger, folders, meta
from agent.ledger.sources import ListedFile, ListedFolder
from agent.ledger.sqlite.rows import Db
from agent.model import DriveId, EventId, SourceId
from agent.sync.membership import is_picture, leads_to_folder, listed
from agent.sync.sources import camera_of
from agent.uploads import tags

log = structlog.get_logger(__name__)

AT_ONCE = FOLDERS_AT_ONCE - 1  # beside the mark
MARKED = "venuesync_marked"  # on one folder of ours: the workspace, so that lists can be asked for it
MARK = "venuesync_mark"  # there: which mark, as `ledger.number`
KEPT = "mark"  # the ledger's: `ledger.number` of the last mark that somebody tried to set


@dataclass(slots=True)
class Listing:
    """What lies in a source, or in a part of it. `shown`: every item that a list showed there, photo or not.

    `hidden`: names of shortcuts to photos and folders that this account may not see; `untaken`: of files that neither
    name nor type calls a photo.

    `since`: the mark that all these lists showed, or the oldest of those; 0: some showed none.
    """

    folders: list[ListedFolder] = field(default_factory=list[ListedFolder])
    files: list[ListedFile] = field(default_factory=list[ListedFile])
    shown: set[DriveId] = field(default_factory=set[DriveId])
    marks: list[int] = field(default_factory=list[int])
    hidden: list[str] = field(default_factory=list[str])
    untaken: list[str] = field(default_factory=list[str])

    @property
    def since(self) -> int:
        return min(self.marks, default=0)


class Lister:
    """`ours` are ids of folders that venuesync made; `mark` was set on one of them. Raises `DriveError`."""

    def __init__(self, client: DriveClient, ours: frozenset[str], mark: Mark | None) -> None:
        self.hidden: list[str] = []  # as of a listing, since they were taken last
        self.untaken: list[str] = []  # the same
        self._client = client
        self._ours = ours
        self._mark = mark

    async def below(self, event: EventId, roots: Sequence[ListedFolder], found: Listing) -> None:
        """Everything below these folders, they themselves included, level by level, is added to `found`."""
        level = {root.id: root for root in roots if root.id not in found.shown}
        while level:
            found.folders += level.values()
            found.shown |= level.keys()
            led_to = {one.id: one.name for one in level.values() if one.via is not None}
            seen = await self._client.get_all(led_to)
            found.hidden += [name for id, name in led_to.items() if seen[id] is None]
            following: dict[DriveId, ListedFolder] = {}
            folders = list(level.values())
            for first in range(0, len(folders), AT_ONCE):
                for home, one in await self._children(folders[first : first + AT_ONCE], found):
                    folder = self._folder(one, home)
                    if folder is not None and folder.id not in found.shown:
                        following.setdefault(folder.id, folder)
                    elif folder is None:
                        found.shown.add(one.id)
                        if (file := await self.file(event, home, one)) is not None:
                            found.files.append(file)
            level = following
        found.hidden, self.hidden = [*found.hidden, *self.hidden], []
        found.untaken, self.untaken = [*found.untaken, *self.untaken], []

    async def _children(self, folders: Sequence[ListedFolder], found: Listing) -> list[tuple[ListedFolder, DriveFile]]:
        """What one list shows in these folders, each with the folder that it is in; and which mark it shows."""
        homes: Mapping[DriveId, ListedFolder] = {folder.id: folder for folder in folders}
        shown: list[tuple[ListedFolder, DriveFile]] = []
        mark = 0
        async for one in self._client.children(list(homes), None if self._mark is None else self._mark.query):
            if self._mark is not None and one.id == self._mark.folder:
                mark = self._mark.read(one)
            shown += [(homes[parent], one) for parent in one.parents if parent in homes][:1]
        found.marks.append(mark)
        return shown

    def _folder(self, one: DriveFile, home: ListedFolder) -> ListedFolder | None:
        """The folder that this item is or leads to; `None` for everything else and for ours."""
        if one.is_folder:
            return None if one.id in self._ours or tags.WORKSPACE in one.tags else listed(one, home)
        return listed(one, home) if leads_to_folder(one) and one.target not in self._ours else None

    async def file(self, event: EventId, home: ListedFolder, one: DriveFile) -> ListedFile | None:
        """The photo or video that this item is, or leads to; `None` for everything else, and for what is ours."""
        if tags.WORKSPACE in one.tags or one.is_folder:
            return None
        content = one
        if one.is_shortcut:
            target = await self._target(one)
            if target is None:
                if (one.target_mime or "").startswith(("image/", "video/")):
                    self.hidden.append(one.name)
                return None
            content = target
        if content.md5 is None or content.size is None:
            return None
        if not is_picture(content):
            self.untaken += [] if left_alone(one.name) else [one.name]
            return None
        return ListedFile(
            home.source,
            event,
            one.id,
            home.id,
            content.id,
            one.name,
            content.mime,
            content.md5,
            content.size,
            content.created_at,
            camera_of(home.name),
            content.resource_key,
            one.version,
        )

    async def _target(self, shortcut: DriveFile) -> DriveFile | None:
        if shortcut.target is None:
            return None
        return (await self._client.get_all([shortcut.target]))[shortcut.target]


def listed_roots(source: SourceId, folders: Iterable[tuple[str, str]]) -> list[ListedFolder]:
    """The folders, (id, name), at which a source begins."""
    return [ListedFolder(source, DriveId(drive_id), None, name, 0) for drive_id, name in folders]


@dataclass(frozen=True, slots=True)
class Mark:
    """`number` was set on `folder`; `query` shows that folder in a list, `ledger` tells whose number it is."""

    folder: DriveId
    ledger: str
    number: int
    query: str

    def read(self, shown: DriveFile) -> int:
        """The mark that a list shows; 0: none of this ledger's."""
        ledger, _, number = shown.tags.get(MARK, "").partition(".")
        return int(number) if ledger == self.ledger and number.isdigit() else 0


class ListFreshness:
    """How new Drive's lists are: a mark on a folder of ours, and whether a list shows it yet.

    `may`: whether anything may be changed on Drive now, as it may not where sending is off."""

    def __init__(
        self, ledger: Ledger, client: DriveClient, workspace_id: str, may: Callable[[], bool], account: str = ""
    ) -> None:
        self._account = account
        self._ledger = ledger
        self._client = client
        self._workspace_id = workspace_id
        self._may = may
        self._last: Mark | None = None  # the last one that was set
        self._lock = asyncio.Lock()

    async def mark(self, after: int | None = None) -> Mark | None:
        """A mark set now; with `after`, one that was set earlier will do, if its number is higher.

        `None`: there is none to be had, as nothing of ours is on Drive yet, or it may not be changed. Raises
        `DriveError` for what pauses the lane alone.
        """
        async with self._lock:
            if after is None or self._last is None or self._last.number <= after:
                self._last = await self._set()
            return self._last

    async def shown(self, after: int) -> int:
        """The mark that lists show now, for whoever waits for one higher than `after`; 0: none."""
        mark = await self.mark(after)
        if mark is None:
            return 0
        found = [mark.read(one) async for one in self._client.list_all(mark.query) if one.id == mark.folder]
        return max(found, default=0)

    async def _set(self) -> Mark | None:
        folder = await self._ledger.read(folders.own_on_drive, self._account) if self._may() else None
        if folder is None:
            return None
        ledger, number = await self._ledger.write(begin)
        try:
            tags = {MARKED: self._workspace_id, MARK: f"{ledger}.{number}"}
            await self._client.update(folder, tags=tags)
        except DriveError as error:
            if error.pauses_lane:
                raise
            log.info("mark.refused", folder=folder, kind=error.kind)
            return None
        query = f"appProperties has {{ key={quoted(MARKED)} and value={quoted(self._workspace_id)} }}"
        return Mark(folder, ledger, number, query)


def begin(db: Db) -> tuple[str, int]:
    """The next number, kept before Drive hears of it: one whose answer is lost is never taken for a later one."""
    ledger, _, number = meta.get(db, KEPT).partition(".")
    ledger = ledger or secrets.token_hex(4)
    meta.put(db, KEPT, f"{ledger}.{int(number or 0) + 1}")
    return ledger, int(number or 0) + 1


def last_tried(db: Db) -> int:
    """The highest number that may have been set by now."""
    return int(meta.get(db, KEPT).partition(".")[2] or 0)
