"""Backups at night, of the ledger and of the people; of the people also each hour in which something was decided."""

from __future__ import annotations

import asyncio

from agent import clock
from agent.backups import back_up_ledger, back_up_people
from agent.errors import VenueError
from agent.ledger import Ledger, troubles
from agent.ledger.troubles import Subject
from agent.workspace import Workspace

SUBJECT = Subject("store:backup", "backups")


class BackingUp:
    """`keep_free` in bytes. Both are jobs: each answers what came of it."""

    def __init__(self, ledger: Ledger, workspace: Workspace, keep_free: int) -> None:
        self._ledger = ledger
        self._workspace = workspace
        self._keep_free = keep_free

    async def ledger(self) -> str:
        """That there was no room, or that the copy is not sound, is told until the next one is made."""
        try:
            made = await asyncio.to_thread(back_up_ledger, self._workspace, self._keep_free)
        except VenueError as error:
            await self._ledger.write(troubles.open_trouble, SUBJECT, error, clock.wall(), "warning")
            raise
        await self._ledger.write(troubles.heal, SUBJECT.key, clock.wall())
        return made.name

    async def people(self) -> str:
        made = await self._ledger.on_writer(back_up_people, self._workspace)
        return "as before" if made is None else made.name
