"""Every part of an agent, built whole: those of this machine, those that face Drive, and those that stand in for it.

What a part has to tell others it tells a topic; who is woken by that stands in `agent/app.py`. Nobody is handed a side:
each part gets by name what it needs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING

import structlog

from agent import clock
from agent.building.opening import Opened
from agent.building.rebuild import Rebuild
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
from agent.faces.models import engine_id
from agent.faces.results import Depth
from agent.faces.rule import Rule
from agent.faces.workers import FaceWorkers
from agent.filing.blurring import Blurring
from agent.filing.check import DiskCheck
from agent.filing.processed import Processed
from agent.filing.router import Router
from agent.filing.withdrawn import LastFiles
from agent.handlers.drive import DriveOff
from agent.handlers.event_sources import SourcesOnDrive, SourcesUnseen
from agent.handlers.status.parts import NO_PACE, AllDriveParts, DriveParts, LocalParts, pace
from agent.handlers.status.publisher import Publisher
from agent.handlers.verifying import Comparison, ComparisonOff
from agent.intake.doubts import Doubts, NoDoubts
from agent.intake.folders import Unwatched, incoming_folders
from agent.jobs.links import LinksOff, PersonLinks
from agent.jobs.runner import Job
from agent.jobs.second_looks import SecondLooks
from agent.ledger import Ledger, meta
from agent.model import DiskState
from agent.people.clocks import CameraClocks
from agent.people.consent import Consents
from agent.people.deciding import Decider
from agent.people.enroll import Enroller
from agent.people.enroll_folder import EnrollFolder
from agent.people.guests import Grouper
from agent.people.planner import Planner
from agent.pipeline import Pipeline
from agent.running.supervise import STANDSTILL_AFTER, Errands, Work
from agent.running.topics import Topic, Topics
from agent.settings import Settings
from agent.sync.downloads import Downloader
from agent.sync.draft import GonePolicy
from agent.sync.feeds import Feeds, FeedsOff
from agent.sync.listing import ListFreshness
from agent.sync.pace import LineLimits, local_now
from agent.sync.push import Push
from agent.sync.tree import Choosing, FolderTree
from agent.sync.verify import SourceInspector
from agent.uploads.drive_state import FirstMoments, Outages
from agent.uploads.folder_upkeep import Sharing
from agent.uploads.folders import FolderQueue
from agent.uploads.forecast import Forecast
from agent.uploads.forgotten import ForgetsNothing, ForgetsOnDrive
from agent.uploads.metered import MeteredLine
from agent.uploads.queue import UnderWay, UploadQueue
from agent.uploads.renditions import Renditions
from agent.uploads.send import Sender
from agent.uploads.tags import IdPool
from agent.uploads.times import TimesOnDrive
from agent.uploads.verify import DriveInspector

if TYPE_CHECKING:
    from agent.intake.watcher import Watcher

log = structlog.get_logger(__name__)

Part = Callable[[], Awaitable[None]]
Parts = Mapping[str, Part]  # by the name that logs and troubles call each by
DRAIN = 5.0  # seconds that uploads under way may take to end


class LocalSide:
    """What an agent does on this machine. `watching` false: no folder is watched. Workers' deaths count in `deaths`."""

    def __init__(
        self,
        opened: Opened,
        settings: Settings,
        topics: Topics,
        errands: Errands,
        deaths: Counter[str],
        *,
        watching: bool,
    ) -> None:
        self._opened, self._settings, self._topics, self._deaths = opened, settings, topics, deaths
        ledger = opened.ledger
        self.doubts = Doubts(ledger, errands, topics.of(Topic.DOUBTED)) if watching else NoDoubts()
        self._build_looking()
        self.watcher = self._watcher() if watching else Unwatched()
        self._build_filing()
        self._build_people()
        self.shown = LocalParts(ledger, self.pipeline, self.router, self.watcher)

    def _build_looking(self) -> None:
        ledger, roster, workspace = self._opened.ledger, self._opened.roster, self._opened.workspace
        settings, wanted = self._settings, self._topics.of(Topic.WANTED)
        self.workers = FaceWorkers(
            settings.faces.workers,
            settings.faces.engine,
            workspace.cache,
            workspace.logs / "faces.log",
            time_limit=STANDSTILL_AFTER,
            replaced=partial(tell_replaced, ledger, self._deaths),
        )
        self.planner = Planner(
            ledger,
            roster,
            partial(engine_id, settings.faces.engine),
            Rule(settings.faces.tolerance, max(settings.faces.review, settings.faces.tolerance)),
            strangers=self._topics.from_threads(Topic.UNKNOWN_FACES),
            template=settings.filing.name,
        )
        self.pipeline = Pipeline(
            ledger,
            self.planner,
            self.workers,
            root=workspace.root,
            thumbnails=workspace.thumbnails,
            at_once=settings.faces.workers,
            replace=settings.incoming.replaced == "replace",
            depth=Depth.QUICK if settings.faces.second_looks else Depth.WHOLE,
            paused=lambda: roster.switches.all,
            planned=wanted,
            stale=self.doubts.stale,
        )
        self.second_looks = SecondLooks(
            ledger,
            self.planner,
            self.workers,
            self.pipeline,
            closely=settings.faces.second_looks,
            planned=wanted,
            stale=self.doubts.stale,
        )

    def _watcher(self) -> Watcher:
        from agent.intake.watcher import Watcher  # a command watches nothing, and has no watchdog

        opened, settings = self._opened, self._settings
        return Watcher(
            folders=incoming_folders(opened.workspace, settings, opened.roster.events()),
            known=opened.known_facts,
            known_among=opened.known_among,
            settled=self.pipeline.settled,
            gone=self.pipeline.gone,
            changed=self._topics.of(Topic.CHANGED),
            sweep_seconds=settings.incoming.sweep,
        )

    def _build_filing(self) -> None:
        opened, settings, topics = self._opened, self._settings, self._topics
        ledger, roster, own = opened.ledger, opened.roster, opened.own
        space = opened.workspace
        self.blurring = Blurring(ledger, roster, self.workers, space.renditions, space.thumbnails)
        self.router = Router(
            ledger,
            opened.workspace.root,
            opened.disk_work(),
            self.blurring,
            settings.disk.keep_free,
            filed=lambda _: topics.publish(Topic.FILED),
            stale=self.doubts.stale,
            paused=lambda: roster.switches.all,
        )
        self.disk_check = DiskCheck(ledger, own, settings.incoming.sweep, topics.of(Topic.WANTED))
        self.processed = Processed(ledger, roster, own)
        self.kept = LastFiles(opened.workspace.state)
        self.rebuild = Rebuild(ledger, roster, self.planner, own, opened.made_log, self.kept)

    def _build_people(self) -> None:
        ledger, roster, workspace = self._opened.ledger, self._opened.roster, self._opened.workspace
        self.decider = Decider(ledger, roster, self.planner, self._topics.of(Topic.WANTED))
        guest_after = self._settings.people.guest_after
        self.clocks = CameraClocks(ledger, roster, self._topics.of(Topic.RETIMED))
        self.grouper = Grouper(ledger, roster, self.planner, self.decider, guest_after)
        self.consents = Consents(required=self._settings.people.require_consent)
        self.enroller = Enroller(
            ledger,
            roster,
            self.planner,
            self.workers,
            root=workspace.root,
            references=workspace.references,
            decider=self.decider,
            consents=self.consents,
        )
        self.enroll_folder = EnrollFolder(ledger, roster, self.enroller, self._opened.own)


