"""What the stores say on disk, read beside the product: whether a verb was kept, and by which numbers things go."""

from __future__ import annotations

import json
import sqlite3
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Row = dict[str, Any]
Verbs = tuple[tuple[str, float], ...]  # and when each was said
State = tuple[Verbs, Verbs]  # what can be taken back, and what was: no two moments of an evening share it


@dataclass(frozen=True)
class Roster:
    """The roster's file at one moment; it is whole at every one."""

    tables: dict[str, dict[str, Row]]

    @classmethod
    def read(cls, root: Path) -> Roster:
        path = root / ".venuesync" / "roster.json"
        return cls(json.loads(path.read_bytes()) if path.exists() else {})

    def rows(self, table: str) -> list[Row]:
        return list(self.tables.get(table, {}).values())

    @property
    def journal(self) -> list[tuple[str, float]]:
        """What can be taken back, the last one last."""
        return [(row["verb"], row["at"]) for row in self.rows("journal")]

    @property
    def undone(self) -> list[tuple[str, float]]:
        return [(row["verb"], row["at"]) for row in self.rows("undone")]

    @property
    def said(self) -> State:
        return tuple(self.journal), tuple(self.undone)

    @property
    def restored(self) -> bool:
        """Whether it is an older one, which takes nothing away before somebody says yes."""
        return any(row["restored"] for row in self.rows("workspace"))

    @property
    def paused(self) -> bool:
        return any(row["switches"]["uploads"] for row in self.rows("workspace"))

    @property
    def moved(self) -> bool:
        """Whether what was said or taken back last moves photos between events."""
        return "move" in {verb for verb, _ in (*self.journal[-1:], *self.undone[-1:])}

    @property
    def metered(self) -> bool | None:
        """What was said of the line; `None`: it is as the settings say."""
        return next((row["switches"]["metered"] for row in self.rows("workspace")), None)

    def forgetting(self) -> list[Row]:
        """Of whom something is still to be taken out."""
        return [one for row in self.rows("workspace") for one in row.get("forgetting") or []]

    def event(self, name: str) -> Row | None:
        return next((row for row in self.rows("events") if row["name"] == name), None)

    def event_of(self, id: str) -> Row | None:
        return next((row for row in self.rows("events") if row["id"] == id), None)

    def guests(self, event: str) -> dict[str, str]:
        """Name -> id of those who have folders in an event (its id)."""
        return {
            row["name"]: row["id"]
            for row in self.rows("people")
            if row["event"] == event and row["guest"] and not row["ignored"] and row["merged_into"] is None
        }


def ask(root: Path, query: str, *values: object) -> list[Row]:
    """Rows of the ledger, by somebody who only reads."""
    db = sqlite3.connect(f"file:{root}/.venuesync/ledger.sqlite?mode=ro", uri=True, timeout=30)
    try:
        db.row_factory = sqlite3.Row
        return [dict(row) for row in db.execute(query, values)]
    finally:
        db.close()


def number_of(root: Path, event: str, sha256: str) -> int | None:
    """By which a photo goes in an event (its id)."""
    query = (
        "SELECT ep.id FROM event_photo ep JOIN photo ph ON ph.id = ep.photo"
        " WHERE ep.event = ? AND ph.sha256 = ? AND ep.state IN ('filed', 'unsorted', 'withdrawn')"
    )
    return next((row["id"] for row in ask(root, query, event, sha256)), None)


def photos_in(root: Path, event: str, state: str = "%") -> dict[str, int]:
    """SHA-256 -> number of all that are known there in a state; what lies at no path any more is not, what was moved
    there and taken back is.
    """
    query = (
        "SELECT ep.id, ph.sha256 FROM event_photo ep JOIN photo ph ON ph.id = ep.photo"
        " WHERE ep.event = ? AND ep.state LIKE ? AND (ep.state <> 'superseded' OR ep.came_from IS NOT NULL)"
    )
    return {row["sha256"]: row["id"] for row in ask(root, query, event, state)}


def never_filed_in(root: Path, event: str) -> set[str]:
    """SHA-256 of what was taken out there before it had lain in any folder, as far as the ledger knows."""
    query = (
        "SELECT ph.sha256 FROM event_photo ep JOIN photo ph ON ph.id = ep.photo"
        " WHERE ep.event = ? AND ep.state IN ('withdrawn', 'moved') AND ep.filed_at IS NULL AND NOT EXISTS"
        " (SELECT 1 FROM placement p WHERE p.event_photo = ep.id AND 'there' IN (p.disk, p.drive))"
    )
    return {row["sha256"] for row in ask(root, query, event)}


def questions(root: Path) -> list[Row]:
    """Open ones, by face: number, event, the photo's SHA-256; what is answered together has one `answer`."""
    query = (
        "SELECT r.id, r.event, r.person, ph.sha256, r.event || r.person || COALESCE(i.alike, -r.id) AS answer"
        " FROM review r JOIN face f ON f.id = r.face JOIN photo ph ON ph.id = f.photo"
        " LEFT JOIN alike_face i ON i.face = r.face AND i.event = r.event ORDER BY r.id"
    )
    return ask(root, query)


def troubles(root: Path, state: str) -> list[Row]:
    """Those of single photos: number, event, the photo's SHA-256."""
    query = (
        "SELECT t.id, ep.event, ph.sha256 FROM trouble t JOIN event_photo ep ON ep.id = t.event_photo"
        " JOIN photo ph ON ph.id = ep.photo WHERE t.state = ? ORDER BY t.id"
    )
    return ask(root, query, state)
