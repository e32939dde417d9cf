"""Everything held about a person, in one zip file that opens without venuesync: for whoever asks what is known of them.

Their photos as they are filed, each once, their reference pictures, all that was decided about them, as a page
(`index.html`) and as data (`data.json`). Each file goes in only if its bytes are still those of the photo.
"""

from __future__ import annotations

import json
import os
import threading
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from datetime import datetime
from io import BufferedReader
from pathlib import Path
from typing import Any

from agent import clock
from agent.clock import iso, iso_or_none
from agent.disk.atomic import free_bytes, open_given, written
from agent.errors import Cause, Kind, NotThere, VenueError
from agent.filing.files import has_bytes
from agent.filing.names import candidates
from agent.ledger import Ledger, clocks, counts, folders, matches, photo_pages
from agent.ledger.sqlite.rows import Db, Row, at_once
from agent.model import EventId, Person
from agent.people.enroll import person_row
from agent.people.export_page import index
from agent.people.references import Shown, shown_of
from agent.requests.people import PersonExport
from agent.roster import Roster
from agent.roster.decisions import FaceDecision
from agent.roster.forgetting import with_merged

MB = 1 << 20
LEFT = 16 * MB  # for the index, small pictures and names


class Broken(Exception):
    """Nobody waits for it any more."""


@dataclass(slots=True)
class Exporter:
    """`root`: the workspace's folder; `keep_free`: bytes that stay free beside it, for photos that arrive."""

    ledger: Ledger
    roster: Roster
    root: Path
    references: Path
    thumbnails: Path
    keep_free: int

    def export(self, person: Person, file: Path, given_up: threading.Event) -> PersonExport:
        """Blocks. Raises `VenueError`, `Broken`; there is no file then that was not there before."""
        held = self._held(person)
        mark = f"venuesync export of {person.id} in {self.roster.workspace_id}".encode()
        with written(file, lambda path: comment_of(path) == mark) as new:
            self._refuse_too_large(file, held)
            while True:
                with zipfile.ZipFile(new, "w") as archive:
                    archive.comment = mark
                    packing = Packing(self, archive, person.event, given_up)
                    packing.pack(held)
                person = self._still(person)  # packing takes minutes
                packed, held = held, self._held(person)
                if packing.may_stay(packed, held):
                    held = packed
                    break
                new.seek(0)
                new.truncate()
        return {
            "person": held["person"],
            "file": str(file),
            "bytes": file.stat().st_size,
            "photos": len({one["shot"] for one in held["photos"] if one["file"]}),
            "references": sum(one["file"] is not None for one in held["references"]),
            "decisions": len(held["decisions"]),
            "missing": held["missing"],
        }

    def _still(self, person: Person) -> Person:
        """As they are by now. Raises `NotThere` for who is nobody, or one with somebody else, as nothing is theirs."""
        known, now = self.roster.person(person.id), self.roster.resolve(person.id)
        see = "See who there is: venuesync people"
        if known is None or now is None or known.ignored:
            raise NotThere("They are nobody any more", person.name, see)
        if now.id != known.id:
            raise NotThere("They are one with somebody else by now", f"{known.name} is {now.name}", see)
        return known

    def _refuse_too_large(self, file: Path, held: dict[str, Any]) -> None:
        needed = sum(one["bytes"] for one in held["photos"]) + LEFT
        same = file.parent.stat().st_dev == self.root.stat().st_dev
        free = free_bytes(file.parent) - (self.keep_free if same else 0)
        if needed > free:
            raise VenueError(
                "There is no room for it",
                f"{file}: {needed / MB:,.0f} MB are needed, and {max(0, free) / MB:,.0f} MB may be used",
                "Choose another disk, or make room",
                cause=Cause.QUOTA,
                kind=Kind.DISK_FULL,
            )

    # ---- what is held

    def _held(self, person: Person) -> dict[str, Any]:
        return self.ledger.ask(lambda db: at_once(db, self._held_at_once, person))

    def _held_at_once(self, db: Db, person: Person) -> dict[str, Any]:
        roster, tally = self.roster, counts.people(db).get(person.id, {})
        event, folder = roster.event(person.event), folders.folder_of_person(db, person.id)
        asked = matches.questions_about(db, event.id, person.id)
        return {
            "made_at": iso(clock.wall()),
            "person": person_row(person, tally, roster.shared(person.id)),
            "readers": [asdict(one) for one in roster.shares(person.id) if one.to],
            "event": event.name,
            "called_before": called_before(roster, person),
            "known_since": iso(person.created_at),
            "consent": consent(person),
            "folder": folder["disk_path"] if folder else None,
            "photos": [photo(db, row, person) for row in photo_pages.files_of_person(db, person.id)],
            "references": [
                {"name": one.name, "learned": one.learned, "sha256": one.sha256, "box": one.box.edges, "file": None}
                for one in person.references
            ],
            "decisions": sorted(decisions(roster, person), key=lambda one: one["at"]),
            "asked": [
                {"photo": one["name"], "distance": round(one["distance"], 4), "why": one["why"]} for one in asked
            ],
            "faces": int(matches.tally_of_person(db, event.id, person.id)["faces"]),
            "missing": [],
        }


