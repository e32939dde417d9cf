"""Folders on Drive that are called otherwise by now, or wanted no more: renamed, trashed and revived by their ids.

What lies in them goes with them. A folder in which somebody else put something is not trashed: it is looked at again
later.
"""

from __future__ import annotations

import structlog

from agent import clock
from agent.drive.client import DriveClient
from agent.drive.errors import DriveError
from agent.ledger import Ledger, folder_changes
from agent.ledger.folder_changes import DriveRename, DriveTree
from agent.model import DriveId
from agent.uploads.into_trash import into_trash

log = structlog.get_logger(__name__)


class FolderUpkeep:
    def __init__(self, ledger: Ledger, client: DriveClient) -> None:
        self._ledger = ledger
        self._client = client

    async def step(self) -> bool:
        """Do what is due. Answers whether anything was; raises `DriveError`, and can be called again then."""
        revive = await self._ledger.read(folder_changes.to_revive)
        for tree in revive:
            await self._revive(tree)
        renames = await self._ledger.read(folder_changes.renames_on_drive, clock.steady())
        for one in renames:
            await self._rename(one)
        empty = await self._ledger.read(folder_changes.empty_on_drive, clock.steady())
        for tree in empty:
            await self._trash(tree)
        return bool(revive or renames or empty)

    async def _rename(self, one: DriveRename) -> None:
        """A folder that is gone is found so by the lane's next check."""
        try:
            await self._client.update(one.drive_id, name=one.shown)
        except DriveError as error:
            if error.kind != "not_found":
                raise
        await self._ledger.write(folder_changes.renamed_on_drive, one.folder, one.name)

    async def _trash(self, tree: DriveTree) -> None:
        if await self._has_others(tree):
            later = clock.steady() + folder_changes.AGAIN_AFTER
            await self._ledger.write(folder_changes.left_on_drive, tree.folder, later)
            return
        if not await self._ledger.write(folder_changes.begin_trashing, tree.folder, clock.steady()):
            return
        trashed = await into_trash(self._client, tree.drive_id)
        await self._ledger.write(folder_changes.trashed_on_drive, tree.folder, trashed=trashed)

    async def _has_others(self, tree: DriveTree) -> bool:
        """Whether anything lies in it that is not ours to trash."""
        async for one in self._client.children([DriveId(folder) for folder in sorted(tree.ours)]):
            if one.id not in tree.ours:
                log.info("folder.not_empty", folder=tree.folder, name=tree.name)
                return True
        return False

    async def _revive(self, tree: DriveTree) -> None:
        """Out of the trash, by its id; one that was deleted for good is made anew."""
        try:
            found = await self._client.untrash(tree.drive_id)
        except DriveError as error:
            if error.kind != "not_found":
                raise
            await self._ledger.write(folder_changes.trashed_on_drive, tree.folder, trashed=False)
            return
        if not found.trashed:
            await self._ledger.write(folder_changes.revived_on_drive, tree.folder)
