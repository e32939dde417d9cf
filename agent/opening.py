"""Opening the stores, and what a start has to catch up with: lost encodings, an old plan, a moved workspace."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog

from agent import backups, clock
from agent.backups import Kind
from agent.clock_watch import here
from agent.errors import UsageError, VenueError
from agent.faces.workers import FaceWorkers
from agent.filing.carry_out import DiskWork
from agent.filing.made_log import MadeLog
from agent.filing.overlap import OUTPUTS, refuse_overlaps
from agent.filing.ownership import keep_log, recognise
from agent.filing.tree import person_folders, topmost
from agent.intake.folders import incoming_folders, make_own
from agent.ledger import Ledger, aside, folders, meta, outdated, people_known, photos, sightings, troubles, waits
from agent.ledger.sightings import FileFacts
from agent.ledger.troubles import Severity, Subject
from agent.model import Event, Person
from agent.own_folders import OwnFolders
from agent.people import guest_numbers
from agent.people.plan_again import OLDER, ROSTER_TROUBLE, is_planned, plan_again
from agent.people.planner import Planner
from agent.people.references import Pictures, restore_encodings
from agent.roster import Roster
from agent.settings import Settings
from agent.spares import Spares, had_people
from agent.workspace import Workspace, prepare

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """The stores, and the folders that are ours: `made_log` says what we ever made in them."""

    ledger: Ledger
    roster: Roster
    workspace: Workspace
    own: OwnFolders
    made_log: MadeLog

    def disk_work(self) -> DiskWork:
        return DiskWork(self.own, self.made_log, self.roster.workspace_id, self.workspace.state)

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
        overlooked = await self.ledger.read(aside.overlooked, self.roster.is_aside)
        if overlooked:
            await self.ledger.write(aside.follow, self.roster.is_aside, overlooked, clock.wall())
        for photo in await self.ledger.read(photos.unplanned):  # killed between taking it in and planning it
            await planner.plan_photo(photo)
            changed()


def open_stores(workspace: Workspace, settings: Settings, *, reading: bool = False) -> Opened:
    """Blocks. Damaged stores are set aside and said aloud; a newer ledger, overlapping folders and the like raise.

    `reading`: where the disk lets nothing be written, they are opened all the same, and `ledger.trouble` says so.
    """
    prepare(workspace)
    ledger = Ledger(workspace.ledger, lambda: [one.path for one in backups.of_kind(workspace, Kind.LEDGER)])
    ledger.open(reading=reading)
    try:
        spares = Spares(workspace, settings, ledger)
        roster = Roster(workspace.roster, spares)
        refuse_overlaps(
            [folder.path for folder in incoming_folders(workspace, settings, roster.events())],
            [workspace.state]
            + [workspace.folder_of(event.folder) / name for event in roster.events() for name in OUTPUTS],
        )
        own, made_log = OwnFolders(workspace.root), MadeLog(workspace.state / "made.log")
        held = own.hold(topmost(roster.events()))
        if ledger.trouble is None:
            make_own(own, roster.events())
            bring_together(ledger, roster, workspace, settings, spares)
            if ledger.ask(lambda db: meta.rebuilding(db, drive=False)):
                ledger.submit(know_folders, own, roster.people(), roster.events(), clock.wall()).result()
            ledger.submit(recognise, own, held).result()
            with suppress(OSError):  # a full disk: it is as it was
                ledger.submit(keep_log, made_log).result()
    except BaseException:
        ledger.close()
        raise
    return Opened(ledger, roster, workspace, own, made_log)


def bring_together(ledger: Ledger, roster: Roster, workspace: Workspace, settings: Settings, spares: Spares) -> None:
    """What each store has to learn of the other, and of what happened since they were closed."""
    moved = ledger.submit(waits.go_on, here()).result()
    if moved:
        log.info("clock.was_set", seconds=round(moved, 1))
    planned = ledger.ask(meta.planned_revision)
    gone = roster.begun and had_people(workspace)
    older = roster.damaged is not None or planned > roster.revision or gone
    if older:
        roster.raise_revision(planned)  # an older roster is another one than the plan's, whatever its number
        roster.mark_restored()
        for event in spares.events():
            with suppress(UsageError):  # it is known, or another has its name by now
                roster.add_event(event)
    if older or not roster.guests_sure:
        given = guest_numbers.in_ledger(ledger, roster.events())
        lying = guest_numbers.on_disk(workspace, roster.events())
        given = {event: max(number, lying[event]) for event, number in given.items()}
        roster.raise_guests(given, sure=not settings.drive.enabled)
    new = roster.begun and not older
    ledger.submit(report, ledger, str(workspace.root), roster.workspace_id, clock.wall(), new=new).result()
    if older:
        ledger.submit(report_people, roster, spares.used, clock.wall()).result()


def report(db: sqlite3.Connection, ledger: Ledger, root: str, workspace_id: str, now: float, *, new: bool) -> None:
    """Say what became of a lost ledger, and follow the workspace where it was moved to. `new`: all of it is."""
    before = meta.get(db, meta.ROOT)
    if not new and (not before or ledger.spare is not None):
        outdated.learn_anew(db)
        gone = "it was gone" if ledger.set_aside is None else f"it was set aside as {ledger.set_aside.name}"
        used = "" if ledger.spare is None else f", and its backup {ledger.spare.name} is used"
        told = VenueError(
            "The ledger was damaged",
            f"{gone}{used}",
            "Nothing to do: it is rebuilt from disk, Drive, references and roster",
            kind="store_damaged",
        )
        troubles.open_trouble(db, Subject("store:ledger", "ledger"), told, now, "warning")
    if before and before != root:
        sightings.rebase(db, before, root)
    meta.put(db, meta.ROOT, root)
    meta.put(db, people_known.WORKSPACE_ID, workspace_id)


def know_folders(
    db: sqlite3.Connection, own: OwnFolders, people: Sequence[Person], events: Sequence[Event], now: float
) -> None:
    """While a lost ledger is learned anew: folders of people that lie here are known before anybody can rename one."""
    of = {event.id: event for event in events}
    for person in people:
        if person.event not in of:
            continue
        specs = person_folders(of[person.event], person)
        for spec in specs[-3:]:
            with suppress(OSError), own.opened(spec.disk_path or ""):
                folders.found(db, folders.ensure(db, specs, now)[spec.key])


def report_people(db: sqlite3.Connection, roster: Roster, used: str, now: float) -> None:
    """Say that the list of people is not the last one, and what it came back from, until somebody says yes."""
    if roster.damaged is None:
        lost = "an older one lies in its place" if not roster.begun else "folders here show that there was one"
    elif ".damaged-" in roster.damaged.name:
        lost = f"it was set aside as {roster.damaged.name}"
    else:
        lost = f"{roster.damaged.name} was removed"
    remedy = "Check the people, then say yes: venuesync held approve --all"
    if roster.begun:
        remedy = "Put a backup back: venuesync restore. Or begin anew, and say yes: venuesync held approve --all"
    told = VenueError(
        "The list of people is gone" if roster.begun else "The list of people was damaged",
        f"{lost}, and {'no copy of it is left' if roster.begun else used or 'the last good one is used'}",
        remedy,
        kind="store_damaged",
    )
    meta.put(db, OLDER, "1")
    severity: Severity = "error" if roster.begun else "warning"
    troubles.open_trouble(db, Subject(ROSTER_TROUBLE, "people"), told, now, severity)
