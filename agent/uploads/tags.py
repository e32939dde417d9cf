"""By what is ours on Drive is known: ids that are kept before the first byte, and the marks that everything carries.

With the id written down first, a send whose answer was lost is asked for by its id, never made twice. The marks say
whose a file is, and what it is: `appProperties`, 124 bytes a pair at most; private to the OAuth client that wrote them,
so the ledger's ids come first.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import structlog

from agent.disk.atomic import write_whole
from agent.drive.client import DriveClient
from agent.ledger import Ledger, ours_on_drive
from agent.ledger.folders import mark_of
from agent.model import DriveId

log = structlog.get_logger(__name__)

WORKSPACE = "venuesync"
FOLDER = "venuesync_folder"
PHOTO = "venuesync_photo"
MADE = "venuesync_made"  # what was made of it, where it is not the photo itself
NO_MARKS: dict[str, str | None] = dict.fromkeys((WORKSPACE, PHOTO, MADE))  # of a photo that is somebody's by now
ASK_FOR = 1000  # ids, the most that Drive gives at once
LOW = 16  # of those that may be used
AT_ONCE = 80  # that are written into the log together
IDS_KEPT = 2000  # in the log, of each account: at two files a second more than any list was seen to lag
ALL_USE = "-"  # the account that all events use


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


class IdLog:
    """The ids that Drive gave us last, in the file at `path`: `<account> <id>` in each line, the newest ones last.

    It lies beside the ledger: one that is lost does not know what it sent. Drive's lists may lag by minutes, and what
    they do not show would be sent once more. By its id a file is there at once.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def note(self, ids: Sequence[DriveId], account: str) -> None:
        """Keep these, synced, before any of them is used. Never raises: what is not written is not looked for."""
        of = account or ALL_USE
        lines = self._lines()
        others = [one for one in lines if one[0] != of]
        own = [*(one for one in lines if one[0] == of), *((of, str(id)) for id in ids)]
        text = "".join(f"{whose} {id}\n" for whose, id in [*others, *own[-IDS_KEPT:]])
        try:
            write_whole(self.path, text.encode())
        except OSError as error:
            log.warning("id_log.not_written", error=error.strerror)

    def read(self, account: str) -> list[DriveId]:
        """Ids that were that account's."""
        return [DriveId(id) for whose, id in self._lines() if whose == (account or ALL_USE)]

    def _lines(self) -> list[tuple[str, str]]:
        try:
            lines = self.path.read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return []
        return [(one[0], one[1]) for line in lines if len(one := line.split(" ")) == 2]
