"""The agent: puts the parts together, opens the stores, hands each part to whoever runs it, and puts all down again.

It knows neither Textual nor a terminal: it is handed a `spawn` that runs a coroutine by name. `async with Agent(…)`
stands around whatever runs the parts, so that it drains when the screen has gone.
"""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

import structlog

from agent import clock
from agent.api.server import ApiServer
from agent.clock_watch import ClockWatch
from agent.descriptors import raise_limit
from agent.desk.closing import Closer
from agent.desk.ending import Ending
from agent.desk.house import House
from agent.desk.operator import Operator
from agent.desk.publisher import Publisher
from agent.desk.signing_in import level_for
from agent.drive_side import DriveSide
from agent.errands import end_all
from agent.errors import VenueError
from agent.faces.faults import Fault, LookError
from agent.faces.identity import engine_id
from agent.faces.rule import Rule
from agent.faces.seen import Depth
from agent.faces.workers import FaceWorkers
from agent.filing.check import DiskCheck
from agent.filing.last_files import LastFiles
from agent.filing.processed import Processed
from agent.filing.router import Router
from agent.intake.folders import incoming_folders
from agent.intake.watcher import Watcher
from agent.jobs.backing_up import BackingUp
from agent.jobs.cleanup import Cleanup
from agent.jobs.clock import daily, every
from agent.jobs.listings import Listings
from agent.jobs.runner import Job, Jobs
from agent.ledger import activity, counts, sightings
from agent.loop_watch import LoopWatch
from agent.model import EventPhotoId, Mode
from agent.opening import Opened, open_stores
from agent.people.deciding import Decider
from agent.people.enroll import Enroller
from agent.people.enroll_folder import EnrollFolder
from agent.people.grouping import Grouper
from agent.people.planner import Planner
from agent.people.references import Pictures
from agent.pipeline import Next, Pipeline
from agent.rebuild import Rebuild
from agent.second_looks import SecondLooks
from agent.service import AgentService
from agent.settings import Settings
from agent.source_side import SourceSide
from agent.standstill import AFTER as STANDSTILL
from agent.standstill import Work
from agent.supervise import supervise
from agent.workspace import Workspace

log = structlog.get_logger(__name__)

Spawn = Callable[[str, Callable[[], Coroutine[Any, Any, None]]], None]

CATCH_UP_EVERY = 20.0  # seconds
QUIET = 1800.0  # seconds without a new photo: the night's work may begin
THREADS = 32  # for what blocks now and then; begun when they are needed
DRAIN = 5.0  # seconds that uploads under way may take to end
PARTS = 4.0  # seconds that the parts may take to put down what they have in hand


