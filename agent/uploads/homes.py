"""An event that is to be filed elsewhere on Drive: its folders move there by their ids, and no byte is sent again."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager

import structlog

from agent.drive.client import DriveClient
from agent.drive.errors import DriveError
from agent.errors import Cause
from agent.ledger import Ledger, homes
from agent.ledger.homes import Home
from agent.model import DriveId
from agent.uploads import tags

log = structlog.get_logger(__name__)


@contextmanager
def suppress_missing() -> Generator[None]:
    """What is not there need not be moved."""
    try:
        yield
    except DriveError as error:
        if error.kind != "not_found":
            raise


class Homes:
    """`given` answers for a folder's key the operator's own folder that is to stand for it."""

    def __init__(
        self, ledger: Ledger, client: DriveClient, workspace_id: str, given: Callable[[str], DriveId | None]
    ) -> None:
        self._ledger = ledger
        self._client = client
        self._workspace_id = workspace_id
        self._given = given

    async def step(self) -> bool:
        """Move what lies elsewhere than it should. Answers whether anything did; can be called again after an error."""
        found = await self._ledger.read(homes.all_of)
        elsewhere = [one for one in found if self._given(one.key) != (one.drive_id if one.given else None)]
        for one in elsewhere:
            await self._move(one)
        return bool(elsewhere)

    async def _move(self, home: Home) -> None:
        given = self._given(home.key)
        target = given or await self._own(home)
        if target is None:
            return
        for child in await self._ledger.read(homes.inside, home.folder):
            await self._bring(child, target)
        await self._ledger.write(homes.moved, home, target, given=given is not None)
        log.info("event.moved", folder=home.folder, given=given is not None)
        if not home.given:
            await self._leave(home.drive_id)

    async def _own(self, home: Home) -> DriveId | None:
        """A folder of ours again, made under an id that is kept before Drive is asked."""
        drive_id = await self._ledger.write(homes.reserve, home.folder)
        if drive_id is not None:
            try:
                marks = tags.of_folder(self._workspace_id, home.key)
                await self._client.create_folder(drive_id, home.name, home.above, marks)
            except DriveError as error:
                if error.cause is not Cause.CONFLICT:
                    raise
        return drive_id

    async def _bring(self, child: DriveId, target: DriveId) -> None:
        """One that is gone is found so by the lane's next check."""
        with suppress_missing():
            parents = (await self._client.get(child)).parents
            if parents != (target,):
                await self._client.update(child, parent=target, old_parents=[one for one in parents if one != target])

    async def _leave(self, old: DriveId) -> None:
        """The folder of ours that is not needed any more goes, unless somebody put something there."""
        async for _ in self._client.children([old]):
            return
        with suppress_missing():
            await self._client.trash(old)
