"""Events: made, changed and removed. Each change is intent in the roster; folders and feeds follow by themselves."""

from __future__ import annotations

import asyncio
import secrets
import sqlite3
from collections.abc import Callable, Sequence
from dataclasses import replace

from agent import clock
from agent.changes.links import parse_link
from agent.changes.lost import is_loss
from agent.desk import event_rules
from agent.desk.house import House
from agent.drive.errors import DriveError
from agent.drive.lane import DriveLane
from agent.errors import Cause, NotThere, UsageError, VenueError
from agent.filing.overlap import OUTPUTS, refuse_overlaps
from agent.filing.tree import topmost
from agent.intake.folders import incoming_folders, make_own
from agent.ledger import activity, events, sources, syncs
from agent.model import DEFAULT_EVENT, DriveId, Event, EventId, Source, SourceId
from agent.people import guest_numbers

PATIENCE = 10.0  # seconds to ask Drive for a folder's name, while a person waits


class EventKeeper:
    """`changed` is called when folders or sources are others than they were."""

    def __init__(self, house: House, changed: Callable[[], None]) -> None:
        self._house = house
        self._changed = changed
        self._lock = asyncio.Lock()

    # ---- making and removing

    async def add(
        self,
        name: str,
        links: Sequence[str],
        destination: str | None,
        folders: Sequence[str],
        ends: str | None,
    ) -> Event:
        """A new event. Raises `UsageError` before anything is written; its first sync starts by itself."""
        async with self._lock:
            roster = self._house.roster
            event = event_rules.new_event(name, roster.events())
            if destination:
                event = replace(event, destination=parse_link(destination).id)
            if ends:
                event = event_rules.with_value(event, "ends", ends)
            event = replace(event, folders=tuple(dict.fromkeys(event_rules.absolute(one) for one in folders)))
            for link in links:
                event = replace(event, sources=(*event.sources, await self._source(event, link)))
            await self._check(event)
            await self._house.ledger.on_writer(roster.add_event, event)
            given = await asyncio.to_thread(guest_numbers.on_disk, self._house.workspace, [event])
            await self._house.ledger.on_writer(roster.raise_guests, given, sure=roster.guests_sure)
            await self._house.ledger.write(note, f"Event {event.name} was added", event.id, clock.wall())
        await self._follow()
        return event

    async def remove(self, name: str) -> str:
        """venuesync forgets the event and its people; every file stays where it is, here and on Drive."""
        event = self._house.roster.event(name)
        if event.id == DEFAULT_EVENT:
            raise UsageError("The default event cannot be removed", event.name, "Disable it", cause=Cause.CONFLICT)
        async with self._lock, self._house.decider.alone():
            await self._house.ledger.on_writer(self._house.roster.remove_event, event.id)
            await self._house.ledger.write(events.forget, event.id, [one.id for one in event.sources])
            text = f"Event {event.name} was removed: its files stay"
            await self._house.ledger.write(note, text, None, clock.wall())
        await self._follow()
        return event.name

    # ---- changing

    async def set_value(self, name: str, key: str, value: str) -> Event:
        """Any key of an event. Raises `UsageError` naming what is accepted."""
        given = parse_link(value).id if key == "destination" and value else value
        return await self._change(name, lambda event: event_rules.with_value(event, key, given))

    async def folder(self, name: str, action: str, path: str) -> Event:
        """`action`: add, remove, enable or disable an incoming folder of the event."""
        folder = event_rules.absolute(path)
        return await self._change(name, lambda event: with_folder(event, action, folder))

    async def source(self, name: str, action: str, which: str, only: Sequence[str] = ()) -> Event:
        """`action`: add (by address or id), remove, enable or disable (by id, folder or name) a source of the event."""
        event = self._house.roster.event(name)
        if action == "add":
            made = replace(await self._source(event, which), only=tuple(only))
            return await self._change(name, lambda event: with_another(event, made))
        return await self._change(name, lambda event: with_source(event, action, which))

    async def _change(self, name: str, change: Callable[[Event], Event]) -> Event:
        async with self._lock:
            before = self._house.roster.event(name)
            event = change(before)
            await self._check(event)  # Drive may be asked: what is learned of its sources meanwhile stays
            event = await self._house.ledger.on_writer(self._house.roster.change_event, before.id, change) or event
            gone = [one.id for one in before.sources if one.id not in {kept.id for kept in event.sources}]
            await self._house.ledger.write(sources.forget, gone)
            fresh = awake(event) - awake(before)
            if fresh:  # what changed while nobody looked has to be listed
                await self._house.ledger.write(require_listing, event.id, sorted(fresh))
        await self._follow()
        return event

    # ---- what may not be

    async def _check(self, event: Event) -> None:
        roster = self._house.roster
        others = [one for one in roster.events() if one.id != event.id]
        event_rules.refuse_same_destination(event, others)
        watched = incoming_folders(self._house.workspace, self._house.settings, [*others, event])
        outputs = [self._house.workspace.state] + [
            self._house.workspace.folder_of(one.folder) / name for one in [*others, event] for name in OUTPUTS
        ]
        await asyncio.to_thread(refuse_overlaps, [one.path for one in watched], outputs)
        before = next((one for one in roster.events() if one.id == event.id), None)
        known = {one.id for one in before.sources} if before is not None else set[SourceId]()
        if before is None or (before.sources, before.destination) != (event.sources, event.destination):
            await self._check_sources(event, [one for one in event.sources if one.id not in known])

    async def _check_sources(self, event: Event, news: Sequence[Source]) -> None:
        """As far as Drive tells in time; what it cannot be asked about now is asked when it can be."""
        lane = self._house.lane
        if self._house.choosing is None or lane is None or not lane.is_open():
            return
        try:
            async with asyncio.timeout(PATIENCE):
                await self._house.choosing.check(event, news)
        except TimeoutError:
            return
        except DriveError as error:
            if is_loss(error):
                raise unreachable(event.name, lane) from None

    async def _source(self, event: Event, link: str) -> Source:
        """A source by its address; its name and drive are asked for if Drive can be reached, else later."""
        found = parse_link(link)
        refuse_known(event, found.id)
        source = Source(SourceId(f"s{secrets.token_hex(5)}"), found.id, str(found.id), resource_key=found.resource_key)
        if self._house.tree is None or self._house.lane is None or not self._house.lane.is_open():
            return source
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._house.tree.resolve(source, event.folder_depth)
        except TimeoutError:
            return source
        except DriveError as error:
            if not is_loss(error):
                return source
            raise unreachable(link, self._house.lane) from None

    # ---- what follows

    def _make_own(self) -> None:
        events = self._house.roster.events()
        self._house.own.hold(topmost(events))
        make_own(self._house.own, events)

    async def _follow(self) -> None:
        """Watch the folders that are there now, and look at the sources."""
        wanted = incoming_folders(self._house.workspace, self._house.settings, self._house.roster.events())
        if self._house.watcher is not None:
            await asyncio.to_thread(self._make_own)
            before = {str(one.folder.path): one.folder for one in self._house.watcher.report().folders}
            after = {str(one.path): one for one in wanted}
            for path in before.keys() - after.keys():
                self._house.watcher.remove(before[path])
            for path in after.keys() - before.keys():
                self._house.watcher.add(after[path])
        self._changed()


