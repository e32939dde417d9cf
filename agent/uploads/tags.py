"""By what is ours on Drive is known: ids that are kept before the first byte, and the marks that everything carries.

With the id written down first, a send whose answer was lost is asked for by its id, never made twice. The marks say
whose a file is, and what it is: `appProperties`, 124 bytes a pair at most; private to the OAuth client that wrote them,
so the ledger's ids come first.
"""

from __future__ import annotations

import asyncio

from agent.drive.client import DriveClient
from agent.ledger import Ledger, ours_on_drive
from agent.ledger.folders import mark_of
from agent.model import DriveId
from agent.uploads.id_log import IdLog

WORKSPACE = "venuesync"
FOLDER = "venuesync_folder"
PHOTO = "venuesync_photo"
MADE = "venuesync_made"  # what was made of it, where it is not the photo itself
ASK_FOR = 1000  # ids, the most that Drive gives at once
LOW = 16  # of those that may be used
AT_ONCE = 80  # that are written into the log together


def workspace(workspace_id: str) -> tuple[str, str]:
    return WORKSPACE, workspace_id


def of_folder(workspace_id: str, key: str) -> dict[str, str]:
    return {WORKSPACE: workspace_id, FOLDER: mark_of(key)}


def of_photo(workspace_id: str, sha256: str, made_as: str) -> dict[str, str]:
    made = {MADE: made_as} if made_as else {}
    return {WORKSPACE: workspace_id, PHOTO: sha256, **made}


class IdPool:
    """Of one account. `fill` is called before ids are taken; asking for more happens in one place at a time.

    Few lie in the log before their use: Drive is asked for each of those, should the ledger be lost.
    """

    def __init__(self, ledger: Ledger, client: DriveClient, id_log: IdLog, account: str = "") -> None:
        self._ledger = ledger
        self._client = client
        self._id_log = id_log
        self._account = account
        self._lock = asyncio.Lock()

    async def fill(self, number: int = 0) -> None:
        """Make sure of that many ids, and of some for whoever takes one by the way. Raises `DriveError`."""
        async with self._lock:
            missing = LOW + number - await self._ledger.read(ours_on_drive.pool_size, self._account)
            if missing > 0:
                ids = await self._spare(max(missing, AT_ONCE))
                await asyncio.to_thread(self._id_log.note, ids, self._account)
                await self._ledger.write(ours_on_drive.are_noted, ids)

    async def _spare(self, number: int) -> list[DriveId]:
        """So many that were not written into the log yet."""
        found = await self._ledger.read(ours_on_drive.spare, number, self._account)
        if len(found) < number:
            await self._ledger.write(ours_on_drive.keep_spare, await self._client.generate_ids(ASK_FOR), self._account)
            found = await self._ledger.read(ours_on_drive.spare, number, self._account)
        return found

    async def distrust(self) -> None:
        """Drive refused one of these ids: it does not know them (any more)."""
        await self._ledger.write(ours_on_drive.empty_pool, self._account)
