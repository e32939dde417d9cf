"""Every part of an agent that works on this machine, built whole; those that face Drive: see `drive_side`.

What a part has to tell others it tells a topic; who is woken by that stands in `wakes.py`. Nobody is handed a side:
each part gets by name what it needs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING

import structlog

from agent import clock
from agent.building.opening import Opened
from agent.building.rebuild import Rebuild
from agent.errors import VenueError
from agent.faces.dask_cluster import DaskCluster, SharedLooks
from agent.faces.models import engine_id
from agent.faces.results import Depth
from agent.faces.rule import Rule
from agent.faces.workers import FaceWorkers
from agent.filing.blurring import Blurring
from agent.filing.check import DiskCheck
from agent.filing.left_over import LeftOvers
from agent.filing.processed import Processed
from agent.filing.router import Router
from agent.filing.withdrawn import LastFiles
from agent.handlers.status.parts import LocalParts
from agent.intake.folders import Unwatched, WantedFolders, incoming_folders
from agent.intake.replaced import Doubts, NoDoubts
from agent.jobs.audit import Audit
from agent.jobs.second_looks import SecondLooks
from agent.ledger import Ledger, meta, troubles
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject
from agent.model import EventId
from agent.people.clocks import CameraClocks
from agent.people.consent import Consents
from agent.people.deciding import Decider
from agent.people.enroll import Enroller
from agent.people.enroll_folder import EnrollFolder
from agent.people.guests import Grouper
from agent.people.planner import Planner
from agent.people.taken_back import FoundMeanwhile
from agent.pipeline import Pipeline
from agent.running.supervise import STANDSTILL_AFTER, Errands
from agent.running.topics import Topic, Topics, Wake
from agent.settings import Settings
from agent.settings.kinds import LOCAL

if TYPE_CHECKING:
    from agent.intake.watcher import Watcher

log = structlog.get_logger(__name__)

CLUSTER = Subject("cluster", "faces")

Part = Callable[[], Awaitable[None]]
Parts = Mapping[str, Part]  # by the name that logs and troubles call each by


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
        self._watching = watching
        ledger = opened.ledger
        self.doubts = Doubts(ledger, errands, topics.of(Topic.DOUBTED)) if watching else NoDoubts()
        self._build_looking()
        self.watcher = self._watcher() if watching else Unwatched()
        self._build_filing()
        self._build_people()
        wanted = WantedFolders(opened.workspace, settings, opened.roster.events)
        self.shown = LocalParts(ledger, self.pipeline, self.router, self.watcher, wanted, self.cluster)

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
        self.cluster = self._cluster()
        self.pipeline = Pipeline(
            ledger,
            self.planner,
            self.workers,
            self.workers if self.cluster is None else SharedLooks(self.workers, self.cluster),
            root=workspace.root,
            thumbnails=workspace.thumbnails,
            replace=settings.incoming.replaced == "replace",
            depth=Depth.QUICK if settings.faces.second_looks else Depth.WHOLE,
            paused=lambda: roster.switches.all,
            planned=wanted,
            stale=self.doubts.stale,
            left=self._topics.of(Topic.AT_SOURCES),
            watches=self._watches,
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

    def _watches(self, event: EventId, folder: str) -> bool:
        return self.watcher.event_of(folder) == event

    def _cluster(self) -> DaskCluster | None:
        """More machines that look at photos; None: this one alone does."""
        faces, workers = self._settings.faces, self.workers
        if faces.executor == LOCAL or not self._watching:
            return None
        certificates = self._opened.workspace.state / "cluster"
        told = partial(tell_cluster, self._opened.ledger, faces.executor, self._topics.of(Topic.LOOK))
        return DaskCluster(faces.executor, certificates, faces.engine, lambda: workers.version, told)

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
            opened.disk_work(settings.disk.keep_free),
            self.blurring,
            settings.disk.keep_free,
            filed=lambda _: topics.publish(Topic.FILED),
            room=topics.of(Topic.ROOM),
            stale=self.doubts.stale,
            paused=lambda: roster.switches.all,
            plan=self.planner.plan_photo,
            drive=settings.drive.enabled,
        )
        self.disk_check = DiskCheck(ledger, own, settings.incoming.sweep, topics.of(Topic.WANTED))
        self.processed = Processed(ledger, roster, own, self._watches)
        self.kept = LastFiles(opened.workspace.state)
        self.rebuild = Rebuild(ledger, roster, self.planner, own, opened.made_log, opened.id_log, self.kept)

    def _build_people(self) -> None:
        ledger, roster, workspace = self._opened.ledger, self._opened.roster, self._opened.workspace
        self.decider = Decider(ledger, roster, self.planner, self._topics.of(Topic.WANTED))
        guest_after = self._settings.people.guest_after
        own, made_log = self._opened.own, self._opened.made_log
        self.left_overs = LeftOvers(ledger, roster, own, made_log, self.kept, self.decider.alone)
        self.clocks = CameraClocks(ledger, roster, self._topics.of(Topic.RETIMED))
        self.grouper = Grouper(ledger, roster, self.planner, self.decider, guest_after)
        self.meanwhile = FoundMeanwhile(ledger, roster, self.planner, guest_after)
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
        self.audit = Audit(workspace.state)
        self.enroll_folder = EnrollFolder(ledger, roster, self.enroller, self._opened.own, self.audit.note)


def tell_cluster(ledger: Ledger, address: str, look: Wake, trouble: VenueError | None, at_once: int) -> None:
    """How many photos other machines look at; and what keeps one from it: no error, as they are looked at here."""

    def record(db: Db, now: float) -> None:
        if trouble is None:
            troubles.heal(db, CLUSTER.key, now)
        else:
            troubles.open_trouble(db, CLUSTER, trouble, now, "warning")
        many = f"{at_once} at once are looked at there" if at_once else "none, all are looked at here"
        if at_once or trouble is not None:
            meta.note_activity(db, "cluster", f"Photos that travel to {address}: {many}", now)

    log.info("cluster", address=address, at_once=at_once, trouble=None if trouble is None else trouble.detail)
    ledger.submit(record, clock.wall())
    look()


def tell_replaced(ledger: Ledger, deaths: Counter[str], why: str) -> None:
    """A face worker had to be started anew."""
    deaths["face workers"] += 1
    log.warning("worker.replaced", why=why)
    ledger.submit(meta.note_activity, "restarted", f"A face worker {why}: it was started again", clock.wall())
