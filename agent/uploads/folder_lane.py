"""The folder lane: wanted folders are on Drive at once, whatever the queue of photos is doing.

A folder is known by its id, never by its name. Its id is kept in the ledger before Drive is asked, so that an answer
that was lost makes no second folder; one that a person deleted or trashed is made again, with what was in it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog

from agent.bell import Bell
from agent.drive.client import DriveClient
from agent.drive.errors import DriveError
from agent.drive.lane import DriveLane
from agent.drive.reasons import Scope
from agent.errors import Cause
from agent.ledger import Ledger, folders
from agent.ledger.folders import DriveFolder
from agent.model import DEFAULT_EVENT, DriveId, FolderId, FolderKind
from agent.uploads import records, tags
from agent.uploads.ids import IdPool

log = structlog.get_logger(__name__)

AT_ONCE = 8  # folders asked for at a time
RETRY_AFTER = 15.0  # seconds, for a folder that Drive refuses


class FolderLane:
    """`destination` is the id of an operator's own folder; empty: `venuesync` is made. `made` is called afterwards."""

    def __init__(
        self,
        ledger: Ledger,
        client: DriveClient,
        ids: IdPool,
        lane: DriveLane,
        *,
        workspace_id: str,
        destination: str,
        check_every: float,
        made: Callable[[], None],
    ) -> None:
        self.bell = Bell()
        self._ledger = ledger
        self._client = client
        self._ids = ids
        self._lane = lane
        self._workspace_id = workspace_id
        self._destination = destination
        self._check_every = check_every
        self._made = made
        self._checked = time.monotonic()

    async def run(self) -> None:
        """Make what is wanted and look after what is there, until cancelled."""
        while True:
            await self._lane.open()
            try:
                more = await self.step()
            except DriveError as error:
                if not self._lane.report(error):
                    log.warning("folders.refused", kind=error.kind, detail=error.detail)
                    await self.bell.wait(RETRY_AFTER)
                continue
            if not more:
                await self.bell.wait(self._check_every)

    async def step(self) -> bool:
        """Make one level of the tree, persons' folders first. Answers whether there may be more to do at once."""
        due = (await self._ledger.read(folders.due_on_drive, time.time()))[:AT_ONCE]
        if due:
            await self._ids.fill(len(due))
            results = await asyncio.gather(*(self._make(one) for one in due))
            self._made()
            return any(results)
        if time.monotonic() - self._checked >= self._check_every:
            self._checked = time.monotonic()
            await self._check()
        return False

    # ---- making

    async def _make(self, folder: DriveFolder) -> bool:
        """Make one folder, or find out that it was made. Answers whether things went on."""
        drive_id = self._given(folder)
        if drive_id is None:
            drive_id = folder.reserved or await self._ledger.write(folders.reserve_on_drive, folder.id)
            if drive_id is None:
                return False
            try:
                await self._create(folder, drive_id)
            except DriveError as error:
                return await self._refused(folder, error)
        self._lane.succeeded()
        await self._ledger.write(records.folder_made, folder, drive_id, time.time())
        return True

    def _given(self, folder: DriveFolder) -> DriveId | None:
        """The operator's own folder stands for ours, and for the default event's, as the predecessors had it."""
        own = folder.kind is FolderKind.ROOT or folder.key == f"event:{DEFAULT_EVENT}"
        return DriveId(self._destination) if self._destination and own else None

    async def _create(self, folder: DriveFolder, drive_id: DriveId) -> None:
        marks = tags.of_folder(self._workspace_id, folder.key)
        try:
            await self._client.create_folder(drive_id, folder.name, folder.parent, marks)
        except DriveError as error:
            if error.cause is not Cause.CONFLICT:
                raise
            found = await self._client.get(drive_id)  # an earlier answer was lost: it is ours, by its id
            if found.trashed:
                raise

    async def _refused(self, folder: DriveFolder, error: DriveError) -> bool:
        if self._lane.report(error):
            return False
        if error.kind == "folder_not_found" and folder.parent is not None:
            await self._ledger.write(folders.unreserve_on_drive, folder.id)
            above = await self._ledger.read(folders.parent_of, folder.id)
            return above is not None and await self.doubt(above, folder.parent)
        if error.kind == "folder_full" and folder.parent is not None:
            above = await self._ledger.read(folders.parent_of, folder.id)
            return above is not None and await self.roll_over(above, folder.parent)
        if error.cause in (Cause.CONFLICT, Cause.MISSING) or error.kind == "id_refused":
            if error.kind == "id_refused":
                await self._ids.distrust()
            await self._ledger.write(folders.unreserve_on_drive, folder.id)
            return True
        await self._ledger.write(records.folder_refused, folder, error, time.time(), RETRY_AFTER)
        return False

    # ---- looking after what is there

    async def _check(self) -> None:
        """Whether folders that we made are gone from Drive: then they are made again, and refilled."""
        known = await self._ledger.read(folders.on_drive)
        if not known:
            return
        key, value = tags.workspace(self._workspace_id)
        seen = {one.id for one in await self._client.find_tagged(key, value) if one.is_folder}
        self._lane.succeeded()
        for folder, drive_id in known:
            unseen = drive_id not in seen and drive_id != self._destination
            if unseen and await self.doubt(folder, drive_id):
                return  # what lay below it went with it: look again with what is left

    async def doubt(self, folder: FolderId, drive_id: DriveId) -> bool:
        """Ask for a folder by its id; if it is gone, it is made again and refilled. Answers whether it was."""
        if not await self._is_gone(drive_id):
            return False
        photos = await self._ledger.write(records.folder_lost, folder, drive_id, time.time())
        log.info("folder.lost", folder=folder, photos=photos)
        self.bell.ring()
        return True

    async def roll_over(self, folder: FolderId, drive_id: DriveId) -> bool:
        """Drive holds as many items there as it allows: what comes next goes into another folder beside it."""
        if drive_id == self._destination:
            return False
        news = await self._ledger.write(records.folder_filled, folder, drive_id, time.time())
        self.bell.ring()
        return news

    async def _is_gone(self, drive_id: DriveId) -> bool:
        """By its id: listings may lag, and another OAuth client's tags are invisible."""
        try:
            return (await self._client.get(drive_id)).trashed
        except DriveError as error:
            if error.cause is Cause.MISSING and error.scope is not Scope.NETWORK:
                return True
            raise
