"""Files of ours that a lost ledger left where nobody wants them: told from all that is somebody's, and taken out."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from agent.disk.own_folders import OwnFolders
from agent.filing import check, files, ownership
from agent.filing.check import LeftOver
from agent.filing.ownership import FOLDER, Line, MadeLog
from agent.ledger import Ledger, meta
from agent.model import DEFAULT_EVENT, Event

PHOTO = b"a photo, as it was taken"
SHA256 = hashlib.sha256(PHOTO).hexdigest()
EVENT = Event(DEFAULT_EVENT, "Default", "")
FOLDERS = ("People", "People/Ana", "People/Ana/Solo")


@dataclass
class Place:
    """Ana's folder with one photo, all of it made by us; of the photo it is decided where it belongs: not here."""

    root: Path
    log: MadeLog
    filed: Path

    def found(self, recorded: Sequence[str] = (), name: str = "DSC_1.jpg") -> list[LeftOver]:
        made = self.log.read()
        return check.find_left_over(OwnFolders(self.root), EVENT, made, recorded, {SHA256: {name}}, "w1")

    def taken_out(self, found: Sequence[LeftOver]) -> int:
        return check.take_out_left_over(OwnFolders(self.root), found, "w1")


@pytest.fixture
def place(tmp_path: Path) -> Place:
    (tmp_path / "state").mkdir()
    log = MadeLog(tmp_path / "state" / "made.log")
    for folder in FOLDERS:
        (tmp_path / folder).mkdir()
        log.note([Line(0, (tmp_path / folder).stat().st_ino, FOLDER)])
    filed = tmp_path / "People/Ana/Solo/DSC_1.jpg"
    filed.write_bytes(PHOTO)
    with filed.open("rb") as file:
        log.note([Line.of(files.look_at_open(file.fileno()), SHA256)])
    return Place(tmp_path, log, filed)


def test_what_is_ours_and_wanted_no_more_is_taken_out_with_its_folders(place: Place) -> None:
    found = place.found()
    assert [one.path for one in found] == ["People/Ana/Solo/DSC_1.jpg"]
    assert place.taken_out(found) == 1
    check.remove_emptied(OwnFolders(place.root), EVENT, place.log.read(), ["People"])
    assert list(place.root.rglob("People/**/*")) == []
    assert (place.root / "People").is_dir()


def test_what_the_ledger_knows_of_is_none(place: Place) -> None:
    assert place.found(recorded=["People/Ana/Solo/DSC_1.jpg"]) == []


def test_of_a_photo_that_is_not_decided_yet_nothing_is_said(place: Place) -> None:
    assert check.find_left_over(OwnFolders(place.root), EVENT, place.log.read(), [], {}, "w1") == []


def test_what_a_person_copied_edited_or_called_otherwise_is_hers(place: Place) -> None:
    folder = place.filed.parent
    (folder / "DSC_1 (2).jpg").write_bytes(PHOTO)
    place.filed.rename(folder / "the best one.jpg")
    assert place.found() == []
    (folder / "the best one.jpg").rename(place.filed)
    place.filed.write_bytes(PHOTO + b", and edited")
    assert place.found() == []


def test_what_was_changed_since_it_was_found_stays(place: Place) -> None:
    found = place.found()
    place.filed.write_bytes(b"somebody else's by now")
    assert place.taken_out(found) == 0
    assert place.filed.read_bytes() == b"somebody else's by now"


def test_what_a_crash_left_halfway_is_found_again(place: Place) -> None:
    halfway = place.filed.with_name(f".venuesync-w1-left-{place.filed.stat().st_ino}")
    place.filed.rename(halfway)
    found = place.found()
    assert [one.path for one in found] == [str(halfway.relative_to(place.root))]
    assert place.taken_out(found) == 1
    assert not list(place.filed.parent.iterdir())


def test_folders_with_something_in_them_or_of_somebodys_stay(place: Place) -> None:
    (place.filed.parent / "list.txt").write_text("hers")
    (place.root / "People/Hers").mkdir()
    place.taken_out(place.found())
    check.remove_emptied(OwnFolders(place.root), EVENT, place.log.read(), ["People"])
    assert (place.root / "People/Ana/Solo/list.txt").exists()
    assert (place.root / "People/Hers").is_dir()


def test_a_photo_that_is_known_by_a_numbered_name_has_other_files_of_ours(place: Place) -> None:
    """As it is where a lost ledger was rebuilt from that file first."""
    assert [one.path for one in place.found(name="DSC_1 (2).jpg")] == ["People/Ana/Solo/DSC_1.jpg"]
    assert place.found(name="DSC_2 (2).jpg") == []


def test_what_we_called_by_a_template_is_ours_though_no_ledger_knows_that_name(place: Place) -> None:
    given = place.filed.rename(place.filed.with_name("0139_DSC_1.jpg"))
    with given.open("rb") as file:
        place.log.note([Line.of(files.look_at_open(file.fileno()), SHA256, given.name)])
    assert [one.path for one in place.found()] == ["People/Ana/Solo/0139_DSC_1.jpg"]
    given.rename(given.with_name("the best one.jpg"))
    assert place.found() == []


def test_until_what_is_left_over_is_taken_out_the_log_says_all_that_it_said(
    place: Place, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A start amid that made it say what the ledger knew, and nobody told the rest from what is somebody's any more."""
    monkeypatch.setattr(ownership, "MOST_LINES", 0)
    for rest, known in (("1", True), ("0", False)):
        ledger.submit(meta.put, meta.REBUILD_REST, rest).result()
        ledger.submit(ownership.keep_log, place.log).result()
        assert bool(place.found()) == known


def test_by_a_log_that_an_older_program_began_no_file_is_known_and_its_bytes_are(place: Place, ledger: Ledger) -> None:
    """It told files by their numbers alone, which others have by now where it was brought to another disk."""
    place.log.path.write_text(f"0 {place.filed.stat().st_ino} {SHA256}\n")
    assert place.found() == []
    ledger.submit(ownership.keep_log, place.log).result()
    assert not place.log.is_older()
    assert SHA256 in place.log.read().contents
    assert place.found() == []
