"""The parts of a running agent, as the desk sees them: whom to ask for what is not in the stores."""

from __future__ import annotations

from dataclasses import dataclass, field

from agent.changes.choosing import Choosing
from agent.changes.downloads import Downloader
from agent.changes.feeds import Feeds
from agent.changes.line import LineLimits
from agent.changes.tree import FolderTree
from agent.changes.verify import SourceInspector
from agent.desk.pacing import Pacing
from agent.drive.lane import DriveLane
from agent.errands import Errands
from agent.faces.workers import FaceWorkers
from agent.filing.check import DiskCheck
from agent.filing.made_log import MadeLog
from agent.filing.router import Router
from agent.intake.watcher import Watcher
from agent.ledger import Ledger
from agent.model import Mode
from agent.own_folders import OwnFolders
from agent.people.deciding import Decider
from agent.people.enroll import Enroller
from agent.people.planner import Planner
from agent.people.references import Pictures
from agent.pipeline import Pipeline
from agent.roster import Roster
from agent.settings import Settings
from agent.uploads.folder_lane import FolderLane
from agent.uploads.queue import UploadQueue
from agent.uploads.sharing import Sharing
from agent.uploads.verify import DriveInspector
from agent.workspace import Workspace


@dataclass(slots=True)
class House:
    """What faces Drive is there where Drive is on; `watcher` where photos are taken in."""

    workspace: Workspace
    own: OwnFolders
    made_log: MadeLog
    settings: Settings
    ledger: Ledger
    roster: Roster
    planner: Planner
    pipeline: Pipeline
    router: Router
    disk_check: DiskCheck
    enroller: Enroller
    decider: Decider
    workers: FaceWorkers
    pictures: Pictures
    mode: Mode
    boot: str
    started_at: float
    errands: Errands = field(default_factory=Errands)
    watcher: Watcher | None = None
    lane: DriveLane | None = None
    folder_lane: FolderLane | None = None
    queue: UploadQueue | None = None
    inspector: DriveInspector | None = None
    pacing: Pacing | None = None
    feeds: Feeds | None = None
    downloader: Downloader | None = None
    tree: FolderTree | None = None
    source_inspector: SourceInspector | None = None
    choosing: Choosing | None = None
    sharing: Sharing | None = None
    line: LineLimits | None = None
