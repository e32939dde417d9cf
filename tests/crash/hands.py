"""What people do by their own hands, here and on Drive: what is filed is dragged out and back, deleted, whole folders.

None of it is said to anybody, and none of it changes what is meant: `verify --repair` has all in its place again.
Hands are kept from what lies nowhere but where it was filed, and from what lies in an event that was removed.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

from tests.crash.deed import Party
from tests.crash.rules import FIRST, event_of, rules_of
from tests.emulator.drive import Emulator
from tests.making import contents_below
from tests.venue.invariants import OUR_FOLDER, OUR_PHOTO, filed_files
from tests.venue.manifest import Manifest, md5

TAKEN_OUT, BACK = "taken out", "brought back"
DELETED, BOTH = "deleted", "deleted at both ends"
FOLDER, TRASHED, FOLDER_TRASHED = "folder deleted", "trashed", "folder trashed"
HANDS = (TAKEN_OUT, BACK, DELETED, TRASHED, BOTH, FOLDER, FOLDER_TRASHED)
GUESTS = "Guest "
Row = dict[str, Any]


class Held(NamedTuple):
    """A filed file in somebody's hands: where it is now, where it lay (path below the workspace), whose it is."""

    now: Path
    lay: str
    sha256: str


@dataclass
class Hands:
    """`at_home`: what of ours lies on a Drive of an event that there is. Whatever is taken away may be missing until
    everything is compared: `expected` says so.
    """

    party: Party
    expected: Manifest
    emulator: Emulator
    dice: random.Random
    desk: Path
    at_home: Callable[[], list[Row]]

    def __post_init__(self) -> None:
        self._held: list[Held] = []
        self._number = 0

    def do(self, what: str) -> bool:
        """Answers whether there was anything to do it with."""
        doings: dict[str, Callable[[], bool]] = {
            TAKEN_OUT: self._take_out,
            BACK: self._bring_back,
            DELETED: lambda: self._delete() is not None,
            BOTH: self._delete_both,
            FOLDER: self._take_folder,
            TRASHED: lambda: self._trash(lambda one: OUR_PHOTO in one["appProperties"]),
            FOLDER_TRASHED: lambda: self._trash(is_somebodys),
        }
        return doings[what]()

    # ---- here

    def _take_out(self) -> bool:
        """Onto the desk, from where it may be brought back."""
        if (found := self._one()) is None:
            return False
        path, sha256 = found
        with suppress(FileNotFoundError):  # the agent was quicker
            self._held.append(Held((self.party.root / path).rename(self._room(path)), path, sha256))
        return True

    def _bring_back(self) -> bool:
        """To where it lay, if it is to lie there still, and nothing else does."""
        while self._held:
            one = self._held.pop(self.dice.randrange(len(self._held)))
            if self._is_to_lie(one):
                with suppress(FileExistsError, FileNotFoundError):
                    (self.party.root / one.lay).hardlink_to(one.now)
                    one.now.unlink()
                    return True
        return False

    def _is_to_lie(self, one: Held) -> bool:
        event, meaning = event_of(one.lay), self.party.meaning
        if event not in self.party.events or event not in meaning.where(one.sha256):
            return False
        waits = rules_of(self.party.root)[self.party.events[event]].review and meaning.waits(event, one.sha256)
        doubted = meaning.said.doubted(event) & {*meaning.arrived[one.sha256].taken.picture.looks}
        if waits or doubted or meaning.is_withdrawn(event, one.sha256):
            return False
        below = one.lay if event == FIRST else one.lay.split("/", 2)[2]
        return below.rpartition("/")[0] in meaning.folders(event, one.sha256)

    def _delete(self) -> tuple[str, str] | None:
        found = self._one()
        if found is not None:
            (self.party.root / found[0]).unlink(missing_ok=True)
        return found

    def _delete_both(self) -> bool:
        """Of one photo: a file here, and all that is on Drive."""
        found = self._delete()
        if found is not None:
            for one in self._there(lambda one: one["appProperties"].get(OUR_PHOTO) == found[1]):
                self._put_into_trash(one)
        return found is not None

    def _take_folder(self) -> bool:
        """Somebody's, or one of theirs; with all that is in it."""
        safe = self._elsewhere()
        folders = [one for one in self._folders() if {md5(what) for what in contents_below(one).values()} <= {*safe}]
        if not folders:
            return False
        chosen = self.dice.choice(sorted(folders))
        self._excuse(*(safe[content] for file in contents_below(chosen).values() if (content := md5(file)) in safe))
        with suppress(FileNotFoundError):
            chosen.rename(self._room(chosen.name))
        return True

    def _one(self) -> tuple[str, str] | None:
        """A filed file's path, and its photo."""
        safe = self._elsewhere()
        found = [(path, safe[content]) for path, content in filed_files(self.party.root) if content in safe]
        found = [one for one in found if event_of(one[0]) in self.party.events and "/.venuesync-" not in one[0]]
        if not found:
            return None
        chosen = self.dice.choice(found)
        self._excuse(chosen[1])
        return chosen

    def _folders(self) -> Iterator[Path]:
        for event in self.party.events:
            base = self.party.root if event == FIRST else self.party.root / "Events" / event
            for one in (base / "People").glob("*"):
                if not one.name.startswith(GUESTS):
                    yield from (one, *one.glob("*"))

    def _elsewhere(self) -> dict[str, str]:
        """MD5 -> SHA-256 of photos that a card or a source has, too."""
        arrived = self.party.meaning.arrived
        kept = {one.sha256 for one in self.expected.photos if one.path is None or Path(one.path).exists()}
        return {one.md5: sha256 for sha256, one in arrived.items() if sha256 in kept and not one.only_filed}

    def _excuse(self, *photos: str) -> None:
        """Until all is compared."""
        self.expected.withdrawn += photos

    def _room(self, name: str) -> Path:
        self.desk.mkdir(exist_ok=True)
        self._number += 1
        return self.desk / f"{self._number} {Path(name).name}"

    # ---- on Drive

    def _trash(self, wanted: Callable[[Row], bool]) -> bool:
        found = self._there(wanted)
        if not found:
            return False
        chosen = self.dice.choice(found)
        self._put_into_trash(chosen)
        return True

    def _there(self, wanted: Callable[[Row], bool]) -> list[Row]:
        return [one for one in self.at_home() if not one["trashed"] and wanted(one)]

    def _put_into_trash(self, one: Row) -> None:
        lost = [each for each in self.emulator.files() if f"{each['path']}/".startswith(f"{one['path']}/")]
        self._excuse(*(each["appProperties"].get(OUR_PHOTO, "") for each in lost))
        with self.emulator.client("by hand", one["owner"]) as browser:
            answer = browser.patch(f"/drive/v3/files/{one['id']}", json={"trashed": True})
        assert answer.is_success or answer.status_code == 404, answer.text  # the agent was quicker


def is_somebodys(folder: Row) -> bool:
    """Whether it is a folder of ours for a person, or one of theirs."""
    return OUR_FOLDER in folder["appProperties"] and "/People/" in folder["path"]