def unreachable(what: str, lane: DriveLane) -> VenueError:
    account = lane.status.account or "the account that is signed in"
    return VenueError(
        "That folder cannot be reached",
        f"{what} is not there, or not shared",
        f"Share it with {account}, then add it again",
        cause=Cause.MISSING,
        kind="folder_not_found",
    )


def awake(event: Event) -> set[SourceId]:
    """The sources that are looked at."""
    return {one.id for one in event.sources if one.enabled} if event.enabled and not event.ended else set()


def with_folder(event: Event, action: str, folder: str) -> Event:
    there = folder in event.folders
    match action:
        case "add":
            return event if there else replace(event, folders=(*event.folders, folder))
        case "remove" | "enable" | "disable" if not there:
            raise NotThere("That is no folder of the event", folder, f"It has: {', '.join(event.folders) or 'none'}")
        case "remove":
            off = tuple(one for one in event.folders_off if one != folder)
            return replace(event, folders=tuple(one for one in event.folders if one != folder), folders_off=off)
        case "enable":
            return replace(event, folders_off=tuple(one for one in event.folders_off if one != folder))
        case "disable":
            return replace(event, folders_off=tuple(dict.fromkeys((*event.folders_off, folder))))
        case _:
            raise UsageError("There is nothing of that name to do", repr(action), "Give add, remove, enable or disable")


def refuse_known(event: Event, folder: DriveId) -> None:
    """Raise `UsageError` for a folder that is a source of the event."""
    if any(one.folder == folder for one in event.sources):
        raise UsageError("That is a source of the event already", str(folder), "Nothing to do", cause=Cause.CONFLICT)


def with_another(event: Event, source: Source) -> Event:
    """The source may have been added a second time while Drive was asked about it."""
    refuse_known(event, source.folder)
    return replace(event, sources=(*event.sources, source))


def with_source(event: Event, action: str, which: str) -> Event:
    chosen = [one for one in event.sources if which in (one.id, one.folder, one.name)]
    if not chosen:
        known = ", ".join(f"{one.name} ({one.id})" for one in event.sources) or "none"
        raise NotThere("That is no source of the event", which, f"It has: {known}")
    if action == "remove":
        return replace(event, sources=tuple(one for one in event.sources if one not in chosen))
    if action not in ("enable", "disable"):
        raise UsageError("There is nothing of that name to do", repr(action), "Give add, remove, enable or disable")
    on = action == "enable"
    return replace(event, sources=tuple(replace(one, enabled=on) if one in chosen else one for one in event.sources))


def require_listing(db: sqlite3.Connection, event: EventId, fresh: Sequence[SourceId]) -> None:
    syncs.ensure(db, [(one, event) for one in fresh])
    syncs.require(db, fresh)


def note(db: sqlite3.Connection, text: str, event: EventId | None, now: float) -> None:
    activity.note(db, "event", text, now, event)
