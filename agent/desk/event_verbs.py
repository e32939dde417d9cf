"""Events, sources and the tree of folders, asked in the agent's own process: `EventService` at its near end."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence

from agent import restore
from agent.changes.feeds import Feeds
from agent.changes.tree import FolderTree
from agent.desk import event_pages, event_rules
from agent.desk.event_keeper import EventKeeper
from agent.desk.house import House
from agent.desk.publisher import Publisher
from agent.errors import NotThere, StoresInUse, VenueError
from agent.jobs.runner import job_rows
from agent.ledger import channels
from agent.model import Event, EventId, Source
from agent.service_events import (
    BackupRow,
    Change,
    EventDetails,
    EventPhotos,
    EventStatus,
    JobRow,
    LineLimit,
    PutBack,
    Selection,
    SourceSync,
    Subfolders,
    SyncStatistics,
)

APART = 1.0  # seconds between the first looks of a bulk sync


class EventVerbs:
    """A part of the operator: everything about events."""

    def __init__(self, house: House, publisher: Publisher) -> None:
        self._house = house
        self._publisher = publisher
        self._keeper = EventKeeper(house, self._sources_changed)

    def _sources_changed(self) -> None:
        if self._house.feeds is not None:
            self._house.feeds.bell.ring()
        self._publisher.bell.ring()

    def _feeds(self) -> Feeds:
        if self._house.feeds is None:
            raise VenueError(
                "Drive is off", "no source can be looked at", "Switch it on with drive.enabled = true", kind="drive_off"
            )
        return self._house.feeds

    def _tree(self) -> FolderTree:
        self._feeds()
        if self._house.tree is None:
            raise VenueError("Drive is off", "its folders cannot be shown", "Start the agent", kind="drive_off")
        return self._house.tree

    # ---- one event

    async def event(self, event: str) -> EventDetails:
        found = self._house.roster.event(event)
        status = await self._status_of(found)
        read = self._house.ledger.read
        return {
            "status": status,
            "settings": event_rules.shown(found),
            "sources": await read(event_pages.source_rows, found),
            "cameras": await read(event_pages.camera_rows, found.id),
            "runs": await read(event_pages.run_rows, found.id),
            "jobs": await read(job_rows),
        }

    async def _status_of(self, event: Event) -> EventStatus:
        document = await self._publisher.document()
        return next(one for one in document["events"] if one["id"] == event.id)

    async def add_event(
        self,
        name: str,
        sources: Sequence[str] = (),
        destination: str | None = None,
        folders: Sequence[str] = (),
        ends: str | None = None,
    ) -> EventDetails:
        return await self.event((await self._keeper.add(name, sources, destination, folders, ends)).id)

    async def remove_event(self, event: str) -> str:
        return await self._keeper.remove(event)

    async def set_event(self, event: str, key: str, value: str) -> EventDetails:
        return await self.event((await self._keeper.set_value(event, key, value)).id)

    async def event_source(self, event: str, change: Change, source: str, only: Sequence[str] = ()) -> EventDetails:
        return await self.event((await self._keeper.source(event, change, source, only)).id)

    async def event_folder(self, event: str, change: Change, folder: str) -> EventDetails:
        return await self.event((await self._keeper.folder(event, change, folder)).id)

    # ---- choosing folders

    async def list_subfolders(
        self, parent: str = "root", most: int = 50, event: str | None = None, refresh: bool = False
    ) -> Subfolders:
        tree = self._tree()
        if refresh:
            tree.refresh()
        depth = 0 if event is None else self._house.roster.event(event).folder_depth
        return await tree.list_subfolders(parent or "root", most, depth_rule=depth)

    async def validate_selection(self, folders: Sequence[str], event: str | None = None) -> Selection:
        tree, choosing = self._tree(), self._house.choosing
        chosen = None if event is None else self._house.roster.event(event)

        async def refused(folder: str) -> str | None:
            return None if choosing is None else await choosing.why_not(folder, chosen)

        return await tree.validate(list(folders), 0 if chosen is None else chosen.folder_depth, refused)

    # ---- looking at sources

    async def sync_sources(self, events: Sequence[Event], *, whole: bool) -> None:
        """Look at these events' sources now; an event that is switched off is listed once, in full."""
        if self._house.feeds is not None:
            await self._house.feeds.ask([one.id for one in events], whole=whole)

    async def sync_pending(self) -> list[str]:
        """One after the other, so that a night's worth of events does not come at once."""
        feeds = self._feeds()
        statuses = (await self._publisher.document())["events"]
        pending = [one for one in statuses if one["sync_status"] in ("NEVER_SYNCED", "SYNC_REQUIRED", "ERROR")]

        async def one_by_one() -> None:
            for number, one in enumerate(pending):
                await asyncio.sleep(APART if number else 0)
                await feeds.ask([EventId(one["id"])], whole=True)

        self._house.errands.run("bulk sync", one_by_one())
        return [one["name"] for one in pending]

    async def sync_statistics(self) -> SyncStatistics:
        document = await self._publisher.document()
        names = {one["id"]: one["name"] for one in document["events"]}
        return {
            "totalEvents": len(document["events"]),
            "byStatus": event_pages.by_status(document["events"]),
            "totalPhotos": sum(one["photos"] for one in document["events"]),
            "lastRuns": await self._house.ledger.read(event_pages.last_runs, names),
        }

    async def source_sync(self, source: str) -> SourceSync:
        event, found = self._source(source)
        details = await self.event(event.id)
        row = next(one for one in details["sources"] if one["id"] == found.id)
        return await self._house.ledger.read(event_pages.source_sync, row, details["status"])

    def _source(self, source: str) -> tuple[Event, Source]:
        for event in self._house.roster.events():
            for one in event.sources:
                if source in (one.id, one.folder):
                    return event, one
        raise NotThere("There is no such source", source, "See `venuesync events show` for their ids")

    # ---- photos, jobs, messages

    async def event_photos(
        self,
        event: str,
        page: int = 1,
        per_page: int = 50,
        cursor: str | None = None,
        words: str | None = None,
        person: str | None = None,
        state: str | None = None,
    ) -> EventPhotos:
        found = self._house.roster.event(event)
        query = event_pages.query_of(self._house.roster, found, words, person, state)
        names: dict[str, str] = {one.id: one.name for one in self._house.roster.people()}
        return await self._house.ledger.read(event_pages.photos, query, names, page, per_page, cursor)

    async def jobs(self) -> list[JobRow]:
        return await self._house.ledger.read(job_rows)

    async def backups(self) -> list[BackupRow]:
        return await asyncio.to_thread(restore.rows, self._house.workspace)

    async def put_back(self, file: str) -> PutBack:
        raise StoresInUse(file, os.getpid())

    async def limit_line(self, up_mbps: float | None, down_mbps: float | None, off: bool = False) -> LineLimit:
        line, pacing = self._house.line, self._house.pacing
        if line is None or pacing is None:
            raise VenueError("Drive is off", "there is no line to limit", "Start the agent", kind="drive_off")
        if off:
            line.forget()
        line.say(up_mbps, down_mbps)
        self._publisher.bell.ring()
        return {"up_mbps": pacing.up.mbps, "down_mbps": pacing.down.mbps}

    async def notified(self, channel: str, token: str, state: str) -> bool:
        feed = await self._house.ledger.read(channels.feed_of, channel, token)
        if feed is None:
            return False
        if self._house.feeds is not None and state != "sync":
            self._house.feeds.look_now([feed])
        return True
