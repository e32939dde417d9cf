"""Opening the stores, and what a start has to catch up with: lost encodings, an old plan, a moved workspace.

A lost list of people comes back from the newest backup, else from what the ledger knows of them. Nothing is ever begun
anew in silence: what was taken is told, and takes nothing away until somebody has said yes.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

import structlog

from agent import clock
from agent.disk.access import Access
from agent.disk.own_folders import OwnFolders
from agent.errors import UsageError, VenueError
from agent.faces.workers import FaceWorkers
from agent.filing.disk_work import DiskWork
from agent.filing.overlaps import refuse_overlaps
from agent.filing.ownership import MadeLog, keep_log, recognise
from agent.filing.plan import OUTPUTS, person_folders, topmost
from agent.intake.folders import incoming_folders, make_own
from agent.jobs import backups, removals
from agent.jobs.backups import ROSTER, Kind, Tables
from agent.ledger import (
    Ledger,
    accounts,
    disk_folders,
    folders,
    held,
    incoming,
    meta,
    photos,
    sightings,
    troubles,
)
from agent.ledger.sightings import FileFacts, from_text
from agent.ledger.sqlite import schema
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Severity, Subject
from agent.model import DEFAULT_EVENT, Box, DriveId, Event, EventId, Person, PersonId, Reference, Source, SourceId
from agent.people import guests
from agent.people.known_faces import MOST
from agent.people.plan_again import OLDER, ROSTER_TROUBLE, is_planned, plan_again
from agent.people.planner import Planner
from agent.people.references import Pictures, restore_encodings
from agent.roster import Roster
from agent.roster.book import Switches
from agent.roster.decisions import GUEST_NUMBER
from agent.roster.older import keep_from_later
from agent.running.supervise import here
from agent.settings import Settings
from agent.uploads.tags import IdLog
from agent.workspace import Workspace, absolute, prepare

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """The stores, and the folders that are ours: `made_log`: what we ever made in them; `id_log`: ids on Drive."""

    ledger: Ledger
    roster: Roster
    workspace: Workspace
    own: OwnFolders
    made_log: MadeLog
    id_log: IdLog

    def disk_work(self, keep_free: int) -> DiskWork:
        space = self.workspace
        return DiskWork(self.own, self.made_log, self.roster.workspace_id, space.state, space.renditions, keep_free)

    def known_facts(self, folder: str, below: str) -> Iterator[tuple[str, FileFacts]]:
        """Read as they are asked for: all of a large folder's would take half a kilobyte each. Blocks."""
        after = ""
        while page := self.ledger.ask(lambda db, after=after: sightings.known_facts(db, folder, below, after)):
            yield from page
            after = page[-1][0]

    async def known_among(self, folder: str, paths: list[str]) -> dict[str, FileFacts]:
        return await self.ledger.read(sightings.known_among, folder, paths)

    async def catch_up(self, workers: FaceWorkers, planner: Planner, changed: Callable[[], None]) -> None:
        """Make lost encodings again; plan anew what the roster changed without the ledger, and what never was."""
        pictures = Pictures(self.ledger, self.workspace.root, self.workspace.references)
        made = await restore_encodings(self.ledger, self.roster, workers, pictures, planner.engine)
        if made or not await self.ledger.read(is_planned, self.roster.revision, planner.fingerprint):
            planner.forget_known()  # who broke an enrolment off may have left that to this
            await plan_again(self.ledger, self.roster, planner)
            changed()
        overlooked = await self.ledger.read(troubles.overlooked, self.roster.is_aside)
        if overlooked:
            await self.ledger.write(troubles.follow, self.roster.is_aside, overlooked, clock.wall())
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
        planned = ledger.ask(meta.planned_revision)
        if ledger.trouble is None:
            keep_from_later(workspace.roster, planned, partial(backups.lists_kept, workspace))
        roster = Roster(workspace.roster, spares, planned)
        refuse_overlaps(workspace, settings, roster.events())
        access = Access.of(settings.filing.mode, settings.filing.group)
        own, made_log = OwnFolders(workspace.root, access), MadeLog(workspace.state / "made.log")
        held = own.hold(topmost(roster.events()))
        if ledger.trouble is None:
            make_own(own, roster.events())
            bring_together(ledger, roster, workspace, settings, spares, own)
            if ledger.ask(lambda db: meta.rebuilding(db, drive=False)):
                ledger.submit(know_folders, own, roster.people(), roster.events(), clock.wall()).result()
            ledger.submit(recognise, own, held, made_log).result()
            with suppress(OSError):  # a full disk: it is as it was
                ledger.submit(keep_log, made_log).result()
    except BaseException:
        ledger.close()
        raise
    return Opened(ledger, roster, workspace, own, made_log, IdLog(workspace.state / "drive-ids.log"))


