"""The net beneath the feeds: events that were not listed in full for long are; events that ended are switched off."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from datetime import date

from agent import clock
from agent.changes.feeds import Feeds
from agent.changes.pace import local_now
from agent.ledger import Ledger, activity, syncs
from agent.model import Event
from agent.roster import Roster
from agent.settings import Settings

PATIENCE = 900.0  # seconds for the last listing of an event that ends, and for the lists to show all of it
LOOK_EVERY = 0.5  # seconds


class Listings:
    """`mark`, `list_marked` and `end` are jobs; each answers what came of it."""

    def __init__(self, ledger: Ledger, roster: Roster, feeds: Feeds, settings: Settings) -> None:
        self._ledger = ledger
        self._roster = roster
        self._feeds = feeds
        self._settings = settings

    async def mark(self) -> str:
        now = clock.wall()
        before = now - self._settings.schedule.stale_hours * 3600
        return f"{await self._ledger.write(syncs.require_stale, before, now):,} sources marked"

    async def list_marked(self) -> str:
        number = await self._ledger.write(syncs.require_marked)
        self._feeds.bell.ring()
        return f"{number:,} sources to list"

    async def end(self) -> str:
        """A last listing in full, then off. One that Drive does not allow now is tried again next time."""
        today = local_now(self._settings, clock.wall).date()
        going = [one for one in self._roster.events() if one.ends and not one.ended]
        due = [one for one in going if one.ends and date.fromisoformat(one.ends) < today]
        ended = [one for one in due if await self._end(one)]
        return f"{len(ended):,} of {len(due):,} events ended" if due else "no event ends"

    async def _end(self, event: Event) -> bool:
        sources = {one.id for one in event.sources if one.enabled}
        if sources and event.enabled:
            await self._feeds.ask([event.id], whole=True)
            until = time.monotonic() + PATIENCE
            while sources & await self._ledger.read(syncs.unfinished):
                if time.monotonic() > until:
                    return False
                await asyncio.sleep(LOOK_EVERY)
        await self._ledger.on_writer(self._roster.change_event, event.id, lambda now: replace(now, ended=True))
        text = f"{event.name} has ended: its sources are not looked at any more"
        await self._ledger.write(activity.note, "event", text, clock.wall(), event.id)
        return True
