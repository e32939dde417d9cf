"""Where a lost list of people comes back from: the newest backup, else what the ledger knows of them.

Nothing is ever begun anew in silence: what was taken is told, and takes nothing away until somebody has said yes.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

from agent import backups
from agent.backups import Kind, Tables
from agent.ledger import Ledger, meta, people_known
from agent.ledger.sightings import from_text
from agent.model import DEFAULT_EVENT, Box, DriveId, Event, EventId, Person, PersonId, Reference, Source, SourceId
from agent.people.intents import GUEST_NUMBER
from agent.people.known import MOST
from agent.roster.roster import Switches
from agent.settings import Settings
from agent.workspace import Workspace, absolute

ROSTER = "roster.json"


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
        id = self._ledger.ask(lambda db: meta.get(db, people_known.WORKSPACE_ID))
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
        known = self._ledger.ask(lambda db: surest(people_known.faces(db)))
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
            for row in self._ledger.ask(people_known.people)
        ]

    def events(self) -> list[Event]:
        """As far as the ledger tells: their settings are those of new ones."""
        found: dict[EventId, Event] = {DEFAULT_EVENT: Event(DEFAULT_EVENT, "default", "")}
        for row in self._ledger.ask(people_known.events):
            id, folder = EventId(row["event"]), str(row["disk_path"] or "").rpartition("/")[2]
            found[id] = Event(id, str(row["name"]), folder, created_at=float(row["wanted_at"]))
        sources, cards = self._ledger.ask(people_known.sources), self._ledger.ask(people_known.cards)
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
    """Person -> the faces that she is known by: a few of the likeliest, each of another photo."""
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


def had_people(workspace: Workspace) -> bool:
    """Whether folders here show that there was a list of people. Blocks."""
    bases = [workspace.root, *sorted(workspace.root.glob("Events/*"))]
    for people in (base / "People" for base in bases):
        try:
            if any(entry.is_dir(follow_symlinks=False) for entry in os.scandir(people)):
                return True
        except OSError:
            continue
    return False