def bring_together(
    ledger: Ledger, roster: Roster, workspace: Workspace, settings: Settings, spares: Spares, own: OwnFolders
) -> None:
    """What each store has to learn of the other, and of what happened since they were closed."""
    moved = ledger.submit(meta.resume_waits, here()).result()
    if moved:
        log.info("clock.was_set", seconds=round(moved, 1))
    planned = ledger.ask(meta.planned_revision)
    gone = roster.begun and had_people(workspace, lived=has_lived(ledger, workspace))
    older = roster.damaged is not None or planned > roster.revision or gone
    if older:
        roster.raise_revision(planned)  # an older roster is another one than the plan's, whatever its number
        roster.mark_restored(anew=gone)
        for event in spares.events():
            with suppress(UsageError):  # it is known, or another has its name by now
                roster.add_event(event)
        waiting = ledger.ask(held.photos_by_event)
        for event in [one for one in roster.events() if one.id in waiting and not one.review]:
            roster.put_event(replace(event, review=True))  # nobody said that its photos need no yes any more
    elif not (roster.begun or roster.restored):  # an older list may lack what is known here
        removals.finish(ledger, roster, workspace, own)
    if older or not roster.guests_sure:
        given = guests.numbers_in_ledger(ledger, roster.events())
        lying = guests.numbers_on_disk(workspace, roster.events())
        given = {event: max(number, lying[event]) for event, number in given.items()}
        roster.raise_guests(given, sure=not settings.drive.enabled)
    new = roster.begun and not older
    ledger.submit(report, ledger, str(workspace.root), roster.workspace_id, clock.wall(), new=new).result()
    lanes = {one.id: one.lane for one in roster.events()}
    ledger.submit(accounts.read_for_lost, {*lanes.values()}).result()
    ledger.submit(accounts.follow, lanes, roster.is_expected, clock.wall()).result()
    if not roster.restored:
        ledger.submit(accounts.are_sure).result()
    watched = [(str(one.path), one.event) for one in incoming_folders(workspace, settings, roster.events())]
    ledger.submit(incoming.follow, watched, clock.wall()).result()
    if older or roster.was_put_back:
        ledger.submit(report_people, roster, spares.used, clock.wall()).result()


def report(db: Db, ledger: Ledger, root: str, workspace_id: str, now: float, *, new: bool) -> None:
    """Say what became of a lost ledger, and follow the workspace where it was moved to. `new`: all of it is."""
    before = meta.get(db, meta.ROOT)
    if not new and (not before or ledger.spare is not None):
        schema.learn_anew(db)
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
    meta.put(db, meta.WORKSPACE_ID, workspace_id)


def know_folders(db: Db, own: OwnFolders, people: Sequence[Person], events: Sequence[Event], now: float) -> None:
    """While a lost ledger is learned anew: folders of people that lie here are known before anybody can rename one."""
    of = {event.id: event for event in events}
    for person in people:
        if person.event not in of:
            continue
        specs = person_folders(of[person.event], person)
        for spec in specs[-3:]:
            with suppress(OSError), own.opened(spec.disk_path or ""):
                disk_folders.is_found(db, folders.ensure(db, specs, now)[spec.key])


def report_people(db: Db, roster: Roster, used: str, now: float) -> None:
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
    title = "The list of people is gone" if roster.begun else "The list of people was damaged"
    told = f"{lost}, and {'no copy of it is left' if roster.begun else used or 'the last good one is used'}"
    if roster.damaged is None and roster.was_put_back:
        title = "An older list of people was put back"
        told = "it takes nothing away before somebody has said yes; the last one is kept beside it (before-restore-…)"
    meta.put(db, OLDER, "1")
    severity: Severity = "error" if roster.begun else "warning"
    error = VenueError(title, told, remedy, kind="store_damaged")
    troubles.open_trouble(db, Subject(ROSTER_TROUBLE, "people"), error, now, severity)


