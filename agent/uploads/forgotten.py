"""Folders on Drive of somebody who is forgotten: deleted for good, by their ids and by our marks on them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

import structlog

from agent.drive.client import DriveClient
from agent.drive.connection import DriveLane
from agent.drive.errors import DriveError
from agent.drive.files import DriveFile
from agent.ledger import Ledger, forgotten
from agent.ledger.sqlite.rows import Db
from agent.model import DriveId, FolderKind, PersonId
from agent.uploads import tags
from agent.uploads.send import if_there

log = structlog.get_logger(__name__)

OTHERS = "Somebody's files"  # what a folder is called that cannot go, as somebody put something there


class Forgets(Protocol):
    @property
    def ready(self) -> bool:
        """Whether Drive can be asked now."""
        ...

    async def forget(self, ids: Sequence[PersonId]) -> bool:
        """Whether nothing of theirs is on Drive any more; `False`: not yet."""
        ...


class ForgetsNothing:
    """Where there is no line to Drive."""

    ready = False

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger

    async def forget(self, ids: Sequence[PersonId]) -> bool:
        return not await self._ledger.read(left_there, ids)


class ForgetsOnDrive:
    """The queue moves or deletes what lies in them; then the folders go. One in which somebody else has put something
    stays, without the name.
    """

    def __init__(
        self, ledger: Ledger, client: DriveClient, lane: DriveLane, workspace_id: str, paused: Callable[[], bool]
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._lane = lane
        self._workspace_id = workspace_id
        self._paused = paused

    @property
    def ready(self) -> bool:
        return self._lane.is_open() and not self._paused()

    async def forget(self, ids: Sequence[PersonId]) -> bool:
        if not self.ready or await self._ledger.read(forgotten.files_on_drive, ids):
            return False
        try:
            known = await self._ledger.read(forgotten.folders_on_drive, ids)
            marked = [one.id for person in ids for one in await self._marked(person)]
            await self._delete([*known, *(one for one in marked if one not in known)])
        except DriveError as error:
            self._lane.report(error)
            log.info("forget.refused", kind=error.kind)
            return False
        await self._ledger.write(forgotten.gone_from_drive, ids)
        return True

    async def _marked(self, person: PersonId) -> list[DriveFile]:
        """Folders that bear our mark for this person, whether or not the ledger knows them."""
        found: list[DriveFile] = []
        for key in ("", f"/{FolderKind.SOLO}", f"/{FolderKind.GROUP}"):
            found += await self._client.find_tagged(tags.FOLDER, f"person:{person}{key}", folders=True)
        return [one for one in found if one.tags.get(tags.WORKSPACE) == self._workspace_id]

    async def _delete(self, ours: Sequence[DriveId]) -> None:
        found = [one async for one in self._client.children(ours, trashed=True)] if ours else []
        theirs = {*ours} | await self._ledger.read(forgotten.ours_alone, [one.id for one in found])
        stays = {parent for one in found if one.id not in theirs for parent in one.parents}
        for one in [*stays]:
            stays |= {*(await self._client.get(one)).parents} & {*ours}
        for one in ours:
            with if_there():
                if one in stays:
                    await self._client.update(one, name=OTHERS)
                else:
                    await self._client.delete(one)


def left_there(db: Db, ids: Sequence[PersonId]) -> int:
    return forgotten.files_on_drive(db, ids) + len(forgotten.folders_on_drive(db, ids))
