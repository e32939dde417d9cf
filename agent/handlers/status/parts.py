"""What a status is made of beside the stores: this run of the agent, its parts here, and those that face Drive.

Each part says how it stands without asking anybody. Where Drive is off, or nothing is watched, others stand in.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from agent.drive.connection import DriveLane
from agent.drive.lanes import Lane, Lanes
from agent.drive.limiter import Bandwidth, Limiter
from agent.faces.dask_cluster import DaskCluster
from agent.filing.router import Router
from agent.intake.folders import Unwatched, WantedFolders
from agent.ledger import Ledger
from agent.model import FolderId, Mode, PlacementId
from agent.pipeline import Pipeline
from agent.requests.status import PaceStatus
from agent.running.supervise import LoopWatch
from agent.running.transfers import AllUnderWay, UnderWay
from agent.sync import downloads
from agent.sync.all_feeds import AllFeeds
from agent.uploads import queue
from agent.uploads.metered import MeteredLine

if TYPE_CHECKING:
    from agent.intake.watcher import Watcher


@dataclass(frozen=True, slots=True)
class Run:
    """`root` is the workspace's folder; `boot` tells this run from all others."""

    root: Path
    mode: Mode
    boot: str
    started_at: float


@dataclass(frozen=True, slots=True)
class LocalParts:
    """`wanted`: what is to be watched; `cluster`: other machines that look at photos."""

    ledger: Ledger
    pipeline: Pipeline
    router: Router
    watcher: Watcher | Unwatched
    wanted: WantedFolders
    cluster: DaskCluster | None


@dataclass(frozen=True, slots=True)
class DriveParts:
    """Of one account, "" is the one that all events use. `pace`: how fast Drive may be asked right now;
    `signed_in_at`: when whoever is signed in did so; `whose`: who that is, as the ledger keeps it, once Drive said so;
    `stuck`: folders that Drive refuses until somebody acts, and why.
    """

    account: str
    lane: DriveLane
    uploads: UnderWay[PlacementId, queue.Active]
    downloads: UnderWay[int, downloads.Active]
    pace: Callable[[], PaceStatus]
    signed_in_at: Callable[[], float | None]
    whose: Callable[[], str | None]
    stuck: Mapping[FolderId, str]


class AllDriveParts:
    """Of all accounts that events use, the first one always. `each` returns them; `line`: what may go over it now, for
    all of them; `None` where Drive is off.
    """

    def __init__(self, each: Callable[[], Sequence[DriveParts]], feeds: AllFeeds, line: MeteredLine | None) -> None:
        self.each = each
        self.feeds = feeds
        self.line = line
        self.lane = Lanes(lambda: [Lane(one.account, one.lane) for one in each()])
        self.uploads = AllUnderWay(lambda: [one.uploads for one in each()])
        self.downloads = AllUnderWay(lambda: [one.downloads for one in each()])

    def stuck(self) -> dict[FolderId, str]:
        return {folder: why for one in self.each() for folder, why in one.stuck.items()}

    def pace(self) -> PaceStatus:
        """Calls of all together; the longest of Google's pauses."""
        first, *others = [one.pace() for one in self.each()]
        for one in others:
            first["in_flight"] += one["in_flight"]
            first["at_once"] += one["at_once"]
            first["waiting"] += one["waiting"]
            first["pause_seconds"] = max(first["pause_seconds"], one["pause_seconds"])
        return first


@dataclass(frozen=True, slots=True)
class Counted:
    """What an agent knows of itself without asking its stores. `deaths`: how often each part was started again."""

    here: LocalParts
    drive: AllDriveParts
    loop_watch: LoopWatch
    deaths: Mapping[str, int]


NO_PACE = PaceStatus(in_flight=0, at_once=0, waiting=0, pause_seconds=0.0, up_mbps=0.0, down_mbps=0.0)


def pace(limiter: Limiter, up: Bandwidth, down: Bandwidth) -> PaceStatus:
    """The one limiter of an account, and the limits of the line."""
    return {
        "in_flight": limiter.in_flight,
        "at_once": limiter.limit,
        "waiting": limiter.waiting,
        "pause_seconds": round(limiter.pause_left, 1),
        "up_mbps": up.mbps,
        "down_mbps": down.mbps,
    }
