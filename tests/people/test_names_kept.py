"""A photo keeps the name that it was given, also where a lost ledger does not know yet who is on it."""

from __future__ import annotations

from pathlib import PurePath

import pytest

from agent.filing.names import candidates
from agent.ledger import Ledger, given_names, meta, placements, sightings
from agent.ledger.disk_queue import note_found
from agent.ledger.placements import Made
from agent.ledger.sightings import FileFacts, Sighting
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT
from tests.making import content, folder_row, of, photo_row, solo_and_group

FACTS, MADE = FileFacts(1, 1, 1), Made(1, 1, 1, 1, 1)


def given(ledger: Ledger, name: str, *found: str, stands_in: bool = False) -> str:
    """What a photo is called that was found at these paths, and goes to Unsorted first."""

    def work(db: Db) -> str:
        meta.put(db, meta.ROOT, "/w")
        what = content(name.encode())
        for path in found:
            if stands_in:
                note_found(db, path, MADE, (what.sha256, "0 95 ~1"))
            else:
                sightings.record_photo_at(db, Sighting(path, DEFAULT_EVENT, "", FACTS), what, 1.0, PurePath(path).name)
        one = photo_row(db, name) if stands_in else of(db, db.value("SELECT id FROM photo"))
        solo_and_group(db)
        given_names.give(db, [one], [folder_row(db)], lambda _: "new", lambda made: iter([made]))
        return db.value("SELECT given FROM event_photo WHERE id = ?", (one,))

    return ledger.submit(work).result()


@pytest.mark.parametrize(
    ("found", "name"),
    [
        (["/w/People/Mia Lindqvist/Solo/Gala_0002.jpg"], "Gala_0002.jpg"),
        (["/w/Processed/IMG_1.jpg", "/w/People/Processed/Solo/Gala_0002.jpg"], "Gala_0002.jpg"),
        (["/w/People/Mia Lindqvist/Solo/Gala_0002 (2).jpg", "/w/Unsorted/Unknown/Gala_0002.jpg"], "Gala_0002.jpg"),
    ],
)
def test_where_it_lies_with_whom_nobody_knows_yet(ledger: Ledger, found: list[str], name: str) -> None:
    assert given(ledger, "IMG_1.jpg", *found) == name


def test_what_lies_in_its_place_has_its_name(ledger: Ledger) -> None:
    assert given(ledger, "IMG_1.HEIC", "/w/People/Jonas/Group/Gala_0003.HEIC.jpg", stands_in=True) == "Gala_0003.HEIC"


@pytest.mark.parametrize("found", [["Unsorted/Unknown"], ["People/Mia/Solo", "People/Jonas/Solo"]])
def test_it_came_in_again_and_was_named_before_its_file_was_found(ledger: Ledger, found: list[str]) -> None:
    def work(db: Db) -> str:
        one, what = photo_row(db, "IMG_1.jpg"), content(b"IMG_1.jpg")
        given_names.give(db, [one], [folder_row(db)], lambda _: "new", lambda made: iter([made]))
        for number, folder in enumerate(found):
            path = f"/w/{folder}/Gala_0002{' (2)' * number}.jpg"
            sightings.record_photo_at(db, Sighting(path, DEFAULT_EVENT, "", FACTS), what, 1.0, PurePath(path).name)
            given_names.was_filed_as(db, DEFAULT_EVENT, what.sha256, PurePath(path).name, candidates)
        return db.value("SELECT given FROM event_photo WHERE id = ?", (one,))

    assert ledger.submit(work).result() == "Gala_0002.jpg"


def test_what_was_planned_by_the_new_name_before_its_file_was_found_is_filed_by_that_of_the_file(
    ledger: Ledger,
) -> None:
    """By an older ledger a photo had one name in one folder, and another one in the next."""

    def work(db: Db) -> list[str]:
        one, what = photo_row(db, "IMG_1.jpg"), content(b"IMG_1.jpg")
        folder = folder_row(db)
        given_names.give(db, [one], [folder], lambda _: "new", lambda made: iter([made]))
        placements.want(db, one, [folder], 1.0, names=candidates)
        path = "/w/People/Jonas/Solo/Gala_0002.jpg"
        sightings.record_photo_at(db, Sighting(path, DEFAULT_EVENT, "", FACTS), what, 1.0, PurePath(path).name)
        given_names.was_filed_as(db, DEFAULT_EVENT, what.sha256, PurePath(path).name, candidates)
        return db.column("SELECT disk_name FROM placement WHERE event_photo = ?", (one,))

    assert ledger.submit(work).result() == ["Gala_0002.jpg"]


def test_what_is_kept_of_it_is_no_name(ledger: Ledger) -> None:
    kept = f"/w/.venuesync/withdrawn/{content(b'IMG_1.jpg').sha256}"
    assert given(ledger, "IMG_1.jpg", kept).startswith("new")
