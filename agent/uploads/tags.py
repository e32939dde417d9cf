"""By what is ours on Drive is known: ids that are kept before the first byte, and the marks that everything carries.

With the id written down first, a send whose answer was lost is asked for by its id, never made twice. The marks say
whose a file is, and what it is: `appProperties`, 124 bytes a pair at most; private to the OAuth client that wrote them,
so the ledger's ids come first.
"""

from __future__ import annotations

import asyncio

from agent.drive.client import DriveClient
from agent.ledger import Ledger, id_pool
from agent.ledger.folders import mark_of
from agent.model import DriveId
from agent.uploads.id_log import IdLog

WORKSPACE = "venuesync"
FOLDER = "venuesync_folder"
PHOTO = "venuesync_photo"
MADE = "venuesync_made"  # what was made of it, where it is not the photo itself
ASK_FOR = 1000  # ids, the most that Drive gives at once
LOW = 32
AT_ONCE = 64  # ids that are written down together


def workspace(workspace_id: str) -> tuple[str, str]:
    return WORKSPACE, workspace_id


def of_folder(workspace_id: str, key: str) -> dict[str, str]:
    return {WORKSPACE: workspace_id, FOLDER: mark_of(key)}


def of_photo(workspace_id: str, sha256: str, made_as: str) -> dict[str, str]:
    made = {MADE: made_as} if made_as else {}
    return {WORKSPACE: workspace_id, PHOTO: sha256, **made}


class IdPool:
    """Of one account. `fill` is called before ids are taken; asking for more happens in one place at a time.

    Few are written down before their use: of each of those Drive is asked whether it is there, should the ledger be
    lost. What Drive gave besides is kept in memory.
    """

    def __init__(self, ledger: Ledger, client: DriveClient, id_log: IdLog, account: str = "") -> None:
        self._ledger = ledger
        self._client = client
        self._id_log = id_log
        self._account = account
        self._spare: list[DriveId] = []
        self._lock = asyncio.Lock()

    async def fill(self, at_least: int = LOW) -> None:
        """Make sure of that many ids. Raises `DriveError`."""
        async with self._lock:
            missing = at_least - await self._ledger.read(id_pool.pool_size, self._account)
            if missing > 0:
                number = max(missing, AT_ONCE)
                if len(self._spare) < number:
                    self._spare += await self._client.generate_ids(ASK_FOR)
                ids, self._spare = self._spare[:number], self._spare[number:]
                await asyncio.to_thread(self._id_log.note, ids, self._account)
                await self._ledger.write(id_pool.fill_pool, ids, self._account)

    async def distrust(self) -> None:
        """Drive does not know these ids (any more), or somebody else is signed in: others are asked for."""
        async with self._lock:
            self._spare = []
            await self._ledger.write(id_pool.empty_pool, self._account)
