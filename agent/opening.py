"""Opening the stores, and what a start has to catch up with: lost encodings, an old plan, a moved workspace."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from agent import rebuild
from agent.errors import VenueError
from agent.faces.workers import FaceWorkers
from agent.filing.overlap import OUTPUTS, refuse_overlaps
from agent.intake.folders import incoming_folders, make_own
from agent.ledger import Ledger, meta, photos, sightings, troubles
from agent.ledger.sightings import FileFacts
from agent.ledger.troubles import Subject
from agent.people.plan_again import ROSTER_TROUBLE, is_planned, plan_again
from agent.people.planner import Planner
from agent.people.references import Pictures, restore_encodings
from agent.roster import Roster
from agent.settings import Settings
from agent.workspace import Workspace, prepare

ROOT = "root"  # where the workspace lay when the ledger was last open


@dataclass(frozen=True, slots=True)
class Opened:
    ledger: Ledger
    roster: Roster
    workspace: Workspace

    async def known_facts(self, folder: str) -> dict[str, FileFacts]:
        return await self.ledger.read(sightings.known_facts, folder)

    async def catch_up(self, workers: FaceWorkers, planner: Planner, changed: Callable[[], None]) -> None:
        """Make lost encodings again; plan anew what the roster changed without the ledger, and what never was."""
        pictures = Pictures(self.ledger, self.workspace.root, self.workspace.references)
        made = await restore_encodings(self.ledger, self.roster, workers, pictures, planner.engine)
        if made:
            planner.forget_known()
        if made or not await self.ledger.read(is_planned, self.roster.revision, planner.fingerprint):
            await plan_again(self.ledger, self.roster, planner)
            changed()
        for photo in await self.ledger.read(photos.unplanned):  # killed between taking it in and planning it
            await planner.plan_photo(photo)
            changed()


def open_stores(workspace: Workspace, settings: Settings) -> Opened:
    """Blocks. Damaged stores are set aside and said aloud; a newer ledger, overlapping folders and the like raise."""
    prepare(workspace)
    ledger = Ledger(workspace.ledger)
    ledger.open()
    try:
        new = not any(workspace.state.glob(f"{workspace.roster.name}*"))
        roster = Roster(workspace.roster)
        refuse_overlaps(
            [folder.path for folder in incoming_folders(workspace, settings, roster.events())],
            [workspace.state]
            + [workspace.folder_of(event.folder) / name for event in roster.events() for name in OUTPUTS],
        )
        make_own(workspace, roster.events())
        ledger.submit(report, ledger.set_aside, roster.damaged, str(workspace.root), time.time(), new=new).result()
        planned = ledger.submit(meta.planned_revision).result()
        if roster.damaged is not None or planned > roster.revision:
            roster.raise_revision(planned)  # an older roster is another one than the plan's, whatever its number
            roster.mark_restored()
    except BaseException:
        ledger.close()
        raise
    return Opened(ledger, roster, workspace)


def report(
    db: sqlite3.Connection, ledger_aside: Path | None, roster_aside: Path | None, root: str, now: float, *, new: bool
) -> None:
    """Say what was set aside, and follow the workspace where it was moved to. `new`: there was no roster before."""
    before = meta.get(db, ROOT)
    if not before and not new:
        rebuild.begin(db)
        gone = "it was gone" if ledger_aside is None else f"it was set aside as {ledger_aside.name}"
        told = VenueError(
            "The ledger was damaged",
            gone,
            "Nothing to do: it is rebuilt from disk, Drive, references and roster",
            kind="store_damaged",
        )
        troubles.open_trouble(db, Subject("store:ledger", "ledger"), told, now, "warning")
    if roster_aside is not None:
        gone = ".damaged-" not in roster_aside.name
        aside = "it was removed" if gone else f"it was set aside as {roster_aside.name}"
        told = VenueError(
            "The list of people was damaged",
            f"{aside}, and the last good one is used",
            "Check the people, then say yes: venuesync held approve --all",
            kind="store_damaged",
        )
        troubles.open_trouble(db, Subject(ROSTER_TROUBLE, "roster"), told, now, "warning")
    if before and before != root:
        sightings.rebase(db, before, root)
    meta.put(db, ROOT, root)