class Agent:
    """One workspace's agent; the workspace's lock is held by whoever makes it.

    `watching` false: only what a command needs, without folders watched or socket; `drive`: with a line to Drive.
    `end` is called when somebody asks the agent to end.
    """

    def __init__(
        self,
        workspace: Workspace,
        settings: Settings,
        mode: Mode,
        *,
        watching: bool = True,
        drive: bool = True,
        end: Callable[[], object] = lambda: None,
    ) -> None:
        self._workspace = workspace
        self._settings = settings
        self._mode = mode
        self._watching = watching
        self._with_drive = drive and settings.drive.enabled
        self._boot = secrets.token_hex(8)
        self._end = end
        self._running: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        raise_limit()
        # A name that the network does not resolve holds a thread for half a minute: photos must not wait for it.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="agent"))
        opened = await asyncio.to_thread(open_stores, self._workspace, self._settings, reading=not self._watching)
        self._opened = opened
        self._build(opened)
        return self

    async def __aexit__(self, *_: object) -> None:
        """Put everything down within a few seconds; what was under way is found and finished next time."""
        await end_all(self._running, PARTS)
        await self.house.errands.close()
        if self._sources is not None:
            await self._sources.close()
        if self._drive is not None:
            await self._drive.close(DRAIN)
        await self._workers.close()
        await asyncio.to_thread(self.house.router.close)
        await asyncio.to_thread(self._opened.ledger.close)

    @property
    def service(self) -> AgentService:
        return self._operator

    # ---- putting together

    def _build(self, opened: Opened) -> None:
        workspace, settings = self._workspace, self._settings
        ledger, roster = opened.ledger, opened.roster
        count = settings.faces.workers
        self._workers = FaceWorkers(
            count,
            settings.faces.engine,
            workspace.cache,
            workspace.logs / "faces.log",
            time_limit=STANDSTILL,
            replaced=self._replaced,
        )
        rule = Rule(settings.faces.tolerance, max(settings.faces.review, settings.faces.tolerance))
        planner = Planner(ledger, roster, engine_id(settings.faces.engine), rule)
        pipeline = Pipeline(
            ledger,
            planner,
            self._workers,
            root=workspace.root,
            thumbnails=workspace.thumbnails,
            at_once=count,
            replace=settings.incoming.replaced == "replace",
            depth=Depth.QUICK if settings.faces.second_looks else Depth.WHOLE,
            paused=lambda: roster.switches.all,
        )
        self._second_looks = SecondLooks(ledger, planner, self._workers, pipeline, closely=settings.faces.second_looks)
        self._second_looks.planned = self._wanted
        router = Router(
            ledger,
            workspace.root,
            opened.disk_work(),
            settings.disk.keep_free,
            self,
            paused=lambda: roster.switches.all,
        )
        decider = Decider(ledger, roster, planner, self._wanted)
        self._grouper = Grouper(ledger, roster, planner, decider, settings.people.guest_after)
        enroller = Enroller(
            ledger,
            roster,
            planner,
            self._workers,
            root=workspace.root,
            references=workspace.references,
            decider=decider,
        )
        self.house = House(
            workspace,
            opened.own,
            opened.made_log,
            settings,
            ledger,
            roster,
            planner,
            pipeline,
            router,
            DiskCheck(ledger, opened.own, settings.incoming.sweep, self._wanted),
            enroller,
            decider,
            self._workers,
            Pictures(ledger, workspace.root, workspace.references),
            self._mode,
            self._boot,
            clock.wall(),
        )
        pipeline.then = Next(self._wanted, self.stale)
        self._processed = Processed(ledger, roster, opened.own)
        self._rebuild = Rebuild(ledger, roster, planner, opened.own, opened.made_log, LastFiles(workspace.state))
        self._publisher = Publisher(self.house)
        self._ending = Ending(self._publisher, self._end)
        self._operator = Operator(self.house, self._publisher, self._ending)
        self._drive: DriveSide | None = None
        self._sources: SourceSide | None = None
        if self._watching:
            self.house.watcher = Watcher(
                folders=incoming_folders(workspace, settings, roster.events()),
                known=opened.known_facts,
                settled=pipeline.settled,
                gone=pipeline.gone,
                changed=self._publisher.bell.ring,
                sweep_seconds=settings.incoming.sweep,
            )
        if self._with_drive:
            self._drive = DriveSide(self.house, self._rebuild, self._publisher.bell.ring, self.stale)
            self._drive.move_in()
            drive, ring = self._drive, self._publisher.bell.ring
            self._sources = SourceSide(self.house, drive.lane, drive.client, drive.media, ring, self._wanted)
            self._sources.move_in()

    # ---- who hears of what

    def _wanted(self) -> None:
        """Something new is wanted: both ends look."""
        self.house.router.bell.ring()
        if self.house.folder_lane is not None:
            self.house.folder_lane.bell.ring()
        if self.house.queue is not None:
            self.house.queue.bell.ring()

    def filed(self, photos: Sequence[EventPhotoId]) -> None:
        self._processed.bell.ring()
        if photos and self.house.queue is not None:
            self.house.queue.bell.ring()

    def stale(self, paths: Sequence[Path]) -> None:
        """Originals that hold other bytes than they did are taken in anew."""
        if self.house.watcher is not None and paths:
            self.house.errands.run("doubt", self._doubt([str(path) for path in paths]))

    def _replaced(self, why: str) -> None:
        """A face worker had to be started anew."""
        log.warning("worker.replaced", why=why)
        told = f"A face worker {why}: it was started again"
        self.house.ledger.submit(activity.note, "restarted", told, clock.wall())

    async def _doubt(self, paths: list[str]) -> None:
        await self.house.ledger.write(sightings.doubt, paths)
        if self.house.watcher is not None:
            await self.house.watcher.sweep_now()

    # ---- running

    def start(self, spawn: Spawn) -> None:
        """Hand every part to `spawn`, each with its supervisor. None outlives the agent, whoever runs them."""
        for name, run in self._parts().items():
            spawn(name, lambda name=name, run=run: self._supervised(name, run))

    async def _supervised(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError(f"{name} runs outside a task")
        self._running.add(task)
        try:
            await supervise(name, run, self.house.ledger, self._work().get(name))
        finally:
            self._running.discard(task)

    def _work(self) -> dict[str, Work]:
        """Parts that can be seen to stand still."""
        house = self.house
        seen = {"router": house.router, "faces": house.pipeline, "uploads": house.queue, "downloads": house.downloader}
        return {name: part for name, part in seen.items() if part is not None}

    def _parts(self) -> dict[str, Callable[[], Awaitable[None]]]:
        house = self.house
        parts: dict[str, Callable[[], Awaitable[None]]] = {
            "opening": self._open,
            "publisher": self._publisher.run,
            "router": house.router.run,
            "clock watch": ClockWatch(house.ledger, self._publisher.bell.ring).run,
            "loop watch": LoopWatch().run,
        }
        if house.watcher is not None:
            parts |= {
                "watcher": house.watcher.run,
                "face workers": self._warm,
                "faces": house.pipeline.run,
                "disk check": house.disk_check.run,
                "guests": self._grouper.run,
                "second looks": self._second_looks.run,
                "enroll folder": EnrollFolder(house.ledger, house.roster, house.enroller, house.own).run,
                "closing": Closer(house, self._publisher).run,
                "ending": self._ending.run,
                "control API": ApiServer(
                    self.service,
                    self._workspace,
                    self._settings,
                    self._mode.value,
                    self._boot,
                    lambda: level_for(house),
                    house.ledger.on_writer,
                    house.roster.workspace_id,
                ).run,
            }
            if self._settings.incoming.after == "move":
                parts["processed"] = self._processed.run
            if self._drive is not None:
                parts |= self._drive.parts()
            if self._sources is not None:
                parts |= self._sources.parts()
            parts["jobs"] = self._jobs().run
        elif self._drive is not None:
            parts = {"Drive lane": self._drive.lane.run}
        return parts

    def _jobs(self) -> Jobs:
        house, settings = self.house, self._settings
        cleanup = Cleanup(house.ledger, self._workspace, settings.cleanup.days)
        night = daily(settings.cleanup.at, settings)
        backing_up = BackingUp(house.ledger, self._workspace, settings.disk.keep_free)
        jobs = [
            Job("people", every(1), backing_up.people),
            Job("backup", night, backing_up.ledger, quietly=True),
            Job("cleanup", night, cleanup, quietly=True),
        ]
        if house.feeds is not None:
            listings = Listings(house.ledger, house.roster, house.feeds, settings)
            jobs += [
                Job("mark", every(settings.schedule.mark_hours), listings.mark),
                Job("list", every(settings.schedule.sync_hours), listings.list_marked),
                Job("end", night, listings.end, quietly=True),
            ]
        return Jobs(house.ledger, jobs, self._is_quiet)

    async def _is_quiet(self) -> bool:
        if self.house.pipeline.last_arrival:
            return clock.steady() - self.house.pipeline.last_arrival > QUIET
        last = await self.house.ledger.read(counts.last_arrival)
        return last is None or not 0 <= clock.wall() - last <= QUIET

    async def _open(self) -> None:
        """What a start has to catch up with, beside everything else; and later, should an enrolment be broken off."""
        await asyncio.to_thread(self.house.ledger.keep_room)
        await self.house.ledger.write(activity.trim)
        await self._opened.catch_up(self._workers, self.house.planner, self._wanted)
        await self._rebuild.disk()
        self.house.pipeline.bell.ring()
        self._wanted()
        while True:
            await asyncio.sleep(CATCH_UP_EVERY)
            if not self.house.enroller.busy:
                await self._opened.catch_up(self._workers, self.house.planner, self._wanted)

    async def _warm(self) -> None:
        """Have the models loaded before the first photo."""
        try:
            await self._workers.warm()
        except LookError as error:
            if error.kind is not Fault.CLOSED:
                raise VenueError("Photos cannot be examined", error.detail, error.remedy, kind="engine") from error

    async def file_now(self) -> None:
        """Without parts: bring the disk to what is wanted, for a command."""
        while await self.house.router.step():
            pass
