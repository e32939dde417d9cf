"""The agent: opens the stores, has its parts built, says who wakes whom, has each part run, and puts all down again.

It knows neither Textual nor a terminal: it is handed a `spawn` that runs a coroutine by name.
`async with Application(…)` stands around whatever runs the parts, so that it drains when the screen has gone.
"""

from __future__ import annotations

import asyncio
import secrets
from collections import Counter
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from importlib import import_module
from typing import TYPE_CHECKING, Any, Self

from agent import clock
from agent.building.drive_side import DriveOffSide, DriveSide
from agent.building.local_side import CLUSTER, LocalSide, Part, Parts
from agent.building.opening import Opened, open_stores
from agent.building.sides import DriveSides
from agent.building.wakes import woken_by_its_line, woken_here, woken_with_drive
from agent.disk.atomic import raise_limit
from agent.errors import VenueError
from agent.faces.results import Fault, LookError
from agent.guest_page import clear_selfies
from agent.handlers.approving import PhotoDecider
from agent.handlers.ask import Handlers
from agent.handlers.audit import Audited, AuditHandlers
from agent.handlers.changes import PersonChanges
from agent.handlers.clocks import ClockHandlers
from agent.handlers.control import BackupHandlers, RetryHandlers, StatusHandlers, SwitchHandlers, SyncHandlers
from agent.handlers.drive import FirstAccount, SignInHandlers, level_for
from agent.handlers.event_folders import EventFolders
from agent.handlers.event_keeper import EventKeeper
from agent.handlers.events import EventHandlers
from agent.handlers.faces import FaceHandlers
from agent.handlers.forgetting import ExportHandlers, ForgetHandlers
from agent.handlers.guests import GuestPageHandlers
from agent.handlers.notify import NotifyHandlers
from agent.handlers.people import PeopleHandlers
from agent.handlers.photos import PhotoHandlers
from agent.handlers.reporting import ReportHandlers
from agent.handlers.settings import SettingsHandlers
from agent.handlers.status.closing import Closer, Ending
from agent.handlers.status.notices import Notices
from agent.handlers.status.parts import Counted, Run
from agent.handlers.status.publisher import Publisher
from agent.handlers.troubles import TroubleHandlers
from agent.handlers.undo import UndoHandlers
from agent.handlers.verifying import Verifier, VerifyHandlers
from agent.jobs.addresses import addresses
from agent.jobs.awake import StayAwake
from agent.jobs.forgetting import Forgetter
from agent.jobs.housekeeping import BackingUp, Cleanup
from agent.jobs.outbox import Outbox
from agent.jobs.retention import Retention
from agent.jobs.runner import Job, Jobs, daily, every
from agent.ledger import counts, meta, sources, troubles
from agent.model import Mode, SourceId
from agent.people.export import Exporter
from agent.people.faces import FacePictures
from agent.people.references import Pictures
from agent.requests.ask import Agent
from agent.running.supervise import ClockWatch, Errands, LoopWatch, Work, end_all, supervise
from agent.running.topics import Topic, Topics
from agent.service.heartbeat import Heartbeat
from agent.service.systemd import watchdog_seconds
from agent.settings import Settings
from agent.sync.push import REFUSAL
from agent.workspace import Workspace

if TYPE_CHECKING:
    from agent.guest_page.site import GuestSite

Spawn = Callable[[str, Callable[[], Coroutine[Any, Any, None]]], None]

CATCH_UP_EVERY = 20.0  # seconds
QUIET = 1800.0  # seconds without a new photo: the night's work may begin
THREADS = 32  # for what blocks now and then; begun when they are needed
WATCHING = ("agent.api.server", "agent.intake.watcher", "numpy")  # for an agent that goes on, not for a command
PARTS = 4.0  # seconds that the parts may take to put down what they have in hand