def tell_replaced(ledger: Ledger, deaths: Counter[str], why: str) -> None:
    """A face worker had to be started anew."""
    deaths["face workers"] += 1
    log.warning("worker.replaced", why=why)
    ledger.submit(meta.note_activity, "restarted", f"A face worker {why}: it was started again", clock.wall())


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
        token = Token(partial(sign_in.load, account))
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
        self.line_watch = LineWatch(lane, http)
        self.line = LineLimits(media.up, media.down, settings)
        self.metered = self._metered() if beside is None else beside.metered  # the day's bytes are all accounts'
        self.forecast = Forecast(
            opened.ledger,
            lambda: lane.status,
            lambda: sign_in.of(account),
            refresh=lane.look_now,
            changed=self._topics.of(Topic.CHANGED),
            lane=account,
        )

    def _metered(self) -> MeteredLine:
        opened, settings = self._opened, self._settings
        return MeteredLine(
            opened.ledger,
            opened.roster,
            settings,
            self.media.up,
            lambda: f"{local_now(settings, clock.wall):%Y-%m-%d}",
            self._topics.of(Topic.CHANGED),
        )

    def _build_sending(self, here: LocalSide) -> None:
        ledger, roster, drive, topics = self._opened.ledger, self._opened.roster, self._settings.drive, self._topics
        client, lane, account, beside = self.client, self.lane, self.account, self._beside
        ids, rebuild = IdPool(ledger, client, account), partial(here.rebuild.drive, client, lane, account)
        self.first_moments = FirstMoments(ledger, lane, self._http, ids, rebuild, self._errands, account)
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
            learn=partial(here.rebuild.learn, client, account),
            account=account,
        )
        self.queue = UploadQueue(
            ledger,
            roster,
            self._sender(here),
            ids,
            lane,
            self.metered,
            at_once=drive.uploads,
            attempts=drive.attempts,
            retry_delay=drive.retry_delay,
            doubt=self.folders.doubt,
            roll_over=self.folders.roll_over,
            no_bytes=here.doubts.no_bytes,
            left=topics.of(Topic.FILE_LEFT),
            account=account,
            beside=None if beside is None else beside.queue.under_way,
        )
        self.times = TimesOnDrive(ledger, roster, client, lane, self.queue, account)
        self.links = PersonLinks(ledger, roster, Sharing(client, lane), topics.of(Topic.CHANGED), account)
        self.forgets = ForgetsOnDrive(ledger, client, lane, roster.workspace_id, lambda: roster.switches.all, account)

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
            take_in=here.pipeline.fetched,
            plan=here.pipeline.fetched_before,
            others=lambda: [one.id for one in roster.events() if one.lane != account],
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
            news=topics.of(Topic.TO_FETCH),
            changed=topics.of(Topic.CHANGED),
            account=account,
        )
        self.pushes = [Push(ledger, client, lane, drive.push, self.feeds)] if drive.push else []

    def _build_asked(self) -> None:
        """What the handlers ask."""
        ledger, client, lane, feeds, account = self._opened.ledger, self.client, self.lane, self.feeds, self.account
        sending, fetching = self.queue.under_way, self.downloader.under_way
        self.shown = DriveParts(account, lane, feeds, sending, fetching, self._pace, self.forecast.since)
        self.sources = SourcesOnDrive(lane, self.tree, self.choosing)
        inspector = DriveInspector(ledger, client, self._opened.roster.workspace_id, account)
        source_inspector = SourceInspector(ledger, client, feeds.watched, lambda: lane.status.account, account)
        self.comparison = Comparison(lane, inspector, source_inspector, feeds)

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

    def __init__(self, opened: Opened) -> None:
        feeds = FeedsOff()
        off = DriveParts("", drive_off(), feeds, UnderWay(), UnderWay(), lambda: NO_PACE, lambda: None)
        self.shown = AllDriveParts(lambda: [off], feeds, None)
        self.links = LinksOff(opened.roster)
        self.forgets = ForgetsNothing(opened.ledger)
        self.sources = SourcesUnseen()
        self.comparison = ComparisonOff()

    def follow(self, settings: Settings) -> None:
        """There is no line."""

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

    def work(self) -> Mapping[str, Work]:
        return {}

    def jobs(self) -> list[Job]:
        return []

    async def close(self) -> None:
        """There is nothing to put down."""