def photo(db: Db, row: Row, person: Person) -> dict[str, Any]:
    distance = matches.distance(db, row["shot"], person.id)
    return {
        "id": row["id"],
        "shot": row["shot"],  # the number under which all its files are one photo
        "name": row["name"],
        "kind": row["kind"],
        "camera": row["camera"],
        "bytes": row["bytes"],
        "sha256": row["sha256"],
        "shown": row["shown"],
        "taken_at": clocks.corrected(row["taken_at"], row["clock_ahead"]),
        "arrived_at": iso(row["arrived_at"]),
        "filed_at": iso_or_none(row["filed_at"]),
        "verified_at": iso_or_none(row["verified_at"]),
        "on_drive": bool(row["on_drive"]),
        "distance": None if distance is None else round(distance, 4),
        "file": None,
        "picture": None,
    }


def called_before(roster: Roster, person: Person) -> list[str]:
    """Also of whoever is one with them by now."""
    theirs = with_merged(person, roster.everybody())
    names = [name for one in theirs for name in (*one.names_before, one.name, one.folder)]
    return [name for name in dict.fromkeys(names) if name not in ("", person.name, person.folder)]


def consent(person: Person) -> dict[str, Any] | None:
    known = person.consent
    return None if known is None else {**asdict(known), "at": iso(known.at)}


def decisions(roster: Roster, person: Person) -> Iterator[dict[str, str]]:
    for one in roster.decided_about(person):
        yield {"at": iso(one.at), "what": one.text}
    for face in roster.decided_of_faces(person):
        yield {"at": iso(face.at), "what": of_face(face, person)}


def of_face(face: FaceDecision, person: Person) -> str:
    where = f"{face.name or 'a photo'}, the face at {', '.join(map(str, face.box.edges))}"
    return f"{where}: {'it is' if face.yes == person.id else 'it is not'} {person.name}"


# ---- the archive


