"""The parts of an agent that face Drive, built whole, an account each; what stands in for them where Drive is off."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial

from agent import clock
from agent.building.local_side import LocalSide, Part, Parts
from agent.building.opening import Opened
from agent.drive.client import DriveClient
from agent.drive.connection import DriveLane, drive_off
from agent.drive.endpoint import Endpoint
from agent.drive.http import Http
from agent.drive.limiter import Limiter
from agent.drive.line_watch import LineWatch
from agent.drive.sign_in.kept import SignIn
from agent.drive.sign_in.token import Token
from agent.drive.transfers import MediaClient
from agent.errors import VenueError
from agent.handlers.drive import DriveOff
from agent.handlers.event_sources import SourcesOnDrive, SourcesUnseen
from agent.handlers.status.parts import NO_PACE, AllDriveParts, DriveParts, pace
from agent.handlers.status.publisher import Publisher
from agent.handlers.verifying import Comparison, ComparisonOff
from agent.jobs.housekeeping import Listings
from agent.jobs.links import LinksOff, PersonLinks
from agent.jobs.runner import Job
from agent.model import DiskState, Event
from agent.running.supervise import Errands, Work
from agent.running.topics import Topic, Topics
from agent.running.transfers import UnderWay
from agent.settings import Settings
from agent.sync.all_feeds import AllFeeds
from agent.sync.downloads import Downloader
from agent.sync.draft import GonePolicy
from agent.sync.feeds import Feeds
from agent.sync.listing import ListFreshness
from agent.sync.pace import LineLimits
from agent.sync.push import Push
from agent.sync.tree import Choosing, FolderTree
from agent.sync.verify import SourceInspector
from agent.uploads.concurrency import Concurrency
from agent.uploads.drive_state import FirstMoments, Outages
from agent.uploads.folder_upkeep import Sharing
from agent.uploads.folders import FolderQueue
from agent.uploads.forecast import Forecast
from agent.uploads.forgotten import ForgetsNothing, ForgetsOnDrive
from agent.uploads.metered import MeteredLine
from agent.uploads.queue import UploadQueue
from agent.uploads.renditions import Renditions
from agent.uploads.send import Sender
from agent.uploads.tags import IdPool
from agent.uploads.times import TimesOnDrive
from agent.uploads.verify import DriveInspector

DRAIN = 5.0  # seconds that uploads under way may take to end
FIRST_ANSWER, LOOK_EVERY = 100, 0.1  # looks at most whether it is there, and seconds between two


class DriveSide:
    """What faces Drive: one lane, one limiter, one token for all of an account.

    `account` is "" for the one that all events use, else an address; such a one stands `beside` the first, with which
    it shares the line. What its lane tells, it tells `line_topics`.
    """

    def __init__(
        self,
        opened: Opened,
        settings: Settings,
        here: LocalSide,
        topics: Topics,
        errands: Errands,
        account: str = "",
        beside: DriveSide | None = None,
    ) -> None:
        self._opened, self._settings, self._topics, self._errands = opened, settings, topics, errands
        self.account, self._beside = account, beside
        self._agent_began: float = clock.steady() if beside is None else beside._agent_began
        self.line_topics = Topics() if account else topics
        self._destination = "" if account else settings.drive.destination  # which is on the first one's Drive
        self._build_line()
        self._build_sending(here)
        self._build_fetching(here)
        self._build_asked()

    def _build_line(self) -> None:
        opened, settings, drive, topics = self._opened, self._settings, self._settings.drive, self.line_topics
        endpoint, account, beside = Endpoint(drive.endpoint), self.account, self._beside
        sign_in = SignIn(opened.workspace, endpoint)
        token = Token(partial(sign_in.load, account), account=account)
        limiter = Limiter(max(16, drive.uploads + 4), start=max(8, drive.uploads))
        self._http = http = Http(endpoint, token)
        self.client = client = DriveClient(http, limiter, hung=topics.of(Topic.HUNG))
        self.media = media = MediaClient(
            http,
            limiter,
            up_mbps=drive.up_mbps,
            down_mbps=drive.down_mbps,
            progress_timeout=drive.progress_timeout,
            beside=None if beside is None else beside.media,
        )
        self.lane = lane = DriveLane(
            client.probe,
            token,
            limiter,
            changed=lambda _: topics.publish(Topic.LANE_CHANGED),
            moving=http.moved_within,
            opened=topics.of(Topic.LANE_OPEN),
            line_back=topics.of(Topic.LINE_BACK),
        )
        self._pace = partial(pace, limiter, media.up, media.down)
        self.outages = Outages(opened.ledger, lane, http, self._errands, opened.roster.quiet_events, account)
        self.line = LineLimits(media.up, media.down, settings)
        self.metered = metered = self._metered() if beside is None else beside.metered  # by the day all accounts' bytes
        self.concurrency = Concurrency(
            drive.uploads, sent=http.sent, may=limiter.widen, free=lambda: not (media.up.mbps or metered.metered)
        )
        self.line_watch = LineWatch(lane, http, self.concurrency.look)
        self.forecast = Forecast(
            opened.ledger,
            lambda: lane.status,
            lambda: sign_in.of(account),
            quiet=lambda: [one.id for one in opened.roster.events() if not (drive.send and one.send)],
            refresh=lane.look_now,
            changed=self._topics.of(Topic.CHANGED),
            lane=account,
        )

    async def clock_ahead(self) -> float | None:
        """Seconds by which this machine's clock is ahead of Drive's; `None`: Drive does not answer. Just after a start
        its first answer is waited for.
        """
        for _ in range(FIRST_ANSWER):
            if not self.lane.status.connecting:
                break
            await asyncio.sleep(LOOK_EVERY)
        return self._http.clock_ahead()

    def _metered(self) -> MeteredLine:
        opened, settings = self._opened, self._settings
        return MeteredLine(
            opened.ledger,
            opened.roster,
            settings,
            self.media.up,
            lambda: f"{clock.local(clock.wall()):%Y-%m-%d}",
            self._topics.of(Topic.CHANGED),
        )

    def _build_sending(self, here: LocalSide) -> None:
        ledger, roster, drive, topics = self._opened.ledger, self._opened.roster, self._settings.drive, self._topics
        client, lane, account, beside = self.client, self.lane, self.account, self._beside
        ids = IdPool(ledger, client, self._opened.id_log, account)
        rebuild = partial(here.rebuild.drive, client, lane, account)
        looked_at_anew, learning = topics.of(Topic.SOURCES), asyncio.Lock()
        self.first_moments = FirstMoments(
            ledger, lane, self._http, ids, rebuild, self._errands, looked_at_anew, account, self._agent_began
        )
        self.folders = FolderQueue(
            ledger,
            client,
            ids,
            lane,
            workspace_id=roster.workspace_id,
            destination=self._destination,
            check_every=drive.folder_check,
            events=roster.events,
            paused=lambda: roster.switches.all,
            made=topics.of(Topic.FOLDERS_MADE),
            learn=partial(here.rebuild.learn, client, account, learning),
            account=account,
        )
        self.queue = UploadQueue(
            ledger,
            roster,
            self._sender(here),
            ids,
            lane,
            self.metered,
            at_once=self.concurrency,
            attempts=drive.attempts,
            retry_delay=drive.retry_delay,
            doubt=self.folders.doubt,
            roll_over=self.folders.roll_over,
            no_bytes=here.doubts.no_bytes,
            left=topics.of(Topic.FILE_LEFT),
            rested=topics.of(Topic.ALL_SENT),
            agent_began=self._agent_began,
            account=account,
            beside=None if beside is None else beside.queue.under_way,
        )
        self.times = TimesOnDrive(ledger, roster, client, lane, self.queue, account)
        sharing, http = Sharing(client, lane, account), self._http
        self.links = PersonLinks(ledger, roster, sharing, topics.of(Topic.CHANGED), http.clock_ahead, account)
        workspace_id, paused, making = roster.workspace_id, lambda: roster.switches.all, self.folders.making
        self.forgets = ForgetsOnDrive(ledger, client, lane, workspace_id, paused, learning, making, account)

    def _sender(self, here: LocalSide) -> Sender:
        ledger, roster, space = self._opened.ledger, self._opened.roster, self._opened.workspace
        beside = self._beside  # what is made of a photo is made once for all
        own = Renditions(ledger, here.workers, here.blurring, roster.events, space.renditions)
        self.renditions = own if beside is None else beside.renditions
        return Sender(ledger, self.client, self.media, self.renditions, self.metered, space.root, roster.workspace_id)

    def _build_fetching(self, here: LocalSide) -> None:
        ledger, roster, settings, drive = self._opened.ledger, self._opened.roster, self._settings, self._settings.drive
        client, lane, topics, account, beside = self.client, self.lane, self._topics, self.account, self._beside
        self.tree = FolderTree(client)
        self.choosing = Choosing(self.tree, ledger, roster, self._destination, account)
        gone = GonePolicy(roster.events, settings.sync.gone)
        self.downloader = Downloader(
            ledger,
            roster,
            client,
            self.media,
            lane,
            folder=self._opened.workspace.downloads,
            at_once=drive.downloads,
            attempts=drive.attempts,
            retry_delay=drive.retry_delay,
            # Other content takes a photo's place, or that is taken out, as its bytes are gone at the source.
            replaces=lambda event: settings.incoming.replaced == "replace" or gone.removes(event),
            gone=gone,
            may_fetch=lambda: here.router.disk is not DiskState.FULL,
            keep_free=settings.disk.keep_free,
            room=topics.of(Topic.ROOM),
            take_in=here.pipeline.fetched,
            plan=here.pipeline.fetched_before,
            others=lambda: [one.id for one in roster.events() if one.lane != account],
            let_go=topics.of(Topic.AT_SOURCES),
            look_anew=topics.of(Topic.SOURCES),
            beside=None if beside is None else beside.downloader.under_way,
        )
        self.feeds = Feeds(
            ledger,
            roster,
            client,
            lane,
            settings,
            gone,
            ListFreshness(ledger, client, roster.workspace_id, lambda: drive.send and not roster.switches.all, account),
            resolve=self.choosing.resolve,
            doubt=self.folders.doubt_among,
            told=self.links.doubt,
            news=topics.of(Topic.AT_SOURCES),
            changed=topics.of(Topic.CHANGED),
            account=account,
        )
        self.pushes = [Push(ledger, client, lane, drive.push, self.feeds)] if drive.push else []

    def _build_asked(self) -> None:
        """What the handlers ask."""
        ledger, client, lane, feeds, account = self._opened.ledger, self.client, self.lane, self.feeds, self.account
        sending, fetching = self.queue.under_way, self.downloader.under_way
        since, whose = lambda: self.forecast.signed_in_at, self.first_moments.whose
        self.shown = DriveParts(account, lane, sending, fetching, self._pace, since, whose, self.folders.stuck)
        self.sources = SourcesOnDrive(lane, self.tree, self.choosing)
        inspector = DriveInspector(ledger, client, self._opened.roster.workspace_id, account)
        source_inspector = SourceInspector(ledger, client, feeds.watched, lambda: lane.status.account, account)
        self.comparison = Comparison(lane, inspector, source_inspector, feeds, self.links, account)

    def parts(self) -> Parts:
        """By their names; those of a named account bear it."""
        return {self._named(name): run for name, run in self._parts().items()}

    def _named(self, part: str) -> str:
        return f"{part} of {self.account}" if self.account else part

    def _parts(self) -> Parts:
        parts: dict[str, Part] = {
            "Drive lane": self.lane.run,
            "Drive start": self.first_moments.run,
            "line watch": self.line_watch.run,
            "foresight": self.forecast.run,
        }
        if self._settings.drive.send:
            parts |= {
                "folder lane": self.first_moments.before(self.folders.run),
                "uploads": self.first_moments.before(self.queue.run),
                "links": self.first_moments.before(self.links.run),
                "times on Drive": self.first_moments.before(self.times.run),
            }
        parts |= {"feeds": self.feeds.run, "downloads": self.downloader.run}
        if self._beside is None:
            parts |= {"line": self.line.run, "metered line": self.metered.run}
        for one in self.pushes:
            parts["push"] = one.run
        return parts

    def parts_of_a_command(self) -> Parts:
        """The lane alone: a command asks, and waits for the answer."""
        return {self._named("Drive lane"): self.lane.run}

    def tells(self) -> list[str]:
        """Keys of the troubles that are told, and taken back, by parts of it alone."""
        return [*self.forecast.keys, *(one.refusal.key for one in self.pushes)]

    def work(self) -> Mapping[str, Work]:
        return {self._named("uploads"): self.queue, self._named("downloads"): self.downloader}

    async def close(self) -> None:
        """Drive sends no more word of changes; uploads under way may end for a moment, then all is put down."""
        for one in self.pushes:
            await one.close()
        await self.queue.close(DRAIN)
        with suppress(VenueError):  # a disk that refuses keeps nothing; all else is put down all the same
            await self.metered.save()
        await self.media.close()


class DriveOffSide:
    """The same where Drive is off: a lane that never opens, nothing queued, nothing under way, nobody to wake."""

    def __init__(self, opened: Opened, settings: Settings) -> None:
        self._opened, self._settings = opened, settings
        self._feeds = feeds = AllFeeds(tuple)
        lane = drive_off()
        off = DriveParts("", lane, UnderWay(), UnderWay(), lambda: NO_PACE, lambda: None, lambda: None, {})
        self.shown = AllDriveParts(lambda: [off], feeds, None)
        self.links = LinksOff(opened.roster)
        self.forgets = ForgetsNothing(opened.ledger)
        self.comparison = ComparisonOff()

    def follow(self, settings: Settings) -> None:
        """There is no line."""

    def sources(self, _event: Event) -> SourcesUnseen:
        return SourcesUnseen()

    def handlers(self, _publisher: Publisher) -> list[object]:
        return [DriveOff()]

    def started(self, _begun: Callable[[DriveSide], None]) -> list[DriveSide]:
        return []

    def follow_accounts(self) -> None:
        """No account has anything to do."""

    def parts(self) -> Parts:
        return {}

    def parts_of_a_command(self) -> Parts:
        return {}

    def tells(self) -> list[str]:
        return []

    def work(self) -> Mapping[str, Work]:
        return {}

    def jobs(self) -> list[Job]:
        """Events end all the same."""
        listings = Listings(self._opened.ledger, self._opened.roster, self._feeds, self._settings)
        return [listings.ending]

    async def clock_ahead(self) -> float | None:
        """Nobody says."""
        return None

    async def close(self) -> None:
        """There is nothing to put down."""
