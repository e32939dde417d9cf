"""Events: made, changed and removed. Each change is intent in the roster; folders and feeds follow by themselves."""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass, field, replace

from agent import clock
from agent.drive.files import size as amount
from agent.errors import Cause, Kind, NotThere, UsageError
from agent.handlers import event_rules, event_sources
from agent.handlers.event_folders import EventFolders
from agent.handlers.event_sources import SourcesOnDrive, SourcesUnseen
from agent.jobs.removals import fetched_for
from agent.ledger import (
    Ledger,
    accounts,
    counts,
    downloads,
    forgotten,
    held,
    kept_faces,
    meta,
    moved_photos,
    removed_events,
    sightings,
    sources,
    syncs,
    troubles,
    twins,
)
from agent.ledger.faces import ReferenceKey
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, Event, EventId, Source, SourceId
from agent.people.deciding import Decider, Deciding
from agent.roster import Roster
from agent.roster.decisions import Draft, Verb
from agent.roster.forgetting import with_merged
from agent.roster.moves import Along

NAMES = 3  # that an error tells


@dataclass(eq=False, slots=True)
class EventKeeper:
    """`changed` is called when folders or sources are others than they were. `first_account` tells whose Drive all
    events use; "": nobody knows. `sources` returns what asks about those of an event.
    """

    _ledger: Ledger
    _roster: Roster
    _decider: Decider
    folders: EventFolders
    _sources: Callable[[Event], SourcesOnDrive | SourcesUnseen]
    _first_account: Callable[[], Awaitable[str]]
    _changed: Callable[[], None]
    _lock: asyncio.Lock = field(default_factory=asyncio.Lock, init=False)

    # ---- making and removing

    async def add(
        self,
        name: str,
        links: Sequence[str],
        destination: str | None,
        folders: Sequence[str],
        ends: str | None,
        account: str = "",
    ) -> tuple[Event, list[str]]:
        """A new event, and what an earlier one left where it files. Raises `UsageError` before anything is written; its
        first sync starts by itself.
        """
        async with self._lock:
            roster = self._roster
            event = event_rules.new_event(name, roster.events())
            event = replace(event, account=await self._account(account))
            if destination:
                event = replace(event, destination=await self._sources(event).home(event, destination))
            if ends:
                event = event_rules.with_value(event, "ends", ends)
            event = replace(event, folders=tuple(dict.fromkeys(event_rules.absolute(one) for one in folders)))
            for link in links:
                event = replace(event, sources=(*event.sources, await self._source(event, link)))
            event = event_sources.in_doubt(event, await self._check(event))
            left = await self.folders.left_there(event)
            given = await self.folders.guest_numbers(event)  # first: killed in between, they would be given again
            await self._ledger.on_writer(roster.raise_guests, given, sure=roster.guests_sure)
            async with self._decider.alone() as deciding:
                planned = roster.revision
                await self._ledger.on_writer(roster.add_event, event)
                await self._ledger.write(note, f"Event {event.name} was added", event.id, clock.wall())
                await deciding.follow([event.id], planned)
        await self._follow()
        return event, left

    async def remove(self, name: str) -> str:
        """venuesync forgets the event, its people and by what they were known; every file stays, here and on Drive, but
        for what was fetched to be filed, and was, or is no photo. What was fetched and is not filed is said to stay.

        What is still to come into it is waited for: it would leave the event that it lies in, and be nowhere. So is
        what is to go out of it, as nobody would know where it lies; and what is still to be deleted of somebody: nobody
        would know which files that is. Nor would anybody take a link back after its last day.
        """
        async with self._lock, self._decider.alone() as deciding:
            event = self._roster.event(name)
            if event.id == DEFAULT_EVENT:
                raise UsageError("The default event cannot be removed", event.name, "Disable it", cause=Cause.CONFLICT)
            count = await self._ledger.read(moved_photos.on_the_way_into, event.id)
            if count:
                raise UsageError(
                    "Photos are on their way into the event",
                    f"{counts.plural(count)} moved there, and not there yet",
                    "Wait until they are there, here and on Drive, or take them back: venuesync undo",
                    cause=Cause.CONFLICT,
                )
            count = await self._ledger.read(moved_photos.on_the_way_out_of, event.id)
            if count:
                raise UsageError(
                    "Photos are on their way out of the event",
                    f"{counts.plural(count)} that another event has, and that lie nowhere else here yet",
                    "Wait until they are filed there; if they wait for a yes: venuesync photos --state held;"
                    " if they failed there: venuesync errors",
                    cause=Cause.CONFLICT,
                )
            if any(one.event == event.id for one in self._roster.forgetting()):
                raise UsageError(
                    "Somebody of the event is being forgotten",
                    f"{event.name}: their folders are still to be deleted",
                    "Wait until that is done, here and on Drive: venuesync status",
                    cause=Cause.CONFLICT,
                )
            self._refuse_open(event, "Remove it")
            theirs = self._roster.references([event.id])
            kept = await self.folders.keep_last(await self._ledger.read(moved_photos.withdrawn_with, event.id))
            rows = await self._ledger.read(twins.moved_with, event.id)
            along = [Along(EventId(row["event"]), row["shot"], row["sha256"], row["name"]) for row in rows]
            planned = self._roster.revision

            def remove() -> None:
                self._refuse_open(event, "Remove it")  # one may have been opened meanwhile
                self._roster.remove_event(event.id, along)

            await self._ledger.on_writer(remove)
            fetched = await self._ledger.read(fetched_for, [event.id])  # from that word on nothing is taken in for it
            known = self._roster.references([one.id for one in self._roster.events()])
            pictures = {sha256 for sha256, _ in theirs} - {sha256 for sha256, _ in known}
            refused = await self.folders.drop_files(pictures, fetched)
            stay = await self.folders.lie_here(await self._ledger.read(downloads.fetched, event.id))
            gone = [one.id for one in event.sources]
            lost = theirs - known if refused is None else set[ReferenceKey]()  # what lies there still is found by them
            await self._ledger.write(sources.forget_folders, gone)
            while await self._ledger.write(removed_events.forget_some, event.id):
                pass
            await self._forget_files(gone)
            await self._ledger.write_much(forget_event, event.id, gone, lost, clock.wall())
            await self._ledger.write(sightings.note_kept, kept, clock.wall())
            await self._follow_accounts()
            text = f"Event {event.name} was removed: its files stay"
            if stay:  # that are not filed, or no filed file has their bytes: nobody knows of them from now on
                text += f", {counts.plural(len(stay), 'fetched file')} in {sightings.shown(str(stay[0].parent))}"
            await self._ledger.write(note, text, None, clock.wall())
            await deciding.follow([one.id for one in self._roster.events()], planned)  # photos were moved into it
        await self._follow()
        if refused is not None:
            raise refused
        return event.name

    def _refuse_open(self, event: Event, do: str) -> None:
        """A link without a last day stays as the files do; one with, nobody would take back then."""
        ends = [
            f"{one.name} until {each.ends}"
            for one in self._roster.people(event.id)
            for gone in with_merged(one, self._roster.everybody())
            for each in self._roster.shares(gone.id)
            if each.ends
        ]
        if ends:
            shown = ", ".join(ends[:NAMES]) + (f" and {len(ends) - NAMES} more" if len(ends) > NAMES else "")
            raise UsageError(
                "Folders of the event are open until a day",
                f"{event.name}: {shown}",
                f"{do} after that day, or take them back before: venuesync people link NAME --off",
                cause=Cause.CONFLICT,
            )

    # ---- changing

    async def set_value(self, name: str, key: str, value: str) -> Event:
        """Any key of an event. Raises `UsageError` naming what is accepted."""
        if key == event_rules.WATERMARK:
            mark = await asyncio.to_thread(event_rules.watermark, value.strip())
            return await self._change(name, lambda event: replace(event, watermark=mark))
        given = value
        if key == "destination" and value.strip():
            event = self._roster.event(name)
            given = await self._sources(event).home(event, value)
        return await self._change(name, lambda event: event_rules.with_value(event, key, given))

    async def set_account(self, name: str, value: str, *, yes: bool) -> Event:
        """From now on all of the event goes over that account. What lies on the other Drive stays there, untouched.

        Raises `UsageError` where photos lie there and nobody said `yes` to sending them all anew.
        """
        account = await self._account(value)
        before = self._roster.event(name)
        if (account or "") == before.lane:
            return before
        files, size = await self._ledger.read(accounts.weigh, before.id)
        if files and not yes:
            to = value.strip() or '""'
            raise UsageError(
                "All photos of the event would be sent anew",
                f"{counts.plural(files, 'file')} ({amount(size)}) of {before.name} lie on the Drive of"
                f" {before.account or 'the account that all events use'}: they and the links to them stay there",
                f"If that is meant: venuesync events set {shlex.quote(before.name)} account {to} --yes",
                cause=Cause.CONFLICT,
                kind=Kind.SENT_ANEW,
            )
        await self._refuse_forgetting(before)

        def change(event: Event) -> Event:
            earlier = [one for one in (*event.accounts_before, event.lane) if one != (account or "")]
            return replace(event, account=account, accounts_before=tuple(dict.fromkeys(earlier)))

        return await self._change(name, change)

    async def _refuse_forgetting(self, event: Event) -> None:
        """What is to be deleted of somebody would stay on the other Drive, and nobody would know of it."""
        forgetting = any(one.event == event.id for one in self._roster.forgetting())
        if forgetting or await self._ledger.read(forgotten.blurred_there, [event.id]):
            raise UsageError(
                "Somebody of the event is being forgotten",
                f"{event.name}: their folders are still to be deleted, or their faces to be blurred",
                "Wait until that is done, here and on Drive: venuesync status",
                cause=Cause.CONFLICT,
            )

    async def _account(self, value: str) -> str | None:
        """An address as events name it: none where it is the one that they all use."""
        account = event_rules.as_account(value)
        return None if account is not None and account == await self._first_account() else account

    async def _approve_placed(self, deciding: Deciding, event: Event) -> None:
        """Before somebody has to: what lies in folders stays there, also once a lost ledger is made anew."""
        placed = await self._ledger.read(held.placed, event.id)

        def approve(draft: Draft) -> tuple[None, str]:
            for one in placed:
                draft.decide_photo(event.id, one.sha256, one.name, lambda was: replace(was, approved=True))
            return None, f"{counts.plural(len(placed))} were filed before {event.name} was reviewed"

        await deciding.intend(Verb.APPROVE, approve, undoable=False)

    async def folder(self, name: str, action: str, path: str) -> Event:
        """`action`: add, remove, enable or disable an incoming folder of the event."""
        folder = event_rules.absolute(path)
        return await self._change(name, lambda event: with_folder(event, action, folder))

    async def source(self, name: str, action: str, which: str, only: Sequence[str] = ()) -> Event:
        """`action`: add (by address or id), remove, enable or disable (by id, folder or name) a source of the event."""
        event = self._roster.event(name)
        if action == "add":
            made = replace(await self._source(event, which), only=tuple(only))
            return await self._change(name, lambda event: event_sources.with_another(event, made))
        return await self._change(name, lambda event: event_sources.with_source(event, action, which))

    async def _change(self, name: str, change: Callable[[Event], Event]) -> Event:
        def changed(known: Event) -> Event:
            unsure = doubt if known.sources == before.sources else news  # Drive told nothing of what is known since
            return event_sources.in_doubt(change(known), unsure)

        async with self._lock:
            before = self._roster.event(name)
            event = change(before)
            news = [one.id for one in event.sources if one.id not in {each.id for each in before.sources}]
            doubt = await self._check(event)  # Drive may be asked: what is learned of its sources meanwhile stays
            async with self._decider.alone() as deciding:
                if event.lane != before.lane:
                    await self._refuse_forgetting(before)  # it may have begun while Drive was asked
                    self._refuse_open(before, "Let it go to another account")
                if event.review and not before.review:
                    await self._approve_placed(deciding, before)
                planned = self._roster.revision
                event = await self._ledger.on_writer(self._roster.change_event, before.id, changed) or event
                if self._roster.revision != planned:
                    await deciding.follow({event.id}, planned)
                if event.lane != before.lane:
                    await self._follow_accounts()
            gone = [one.id for one in before.sources if one.id not in {kept.id for kept in event.sources}]
            await self._ledger.write(sources.forget_folders, gone)
            await self._forget_files(gone)
            await self._ledger.write(sources.forget, gone)
            await self._ledger.write(sources.left_alone, awake(before) - awake(event), clock.wall())
            fresh = awake(event) - (awake(before) if event.lane == before.lane else set[SourceId]())
            if fresh:  # what changed while nobody looked, or another account did, has to be listed
                await self._ledger.write(require_listing, event.id, sorted(fresh))
        await self._follow()
        return event

    async def _forget_files(self, gone: Sequence[SourceId]) -> None:
        """Of sources whose folders are forgotten: others write in between."""
        while await self._ledger.write(sources.forget_some, gone, removed_events.SLICE):
            pass

    # ---- what may not be

    async def _check(self, event: Event) -> list[SourceId]:
        """Raises `UsageError` for what may not be. Returns the new sources of which Drive did not tell whether."""
        roster = self._roster
        others = [one for one in roster.events() if one.id != event.id]
        before = roster.find_event(event.id)
        if before is None or before.name != event.name:
            event_rules.refuse_same_name(event, others)
        event_rules.refuse_same_destination(event, others)
        await self.folders.check([*others, event])
        await self.folders.refuse_files({*event.folders} - ({*before.folders} if before is not None else set()))
        known = {one.id for one in before.sources} if before is not None else set[SourceId]()
        news = [one for one in event.sources if one.id not in known]
        same = before is not None and of_drive(before) == of_drive(event)
        told = same or await self._sources(event).check(event, news)
        return [] if told else [one.id for one in news]

    async def _source(self, event: Event, link: str) -> Source:
        """A source by its address; its name and drive are asked for if Drive can be reached, else later."""
        return await self._sources(event).learn(event, event_sources.source_of(event, link), link)

    async def _follow_accounts(self) -> None:
        lanes = {one.id: one.lane for one in self._roster.events()}
        await self._ledger.write(accounts.follow, lanes, self._roster.is_expected, clock.wall())

    async def _follow(self) -> None:
        """Watch the folders that are there now, and look at the sources."""
        await self.folders.follow(self._ledger)
        self._changed()


def of_drive(event: Event) -> tuple[object, ...]:
    """What Drive is asked about."""
    return event.sources, event.destination, event.lane


def awake(event: Event) -> set[SourceId]:
    """The sources that are looked at."""
    return {one.id for one in event.looked_at}


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


def forget_event(
    db: Db, event: EventId, of_event: Sequence[SourceId], references: Collection[ReferenceKey], now: float
) -> None:
    removed_events.forget_event(db, event, of_event)
    kept_faces.drop_these(db, references)
    troubles.heal_outlived(db, now)


def require_listing(db: Db, event: EventId, fresh: Sequence[SourceId]) -> None:
    syncs.ensure(db, [(one, event) for one in fresh])
    syncs.require(db, fresh)


def note(db: Db, text: str, event: EventId | None, now: float) -> None:
    meta.note_activity(db, "event", text, now, event)
