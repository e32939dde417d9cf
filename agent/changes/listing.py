"""Listing a folder of a source with all below it, as values; nothing is written here.

Folders that venuesync made are left out, shortcuts are followed, circles are noticed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from agent.changes.cameras import camera_of
from agent.drive.client import DriveClient
from agent.drive.errors import DriveError
from agent.drive.files import DriveFile
from agent.intake.kinds import named_like_picture
from agent.ledger.sources import ListedFile, ListedFolder
from agent.model import DriveId, EventId, SourceId
from agent.uploads import tags


@dataclass(slots=True)
class Listing:
    """What lies in a source, or in a part of it. `requests` were made for it."""

    folders: list[ListedFolder] = field(default_factory=list[ListedFolder])
    files: list[ListedFile] = field(default_factory=list[ListedFile])
    requests: int = 0


class Lister:
    """`ours` answers whether a Drive id is a folder that venuesync made. Raises `DriveError`."""

    def __init__(self, client: DriveClient, ours: frozenset[str]) -> None:
        self._client = client
        self._ours = ours

    async def below(self, event: EventId, roots: Sequence[ListedFolder]) -> Listing:
        """Everything below these folders, they themselves included, level by level."""
        found = Listing(folders=list(roots))
        seen = {root.id for root in roots}
        level: list[ListedFolder] = list(roots)
        while level:
            homes = {folder.id: folder for folder in level}
            level = []
            async for one in self._client.children([folder.id for folder in homes.values()]):
                home = next((homes[parent] for parent in one.parents if parent in homes), None)
                if home is None:
                    continue
                folder = self._folder(one, home)
                if folder is not None:
                    if folder.id not in seen:
                        seen.add(folder.id)
                        level.append(folder)
                    continue
                file = await self.file(event, home, one)
                if file is not None:
                    found.files.append(file)
            found.folders += level
        return found

    def _folder(self, one: DriveFile, home: ListedFolder) -> ListedFolder | None:
        """The folder that this item is or leads to; `None` for everything else and for ours."""
        if one.is_folder:
            if one.id in self._ours or tags.WORKSPACE in one.tags:
                return None
            return ListedFolder(home.source, one.id, home.id, one.name, home.depth + 1)
        if one.is_shortcut and one.target is not None and "folder" in (one.target_mime or ""):
            return ListedFolder(home.source, one.target, home.id, one.name, home.depth + 1, via=one.id)
        return None

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


def is_picture(file: DriveFile) -> bool:
    """By Drive's type, else by the name: what it really is shows when its bytes are here."""
    return file.mime.startswith(("image/", "video/")) or named_like_picture(file.name)


def roots_of(source: SourceId, folders: Iterable[tuple[str, str]]) -> list[ListedFolder]:
    """The folders, (id, name), at which a source begins."""
    return [ListedFolder(source, DriveId(drive_id), None, name, 0) for drive_id, name in folders]
