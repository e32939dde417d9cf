"""Photos that are withdrawn: the last file of each is kept aside, and whether its bytes lie here still can be asked.

So the withdrawal can be taken back: the card it came on may be empty by then. It is asked before it is promised. The
same is kept of photos that are filed with a face blurred.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import cast

from agent.disk.atomic import NotRegular, open_regular, write_whole
from agent.disk.own_folders import OwnFolders
from agent.filing import files
from agent.filing.files import OtherBytes, Spot, has_bytes, look_at_open, open_spot
from agent.ledger import disk_queue, photos, sightings
from agent.ledger.disk_queue import FiledCopy
from agent.ledger.placements import Made
from agent.ledger.sightings import FileFacts
from agent.ledger.sqlite.rows import Db
from agent.model import ORIGINAL, EventId

FOLDER = "withdrawn"
KnownAs = tuple[EventId, str]  # an event that the photo is in, and its name there


class LastFiles:
    """`state`: the workspace's own folder, that nobody else reads."""

    def __init__(self, state: Path) -> None:
        self._folder = state / FOLDER

    def path(self, sha256: str) -> Path:
        return self._folder / sha256

    def all(self) -> list[str]:
        """SHA-256 of each that is kept."""
        return sorted(one.name for one in self._folder.glob("[!.]*"))

    def names_of(self, sha256: str) -> dict[EventId, str]:
        """The events that it was in when it was kept, and its name in each; what is none of these is left out."""
        with suppress(OSError, ValueError):
            return names_in(json.loads(self._beside(sha256).read_bytes()))
        return {}

    def forget_names(self, sha256: str) -> None:
        """The file itself is gone."""
        with suppress(OSError):
            self._beside(sha256).unlink(missing_ok=True)

    def _beside(self, sha256: str) -> Path:
        return self._folder / f".{sha256}.names"

    def keep(self, spot: Spot, made: Made | None, sha256: str, known_as: KnownAs) -> None:
        """A further name for that file, or a copy, if it holds the photo. Raises `OSError`, and leaves nothing then."""

        def new(temporary: Spot) -> Made:
            kept = None if made is None else files.link(spot, temporary, made)
            if kept is not None:
                return kept
            with files.open_spot(spot) as file:
                return files.copy(file, temporary, sha256, 0o600)

        self._keep(sha256, known_as, new)

    def keep_copy(self, original: Path, sha256: str, known_as: KnownAs) -> None:
        """The same of a file that is nobody's to link to."""

        def new(temporary: Spot) -> Made:
            with open_regular(original) as file:
                return files.copy(file, temporary, sha256, 0o600)

        self._keep(sha256, known_as, new)

    def _keep(self, sha256: str, known_as: KnownAs, new: Callable[[Spot], Made]) -> None:
        self._folder.mkdir(0o700, parents=True, exist_ok=True)
        names = self.names_of(sha256)
        if names != (names := {**names, known_as[0]: known_as[1]}):
            write_whole(self._beside(sha256), json.dumps(names).encode())
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            target, temporary = Spot(folder, sha256), Spot(folder, f".{sha256}.part")
            if files.made_at(target) is not None:  # its name is the last that it gets
                return
            files.publish(temporary, target, new(temporary))
            files.sync(folder)
        except (FileNotFoundError, NotADirectoryError, OtherBytes, NotRegular):
            return  # it is none of ours, or not there
        finally:
            os.close(folder)


def names_in(kept: object) -> dict[EventId, str]:
    names = cast(dict[object, object], kept) if isinstance(kept, dict) else {}
    return {EventId(str(event)): sightings.shown(str(name)) for event, name in names.items()}


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """A photo, and every file that held it when it was looked at last: ours and originals."""

    sha256: str
    bytes: int
    filed: list[FiledCopy]
    arrived: list[tuple[Path, FileFacts]]

    def is_here(self, own: OwnFolders) -> bool:
        """Whether one of them holds it still. Blocks; reads a file only where its facts are others than they were.

        As when it is put back: what lies behind a link in a folder of ours does not count.
        """
        return self.is_filed(own) or any(self._in_original(path, facts) for path, facts in self.arrived)

    def is_filed(self, own: OwnFolders) -> bool:
        """The same of those that we filed."""
        return any(self._in_ours(own, one.folder_path, one.name, one.made) for one in self.filed)

    def _in_ours(self, own: OwnFolders, folder: str, name: str, made: Made | None) -> bool:
        with suppress(OSError, NotRegular), own.opened(folder) as at, open_spot(Spot(at, name)) as file:
            return (made is not None and made.is_as_left(look_at_open(file.fileno()))) or self._holds(file)
        return False

    def _in_original(self, path: Path, facts: FileFacts) -> bool:
        with suppress(OSError, NotRegular), open_regular(path) as file:
            now = os.fstat(file.fileno())
            return facts == FileFacts(now.st_size, now.st_mtime_ns, now.st_ino) or self._holds(file)
        return False

    def _holds(self, file: BufferedReader) -> bool:
        return has_bytes(file, self.sha256, self.bytes)


def lie_nowhere(own: OwnFolders, found: Sequence[Whereabouts]) -> set[str]:
    """SHA-256 of those that are not where we filed them, by a look: somebody may have moved the last one. Blocks."""
    return {one.sha256 for one in found if not one.is_filed(own)}


def whereabouts(db: Db, sha256s: Sequence[str]) -> list[Whereabouts]:
    """Of those of these photos that the ledger knows."""
    return [
        Whereabouts(
            photos.sha256_of(db, photo),
            photos.size_of(db, photo),
            [one for one in disk_queue.filed_copies(db, photo) if one.lies_as == ORIGINAL],
            [(Path(path), facts) for path, facts in sightings.originals(db, photo)],
        )
        for photo in photos.by_contents(db, sha256s)
    ]