class Spares:
    """Called with the name of a lost file, answers its tables. `used` says in words what was taken."""

    def __init__(self, workspace: Workspace, settings: Settings, ledger: Ledger) -> None:
        self.used = ""
        self._workspace = workspace
        self._settings = settings
        self._ledger = ledger

    def __call__(self, name: str) -> Tables | None:
        for backup in backups.of_kind(self._workspace, Kind.PEOPLE):
            tables = (backups.read_people(backup.path) or {}).get(name)
            if tables is not None:
                made = datetime.fromtimestamp(backup.made_at).astimezone()
                self.used = f"the backup of {made:%d %b %Y %H:%M} is used"
                return tables
        return self._from_ledger() if name == ROSTER else None

    def _from_ledger(self) -> Tables | None:
        """People by their folders and their surest faces, events, sources; `None` where the ledger knows none."""
        id = self._ledger.ask(lambda db: meta.get(db, meta.WORKSPACE_ID))
        if not id:
            return None
        revision = self._ledger.ask(meta.planned_revision)
        people, events = self._people(), self.events()
        self.used = f"it is made anew from folders and faces: {len(people)} people"
        workspace = {"id": id, "revision": revision + 1, "restored": True, "switches": asdict(Switches())}
        return {
            "workspace": {"1": workspace},
            "events": numbered([asdict(one) for one in events]),
            "people": numbered([asdict(one) for one in people]),
        }

    def _people(self) -> list[Person]:
        known = self._ledger.ask(lambda db: surest(meta.known_faces(db)))
        return [
            Person(
                PersonId(row["person"]),
                EventId(row["event"]),
                str(row["name"]),
                str(row["disk_path"]).rpartition("/")[2],
                guest=GUEST_NUMBER.fullmatch(row["name"]) is not None,
                references=tuple(known.get(row["person"], ())),
                created_at=float(row["wanted_at"]),
            )
            for row in self._ledger.ask(meta.known_people)
        ]

    def events(self) -> list[Event]:
        """As far as the ledger tells: their settings are those of new ones."""
        found: dict[EventId, Event] = {DEFAULT_EVENT: Event(DEFAULT_EVENT, "default", "")}
        for row in self._ledger.ask(meta.known_events):
            id, folder = EventId(row["event"]), str(row["disk_path"] or "").rpartition("/")[2]
            account = str(row["account"]) or None
            found[id] = Event(id, str(row["name"]), folder, account=account, created_at=float(row["wanted_at"]))
        sources, cards = self._ledger.ask(meta.known_sources), self._ledger.ask(meta.known_cards)
        return [
            Event(
                one.id,
                one.name,
                one.folder,
                folders=self._cards(one, [from_text(row["folder"]) for row in cards if row["event"] == one.id]),
                sources=tuple(
                    Source(SourceId(row["source"]), DriveId(row["drive_id"]), str(row["name"]))
                    for row in sources
                    if row["event"] == one.id
                ),
                account=one.account,
                created_at=one.created_at,
            )
            for one in found.values()
        ]

    def _cards(self, event: Event, folders: Sequence[str]) -> tuple[str, ...]:
        """Folders that somebody registered: neither the event's own nor one of the settings'."""
        own = [str(self._workspace.incoming), str(self._workspace.folder_of(event.folder) / "Incoming")]
        own += [str(absolute(Path(one), self._workspace.root)) for one in self._settings.incoming.folders]
        return tuple(one for one in folders if one not in own)


def surest(rows: Any) -> dict[str, list[Reference]]:
    """Person -> the faces that they are known by: a few of the likeliest, each of another photo."""
    found: dict[str, list[Reference]] = {}
    for row in rows:
        mine = found.setdefault(str(row["person"]), [])
        if len(mine) < MOST and row["sha256"] not in [one.sha256 for one in mine]:
            box = Box(row["box_left"], row["box_top"], row["box_right"], row["box_bottom"])
            mine.append(Reference(str(row["sha256"]), box, str(row["name"]), learned=True))
    return found


def numbered(rows: Sequence[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """As TinyDB keeps a table."""
    return {str(number): row for number, row in enumerate(rows, 1)}


# What no command leaves in a workspace that has not filed, known or sent anything yet.
LIVED = ("made.log", "drive-ids.log", "audit.jsonl", "decisions-*", "*.damaged-*", "*.left-*", "before-restore-*")
BESIDE_PEOPLE = tuple(name for name in OUTPUTS if name != "People")
FILLED = ("backups", "references", "thumbnails", "downloads", "withdrawn", "renditions")


def has_lived(ledger: Ledger, workspace: Workspace) -> bool:
    """Whether anything of ours shows that an agent was at work here before. Blocks."""
    known = bool(ledger.ask(lambda db: meta.get(db, meta.ROOT))) or ledger.set_aside is not None
    patterns = (*LIVED, *(f"{folder}/*" for folder in FILLED))
    return known or any(any(workspace.state.glob(pattern)) for pattern in patterns)


def had_people(workspace: Workspace, *, lived: bool) -> bool:
    """Whether folders here show that there was a list of people. Blocks.

    Where nothing else shows that we `lived` here, a folder that somebody made in People is theirs: only what looks like
    our own making shows it.
    """
    bases = [workspace.root, *sorted(workspace.root.glob("Events/*"))]
    ours = lived or len(bases) > 1 or any((workspace.root / name).is_dir() for name in BESIDE_PEOPLE)
    for people in (base / "People" for base in bases):
        try:
            folders = [Path(entry) for entry in os.scandir(people) if entry.is_dir(follow_symlinks=False)]
        except OSError:
            continue
        if any(ours or looks_made(folder) for folder in folders):
            return True
    return False


def looks_made(folder: Path) -> bool:
    """Whether a person's folder is as we make them: with both of its folders, or a guest's by its name."""
    both = all((folder / name).is_dir() for name in ("Solo", "Group"))
    return both or GUEST_NUMBER.fullmatch(folder.name) is not None