@dataclass(slots=True)
class Packing:
    """Puts files into an archive under names of their own, and notes in what is held where each is."""

    exporter: Exporter
    archive: zipfile.ZipFile
    event: EventId
    given_up: threading.Event
    taken: set[str] = field(default_factory=set[str])
    shown: set[tuple[str, str]] = field(default_factory=set[tuple[str, str]])  # whose picture, and what was to be seen

    def pack(self, held: dict[str, Any]) -> None:
        for one in held["references"]:
            one["file"] = self._photo("References", one["name"], one["sha256"])
        shown: dict[str, str | None] = {}
        for one in held["photos"]:
            if self._is_out(one["shown"]):
                continue
            one["file"] = self._photo(f"Photos/{one['kind'].capitalize()}", one["name"], one["sha256"])
            if one["shown"] not in shown:
                shown[one["shown"]] = self._thumbnail(one["shown"])
            one["picture"] = shown[one["shown"]]
        held["missing"] = [one["name"] for one in (*held["photos"], *held["references"]) if one["file"] is None]
        data = json.dumps(held, ensure_ascii=True, indent=2).encode()
        for name, made in (("data.json", data), ("index.html", index(held))):
            self.archive.writestr(name, made, zipfile.ZIP_DEFLATED)

    def may_stay(self, packed: dict[str, Any], now: dict[str, Any]) -> bool:
        """Whether all that was packed is theirs still, and looks so: somebody may have decided of it meanwhile."""
        photos = {one["sha256"] for one in now["photos"] if not self._is_out(one["shown"])}
        pictures = photos | {one["sha256"] for one in now["references"]}  # what was learned gives way to what is better
        return (
            all(one["sha256"] in photos for one in packed["photos"] if one["file"])
            and all(one["sha256"] in pictures for one in packed["references"] if one["file"])
            and all(self._shown(sha256).sha256 == shown for sha256, shown in self.shown)
        )

    def _is_out(self, sha256: str) -> bool:
        """Whether somebody took this photo out of the event while others were packed."""
        decided = self.exporter.roster.photo_decision(self.event, sha256)
        return decided is not None and (decided.withdrawn or decided.moved_to is not None)

    def _photo(self, folder: str, name: str, sha256: str) -> str | None:
        """Its path in the archive; `None` where no file here has these bytes. It may be filed elsewhere meanwhile."""
        for _ in range(3):
            shown = self._shown(sha256)
            for path in (*shown.paths, self.exporter.references / sha256):
                if (file := opened(path)) is not None:
                    with file:
                        if has_bytes(file, shown.sha256, os.fstat(file.fileno()).st_size):
                            self.shown.add((sha256, shown.sha256))
                            return self._add(self._free(folder, name if shown.sha256 == sha256 else path.name), file)
        return None

    def _free(self, folder: str, name: str) -> str:
        path = next(one for file in candidates(name) if (one := f"{folder}/{file}").casefold() not in self.taken)
        self.taken.add(path.casefold())
        return path

    def _add(self, path: str, file: BufferedReader) -> str:
        """As it is: pictures do not become smaller by packing."""
        changed = datetime.fromtimestamp(os.fstat(file.fileno()).st_mtime).astimezone()
        about = zipfile.ZipInfo(path, max((1980, 1, 1, 0, 0, 0), min(changed.timetuple()[:6], (2107, 12, 31, 0, 0, 0))))
        about.external_attr = 0o600 << 16
        file.seek(0)
        with self.archive.open(about, "w", force_zip64=True) as new:
            while block := file.read(MB):
                if self.given_up.is_set():
                    raise Broken
                new.write(block)
        return path

    def _shown(self, sha256: str) -> Shown:
        blurred = self.exporter.roster.is_blurred(sha256)
        return self.exporter.ledger.ask(lambda db: shown_of(db, self.exporter.root, sha256, blurred=blurred))

    def _thumbnail(self, sha256: str) -> str | None:
        shown = self._shown(sha256).sha256  # none yet where a face on it is just being blurred
        file = opened(self.exporter.thumbnails / f"{sha256}.jpg") if shown else None
        if file is None:
            return None
        self.shown.add((sha256, shown))
        with file:
            return self._add(f"Small/{sha256[:16]}.jpg", file)


def opened(path: Path) -> BufferedReader | None:
    with suppress(OSError):
        return open_given(path)
    return None


def comment_of(path: Path) -> bytes:
    """By which an archive of ours is known; nothing for whatever is none."""
    with suppress(OSError, zipfile.BadZipFile), open_given(path) as file, zipfile.ZipFile(file) as archive:
        return archive.comment
    return b""
