"""All feeds: one for the account and one for each shared drive, whatever the number of events.

What is shared with an account out of a shared drive that it is no member of is told by the account's own feed.
Sources that want it are listed in full, then the feed is read from change to change. One event's trouble is that
event's; an outage waits with the lane.
"""

from __future__ import annotations

import asyncio
import shlex
from collections.abc import Awaitable, Callable, Iterable, Sequence, Set
from dataclasses import replace

import structlog

from agent import clock
from agent.drive.client import DriveClient
from agent.drive.connection import DriveLane
from agent.drive.errors import DriveError
from agent.drive.reasons import Scope
from agent.errors import UsageError, VenueError
from agent.ledger import Ledger, counts, folders, meta, sources, syncs
from agent.ledger.by_event import EventFacts
from agent.ledger.sqlite.rows import Db
from agent.ledger.syncs import ListingAgain
from agent.model import DriveId, Event, EventId, Source, SourceId
from agent.roster import Roster
from agent.running.waiting import Bell, Stumbles
from agent.settings import Settings
from agent.sync.as_sent import Doubt
from agent.sync.draft import Gone
from agent.sync.feed import Feed
from agent.sync.listing import ListFreshness, last_tried
from agent.sync.pace import wait
from agent.sync.sources import NO_LOOKS, Looks, SourceStanding, Watched, found_again, is_loss, record_lost, standings

log = structlog.get_logger(__name__)

AT_ONCE = 6  # sources listed at a time
LOST_AGAIN = 30.0  # seconds between looks for a source that is lost
ASK_LISTS_EVERY = 5.0  # seconds, while it is waited for that lists are new enough
LOOK_ANYWAY = 60.0  # seconds
TROUBLED = 15.0  # seconds, after an error that is nobody's outage


