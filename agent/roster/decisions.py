"""What was decided about single faces and photos of one event, in a file of its own: `decisions-<event>.json`.

Keyed by what outlives any ledger: the photo's SHA-256 and the face's upright box, so that a photo that is looked at
again, by another engine or after everything else was lost, still has its answers.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

from agent.model import Box, EventId, PersonId
from agent.roster.rows import Row, value_of
from agent.roster.storage import AtomicStorage, Spare, Tables, nothing_spare

TABLE = "decisions"
Side = Literal["solo", "group"]


@dataclass(frozen=True, slots=True)
class FaceDecision:
    """Of one face: `yes` it is this person, `no` it is none of these, `ignored`: nobody to ask about."""

    sha256: str
    box: Box
    yes: PersonId | None = None
    no: tuple[PersonId, ...] = ()
    ignored: bool = False
    name: str = ""  # the photo's file name, for people who read the file
    at: float = 0.0

    @property
    def key(self) -> str:
        return f"{self.sha256} {self.box.left},{self.box.top},{self.box.right},{self.box.bottom}"

    @property
    def empty(self) -> bool:
        return self.yes is None and not self.no and not self.ignored


@dataclass(frozen=True, slots=True)
class PhotoDecision:
    """Of a whole photo: taken out of all folders, moved to another event, filed as portrait or group, set aside.

    What is set aside may be no photo yet (`agent/ledger/aside.py`): then another key stands for the SHA-256.
    """

    sha256: str
    withdrawn: bool = False
    moved_to: EventId | None = None
    company: Side | None = None
    set_aside: bool = False  # it failed, and somebody said by name that all may be packed up without it
    name: str = ""
    at: float = 0.0

    @property
    def key(self) -> str:
        return self.sha256

    @property
    def empty(self) -> bool:
        return not (self.withdrawn or self.moved_to or self.company or self.set_aside)


Decision = FaceDecision | PhotoDecision


class Decisions:
    """One event's file. `damaged` names a file that was set aside at opening; an older one is used then.

    `expected`: something was decided before, so that no file at all means that it was removed.
    """

    def __init__(self, path: Path, spare: Spare = nothing_spare, *, expected: bool = False) -> None:
        self._storage = AtomicStorage(path, check, spare, expected=expected)
        self._unsaved = False
        tables: Tables = self._storage.read() or {}
        self.damaged = self._storage.damaged
        self._rows: dict[str, Row] = dict(tables.get(TABLE, {}))
        self._remember()

    def _remember(self) -> None:
        self._faces: dict[str, list[FaceDecision]] = {}
        self._photos: dict[str, PhotoDecision] = {}
        for row in self._rows.values():
            found = decision_from(row)
            if isinstance(found, FaceDecision):
                self._faces.setdefault(found.sha256, []).append(found)
            else:
                self._photos[found.sha256] = found

    def faces(self, sha256: str) -> list[FaceDecision]:
        return self._faces.get(sha256, [])

    def photo(self, sha256: str) -> PhotoDecision | None:
        return self._photos.get(sha256)

    def denials(self) -> list[FaceDecision]:
        return [one for faces in self._faces.values() for one in faces if one.no]

    def row(self, key: str) -> Row | None:
        return self._rows.get(key)

    def begin(self) -> None:
        """From now on there is a file, so that none means that it was removed. Raises `OSError`."""
        if not self._storage.path.exists():
            self._storage.write({TABLE: self._rows})

    def apply(self, changes: Mapping[str, Row | None]) -> None:
        """Put rows, or take them out where `None`, in one write; what is so already is not written again.

        Where the disk refuses they count all the same, and are written at the next call.
        """
        news = {key: row for key, row in changes.items() if self._rows.get(key) != row}
        if not news and not self._unsaved:
            return
        rows = {**self._rows, **{key: row for key, row in news.items() if row is not None}}
        rows = {key: row for key, row in rows.items() if news.get(key, row) is not None}
        self._rows, self._unsaved = rows, True
        self._remember()
        self._storage.write({TABLE: rows})
        self._unsaved = False


def row_of(decision: Decision) -> Row | None:
    """What is kept of it, as the file has it; `None` for one that says nothing (any more)."""
    return None if decision.empty else json.loads(json.dumps(asdict(decision)))


def decision_from(row: Row) -> Decision:
    return value_of(FaceDecision if "box" in row else PhotoDecision, row)


def check(tables: Tables) -> None:
    """Raise if these are not an event's decisions."""
    for row in tables[TABLE].values():
        decision_from(row)
