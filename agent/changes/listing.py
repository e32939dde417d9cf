"""Listing a folder of a source with all below it, as values; nothing is written here.

Folders that venuesync made are left out, shortcuts are followed, circles are noticed. A list may be minutes old: what
it does not show need not be gone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from agent.changes.cameras import camera_of
from agent.changes.membership import is_picture, leads_to_folder, listed
from agent.changes.witness import Mark
from agent.drive.client import FOLDERS_AT_ONCE, DriveClient
from agent.drive.errors import DriveError
from agent.drive.files import DriveFile
from agent.ledger.sources import ListedFile, ListedFolder
from agent.model import DriveId, EventId, SourceId
from agent.uploads import tags

AT_ONCE = FOLDERS_AT_ONCE - 1  # beside the mark


@dataclass(slots=True)
class Listing:
    """What lies in a source, or in a part of it. `shown`: every item that a list showed there, photo or not.

    `since`: the mark that all these lists showed, or the oldest of those; 0: some showed none.
    """

    folders: list[ListedFolder] = field(default_factory=list[ListedFolder])
    files: list[ListedFile] = field(default_factory=list[ListedFile])
    shown: set[DriveId] = field(default_factory=set[DriveId])
    marks: list[int] = field(default_factory=list[int])

    @property
    def since(self) -> int:
        return min(self.marks, default=0)


class Lister:
    """`ours` are ids of folders that venuesync made; `mark` was set on one of them. Raises `DriveError`."""

    def __init__(self, client: DriveClient, ours: frozenset[str], mark: Mark | None) -> None:
        self._client = client
        self._ours = ours
        self._mark = mark

    async def below(self, event: EventId, roots: Sequence[ListedFolder], found: Listing) -> None:
        """Everything below these folders, they themselves included, level by level, is added to `found`."""
        level = {root.id: root for root in roots if root.id not in found.shown}
        while level:
            found.folders += level.values()
            found.shown |= level.keys()
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
                return None
            content = target
        if content.md5 is None or not content.size or not is_picture(content):
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
        try:
            return await self._client.get(shortcut.target)
        except DriveError as error:
            if error.kind == "not_found":
                return None
            raise


def roots_of(source: SourceId, folders: Iterable[tuple[str, str]]) -> list[ListedFolder]:
    """The folders, (id, name), at which a source begins."""
    return [ListedFolder(source, DriveId(drive_id), None, name, 0) for drive_id, name in folders]