class Feeds:
    """`news` is called when photos came or went; `changed` when a state is another one; `doubt`: see `Feed`;
    `told` with whatever Drive told of.
    """

    def __init__(
        self,
        ledger: Ledger,
        roster: Roster,
        client: DriveClient,
        lane: DriveLane,
        settings: Settings,
        gone: Gone,
        freshness: ListFreshness,
        *,
        resolve: Callable[[Event, Source], Awaitable[Source]],
        doubt: Doubt,
        told: Callable[[Set[str]], None],
        news: Callable[[], None],
        changed: Callable[[], None],
        account: str = "",
        steady: Callable[[], float] = clock.steady,
    ) -> None:
        self.bell = Bell()
        self.account = account
        self.listing: set[EventId] = set()  # events that are being listed right now
        self._ledger = ledger
        self._roster = roster
        self._client = client
        self._lane = lane
        self._settings = settings
        self._gone = gone
        self._freshness = freshness
        self._steady = steady
        self._news = news
        self._changed = changed
        self._resolve = resolve
        self._doubt = doubt
        self._told = told
        self._once: dict[EventId, object] = {}  # switched off, and asked for; each time by another one
        self._due: dict[str, float] = {}  # feed -> when to look next, on the steady line
        self._brought: dict[str, float] = {}  # feed -> when it last brought something, on the same line
        self._lost_until: dict[SourceId, float] = {}
        self._wishes = 0  # that what is lost is looked for; a try that was under way at one of them does not rest
        self._closed: dict[str, float] = {}  # shared drive that has no feed for us -> when it was asked for one
        self._again: dict[str, float] = {}  # feed -> when folders of its sources are listed again
        self._asked: dict[str, float] = {}  # feed -> when a list was asked how new it is
        self._polled: dict[SourceId, int] = {}  # how many photos had arrived when the last good look began
        self._amid: set[DriveId] = set()
        self._asks = 0  # a look that was under way at one of them is no answer to it
        self._once_more: set[str] = set()  # feeds of which word came, maybe while they were read

    # ---- what is asked of it

    async def ask(self, events: Iterable[EventId], *, whole: bool) -> None:
        """Look at these events' sources now, `whole`: in full. One that is switched off is listed once, in full; one
        that was removed since it was named is none.
        """
        asked = set(events)
        chosen = [one for one in self._ours(self._roster.events()) if one.id in asked]
        listed = [one for one in chosen if whole or not one.is_awake]
        await self._ledger.write(self._ask_for, sources_of(chosen), sources_of(listed))
        self._once |= {one.id: object() for one in chosen if not one.is_awake and sources_of([one])}
        self.look_now()

    def _ask_for(
        self, db: Db, looked_at: Sequence[tuple[SourceId, EventId]], listed: Sequence[tuple[SourceId, EventId]]
    ) -> None:
        """All at once: one that is removed behind it is forgotten behind it."""
        self._ensure(db, looked_at)
        syncs.require(db, [source for source, _ in listed])

    def look_now(self, keys: Iterable[str] | None = None) -> None:
        """Poll at once: somebody asked, and nothing is sure before that was answered; `keys`: Drive sent word of these
        feeds, of what may be known already.
        """
        if keys is None:
            self._polled.clear()
            self._asks += 1
            self._closed = dict.fromkeys(self._closed, float("-inf"))
            self._changed()
        for key in self._due.keys() if keys is None else keys:
            self._due[key] = self._steady()
            self._once_more.add(key)
        self.go_on()

    def go_on(self) -> None:
        """Somebody wants that what is lost is looked for now: nothing waits for it any more."""
        self._wishes += 1
        self._lost_until.clear()
        self.bell.ring()

    def keys(self) -> set[str]:
        """The feeds that are read: "" for the account's, else a shared drive's id."""
        return set(self._due)

    def _ours(self, events: Iterable[Event]) -> list[Event]:
        """Those that go over this account."""
        return [one for one in events if one.lane == self.account]

    def next_looks(self) -> dict[str, float]:
        """For each event, when its sources are looked at next, as the machine's clock will show it."""
        found: dict[str, float] = {}
        for one in self.watched():
            drive = one.source.shared_drive or ""
            due = self._due.get("" if drive in self._closed else drive)
            if due is not None:
                found[one.event] = min(due, found.get(one.event, due))
        return {event: clock.shown(due) for event, due in found.items()}

    def has_looked(self) -> bool:
        """Whether each feed was read since somebody asked, or cannot be."""
        return not self._lane.is_open() or all(due > self._steady() for due in self._due.values())

    def looks(self) -> Looks:
        """What was looked at well; nothing while Drive cannot be asked."""
        return Looks(dict(self._polled), self._asks) if self._lane.is_open() else NO_LOOKS

    def standings(self, facts: EventFacts, looks: Looks, arrivals: int) -> list[SourceStanding]:
        """How sure it is that all of each source is here; the facts and arrivals are of one moment."""
        return standings(self._ours(self._roster.events()), facts, looks, arrivals)

    def watched(self) -> list[Watched]:
        """The sources that are looked at by themselves, or were asked for."""
        return [
            Watched(event.id, source)
            for event in self._ours(self._roster.events())
            if event.is_awake or event.id in self._once
            for source in event.sources
            if source.enabled
        ]

    # ---- running

    async def run(self) -> None:
        stumbles = Stumbles()
        if not self.account:  # once for all of them
            await self._ledger.write(syncs.broken_off)
        while True:
            await self._lane.open()
            try:
                await self.round()
            except DriveError as error:
                self._polled.clear()  # whatever came meanwhile has to be looked for
                waits = stumbles.next()
                if not self._lane.report(error):
                    log.warning("feed.refused", kind=error.kind, detail=error.detail)
                    waits = TROUBLED
                await self.bell.wait(waits)
            except BaseException:  # it dies of it, or is ended: what it was about to bring nobody knows
                self._polled.clear()
                raise
            else:
                stumbles.over()
                await self.bell.wait(self._pause())

    def _pause(self) -> float:
        """A minute at most: by then an hour with another interval may have begun."""
        times = [*self._due.values(), *self._lost_until.values(), *self._again.values(), self._steady() + LOOK_ANYWAY]
        return max(0.05, min(times) - self._steady())

    async def round(self) -> None:
        """Everything that is due: full listings first, then each feed."""
        once, known = dict(self._once), self.watched()
        ours = {one.source.id for one in known}  # nobody waits for those that nobody looks at any more
        self._lost_until = {one: until for one, until in self._lost_until.items() if one in ours}
        for one in known:
            self._client.learn_key(one.source.folder, one.source.resource_key)
        self._polled = {one: arrivals for one, arrivals in self._polled.items() if one in ours}
        await self._ledger.write(self._ensure, [(one.source.id, one.event) for one in known])
        watched = [one for one in known if one.source.resolved or await self._learn(one)]
        by_key = await self._by_feed(watched)
        for key in [key for key in self._due if key not in by_key]:
            del self._due[key]
            self._again.pop(key, None)
        for key, members in by_key.items():
            if key in self._due:  # the interval may be another one by now
                soonest = await self._next(key, members)
                self._due[key] = min(self._due[key], soonest)
            await self._feed(key, members)
        if once:
            left = await self._ledger.read(syncs.unfinished)
            over = once.keys() - {one.event for one in known if one.source.id in left}
            self._once = {
                event: time for event, time in self._once.items() if event not in over or time is not once[event]
            }

    def _ensure(self, db: Db, known: Sequence[tuple[SourceId, EventId]]) -> None:
        """Not those that were removed since: on a full disk this may have waited, and they are forgotten before it."""
        there = {source.id for event in self._roster.events() for source in event.sources}
        syncs.ensure(db, [one for one in known if one[0] in there])

    async def _learn(self, one: Watched) -> bool:
        """A source that was added while Drive could not be asked: its name, and whose drive it is on.

        It is watched from the next round on.
        """
        event = self._roster.find_event(one.event)
        if event is None or self._lost_until.get(one.source.id, 0.0) > self._steady():
            return False
        wishes = self._wishes
        try:
            source = await self._resolve(event, one.source)
        except DriveError as error:
            if error.pauses_lane:
                raise
            await self._lost(one, error, wishes)
        except UsageError as error:
            off = f"venuesync events source {shlex.quote(event.name)} remove {one.source.id}"
            error.remedy += f"; take this one off: {off}"
            await self._lost(one, error, wishes)
        else:
            await self._ledger.on_writer(self._keep, event, source)
            self.bell.ring()
        return False

    def _keep(self, event: Event, source: Source) -> None:
        """Not beside others than it was looked at with: one that came meanwhile may overlap it."""
        now = self._roster.find_event(event.id)
        if now is not None and now.sources == event.sources:
            self._roster.put_source(event.id, source)

    async def _by_feed(self, watched: Sequence[Watched]) -> dict[str, list[Watched]]:
        """The sources by the key of the feed that tells of them. The account's own also tells of what was sent."""
        sends = await self._ledger.read(folders.own_on_drive, self.account) is not None
        found: dict[str, list[Watched]] = {"": []} if sends else {}
        for one in watched:
            found.setdefault(one.source.shared_drive or "", []).append(one)
        for drive in [one for one in found if one and not await self._has_feed(one, found[one])]:
            found.setdefault("", []).extend(found.pop(drive))
        return found

    async def _has_feed(self, drive: str, members: Sequence[Watched]) -> bool:
        """Whether a shared drive's own can be read. One that could not is asked for as seldom as a feed is read."""
        asked_at, now, asks = self._closed.get(drive), self._steady(), self._asks
        if asked_at is not None and now < asked_at + max(LOST_AGAIN, await self._next(drive, members) - now):
            return False
        try:
            await self._feed_of(drive).begin(members)
        except DriveError as error:
            if not is_loss(error):
                raise
            self._closed[drive] = now if asks == self._asks else float("-inf")
            return False
        self._closed.pop(drive, None)
        return True

    def _feed_of(self, key: str) -> Feed:
        ledger, client, fresh, doubt, steady = self._ledger, self._client, self._freshness, self._doubt, self._steady
        return Feed(key, ledger, client, fresh, self._gone, self._lose, doubt, steady, self.account, self._amid)

    async def _feed(self, key: str, members: Sequence[Watched]) -> None:
        feed = self._feed_of(key)
        await feed.begin(members)
        await self._ledger.write(syncs.tell_of, feed.key, [one.source.id for one in members])
        required = await self._ledger.read(syncs.required)
        due = [one for one in members if one.source.id in required and self._may_list(one.source.id)]
        before = await self._ledger.read(last_tried)
        for first in range(0, len(due), AT_ONCE):
            listings = (self._list(feed, one, before) for one in due[first : first + AT_ONCE])
            for broken in await asyncio.gather(*listings, return_exceptions=True):
                if broken is not None:
                    raise broken
        if self._due.get(key, 0.0) <= self._steady() and not await self._poll(key, feed, members):
            return
        await self._list_again(key, feed, members)

    async def _poll(self, key: str, feed: Feed, members: Sequence[Watched]) -> bool:
        """Read the feed; not where Drive does not know its place any more: then all is listed again."""
        asks = self._asks
        self._once_more.discard(key)
        arrivals = await self._ledger.read(counts.arrivals)
        try:
            brought = await feed.poll(members)
        except DriveError as error:
            if error.scope is not Scope.CURSOR:
                raise
            await self._ledger.write(begin_again, feed.key, [one.source.id for one in members], clock.wall())
            self.bell.ring()
            return False
        self._lane.succeeded()
        self._told(feed.named)
        await self._ledger.write(syncs.synced, [one.source.id for one in members], clock.wall())
        if asks == self._asks:
            self._polled.update({one.source.id: arrivals for one in members})
        if brought:
            self._brought[key] = self._steady()
            self._news()
        due = await self._next(key, members)
        self._due[key] = self._steady() if key in self._once_more or asks != self._asks else due
        if await self._ledger.read(syncs.required):
            self.bell.ring()
        self._changed()
        return True

    async def _list_again(self, key: str, feed: Feed, members: Sequence[Watched]) -> None:
        """Folders whose time has come, or of which lists can be sure now, all of a source at once."""
        ours = {one.source.id for one in members if self._may_list(one.source.id)}
        rows = [row for row in await self._ledger.read(syncs.listings_again) if row.source in ours]
        due = [row for row in rows if row.due_at <= self._steady()] or await self._sure_now(key, rows)
        for one in members:
            if own := [row for row in due if row.source == one.source.id]:
                await self._list_due(feed, one, own)
        rows = [row for row in await self._ledger.read(syncs.listings_again) if row.source in ours]
        times = [row.due_at for row in rows]
        if not all(row.confirmed for row in rows):
            times.append(self._asked.get(key, 0.0) + ASK_LISTS_EVERY)
        self._again[key] = min(times, default=float("inf"))

    async def _sure_now(self, key: str, rows: Sequence[ListingAgain]) -> list[ListingAgain]:
        """Of the folders that wait for it those of which lists are new enough by now: asked of one small list."""
        waiting = [row for row in rows if not row.confirmed]
        if not waiting or self._asked.get(key, float("-inf")) + ASK_LISTS_EVERY > self._steady():
            return []
        self._asked[key] = self._steady()
        shown = await self._freshness.shown(max(row.mark for row in waiting))
        return [row for row in waiting if row.mark < shown]

    async def _list_due(self, feed: Feed, one: Watched, due: Sequence[ListingAgain]) -> None:
        wishes = self._wishes
        try:
            brought = await feed.list_again(one, due)
        except DriveError as error:
            if error.pauses_lane:
                raise
            await self._lost(one, error, wishes)
            return
        if brought:
            self._news()
        self._changed()

    def _may_list(self, source: SourceId) -> bool:
        return self._lost_until.get(source, 0.0) <= self._steady()

    async def _next(self, key: str, members: Sequence[Watched]) -> float:
        """When that feed is to be looked at if it was just now."""
        last = await self._ledger.read(syncs.feed_changed_at, syncs.feed_key(self.account, key))
        since = [] if last is None else [clock.wall() - last]
        since += [self._steady() - self._brought[key]] if key in self._brought else []
        idle = min((one for one in since if one >= 0), default=None)
        ours = {one.event for one in members}
        events = [one for one in self._roster.events() if one.id in ours]
        now = clock.local(clock.wall())
        return self._steady() + wait(self._settings, events, idle, now)

    async def _list(self, feed: Feed, one: Watched, before: int) -> None:
        """A full listing; a folder that cannot be reached makes this source lost, and the others go on."""
        wishes = self._wishes
        run = await self._ledger.write(begin_listing, one, clock.wall())
        self.listing.add(one.event)
        self._changed()
        try:
            reached = await feed.roots(one)
            if one.source.shared_drive not in {root.shared_drive for root in reached}:
                return await self._follow(one, reached[0].shared_drive, run)
            written = await feed.list_whole(one, reached, run, before)
        except DriveError as error:
            await self._ledger.write(end_badly, run, error, clock.wall())
            if error.pauses_lane:
                raise
            await self._lost(one, error, wishes)
        else:
            self._lost_until.pop(one.source.id, None)
            await self._ledger.write(found_again, one.source, clock.wall())
            if written.anything:
                self._news()
        finally:
            self.listing.discard(one.event)
            self._changed()

    async def _follow(self, one: Watched, drive: str | None, run: int) -> None:
        """It was moved to another drive, whose feed tells of it from the next round on: then it is listed."""
        await self._ledger.write(syncs.drop_run, run)
        await self._ledger.on_writer(self._roster.put_source, one.event, replace(one.source, shared_drive=drive))
        self.bell.ring()

    async def _lost(self, one: Watched, error: VenueError, wishes: int) -> None:
        """`wishes`: those before it was looked for."""
        if wishes == self._wishes:
            self._lost_until[one.source.id] = self._steady() + LOST_AGAIN
        await self._ledger.write(self._lose, one, error, clock.wall())

    def _lose(self, db: Db, one: Watched, error: VenueError, now: float) -> None:
        """Not of one that is looked at no more since it was asked for: nobody would ever say that this is over."""
        if one.source.id not in {each.source.id for each in self.watched()}:
            return
        record_lost(db, one.event, one.source, error, self._lane.status.account, now)


def sources_of(events: Iterable[Event]) -> list[tuple[SourceId, EventId]]:
    return [(source.id, one.id) for one in events for source in one.sources if source.enabled]


def begin_listing(db: Db, one: Watched, now: float) -> int:
    syncs.being_listed(db, one.source.id)
    return syncs.begin_run(db, one.event, "full", now)


def end_badly(db: Db, run: int, error: DriveError, now: float) -> None:
    syncs.end_run(db, run, now, found=0, gone=0, outcome=error.title)


def begin_again(db: Db, key: str, members: Sequence[SourceId], now: float) -> None:
    """Drive does not know the token any more: a new one, everything listed again and compared; and it is said."""
    syncs.forget_feed_token(db, key)
    sources.forget_all_foreign(db)
    syncs.require(db, members)
    meta.note_activity(db, "relisted", "Drive lost the place in its feed: all folders are listed again", now)
