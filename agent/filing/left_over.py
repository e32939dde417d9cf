"""What of ours is left over: found, and taken out while nobody decides; when all is compared, or somebody forgotten.

One place for both: what is left over for the one is so for the other.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager

from agent.disk.own_folders import OwnFolders
from agent.filing import check
from agent.filing.check import LeftOver
from agent.filing.files import part_of
from agent.filing.ownership import EverMade, MadeLog
from agent.filing.withdrawn import LastFiles, lie_nowhere, whereabouts
from agent.ledger import Ledger, meta, recorded
from agent.model import Event, EventId
from agent.roster import Roster


class LeftOvers:
    """`last`: where the last file of a photo is kept; `alone`: nobody decides meanwhile, as of `Decider`."""

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        own: OwnFolders,
        made_log: MadeLog,
        last: LastFiles,
        alone: Callable[[], AbstractAsyncContextManager[object]],
    ) -> None:
        self._ledger = ledger
        self._roster = roster
        self._own = own
        self._made_log = made_log
        self._last = last
        self._alone = alone

    async def is_sure(self, *, drive: bool) -> bool:
        """Whether it is known who is wanted where, and what lies there."""
        return not (self._roster.restored or await self._ledger.read(meta.rebuilding, drive=drive))

    async def ever_made(self) -> EverMade:
        return await asyncio.to_thread(self._made_log.read)

    async def find(
        self, events: Sequence[Event], out: Mapping[EventId, Collection[str]] | None = None
    ) -> list[LeftOver]:
        """Of ours, and wanted no more; while it is not known for sure who is wanted where, none. Nor of an event that
        is removed meanwhile: what lies in it stays.

        `out`: of these photos alone, in these events.
        """
        if not await self.is_sure(drive=False):
            return []
        made = await self.ever_made()
        known = await self._known()
        settled = await self._ledger.read(recorded.settled)
        found: list[LeftOver] = []
        for event in [one for one in events if self._roster.find_event(one.id) is not None]:
            those = settled if out is None else {one: settled[one] for one in out.get(event.id, ()) if one in settled}
            found += await asyncio.to_thread(
                check.find_left_over, self._own, event, made, known, those, self._roster.workspace_id
            )
        return found

    async def take_out(self, left: Sequence[LeftOver], *, spare: bool = False) -> int:
        """Those that nobody has wanted there again meanwhile, nor can while they go. Returns how many went.

        Of a photo that lies as it is in no place where it is wanted, one is kept aside; with `spare` what somebody has
        just moved there stays: it is to lie so elsewhere, and does not.
        """
        if not left:
            return 0
        async with self._alone():
            known = await self._known()
            away = [one for one in left if one.path not in known]
            of = [one.sha256 for one in away]
            nowhere = await self._ledger.read(recorded.filed_nowhere, of)
            moved = await asyncio.to_thread(lie_nowhere, self._own, await self._ledger.read(whereabouts, of)) - nowhere
            if spare:
                away = [one for one in away if one.sha256 not in moved]
            mark, last = self._roster.workspace_id, self._last
            return await asyncio.to_thread(check.take_out_left_over, self._own, away, mark, last, nowhere | moved)

    async def _known(self) -> set[str]:
        """Where anything lies, is to come or is still to go, also while it is made ready for its name."""
        made_ready = await self._ledger.read(recorded.being_made)
        parts = {f"{path}/{part_of(self._roster.workspace_id, one)}" for path, one in made_ready}
        return parts | await self._ledger.read(recorded.paths_on_disk)

    async def remove_emptied(self) -> None:
        """Folders that we made, that the ledger does not know, and in which nothing is left."""
        made = await self.ever_made()
        async with self._alone():
            if not await self.is_sure(drive=False):
                return
            known = await self._ledger.read(recorded.paths_on_disk)
            for event in self._roster.events():
                await asyncio.to_thread(check.remove_emptied, self._own, event, made, known)
