"""Comparing Drive with the ledger, by listing: what is missing, changed, doubled, or ours without being known.

Listings tell what to ask for; nothing counts as missing before its own id says so.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field

from agent.drive.client import DriveClient
from agent.drive.files import DriveFile
from agent.ledger import Ledger
from agent.ledger.recorded import Recorded
from agent.model import DriveId, End
from agent.uploads import tags
from agent.uploads.strays import Strays, clear, tell_apart

AT_ONCE = 8


@dataclass(slots=True)
class DriveFindings:
    """`strays`: what is ours and unknown to the ledger; `listed`: all that is ours, by its id."""

    checked: int = 0
    missing: list[Recorded] = field(default_factory=list[Recorded])
    changed: list[Recorded] = field(default_factory=list[Recorded])
    untagged: list[Recorded] = field(default_factory=list[Recorded])
    strays: Strays = field(default_factory=Strays)
    listed: dict[str, DriveFile] = field(default_factory=dict[str, DriveFile])


class DriveInspector:
    """Asks as `DriveClient` does: raises `DriveError` when Drive cannot be asked."""

    def __init__(self, ledger: Ledger, client: DriveClient, workspace_id: str) -> None:
        self._ledger = ledger
        self._client = client
        self._workspace_id = workspace_id

    async def verify(
        self, wanted: Sequence[Recorded], events: Collection[str] | None, progress: Callable[[int], None]
    ) -> DriveFindings:
        """Compare all that is recorded as there with one listing of all that is ours. `events`: see `tell_apart`."""
        found = DriveFindings()
        key, value = tags.workspace(self._workspace_id)
        async for one in self._client.list_all(tagged(key, value)):
            found.listed[one.id] = one
            progress(len(found.listed))
        await self._compare([one for one in wanted if one.drive in (End.THERE, End.REMOVED)], found)
        found.strays = await self._ledger.read(tell_apart, found.listed, wanted, events)
        return found

    async def _compare(self, wanted: Sequence[Recorded], found: DriveFindings) -> None:
        unseen: list[Recorded] = []
        for one in wanted:
            found.checked += 1
            file = found.listed.get(one.drive_id or "")
            if file is None:
                unseen.append(one)
            elif file.md5 != one.md5:
                found.changed.append(one)
        gate = asyncio.Semaphore(AT_ONCE)

        async def ask(one: Recorded) -> None:
            async with gate:
                file = await self._by_id(one.drive_id)
            if file is None or file.trashed:
                found.missing.append(one)
            elif file.md5 != one.md5:
                found.changed.append(one)
            elif not file.tags:
                found.untagged.append(one)

        await asyncio.gather(*(ask(one) for one in unseen))

    async def _by_id(self, drive_id: DriveId | None) -> DriveFile | None:
        return None if drive_id is None else await self._client.find(drive_id)

    # ---- mending

    async def tag_again(self, untagged: Sequence[Recorded]) -> None:
        """After another OAuth client signed in, our marks are invisible: set them anew."""
        for one in untagged:
            if one.drive_id is not None:
                await self._client.update(one.drive_id, tags=tags.of_photo(self._workspace_id, one.sha256))

    async def clear(self, strays: Strays) -> None:
        await clear(self._ledger, self._client, [*strays.doubled, *strays.extra], strays.empty)

    async def merge(self, twins: Sequence[tuple[DriveFile, DriveId]]) -> None:
        """What lies in the other folder of the same mark goes into the known one; then the empty one goes."""
        for folder, known in twins:
            async for child in self._client.children([folder.id]):
                await self._client.update(child.id, parent=known, old_parents=[folder.id])
            await self._client.trash(folder.id)


def tagged(key: str, value: str) -> str:
    return f"appProperties has {{ key='{key}' and value='{value}' }} and trashed = false"
