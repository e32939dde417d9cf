"""Folders on Drive of somebody who is forgotten: found by their ids and by our marks on them, emptied, nameless."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

import structlog

from agent.drive.client import DriveClient
from agent.drive.connection import DriveLane
from agent.drive.errors import DriveError
from agent.drive.files import DriveFile
from agent.ledger import Ledger, accounts, forgotten, meta, ours_on_drive
from agent.ledger.folders import key_of_person
from agent.ledger.sqlite.rows import Db
from agent.model import DriveId, EventId, FolderKind, PersonId
from agent.uploads import tags
from agent.uploads.send import if_there
from agent.uploads.verify import blurred_as, event_of, shown_rightly, shows_face

log = structlog.get_logger(__name__)

OTHERS = "Somebody's files"  # what a folder is called whose name nobody is to read any more
NO_TAGS = {tags.WORKSPACE: None, tags.FOLDER: None}


Opened = tuple[DriveId, str]  # a folder, and the permission by which somebody may read it


class Forgets(Protocol):
    @property
    def ready(self) -> bool:
        """Whether Drive can be asked now."""
        ...

    async def forget(self, ids: Sequence[PersonId], opened: Sequence[Opened] = ()) -> bool:
        """Whether nothing of theirs is on Drive any more; `False`: not yet. `opened`: what is open to nobody then."""
        ...

    async def forget_strays(self, photos: Collection[str], events: Collection[EventId]) -> bool:
        """The same of files that the ledger does not know, since it was lost or they were replaced, of photos (SHA-256)
        on which they are to be blurred: in Drive's trash, and, where they are not, in the folders of these events. What
        lies in folders of an event that files it as it is stays.
        """
        ...


class ForgetsNothing:
    """Where there is no line to Drive."""

    ready = False
    account = ""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def forget(self, ids: Sequence[PersonId], opened: Sequence[Opened] = ()) -> bool:
        return not await self._ledger.read(left_there, ids)

    async def forget_strays(self, photos: Collection[str], events: Collection[EventId]) -> bool:
        return True


class ForgetsOnDrive:
    """The queue moves or deletes what lies in them; then the folders lose their names and go to the trash.

    Not away for good: somebody may have put a file there that no list shows yet. One in which there is such a file
    stays, without the name, and open to nobody whom we let in. `learning` is held by whoever reads what lies there:
    what was listed before they were forgotten is not written down after it. So is `making` by whoever makes folders.
    """

    def __init__(
        self,
        ledger: Ledger,
        client: DriveClient,
        lane: DriveLane,
        workspace_id: str,
        paused: Callable[[], bool],
        learning: asyncio.Lock,
        making: asyncio.Lock,
        account: str = "",
    ) -> None:
        self.account = account
        self._ledger = ledger
        self._client = client
        self._lane = lane
        self._workspace_id = workspace_id
        self._paused = paused
        self._learning = learning
        self._making = making

    @property
    def ready(self) -> bool:
        return self._lane.is_open() and not self._paused()

    async def forget(self, ids: Sequence[PersonId], opened: Sequence[Opened] = ()) -> bool:
        if not self.ready:
            return False
        async with self._making:
            if self._learning.locked():
                return False
            async with self._learning:
                return await self._forget(ids, opened)

    async def _forget(self, ids: Sequence[PersonId], opened: Sequence[Opened]) -> bool:
        if await self._ledger.read(is_to_come, ids, self.account):
            return False
        try:
            for folder, permission in opened:
                await self._client.unshare(folder, permission)
            known = await self._ledger.read(forgotten.folders_on_drive, ids)
            marked = [one.id for person in ids for one in await self._marked(person)]
            await self._delete([*known, *(one for one in marked if one not in known)])
        except DriveError as error:
            self._lane.report(error)
            log.info("forget.refused", kind=error.kind)
            return False
        await self._ledger.write(forgotten.gone_from_drive, ids)
        return True

    async def forget_strays(self, photos: Collection[str], events: Collection[EventId]) -> bool:
        if not self.ready:
            return False
        try:
            ours = tags.workspace(self._workspace_id)
            found = await self._client.find_tagged(*ours, trashed=None if events else True)
            known = await self._ledger.read(known_there, self.account)
            blurred = await self._ledger.read(blurred_as)
            strays = [one for one in found if one.mine and one.tags.get(tags.PHOTO) in photos and one.id not in known]
            folders = await self._client.find_tagged(*ours, folders=True) if strays else []
            listed = {str(one.id): one for one in (*found, *folders)}
            rightly = await self._ledger.read(shown_rightly, strays, listed)
            for one in strays:
                if one.id in rightly:
                    continue
                if one.trashed or (event_of(one, listed) in events and shows_face(one, blurred)):
                    await self._client.delete(one.id)
        except DriveError as error:
            self._lane.report(error)
            log.info("forget.refused", kind=error.kind)
            return False
        return True

    async def _marked(self, person: PersonId) -> list[DriveFile]:
        """Folders that bear our mark for this person, in the trash, too, whether or not the ledger knows them; but for
        those on another one's Drive.
        """
        found: list[DriveFile] = []
        for kind in (FolderKind.PERSON, FolderKind.SOLO, FolderKind.GROUP):
            mark = key_of_person(person, kind)
            found += await self._client.find_tagged(tags.FOLDER, mark, folders=True, trashed=None)
        return [one for one in found if one.mine and one.tags.get(tags.WORKSPACE) == self._workspace_id]

    async def _delete(self, ours: Sequence[DriveId]) -> None:
        listed = [one.id async for one in self._client.children(ours, trashed=True)] if ours else []
        theirs = {*ours} | await self._ledger.read(forgotten.ours_alone, listed)
        there = await self._client.get_all(one for one in listed if one not in theirs)  # a list may show what is gone
        for one in await self._left(there):
            with if_there():
                await self._client.delete(one)
            del there[one]
        stays = {parent for one in there.values() if one is not None for parent in one.parents} & {*ours}
        for one in [*stays]:
            stays |= {*(await self._client.get(one)).parents} & {*ours}
        for one in ours:
            with if_there():
                await self._client.update(one, name=OTHERS, trashed=None if one in stays else True, tags=NO_TAGS)

    async def _left(self, there: Mapping[DriveId, DriveFile | None]) -> list[DriveId]:
        """Photos of ours among these that the ledger does not know, since it was lost."""
        marked = [
            id
            for id, one in there.items()
            if one is not None and one.tags.get(tags.WORKSPACE) == self._workspace_id and tags.PHOTO in one.tags
        ]
        known = await self._ledger.read(ours_on_drive.all_drive_ids) if marked else set[str]()
        return [one for one in marked if one not in known]


class ForgetsOnDrives:
    """The same on the Drives of all accounts, as far as anything of theirs may lie there; `each` returns them."""

    def __init__(self, ledger: Ledger, each: Callable[[], Sequence[ForgetsOnDrive]]) -> None:
        self._ledger = ledger
        self._each = each

    @property
    def ready(self) -> bool:
        return any(one.ready for one in self._each())

    async def forget(self, ids: Sequence[PersonId], opened: Sequence[Opened] = ()) -> bool:
        """Where the ledger knows no folder of theirs, it may be a lost one: then each Drive is asked."""
        each = self._each()
        known = await self._ledger.read(accounts.of_people, ids)
        where = [one for one in each if one.account in known] or each
        return all([await one.forget(ids, opened) for one in where])

    async def forget_strays(self, photos: Collection[str], events: Collection[EventId]) -> bool:
        each = self._each()  # all is listed there: not while it has to be done again anyway
        return all(one.ready for one in each) and all([await one.forget_strays(photos, events) for one in each])


def known_there(db: Db, account: str) -> set[str]:
    """Ids of what is ours by the ledger, and of what an event has left on that Drive."""
    return ours_on_drive.all_drive_ids(db) | {one.drive_id for one in accounts.left_there(db, account)}


def is_to_come(db: Db, ids: Sequence[PersonId], account: str) -> bool:
    """Whether files of theirs are still to go from that Drive, or may be: it is to be read first."""
    return bool(forgotten.files_on_drive(db, ids) or meta.to_learn(db, account))


def left_there(db: Db, ids: Sequence[PersonId]) -> int:
    return forgotten.files_on_drive(db, ids) + len(forgotten.folders_on_drive(db, ids))
