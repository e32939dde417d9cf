"""What an event says of all its photos: which wait for a yes, which stay here, what Drive has in their place."""

from __future__ import annotations

from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from tests.crash.pictures import Taken
from tests.crash.stores import Roster, ask

FIRST = "default"
BLURRED = "0 95"  # as which a photo with a blurred face is filed


@dataclass(frozen=True, slots=True)
class Rules:
    """As the roster has them. `made`: what is made of each photo for Drive, but for faces; "": nothing."""

    review: bool = False
    all_photos: bool = False
    without_faces: bool = True
    exclude: tuple[str, ...] = ()
    made: str = ""

    @classmethod
    def of(cls, row: dict[str, Any]) -> Rules:
        made = ""
        if row["long_side"]:
            mark = row["watermark"]["digest"] if row["watermark"] else ""
            made = " ".join(filter(None, (str(row["long_side"]), str(row["quality"]), mark)))
        return cls(row["review"], row["all_photos"], row["without_faces"], tuple(row["exclude"]), made)

    def stays_here(self, taken: Taken) -> bool:
        """Whether nothing of it goes to Drive."""
        out = any(fnmatchcase(taken.name.lower(), one.lower()) for one in self.exclude)
        return out or not (self.without_faces or taken.picture.looks)

    def made_as(self, *, blurred: bool) -> str:
        return self.made or (BLURRED if blurred else "")


def event_of(path: str) -> str:
    """In which a filed file lies, by its path below the workspace."""
    top, *below = path.split("/")
    return below[0] if top == "Events" else FIRST


def rules_of(root: Path) -> dict[str, Rules]:
    """By the event's id."""
    return {row["id"]: Rules.of(row) for row in Roster.read(root).rows("events")}


def parts_of(made: str) -> tuple[str, bool]:
    """What a rendition's name says: what was made, and whether faces in it are blurred."""
    said, _, blurred = made.partition("~")
    return said.strip(), blurred != ""


def stand_ins(root: Path) -> dict[str, list[str]]:
    """MD5 of what is filed in photos' places, faces blurred -> the photos' SHA-256, as far as there is a ledger that
    knows. That of a photo which it knows by Drive alone may be of the blurred one, until both halves are read.
    """
    if not (root / ".venuesync" / "ledger.sqlite").exists():  # somebody died who was putting one back
        return {}
    rows = ask(root, "SELECT r.md5, r.sha256 FROM rendition r JOIN photo USING (sha256) WHERE made_as GLOB '*~*'")
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(row["md5"], []).append(row["sha256"])
    return found
