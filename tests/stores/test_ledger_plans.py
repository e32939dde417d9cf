"""No query of the ledger reads a large table from end to end: at 100,000 photos it answers as it does at 100."""

from __future__ import annotations

import json
import sqlite3
import timeit
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.filing.names import file_names
from agent.ledger import (
    Ledger,
    activity,
    aside,
    counts,
    disk_queue,
    drive_found,
    drive_queue,
    faces,
    folders,
    photos,
    placements,
    references,
    reviews,
    second_looks,
    sightings,
    sights,
    strangers,
    troubles,
    twins,
)
from agent.ledger.disk_queue import Filed
from agent.ledger.made import Made
from agent.ledger.sightings import FileFacts, Sighting
from agent.model import (
    DEFAULT_EVENT,
    Box,
    DriveId,
    EventPhotoId,
    FolderId,
    FolderKind,
    PersonId,
    PhotoId,
    PlacementId,
    Reference,
)
from tests.making import content, encoding, folder_row, look, solo_and_group, want
from tests.stores.query_plans import scans, scans_of, through_all_wanted

PHOTOS = 2000
LARGE = ("placement", "event_photo", "photo", "face", "sighting")
NOW = 2e9
SHA256 = content(b"1").sha256
FACTS = FileFacts(5, 6, 7)
MADE = Made(5, 6, 7, 8)
Db = sqlite3.Connection


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A ledger with 2,000 photos in every state of their way."""
    ledger = Ledger(tmp_path_factory.mktemp("plans") / "ledger.sqlite")
    ledger.open()
    ledger.submit(fill).result()
    ledger.close()
    yield ledger.path


def fill(db: Db) -> None:
    solo, group = solo_and_group(db)
    unknown, no_faces = folder_row(db, FolderKind.UNKNOWN), folder_row(db, FolderKind.NO_FACES)
    face = encoding(1)
    for number in range(PHOTOS):
        at = 1e9 + number
        seen = Sighting(f"/in/{number % 7}/{number}.jpg", DEFAULT_EVENT, f"/in/{number % 7}", FACTS)
        arrival = sightings.record_photo_at(db, seen, content(b"%d" % number), at, f"DSC_{number % 900}.jpg")
        if number % 10:
            look(arrival.photo, db, [face] * (number % 3))
            want(db, EventPhotoId(arrival.photo), *[(solo, group, unknown, no_faces)[n] for n in range(number % 4)])
    db.execute("UPDATE placement SET disk = 'there', disk_inode = 1, disk_mtime_ns = 1 WHERE id % 5 <> 0")
    db.execute("UPDATE placement SET drive = 'there', drive_id = 'd' || id, drive_name = disk_name WHERE id % 3 <> 0")
    db.execute("UPDATE placement SET wanted = 0 WHERE id % 11 = 0")
    db.execute("UPDATE placement SET drive_failed = 1 WHERE id % 97 = 0")
    db.execute("UPDATE folder SET drive = 'there', drive_id = 'f' || id")
    db.execute("UPDATE event_photo SET state = 'failed' WHERE id % 50 = 0")
    for number in range(200):
        skipped = Sighting(f"/in/0/{number}.txt", DEFAULT_EVENT, "/in/0", FACTS)
        sightings.record_other(db, skipped, "skipped", "no photo", 1e9)
        activity.note(db, "arrived", str(number), 1e9)
    drive_queue.fill_pool(db, [f"i{number}" for number in range(200)])
    photos.settle_states(db, {EventPhotoId(number + 1) for number in range(PHOTOS)}, 1e9)


PHOTO, EVENT_PHOTO, PLACEMENT, FOLDER = PhotoId(1003), EventPhotoId(1003), PlacementId(1000), FolderId(4)
SIGHTING = Sighting("/in/3/1003.jpg", DEFAULT_EVENT, "/in/3", FACTS)

QUERIES: dict[str, Callable[[Db], object]] = {
    # the router's
    "disk_queue.due": lambda db: disk_queue.due(db, NOW, 32),
    "disk_queue.next_due_at": disk_queue.next_due_at,
    "disk_queue.filed_copies": lambda db: disk_queue.filed_copies(db, PHOTO),
    "disk_queue.filed_paths": lambda db: disk_queue.filed_paths(db, PHOTO),
    "disk_queue.note_found": lambda db: disk_queue.note_found(db, "/in/3/a.jpg", MADE),
    "disk_queue.reserve": lambda db: disk_queue.reserve(db, PLACEMENT, "a.jpg", MADE),
    "disk_queue.originals": lambda db: disk_queue.originals(db, PHOTO),
    "disk_queue.finish": lambda db: disk_queue.finish(db, [Filed(PLACEMENT, MADE)], NOW),
    "disk_queue.removed": lambda db: disk_queue.removed(db, PLACEMENT, NOW),
    "disk_queue.taken_away": lambda db: disk_queue.taken_away(db, [PLACEMENT], NOW),
    "disk_queue.put_off": lambda db: disk_queue.put_off(db, PLACEMENT, NOW),
    "disk_queue.park": lambda db: disk_queue.park(db, PLACEMENT),
    "disk_queue.in_folder": lambda db: disk_queue.in_folder(db, FOLDER),
    "disk_queue.photos_due": disk_queue.photos_due,
    "disk_queue.found_as": lambda db: disk_queue.found_as(db, Path("/in/3"), PHOTO),
    # the plan's
    "placements.want": lambda db: placements.want(db, EVENT_PHOTO, [FOLDER], NOW, names=file_names),
    "placements.hand_over": lambda db: placements.hand_over(db, EVENT_PHOTO),
    "placements.want_nowhere": lambda db: placements.want_nowhere(db, EVENT_PHOTO),
    "placements.gone_with_folders": lambda db: placements.gone_with_folders(db, [FOLDER]),
    "placements.next_name": lambda db: placements.next_name(db, PLACEMENT, file_names),
    "placements.free_name": lambda db: placements.free_name(db, FOLDER, file_names("a.jpg")),
    "placements.wanted_keys": lambda db: placements.wanted_keys(db, DEFAULT_EVENT),
    "placements.of_photo": lambda db: placements.of_photo(db, EVENT_PHOTO),
    "placements.bytes_are_back": lambda db: placements.bytes_are_back(db, PHOTO),
    "placements.try_again": lambda db: placements.try_again(db, json.dumps([EVENT_PHOTO])),
    "placements.try_again all": lambda db: placements.try_again(db, None),
    # the queue's
    "drive_queue.due": lambda db: drive_queue.due(db, [1, 2], [3], NOW, 8),
    "drive_queue.next_due_at": lambda db: drive_queue.next_due_at(db, 0),
    "drive_queue.park_folder": lambda db: drive_queue.park_folder(db, FolderId(5)),
    "drive_queue.bytes_to_store": drive_queue.bytes_to_store,
    "drive_queue.waiting": lambda db: drive_queue.waiting(db, [1], 30),
    "drive_queue.rows": drive_queue.rows,
    "drive_queue.take_id": drive_queue.take_id,
    "drive_queue.begin_sending": lambda db: drive_queue.begin_sending(db, drive_queue.due(db, [], [], NOW, 8)),
    "drive_queue.new_id": lambda db: drive_queue.new_id(db, PLACEMENT, DriveId("d1000")),
    "drive_queue.verified": lambda db: drive_queue.verified(db, PLACEMENT, DriveId("d1000"), "a.jpg", NOW),
    "drive_queue.keep_session": lambda db: drive_queue.keep_session(db, PLACEMENT, "s"),
    "drive_queue.put_off": lambda db: drive_queue.put_off(db, PLACEMENT, NOW),
    "drive_queue.park": lambda db: drive_queue.park(db, PLACEMENT),
    "drive_queue.trashed": lambda db: drive_queue.trashed(db, PLACEMENT, DriveId("d1000")),
    "drive_queue.absent": lambda db: drive_queue.absent(db, PLACEMENT, DriveId("d1000"), NOW),
    "drive_found.adopt_all": drive_found.adopt_all,
    "folders.gone_from_disk": lambda db: folders.gone_from_disk(db, FOLDER),
    "folders.lost_on_drive": lambda db: folders.lost_on_drive(db, FOLDER),
    # the second look's
    "second_looks.decide": second_looks.decide,
    "second_looks.has_fewer": lambda db: second_looks.has_fewer(db, PHOTO),
    "second_looks.following": second_looks.following,
    "second_looks.by_another_engine": lambda db: second_looks.by_another_engine(db, "e"),
    "second_looks.put": lambda db: second_looks.put(db, PHOTO, "done"),
    "second_looks.leave_with": lambda db: second_looks.leave_with(db, PHOTO, "e"),
    "second_looks.counts": second_looks.counts,
    # the pipeline's
    "faces.due": lambda db: faces.due(db, [1, 2], NOW, 8),
    "faces.next_due_at": faces.next_due_at,
    "faces.put_off": lambda db: faces.put_off(db, PHOTO, NOW),
    "faces.of_photo": lambda db: faces.of_photo(db, PHOTO),
    "sights.of_event": lambda db: list(sights.of_event(db, DEFAULT_EVENT)),
    "sights.of_content": lambda db: sights.of_content(db, PHOTO),
    "sights.of_photos": lambda db: sights.of_photos(db, [EVENT_PHOTO]),
    "sights.faces_of_contents": lambda db: sights.faces_of_contents(db, ["a"]),
    "reviews.ask": lambda db: reviews.ask(db, DEFAULT_EVENT, PHOTO, {}),
    "reviews.asked": lambda db: reviews.asked(db, DEFAULT_EVENT),
    "reviews.opened": lambda db: reviews.opened(db, DEFAULT_EVENT),
    "reviews.by_id": lambda db: reviews.by_id(db, 1),
    "strangers.record": lambda db: strangers.record(db, DEFAULT_EVENT, PHOTO, []),
    "strangers.of_event": lambda db: strangers.of_event(db, DEFAULT_EVENT, "e"),
    "strangers.of_cluster": lambda db: strangers.of_cluster(db, 1),
    "strangers.ids_of_event": lambda db: strangers.ids_of_event(db, DEFAULT_EVENT),
    "strangers.clusters": lambda db: strangers.clusters(db, DEFAULT_EVENT),
    "strangers.photos_of": lambda db: strangers.photos_of(db, 1, 8),
    "strangers.large": lambda db: strangers.large(db, DEFAULT_EVENT, 3),
    "strangers.best_of_cluster": lambda db: strangers.best_of_cluster(db, 1, 8),
    "strangers.best_of_person": lambda db: strangers.best_of_person(db, DEFAULT_EVENT, PersonId("p"), 8),
    "strangers.tally_of_person": lambda db: strangers.tally_of_person(db, DEFAULT_EVENT, PersonId("p")),
    "strangers.photos_of_person": lambda db: strangers.photos_of_person(db, DEFAULT_EVENT, PersonId("p"), 8),
    "faces.record_look": lambda db: look(PHOTO, db, [encoding(2)]),
    "faces.assign": lambda db: faces.assign(db, DEFAULT_EVENT, PHOTO, {}),
    "faces.assignments": lambda db: faces.assignments(db, DEFAULT_EVENT, PHOTO),
    "references.encodings": lambda db: references.encodings(db, "dlib-onnx"),
    "references.record": lambda db: references.record(db, Reference("s", Box(0, 0, 9, 9), "a"), "e", encoding(1)),
    "photos.record_photo": lambda db: photos.record_photo(db, content(b"new")),
    "photos.record_in_event": lambda db: photos.record_in_event(db, DEFAULT_EVENT, PHOTO, "a.jpg", NOW),
    "photos.in_events": lambda db: photos.in_events(db, PHOTO),
    "photos.unplanned": photos.unplanned,
    "photos.by_id": lambda db: photos.by_id(db, EVENT_PHOTO),
    "photos.fail": lambda db: photos.fail(db, PHOTO),
    "photos.supersede": lambda db: photos.supersede(db, PhotoId(1000), NOW),
    "photos.look_again": lambda db: photos.look_again(db, [EVENT_PHOTO]),
    "photos.look_again all": lambda db: photos.look_again(db, None),
    "photos.settle_states": lambda db: photos.settle_states(db, {EVENT_PHOTO}, NOW),
    "twins.pair": lambda db: twins.pair(db, DEFAULT_EVENT, PHOTO),
    "twins.main_of": lambda db: twins.main_of(db, DEFAULT_EVENT, PHOTO),
    "twins.free": lambda db: twins.free(db, PHOTO),
    # the watcher's
    "sightings.known_facts": lambda db: sightings.known_facts(db, "/in/3"),
    "sightings.record_photo_at": lambda db: sightings.record_photo_at(db, SIGHTING, content(b"x"), NOW, "x.jpg"),
    "sightings.record_other": lambda db: sightings.record_other(db, SIGHTING, "skipped", "no", NOW),
    "sightings.forget_paths": lambda db: sightings.forget_paths(db, [SIGHTING.path], NOW),
    "sightings.folder_tallies": sightings.folder_tallies,
    "sightings.skipped_paths": lambda db: sightings.skipped_paths(db, "/in/0"),
    "sightings.some_skipped": lambda db: sightings.some_skipped(db, 3),
    "sightings.doubt": lambda db: sightings.doubt(db, [SIGHTING.path]),
    "sightings.move": lambda db: sightings.move(db, SIGHTING.path, "/p/1.jpg"),
    # the desk's
    "counts.photos": counts.photos,
    "counts.verified_photos": counts.verified_photos,
    "counts.skipped_files": counts.skipped_files,
    "counts.refused_photos": counts.refused_photos,
    "counts.unreadable_files": counts.unreadable_files,
    "counts.waiting_of": lambda db: counts.waiting_of(db, [PhotoId(1), PhotoId(2)]),
    "counts.taken_away": counts.taken_away,
    "aside.nowhere": aside.nowhere,
    "counts.depths": lambda db: counts.depths(db, NOW, drive=True),
    "counts.uploads": counts.uploads,
    "counts.removals_due": lambda db: counts.removals_due(db, drive=True),
    "counts.removals_due off": lambda db: counts.removals_due(db, drive=False),
    "counts.people": counts.people,
    "counts.photos_of_events": counts.photos_of_events,
    "counts.faces": counts.faces,
    "counts.finished_per_minute on Drive": lambda db: counts.finished_per_minute(db, NOW, 60, drive=True),
    "counts.finished_per_minute on disk": lambda db: counts.finished_per_minute(db, NOW, 60, drive=False),
    "counts.latest on Drive": lambda db: counts.latest(db, 60, drive=True),
    "counts.latest on disk": lambda db: counts.latest(db, 60, drive=False),
    "counts.filed_under": lambda db: counts.filed_under(db, EVENT_PHOTO),
    "counts.oldest_unfinished": counts.oldest_unfinished,
    "counts.last_arrival": counts.last_arrival,
    "counts.arrivals": counts.arrivals,
    "placements.is_wanted": lambda db: placements.is_wanted(db, EVENT_PHOTO),
    "aside.named": lambda db: aside.named(db, [1], aside=False),
    "aside.follow a photo": lambda db: aside.follow(db, lambda *_: True, [SHA256], NOW),
    "aside.follow and back": lambda db: aside.follow(db, lambda *_: False, [SHA256], NOW),
    "aside.follow others": lambda db: aside.follow(db, lambda *_: True, [f"{one}:1" for one in aside.TROUBLES], NOW),
    "aside.others": aside.others,
    "aside.listing": aside.listing,
    "aside.overlooked": lambda db: aside.overlooked(db, lambda *_: False),
    "troubles.heal_photo": lambda db: troubles.heal_photo(db, EVENT_PHOTO, NOW),
}


@pytest.mark.parametrize("name", QUERIES)
def test_no_large_table_is_read_from_end_to_end(name: str, venue: Path) -> None:
    assert scans(venue, QUERIES[name], LARGE) == []


ABOUT_ALL = {  # what is asked about every placement, and not about one photo's
    "counts.refused_photos",
    "counts.uploads",
    "counts.removals_due",
    "drive_found.adopt_all",
    "drive_queue.rows",
    "placements.try_again",
    "placements.wanted_keys",
}


@pytest.mark.parametrize("name", [name for name in QUERIES if name.split()[0] not in ABOUT_ALL])
def test_nobody_goes_through_all_that_is_wanted_for_one_photo(name: str, venue: Path) -> None:
    assert through_all_wanted(venue, QUERIES[name]) == []


def test_the_helper_sees_a_scan(venue: Path) -> None:
    db = sqlite3.connect(venue)
    db.row_factory = sqlite3.Row
    assert scans_of(db, "SELECT * FROM placement p WHERE p.disk_mtime_ns = 5", LARGE) == ["SCAN p"]
    assert scans_of(db, "SELECT * FROM sighting WHERE reason = 'x'", LARGE) == ["SCAN sighting"]
    assert scans_of(db, "SELECT id FROM placement WHERE id = 5", LARGE) == []
    db.close()


def test_all_queries_of_the_busy_rooms_are_tried_here() -> None:
    tried = {name.split()[0] for name in QUERIES}
    rooms = {"disk_queue": disk_queue, "drive_queue": drive_queue, "placements": placements, "counts": counts}
    left_out = {
        "counts.plural": "no query",
        "drive_queue.reset_account": "changes every row, when the account is another one",
        "drive_queue.fill_pool": "a small table",
        "drive_queue.empty_pool": "a small table",
        "drive_queue.pool_size": "a small table",
        "placements.drop_absent": "part of want",
    }
    there = {
        f"{room}.{name}"
        for room, module in rooms.items()
        for name, value in vars(module).items()
        if callable(value) and not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
        if not isinstance(value, type)
    }
    assert there - tried - set(left_out) == set()


def test_a_router_and_a_sender_find_their_next_work_at_once(venue: Path) -> None:
    """Measured, too: a plan can use an index and still read all of it."""
    db = sqlite3.connect(venue)
    db.row_factory = sqlite3.Row
    for name in ("disk_queue.due", "drive_queue.due", "faces.due", "disk_queue.next_due_at", "faces.next_due_at"):
        assert min(timeit.repeat(lambda name=name: QUERIES[name](db), number=1, repeat=5)) < 0.1, name
    db.close()