class Application:
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
        for library in WATCHING if watching else ():
            import_module(library)  # here: a monitor makes its agent beside the event loop
        self._workspace = workspace
        self._settings = settings
        self._mode = mode
        self._watching = watching
        self._with_drive = drive and settings.drive.enabled
        self._boot = secrets.token_hex(8)
        self._end = end
        self._running: set[asyncio.Task[None]] = set()
        self._spawn: Spawn | None = None  # once it runs
        self._deaths: Counter[str] = Counter()
        self._loop_watch = LoopWatch()

    async def __aenter__(self) -> Self:
        raise_limit()
        # A name that the network does not resolve holds a thread for half a minute: photos must not wait for it.
        asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(THREADS, thread_name_prefix="agent"))
        self._build(await asyncio.to_thread(open_stores, self._workspace, self._settings, reading=not self._watching))
        return self

    async def __aexit__(self, *_: object) -> None:
        """Put everything down within a few seconds; what was under way is found and finished next time."""
        await end_all(self._running, PARTS)
        await self._errands.close()
        await self._sides.close()
        await self._here.workers.close()
        await asyncio.to_thread(self._here.router.close)
        await asyncio.to_thread(self._ledger.close)

    @property
    def service(self) -> Agent:
        return self._service

    def _build(self, opened: Opened) -> None:
        settings = self._settings
        clock.be_in(settings.time.zone)
        self._opened, self._ledger = opened, opened.ledger
        self._topics = topics = Topics()
        self._errands = errands = Errands()
        self._here = here = LocalSide(opened, settings, topics, errands, self._deaths, watching=self._watching)
        if self._with_drive:
            self._drive = first = DriveSide(opened, settings, here, topics, errands)
            self._sides = DriveSides(opened, settings, topics, errands, first, self._beside)
        else:
            self._sides = self._drive = DriveOffSide(opened, settings)
        run = Run(self._workspace.root, self._mode, self._boot, clock.wall())
        planner = here.planner
        self._publisher = Publisher(run, settings, opened.roster, here.shown, self._sides.shown, lambda: planner.engine)
        for side in self._sides.started(self._begun):
            self._wake(side)
        topics.wake({Topic.SOURCES: [self._sides.follow_accounts]})
        topics.wake(woken_here(here, self._publisher))
        opened.ledger.on_change(topics.from_threads(Topic.CHANGED))
        self._addresses = addresses(settings.notify, opened.workspace)
        self._outbox = Outbox(self._addresses, settings.notify.quiet, opened.ledger, lambda: clock.local(clock.wall()))
        self._ending = Ending(self._publisher, self._end)
        self._audit = here.audit
        self._backing_up = BackingUp(opened.ledger, opened.workspace, settings.disk.keep_free)
        self._forgetter = Forgetter(
            opened.ledger,
            opened.roster,
            here.planner,
            here.decider,
            opened.workspace,
            opened.own,
            here.left_overs,
            self._sides.forgets,
            self._backing_up,
            self._audit,
            self._outbox,
            blur=settings.people.forgotten == "blur",
            file=self._filing if self._watching else self.file_now,
            drive_on=settings.drive.enabled,
        )
        self._unaudited = self._handlers()
        self._service = Audited(self._unaudited, self._audit, opened.roster)

    def _handlers(self) -> Handlers:
        """Whoever carries out what is asked."""
        opened, settings, here = self._opened, self._settings, self._here
        drive, publisher = self._sides, self._publisher
        workspace, ledger, roster, own = opened.workspace, opened.ledger, opened.roster, opened.own
        planner, decider, workers, root = here.planner, here.decider, here.workers, workspace.root
        lane, feeds, look = drive.shown.lane, drive.shown.feeds, self._topics.of(Topic.LOOK)
        pictures = Pictures(ledger, root, workspace.references)
        changes = PersonChanges(ledger, roster, planner, decider, pictures, root)
        faces = FacePictures(ledger, roster, pictures, workers, workspace.cache / "faces")
        folders = EventFolders(workspace, settings, roster, own, opened.made_log, here.watcher)
        first = FirstAccount(workspace, settings, drive.shown.lane)
        keeper = EventKeeper(
            ledger, roster, decider, folders, drive.sources, first.name, self._topics.of(Topic.SOURCES)
        )
        of_photos = PhotoDecider(ledger, roster, decider)
        self._verifier = verifier = Verifier(ledger, roster, own, opened.made_log, here.left_overs, drive.comparison)
        retry = RetryHandlers(ledger, here.disk_check, lane, look)
        read = SettingsHandlers(root, settings, ledger, drive.follow)
        return Handlers(
            publisher,
            StatusHandlers(publisher, Counted(here.shown, drive.shown, self._loop_watch, self._deaths)),
            SwitchHandlers(ledger, roster, look, lambda: read.metered),
            retry,
            SyncHandlers(roster, here.watcher, lane, feeds, retry, look),
            VerifyHandlers(verifier, publisher, look),
            self._ending,
            FaceHandlers(ledger, roster, planner, decider, changes, faces, here.consents),
            PeopleHandlers(
                ledger,
                roster,
                planner,
                decider,
                changes,
                here.enroller,
                workers,
                drive.links,
                publisher,
                here.consents,
                root,
            ),
            AuditHandlers(self._audit, roster),
            ForgetHandlers(ledger, roster, self._forgetter, drive.links, workspace),
            PhotoHandlers(
                ledger, roster, decider, of_photos, here.pipeline, lambda: {*drive.shown.uploads.active}, root
            ),
            ExportHandlers(
                Exporter(ledger, roster, root, workspace.references, workspace.thumbnails, settings.disk.keep_free)
            ),
            ReportHandlers(ledger, roster, publisher, root),
            UndoHandlers(ledger, roster, planner, decider, own, here.kept, here.clocks, here.meanwhile),
            ClockHandlers(ledger, roster, decider, here.clocks),
            TroubleHandlers(ledger, roster, planner, decider, of_photos, publisher, look, root),
            EventHandlers(ledger, roster, publisher, keeper),
            SignInHandlers(workspace, settings, roster, lane, self._errands),
            BackupHandlers(workspace, ledger),
            NotifyHandlers(self._addresses, self._outbox, roster),
            read,
            GuestPageHandlers(settings, roster),
            *drive.handlers(publisher),
        )

    def _beside(self, account: str) -> DriveSide:
        """The side of a named account."""
        if not isinstance(self._drive, DriveSide):
            raise RuntimeError("Drive is off")
        return DriveSide(self._opened, self._settings, self._here, self._topics, self._errands, account, self._drive)

    def _wake(self, side: DriveSide) -> None:
        self._topics.wake(woken_with_drive(side))
        side.line_topics.wake(woken_by_its_line(side, self._publisher))

    def _begun(self, side: DriveSide) -> None:
        """An event named another account."""
        self._wake(side)
        if self._spawn is not None:
            self._start(side.parts() if self._watching else side.parts_of_a_command(), self._spawn)

    # ---- running

    def start(self, spawn: Spawn) -> None:
        """Hand every part to `spawn`, each with its supervisor. None outlives the agent, whoever runs them."""
        self._spawn = spawn
        self._start(self._parts(), spawn)

    def _start(self, parts: Parts, spawn: Spawn) -> None:
        self._deaths.update(dict.fromkeys(parts, 0))
        for name, run in parts.items():
            spawn(name, lambda name=name, run=run: self._supervised(name, run))

    async def _supervised(self, name: str, run: Part) -> None:
        task = asyncio.current_task()
        if task is None:
            raise RuntimeError(f"{name} runs outside a task")
        self._running.add(task)
        try:
            await supervise(name, run, self._ledger, self._deaths, self._work().get(name))
        finally:
            self._running.discard(task)

    def _work(self) -> Mapping[str, Work]:
        """Parts that can be seen to stand still."""
        return {"router": self._here.router, "faces": self._here.pipeline, **self._sides.work()}

    def _parts(self) -> Parts:
        always: Parts = {
            "opening": self._open,
            "publisher": self._publisher.run,
            "router": self._here.router.run,
            "clock watch": ClockWatch(self._ledger, self._topics.of(Topic.CHANGED)).run,
            "loop watch": self._loop_watch.run,
        }
        if not self._watching:
            return self._sides.parts_of_a_command() or always
        return {**always, **self._parts_here(), **self._sides.parts(), "jobs": self._jobs().run}

    def _parts_here(self) -> Parts:
        """What takes photos in, and whoever is asked meanwhile."""
        from agent.api.server import ApiServer  # whoever only asks has no server

        here, settings, roster = self._here, self._settings, self._opened.roster
        server = ApiServer(
            self._service,
            self._workspace,
            settings,
            self._mode.value,
            self._boot,
            lambda: level_for(settings, roster.events()),
            self._ledger.on_writer,
            roster.workspace_id,
            self._guest_site(),
        )
        parts: dict[str, Part] = {
            "watcher": here.watcher.run,
            "face workers": self._warm,
            "faces": here.pipeline.run,
            "disk check": here.disk_check.run,
            "guests": here.grouper.run,
            "lost ledger": lambda: here.rebuild.rest(
                self._verifier.take_out, lambda: here.planner.engine, drive=self._with_drive
            ),
            "cameras' clocks": here.clocks.run,
            "second looks": here.second_looks.run,
            "enroll folder": here.enroll_folder.run,
            "forgetting": self._forgetter.run,
            "closing": Closer(self._publisher, here.pipeline, here.watcher, self._sides.shown.feeds).run,
            "ending": self._ending.run,
            "control API": server.run,
        }
        if here.cluster is not None:
            parts["cluster"] = here.cluster.run
        if settings.incoming.after == "move":
            parts["processed"] = here.processed.run
        if settings.power.stay_awake:
            parts["staying awake"] = StayAwake(self._publisher.waits).run
        parts["notices"] = Notices(settings.notify, self._publisher, self._ledger, self._outbox).run
        parts["messages"] = self._outbox.run
        if (seconds := watchdog_seconds()) is not None:
            parts["heartbeat"] = Heartbeat(self._ledger, self._work(), seconds).run
        return parts

    def _guest_site(self) -> GuestSite | None:
        """The page where a selfie finds a guest's photos; `None` where there is to be none."""
        here, workspace, settings = self._here, self._workspace, self._settings
        clear_selfies(workspace.state)
        if not settings.guests.page:
            return None
        from agent.guest_page.site import guest_site

        return guest_site(
            Audited(self._unaudited, self._audit, self._opened.roster, "guest"),
            self._ledger,
            self._opened.roster,
            here.planner,
            here.workers,
            workspace,
            settings,
            self._audit,
        )

    def _jobs(self) -> Jobs:
        ledger, settings = self._ledger, self._settings
        night = daily(settings.cleanup.at)
        roster, forgetter, backing_up = self._opened.roster, self._forgetter, self._backing_up
        retention = Retention(
            ledger,
            roster,
            self._here.decider,
            settings.people,
            self._audit,
            lambda who: forgetter.forget(who, never=False),
            self._sides.links,
            self._workspace,
        )
        cleanup = Cleanup(ledger, self._workspace, self._opened.own, settings.cleanup.days)
        jobs = [
            Job("people", every(1), backing_up.people),
            Job("backup", night, backing_up.ledger, quietly=True),
            Job("retention", night, retention, ready=retention.ready, by_date=True),
            Job("cleanup", night, cleanup, quietly=True),
            *self._sides.jobs(),
        ]
        return Jobs(ledger, jobs, self._is_quiet, self._sides.clock_ahead)

    async def _is_quiet(self) -> bool:
        arrived = self._here.pipeline.last_arrival
        if arrived:
            return clock.steady() - arrived > QUIET
        last = await self._ledger.read(counts.last_arrival)
        return last is None or not 0 <= clock.wall() - last <= QUIET

    async def _open(self) -> None:
        """What a start has to catch up with, beside everything else; and later, should an enrolment be broken off."""
        here, wanted = self._here, self._topics.of(Topic.WANTED)
        await asyncio.to_thread(self._ledger.keep_room)
        await self._ledger.write(meta.trim_activity)
        await self._opened.catch_up(here.workers, here.planner, wanted)
        here.grouper.bell.ring()
        await here.rebuild.disk()
        here.pipeline.bell.ring()
        wanted()
        await self._end_what_nobody_tells()
        while True:
            await asyncio.sleep(CATCH_UP_EVERY)
            if not here.decider.busy:
                await self._opened.catch_up(here.workers, here.planner, wanted)
                here.grouper.bell.ring()

    async def _end_what_nobody_tells(self) -> None:
        """Troubles of parts that ran with other settings, or for an account that no event uses any more, and of sources
        that nobody looks at any more: nobody is there who would take them back.
        """
        if not self._watching:
            return
        still = [*(f"part:{name}" for name in self._deaths), *self._sides.tells()]
        still += [] if self._here.cluster is None else [CLUSTER.key]
        still += [sources.trouble_key(one.id) for event in self._opened.roster.events() for one in event.looked_at]
        for beginning in ("part:", "drive:", sources.trouble_key(SourceId("")), REFUSAL.key, CLUSTER.key):
            await self._ledger.write(troubles.heal_all_but, beginning, still, clock.wall())

    async def _warm(self) -> None:
        """Have the models loaded before the first photo."""
        try:
            await self._here.workers.warm()
        except LookError as error:
            if error.fault is not Fault.CLOSED:
                raise VenueError("Photos cannot be examined", error.detail, error.remedy, kind="engine") from error

    async def _filing(self) -> None:
        """With parts, the router does it."""
        self._topics.publish(Topic.WANTED)

    async def file_now(self) -> bool:
        """Without parts: bring the disk to what is wanted, for a command. Returns whether it did all that was tried."""
        before = self._here.router.refused
        while await self._here.router.step():
            pass
        return self._here.router.refused == before and not self._here.router.folders_refused
