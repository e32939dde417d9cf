"""No query of the ledger reads a large table from end to end: at 100,000 photos it answers as it does at 100."""

from __future__ import annotations

import json
import sqlite3
import timeit
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from agent.disk.own_folders import Identity
from agent.errors import VenueError
from agent.filing.names import candidates
from agent.ledger import (
    Ledger,
    accounts,
    alike,
    amiss_on_drive,
    bursts,
    by_event,
    clocks,
    counts,
    disk_folders,
    disk_queue,
    drive_folders,
    drive_queue,
    faces,
    figures,
    folders,
    forgotten,
    given_names,
    held,
    in_place,
    kept_faces,
    live_photos,
    matches,
    meta,
    moved_photos,
    ours_on_drive,
    photo_pages,
    photos,
    placements,
    recorded,
    removed_events,
    renditions,
    sightings,
    superseded,
    troubles,
    twins,
    unknown_faces,
)
from agent.ledger.clocks import Clock
from agent.ledger.disk_queue import Filed
from agent.ledger.drive_queue import MayGo
from agent.ledger.photo_pages import Which
from agent.ledger.placements import Made
from agent.ledger.recorded import Recorded
from agent.ledger.sightings import FileFacts, Sighting
from agent.ledger.sqlite.rows import Db
from agent.ledger.troubles import Subject
from agent.model import (
    DEFAULT_EVENT,
    Box,
    DriveId,
    End,
    EventPhotoId,
    FolderId,
    FolderKind,
    PersonId,
    PhotoId,
    PhotoState,
    PlacementId,
    Reference,
    SourceId,
)
from tests.making import content, encoding, folder_row, ids_to_use, look, solo_and_group, want
from tests.stores.query_plans import scans, scans_of, through_a_whole_event, through_all_wanted

PHOTOS = 2000
LARGE = ("placement", "event_photo", "photo", "face", "sighting")
NOW = 2e9
SHA256 = content(b"1").sha256
FACTS = FileFacts(5, 6, 7)
MADE = Made(5, 6, 7, 8)
MAY_GO = MayGo(NOW, 8, busy=[1, 2], photos_busy=[3])


@pytest.fixture(scope="module")
def venue(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A ledger with 2,000 photos in every state of their way."""
    ledger = Ledger(tmp_path_factory.mktemp("plans") / "ledger.sqlite")
    ledger.open()
    ledger.submit(fill).result()
    ledger.close()
    yield ledger.path


def giving_way(db: Db) -> None:
    """A photo gives way to another one that is filed in its folder."""
    db.execute("INSERT OR REPLACE INTO giving_way VALUES (?, '/in/3/a.jpg', 1, 0)", (EVENT_PHOTO,))


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
    db.execute("UPDATE photo SET likeness = id, taken_at = strftime('%Y-%m-%dT%H:%M:%S', id * 9, 'unixepoch')")
    for number in range(200):
        skipped = Sighting(f"/in/0/{number}.txt", DEFAULT_EVENT, "/in/0", FACTS)
        sightings.record_other(db, skipped, "skipped", "no photo", 1e9)
        meta.note_activity(db, "arrived", str(number), 1e9)
    ids_to_use(db, [f"i{number}" for number in range(200)])
    photos.settle_states(db, {EventPhotoId(number + 1) for number in range(PHOTOS)}, 1e9)


PHOTO, EVENT_PHOTO, PLACEMENT, FOLDER = PhotoId(1003), EventPhotoId(1003), PlacementId(1000), FolderId(4)
SIGHTING = Sighting("/in/3/1003.jpg", DEFAULT_EVENT, "/in/3", FACTS)

RENAME = disk_folders.DiskRename(FOLDER, "People/A", "People/B")
DRIVE_RENAME = drive_folders.DriveRename(FOLDER, DriveId("f4"), "B", "B")
TREE = drive_folders.DriveTree(FOLDER, DriveId("f4"), frozenset(), "B")

RECORDED = Recorded(
    PLACEMENT,
    FOLDER,
    "a/a.jpg",
    "a.jpg",
    "0" * 64,
    "a1",
    9,
    "",
    "0" * 64,
    End.THERE,
    None,
    End.THERE,
    DriveId("d1"),
    NOW,
)

QUERIES: dict[str, Callable[[Db], object]] = {
    # the router's
    "disk_queue.due": lambda db: disk_queue.due(db, NOW, 32),
    "disk_queue.next_due_at": disk_queue.next_due_at,
    "disk_queue.filed_copies": lambda db: disk_queue.filed_copies(db, PHOTO),
    "disk_queue.filed_paths": lambda db: disk_queue.filed_paths(db, PHOTO),
    "disk_queue.count_blurred": disk_queue.count_blurred,
    "disk_queue.count_to_file": lambda db: disk_queue.count_to_file(db, [DEFAULT_EVENT]),
    "disk_queue.count_gone": lambda db: disk_queue.count_gone(db, drive=True),
    "disk_queue.gone_but_on_cards": lambda db: disk_queue.gone_but_on_cards(db, drive=True),
    "disk_queue.stand_in": lambda db: disk_queue.stand_in(db, PHOTO),
    "disk_queue.is_shown": lambda db: disk_queue.is_shown(db, PHOTO),
    "disk_queue.vacated": lambda db: disk_queue.vacated(db, [PLACEMENT]),
    "recorded.kept_there": lambda db: recorded.kept_there(db, ["0" * 64]),
    "renditions.is_made_of": lambda db: renditions.is_made_of(db, "0" * 64, "m"),
    "renditions.want_here": lambda db: renditions.want_here(db, EVENT_PHOTO, "0 95 ~1"),
    "sightings.note_kept": lambda db: sightings.note_kept(db, [(PHOTO, Path("/in/3/a.jpg"), FACTS)], 1e9),
    "photos.shown_with": lambda db: photos.shown_with(db, "0" * 64),
    "photos.of_content_in": lambda db: photos.of_content_in(db, [EventPhotoId(1)], [DEFAULT_EVENT]),
    "photos.of_events": lambda db: photos.of_events(db, [DEFAULT_EVENT]),
    "photos.never_were": lambda db: photos.never_were(db, [EventPhotoId(1)]),
    "photos.first_way": lambda db: photos.first_way(db, EventPhotoId(1)),
    "photos.filed_among": lambda db: photos.filed_among(db, ["0" * 64]),
    "forgotten.blurred_here": lambda db: forgotten.blurred_here(db, [DEFAULT_EVENT]),
    "forgotten.to_be_planned": lambda db: forgotten.to_be_planned(db, ["0" * 64]),
    "forgotten.blurred_there": lambda db: forgotten.blurred_there(db, [DEFAULT_EVENT]),
    "forgotten.shown_on": lambda db: forgotten.shown_on(db, ["0" * 64]),
    "forgotten.wanted_in": lambda db: forgotten.wanted_in(db, ["0" * 64], unblurred=True),
    "forgotten.made_before": lambda db: forgotten.made_before(db, ["0" * 64]),
    "disk_queue.note_found": lambda db: disk_queue.note_found(db, "/in/3/a.jpg", MADE),
    "disk_queue.reserve": lambda db: disk_queue.reserve(db, PLACEMENT, "a.jpg", MADE),
    "sightings.originals": lambda db: sightings.originals(db, PHOTO),
    "disk_queue.finish": lambda db: disk_queue.finish(db, [Filed(PLACEMENT, MADE)], NOW),
    "disk_queue.removed": lambda db: disk_queue.removed(db, PLACEMENT, NOW),
    "disk_queue.taken_away": lambda db: disk_queue.taken_away(db, [PLACEMENT], NOW),
    "disk_queue.put_off": lambda db: disk_queue.put_off(db, PLACEMENT, NOW),
    "disk_queue.park": lambda db: disk_queue.park(db, PLACEMENT, ""),
    "disk_queue.in_folder_but": lambda db: disk_queue.in_folder_but(db, FOLDER, ()),
    "disk_queue.taken_from": lambda db: disk_queue.taken_from(db, FOLDER, ("a.jpg",)),
    "disk_queue.put_back": lambda db: disk_queue.put_back(db, [(PLACEMENT, MADE)], NOW),
    "disk_queue.photos_due": disk_queue.photos_due,
    "disk_queue.found_as": lambda db: disk_queue.found_as(db, Path("/in/3"), PHOTO, ""),
    # what happened
    "meta.activity_lines": lambda db: list(meta.activity_lines(db, "", [], 100)),
    "meta.activity_lines of some kinds": lambda db: list(islice(meta.activity_lines(db, "a", ["arrived"], None), 9)),
    # after an outage
    "counts.to_send": lambda db: counts.to_send(db, 100, ["e1"]),
    "counts.last_to_send": lambda db: counts.last_to_send(db, 100, ["e1"]),
    "counts.is_to_send": lambda db: counts.is_to_send(db, 100),
    "counts.sent_since": lambda db: counts.sent_since(db, NOW, 100),
    "by_event.of_account": lambda db: by_event.of_account(db, "", [DEFAULT_EVENT], ["e1"], NOW),
    "counts.bytes_until": lambda db: counts.bytes_until(db, PersonId("p1")),
    # the plan's
    "placements.want": lambda db: placements.want(db, EVENT_PHOTO, [FOLDER], NOW, names=candidates),
    "renditions.record": lambda db: renditions.record(db, "0" * 64, "2560 90", "m" * 32, 9, NOW, made_sha256="1" * 64),
    "renditions.follow": lambda db: renditions.follow(db, DEFAULT_EVENT, "2048 90", NOW),
    "renditions.want": lambda db: renditions.want(db, EVENT_PHOTO, "2048 90"),
    "renditions.found_as": lambda db: renditions.found_as(db, "0" * 64, "m" * 32, "2048 90"),
    "renditions.lower": lambda db: renditions.lower(db, PLACEMENT, DriveId("d1000"), "", "640 80", in_doubt=True),
    "renditions.count_unsent": renditions.count_unsent,
    "renditions.release_unsent": renditions.release_unsent,
    "renditions.owes": renditions.owes,
    "placements.call_anew": lambda db: placements.call_anew(db, EVENT_PHOTO, candidates),
    "renditions.small_ones": lambda db: renditions.small_ones(db, ["gala"], 8, "", lambda _: True),
    "renditions.release": lambda db: renditions.release(db, [PhotoId(3)], NOW),
    "renditions.owed": renditions.owed,
    "meta.note_sent": lambda db: meta.note_sent(db, "2026-11-24", 9, NOW),
    "meta.sent_by_day": meta.sent_by_day,
    "renditions.is_needed": lambda db: renditions.is_needed(db, "0" * 64),
    "placements.hand_over": lambda db: placements.hand_over(db, EVENT_PHOTO),
    "placements.want_nowhere": lambda db: placements.want_nowhere(db, EVENT_PHOTO),
    "placements.gone_with_folders": lambda db: placements.gone_with_folders(db, [FOLDER]),
    "placements.next_name": lambda db: placements.next_name(db, PLACEMENT, candidates),
    "placements.free_name": lambda db: placements.free_name(db, FOLDER, candidates("a.jpg")),
    "placements.wanted_keys": lambda db: placements.wanted_keys(db, [EVENT_PHOTO]),
    "placements.sent_as": lambda db: placements.sent_as(db, [EVENT_PHOTO]),
    "placements.of_photo": lambda db: placements.of_photo(db, EVENT_PHOTO),
    "placements.bytes_are_back": lambda db: placements.bytes_are_back(db, PHOTO),
    "placements.forget_removals": placements.forget_removals,
    "placements.try_again": lambda db: placements.try_again(db, json.dumps([EVENT_PHOTO])),
    "placements.try_again all": lambda db: placements.try_again(db, None),
    # the queue's
    "drive_queue.due": lambda db: drive_queue.due(db, MAY_GO),
    "drive_queue.due of a full Drive": lambda db: drive_queue.due(db, replace(MAY_GO, full=True)),
    "drive_queue.due of so many bytes": lambda db: drive_queue.due(db, replace(MAY_GO, most=9, whole=8)),
    "drive_queue.next_due_at": lambda db: drive_queue.next_due_at(db, 0),
    "drive_queue.park_folder": lambda db: drive_queue.park_folder(db, FolderId(5)),
    "drive_queue.bytes_to_store": drive_queue.bytes_to_store,
    "drive_queue.waiting": lambda db: drive_queue.waiting(db, [1], 30),
    "drive_queue.all_wanted": drive_queue.all_wanted,
    "ours_on_drive.take_id": ours_on_drive.take_id,
    "drive_queue.begin_sending": lambda db: drive_queue.begin_sending(db, drive_queue.due(db, MayGo(NOW, 8)), NOW),
    "drive_queue.new_id": lambda db: drive_queue.new_id(db, PLACEMENT, DriveId("d1000")),
    "drive_queue.verified": lambda db: drive_queue.verified(db, PLACEMENT, DriveId("d1000"), "a.jpg", NOW),
    "drive_queue.keep_session": lambda db: drive_queue.keep_session(db, PLACEMENT, DriveId("i1"), "s"),
    "drive_queue.folder_takes_files": lambda db: drive_queue.folder_takes_files(db, FOLDER),
    "drive_queue.put_off": lambda db: drive_queue.put_off(db, drive_queue.due(db, MayGo(NOW, 8))[0], NOW),
    "drive_queue.park": lambda db: drive_queue.park(db, PLACEMENT),
    "drive_queue.trashed": lambda db: drive_queue.trashed(db, PLACEMENT, DriveId("d1000"), ""),
    "drive_queue.left_here": lambda db: drive_queue.left_here(db, PLACEMENT, DriveId("d1000"), NOW),
    "drive_queue.count_left_here": drive_queue.count_left_here,
    "drive_queue.elsewhere": lambda db: drive_queue.elsewhere(db, PhotoId(1), ""),
    "drive_queue.stays": lambda db: drive_queue.stays(db, PLACEMENT, DriveId("d1000")),
    "drive_queue.absent": lambda db: drive_queue.absent(db, PLACEMENT, DriveId("d1000"), NOW),
    "drive_folders.belongs_in": lambda db: drive_folders.belongs_in(db, DriveId("d1000"), DriveId("f4"), ""),
    "drive_queue.nothing_there": lambda db: drive_queue.nothing_there(db, PLACEMENT, DriveId("d1000")),
    "placements.is_coming": lambda db: placements.is_coming(db, PHOTO),
    "amiss_on_drive.gone_from": lambda db: amiss_on_drive.gone_from(db, ""),
    "amiss_on_drive.photos": amiss_on_drive.photos,
    "amiss_on_drive.photos of an event": lambda db: amiss_on_drive.photos(db, [DEFAULT_EVENT]),
    "amiss_on_drive.of_people": amiss_on_drive.of_people,
    "amiss_on_drive.gone": lambda db: amiss_on_drive.gone(db, "[1]"),
    "amiss_on_drive.note": lambda db: amiss_on_drive.note(db, [""], [], [], [PLACEMENT]),
    "amiss_on_drive.sent_among": lambda db: amiss_on_drive.sent_among(db, ["d1000"], ""),
    "amiss_on_drive.coming_among": lambda db: amiss_on_drive.coming_among(db, ["d1000"], ""),
    "amiss_on_drive.all_coming": lambda db: amiss_on_drive.all_coming(db, ""),
    "amiss_on_drive.all_sent": lambda db: amiss_on_drive.all_sent(db, ""),
    "amiss_on_drive.put_back": lambda db: amiss_on_drive.put_back(db, [PLACEMENT]),
    "forgotten.faces_of_strangers": lambda db: forgotten.faces_of_strangers(db, DEFAULT_EVENT),
    "folders.of_nobody": lambda db: folders.of_nobody(db, ()),
    "folders.on_drive_among": lambda db: folders.on_drive_among(db, ["d1"]),
    "folders.above": lambda db: folders.above(db, FOLDER),
    "folders.adopt_all": ours_on_drive.adopt_all,
    "photos.md5s": lambda db: ours_on_drive.md5s(db, ["1"]),
    "folders.due_again_at": lambda db: folders.due_again_at(db, NOW),
    "photos.on_drive_alone": superseded.on_drive_alone,
    "accounts.of_events": lambda db: accounts.of_events(db, [DEFAULT_EVENT]),
    "accounts.elsewhere": lambda db: accounts.elsewhere(db, {DEFAULT_EVENT: ""}, 0.0),
    "accounts.take_charge": lambda db: accounts.take_charge(db, ""),
    "forgotten.blurred_photos": forgotten.blurred_photos,
    "disk_folders.is_gone": lambda db: disk_folders.is_gone(db, FOLDER),
    "drive_folders.filled_on_drive": drive_folders.filled_on_drive,
    "drive_folders.homes_of": lambda db: drive_folders.homes_of(db, [FOLDER]),
    "drive_folders.filled_is_lost": lambda db: drive_folders.filled_is_lost(db, FOLDER, DriveId("f")),
    "drive_folders.roll_over": lambda db: drive_folders.roll_over(db, FOLDER, DriveId("f")),
    "folders.lost_on_drive": lambda db: folders.lost_on_drive(db, FOLDER),
    # the second look's
    "faces.decide_second_looks": faces.decide_second_looks,
    "faces.has_fewer_faces": lambda db: faces.has_fewer_faces(db, PHOTO),
    "faces.next_second_look": faces.next_second_look,
    "faces.next_of_another_engine": lambda db: faces.next_of_another_engine(db, "e"),
    "faces.put_second_look": lambda db: faces.put_second_look(db, PHOTO, "done"),
    "faces.leave_with_engine": lambda db: faces.leave_with_engine(db, PHOTO, "e"),
    "faces.second_look_counts": faces.second_look_counts,
    # the pipeline's
    "faces.due": lambda db: faces.due(db, [1, 2], NOW, 8),
    "faces.next_due_at": faces.next_due_at,
    "faces.put_off": lambda db: faces.put_off(db, PHOTO, NOW),
    "faces.number_on": lambda db: faces.number_on(db, PHOTO),
    "faces.of_photo": lambda db: faces.of_photo(db, PHOTO),
    "faces.in_event": lambda db: faces.in_event(db, DEFAULT_EVENT, PHOTO),
    "matches.planned_in_event": lambda db: matches.planned_in_event(db, DEFAULT_EVENT),
    "matches.planned_of_content": lambda db: matches.planned_of_content(db, PHOTO),
    "matches.planned_by": lambda db: matches.planned_by(db, [EVENT_PHOTO]),
    "matches.planned_among": lambda db: matches.planned_among(db, [EVENT_PHOTO]),
    "matches.faces_of_contents": lambda db: matches.faces_of_contents(db, ["a"]),
    "matches.ask": lambda db: matches.ask(db, DEFAULT_EVENT, PHOTO, {}),
    "matches.asked": lambda db: matches.asked(db, DEFAULT_EVENT, [1]),
    "matches.open_questions": lambda db: matches.open_questions(db, DEFAULT_EVENT),
    "matches.asked_together": lambda db: matches.asked_together(db, 1),
    "matches.questions_about": lambda db: matches.questions_about(db, DEFAULT_EVENT, PersonId("p")),
    "alike.groups": lambda db: [*alike.groups(db, DEFAULT_EVENT, "x")],
    "alike.are_more_than": lambda db: alike.are_more_than(db, DEFAULT_EVENT, "x", 5),
    "alike.groups_on": lambda db: alike.groups_on(db, DEFAULT_EVENT, PHOTO),
    "alike.join": lambda db: alike.join(db, DEFAULT_EVENT, 1, 1, counts=True),
    "alike.know": lambda db: db.execute(alike.COUNTED, (1,)),
    "alike.are_on_one_photo": lambda db: alike.are_on_one_photo(db, 1, 2),
    "alike.merge": lambda db: alike.merge(db, 1, 2),
    "alike.photos_of": lambda db: alike.photos_of(db, 1),
    "alike.drop_encodings": lambda db: alike.drop_encodings(db, [1]),
    "matches.record_unknown": lambda db: unknown_faces.record_unknown(db, DEFAULT_EVENT, PHOTO, []),
    "kept_faces.of_strangers": lambda db: kept_faces.of_strangers(db, DEFAULT_EVENT),
    "kept_faces.unknown_before": lambda db: kept_faces.unknown_before(db, DEFAULT_EVENT, 1.0),
    "kept_faces.of_event": lambda db: kept_faces.of_event(db, DEFAULT_EVENT, [DEFAULT_EVENT]),
    "kept_faces.forget_gone": lambda db: kept_faces.forget_gone(db, DEFAULT_EVENT, 1.0),
    "kept_faces.drop_references": lambda db: kept_faces.drop_references(db, ()),
    "matches.new_strangers": lambda db: unknown_faces.new_strangers(db, DEFAULT_EVENT, "e"),
    "matches.strangers_among": lambda db: unknown_faces.strangers_among(db, DEFAULT_EVENT, "e", [1]),
    "matches.strangers_of": lambda db: unknown_faces.strangers_of(db, DEFAULT_EVENT, "e", [1]),
    "matches.grouped_encodings": lambda db: list(unknown_faces.grouped_encodings(db, DEFAULT_EVENT, "e")),
    "matches.put_in_clusters": lambda db: unknown_faces.put_in_clusters(db, DEFAULT_EVENT, {1: 1}, [1, 2]),
    "faces.drop_encodings": lambda db: faces.drop_encodings(db, [1]),
    "matches.unknown_in_cluster": lambda db: unknown_faces.unknown_in_cluster(db, 1),
    "matches.unknown_among": lambda db: unknown_faces.unknown_among(db, DEFAULT_EVENT, [1]),
    "matches.clusters": lambda db: unknown_faces.clusters(db, DEFAULT_EVENT),
    "matches.photos_of_cluster": lambda db: unknown_faces.photos_of_cluster(db, 1, 8),
    "matches.large_clusters": lambda db: unknown_faces.large_clusters(db, DEFAULT_EVENT, 3),
    "matches.best_of_cluster": lambda db: unknown_faces.best_of_cluster(db, 1, 8),
    "matches.best_of_person": lambda db: matches.best_of_person(db, DEFAULT_EVENT, PersonId("p"), 8),
    "matches.tally_of_person": lambda db: matches.tally_of_person(db, DEFAULT_EVENT, PersonId("p")),
    "matches.are_all_of": lambda db: matches.are_all_of(db, PersonId("p"), [1, 2]),
    "matches.photos_of_person": lambda db: matches.photos_of_person(db, DEFAULT_EVENT, PersonId("p"), 8),
    "faces.record_look": lambda db: look(PHOTO, db, [encoding(2)]),
    "matches.assign": lambda db: matches.assign(db, DEFAULT_EVENT, PHOTO, {}),
    "matches.assignments": lambda db: matches.assignments(db, DEFAULT_EVENT, PHOTO),
    "faces.reference_encodings": lambda db: faces.reference_encodings(db, "dlib-onnx"),
    "faces.record_reference": lambda db: faces.record_reference(
        db, Reference("s", Box(0, 0, 9, 9), "a"), "e", encoding(1)
    ),
    "photos.record_photo": lambda db: photos.record_photo(db, content(b"new")),
    "photos.record_in_event": lambda db: photos.record_in_event(db, DEFAULT_EVENT, PHOTO, "a.jpg", NOW),
    "photos.in_events": lambda db: photos.in_events(db, PHOTO),
    "photos.unplanned": photos.unplanned,
    "photos.out_unlooked": photos.out_unlooked,
    "photos.on_the_way_into": lambda db: moved_photos.on_the_way_into(db, DEFAULT_EVENT),
    "photos.on_the_way_out_of": lambda db: moved_photos.on_the_way_out_of(db, DEFAULT_EVENT),
    "photos.came_by_themselves": lambda db: moved_photos.came_by_themselves(db, ["1"]),
    "photos.withdrawn_with": lambda db: moved_photos.withdrawn_with(db, DEFAULT_EVENT),
    "photos.by_id": lambda db: photos.by_id(db, EVENT_PHOTO),
    "photos.fail": lambda db: photos.fail(db, PHOTO),
    "photos.note_taken": lambda db: photos.note_taken(db, PHOTO, "2026-11-20T21:14:03", "camera", None),
    "photos.supersede": lambda db: superseded.supersede(db, PhotoId(1000), NOW),
    "photos.is_another_empty": lambda db: photos.is_another_empty(db, DEFAULT_EVENT, PHOTO, "x.jpg"),
    "photos.empty_there": lambda db: photos.empty_there(db, "/x.jpg"),
    "photos.empty_at": lambda db: photos.empty_at(db, DEFAULT_EVENT, PHOTO),
    "photos.look_again": lambda db: photos.look_again(db, [EVENT_PHOTO]),
    "photos.look_again all": lambda db: photos.look_again(db, None),
    "photos.settle_states": lambda db: photos.settle_states(db, {EVENT_PHOTO}, NOW),
    "in_place.wait": lambda db: in_place.wait(db, EVENT_PHOTO, "/in/3/a.jpg", EventPhotoId(1), NOW),
    "in_place.wait at a source": lambda db: in_place.wait(db, EVENT_PHOTO, "drive:s/1", EventPhotoId(1), NOW),
    "in_place.are_filed": lambda db: giving_way(db) or in_place.are_filed(db, [EventPhotoId(1)], NOW),
    "in_place.waiting_at": lambda db: in_place.waiting_at(db, "/in/3/a.jpg", EVENT_PHOTO),
    "in_place.waiting_at_sources": lambda db: in_place.waiting_at_sources(db, DEFAULT_EVENT, [PHOTO]),
    "in_place.vacate": lambda db: giving_way(db) or in_place.vacate(db, PLACEMENT, "a.jpg"),
    "superseded.passes_on": lambda db: superseded.passes_on(db, "/in/3/a.jpg", DEFAULT_EVENT, PHOTO, PhotoId(1)),
    "held.found_again": lambda db: held.found_again(db, DEFAULT_EVENT, PHOTO),
    "twins.pair": lambda db: twins.pair(db, DEFAULT_EVENT, PHOTO),
    "twins.pair late": lambda db: twins.pair(db, DEFAULT_EVENT, PHOTO, late=True),
    "twins.joined": lambda db: twins.joined(db, DEFAULT_EVENT),
    "twins.shots_of": lambda db: twins.shots_of(db, ["a", "b"]),
    "twins.moved_with": lambda db: twins.moved_with(db, DEFAULT_EVENT),
    "twins.is_beside_none": lambda db: twins.is_beside_none(db, DEFAULT_EVENT, PHOTO),
    "twins.main_of": lambda db: twins.main_of(db, DEFAULT_EVENT, PHOTO),
    "twins.join": lambda db: twins.join(db, EVENT_PHOTO, EventPhotoId(1)),
    "twins.join_known": lambda db: twins.join_known(db, DEFAULT_EVENT, "0" * 64, ["1" * 64]),
    "twins.others_with": lambda db: twins.others_with(db, PHOTO),
    "twins.stand_for_both": lambda db: twins.stand_for_both(db, EVENT_PHOTO),
    "twins.share_time": lambda db: twins.share_time(db, PHOTO),
    "twins.part": lambda db: twins.part(db, PHOTO),
    "twins.goes_along": lambda db: twins.goes_along(db, PHOTO),
    "twins.free": lambda db: twins.free(db, PHOTO),
    "twins.free_waiting": lambda db: twins.free_waiting(db, EventPhotoId(1), lambda _: False),
    "live_photos.films_of": lambda db: live_photos.films_of(db, [EventPhotoId(1)]),
    "live_photos.stills_of": lambda db: live_photos.stills_of(db, [EventPhotoId(1)]),
    "twins.others_of": lambda db: twins.others_of(db, [EventPhotoId(1)]),
    # the watcher's
    "sightings.known_facts": lambda db: sightings.known_facts(db, "/in/3", "/in/3"),
    "sightings.known_among": lambda db: sightings.known_among(db, "/in/3", [SIGHTING.path]),
    "sightings.record_photo_at": lambda db: sightings.record_photo_at(db, SIGHTING, content(b"x"), NOW, "x.jpg"),
    "sightings.record_other": lambda db: sightings.record_other(db, SIGHTING, "skipped", "no", NOW),
    "sightings.folders_of": lambda db: sightings.folders_of(db, [SIGHTING.path]),
    "sightings.forget_paths": lambda db: sightings.forget_paths(db, [SIGHTING.path], NOW),
    "sightings.folder_tallies": sightings.folder_tallies,
    "sightings.filed_originals": lambda db: sightings.filed_originals(db, 64),
    "sightings.skipped_paths": lambda db: sightings.skipped_paths(db, "/in/0"),
    "sightings.some_skipped": lambda db: sightings.some_skipped(db, 3),
    "sightings.doubt": lambda db: sightings.doubt(db, [SIGHTING.path]),
    "sightings.move": lambda db: sightings.move(db, SIGHTING.path, "/p/1.jpg", PhotoId(1)),
    # the desk's
    "counts.shots": counts.shots,
    "counts.photos": counts.photos,
    "counts.verified_photos": counts.verified_photos,
    "counts.photos_of": lambda db: counts.photos_of(db, [DEFAULT_EVENT]),
    "counts.verified_of": lambda db: counts.verified_of(db, [DEFAULT_EVENT]),
    "counts.skipped_files": counts.skipped_files,
    "counts.refused_photos": counts.refused_photos,
    "counts.unreadable_files": counts.unreadable_files,
    "counts.waiting_of": lambda db: counts.waiting_of(db, [PhotoId(1), PhotoId(2)]),
    "counts.waiting_at": lambda db: counts.waiting_at(db, ["/in/0/7.jpg", "/in/1/8.jpg"]),
    "counts.taken_away": counts.taken_away,
    "counts.lost": counts.lost,
    "troubles.aside_and_nowhere": troubles.aside_and_nowhere,
    "counts.depths": lambda db: counts.depths(db, NOW, 1),
    "counts.uploads": counts.uploads,
    "counts.bytes_left": counts.bytes_left,
    "counts.removals_due": lambda db: counts.removals_due(db, drive=True),
    "counts.removals_due off": lambda db: counts.removals_due(db, drive=False),
    "counts.people": counts.people,
    "counts.photos_of_events": counts.photos_of_events,
    "unknown_faces.tally": unknown_faces.tally,
    "counts.finished_per_minute on Drive": lambda db: counts.finished_per_minute(db, NOW, 60, drive=True),
    "counts.finished_per_minute on disk": lambda db: counts.finished_per_minute(db, NOW, 60, drive=False),
    "counts.latest on Drive": lambda db: counts.latest(db, 60, drive=True),
    "counts.took": lambda db: counts.took(db, [EVENT_PHOTO], counts.TO_BE_SENT),
    "counts.latest on disk": lambda db: counts.latest(db, 60, drive=False),
    "counts.filed_under": lambda db: counts.filed_under(db, [EVENT_PHOTO]),
    "counts.last_arrival": counts.last_arrival,
    "counts.arrivals": counts.arrivals,
    "placements.is_on_drive": lambda db: placements.is_on_drive(db, PhotoId(1)),
    "placements.is_wanted": lambda db: placements.is_wanted(db, EVENT_PHOTO),
    "troubles.named": lambda db: troubles.named(db, [1], aside=False),
    "troubles.follow a photo": lambda db: troubles.follow(db, lambda *_: True, [SHA256], NOW),
    "troubles.follow and back": lambda db: troubles.follow(db, lambda *_: False, [SHA256], NOW),
    "troubles.follow an empty file": lambda db: troubles.follow(db, lambda *_: True, ["file:/x.jpg"], NOW),
    "troubles.follow others": lambda db: troubles.follow(
        db, lambda *_: True, [f"{one}:1" for one in troubles.TROUBLES], NOW
    ),
    "troubles.others_aside": troubles.others_aside,
    "troubles.set_aside": troubles.set_aside,
    "troubles.overlooked": lambda db: troubles.overlooked(db, lambda *_: False),
    # folders of ours, on disk
    "disk_folders.to_make": disk_folders.to_make,
    "disk_folders.count_to_make": disk_folders.count_to_make,
    "disk_folders.are_made": lambda db: disk_folders.are_made(db, [(FOLDER, "People")]),
    "disk_folders.not_there": disk_folders.not_there,
    "disk_folders.reserve": lambda db: disk_folders.reserve(db, [(FOLDER, "People")], {"People": Identity(1, 2)}),
    "disk_folders.are_others": lambda db: disk_folders.are_others(db, [(FOLDER, None)]),
    "disk_folders.are_ours": lambda db: disk_folders.are_ours(db, [("People", 1, 2)]),
    "disk_folders.is_found": lambda db: disk_folders.is_found(db, FOLDER),
    "disk_folders.are_found": lambda db: disk_folders.are_found(db, [("People", Identity(1, 2))]),
    "disk_folders.known_from_before": lambda db: disk_folders.known_from_before(db, [(FOLDER, "People")]),
    "disk_folders.of_ours": disk_folders.of_ours,
    "disk_folders.is_there": lambda db: disk_folders.is_there(db, FOLDER),
    "disk_folders.all_there": disk_folders.all_there,
    "disk_folders.renames": disk_folders.renames,
    "disk_folders.renamed": lambda db: disk_folders.renamed(db, RENAME, "People/B", gone=True),
    "disk_folders.is_on_the_move": lambda db: disk_folders.is_on_the_move(db, FOLDER, "People"),
    "disk_folders.empty": lambda db: disk_folders.empty(db, NOW),
    "disk_folders.removed": lambda db: disk_folders.removed(db, [FOLDER], [FOLDER], NOW),
    # and on Drive
    "drive_folders.stuck": lambda db: drive_folders.stuck(db, [FOLDER], ["quiet"], ""),
    "drive_folders.renames": lambda db: drive_folders.renames(db, NOW),
    "drive_folders.renamed": lambda db: drive_folders.renamed(db, DRIVE_RENAME),
    "drive_folders.empty": lambda db: drive_folders.empty(db, NOW),
    "drive_folders.trashed": lambda db: drive_folders.trashed(db, TREE, trashed=True),
    "drive_folders.left": lambda db: drive_folders.left(db, FOLDER, NOW),
    "drive_folders.place_of": lambda db: drive_folders.place_of(db, FOLDER),
    "drive_folders.to_revive": lambda db: drive_folders.to_revive(db, NOW),
    "drive_folders.revived": lambda db: drive_folders.revived(db, TREE),
    "drive_queue.retimes": lambda db: drive_queue.retimes(db, 50, ["e"]),
    "drive_queue.retimed": lambda db: drive_queue.retimed(db, drive_queue.Retime(PLACEMENT, DriveId("d1"), "x")),
    # whoever checks what is recorded
    "recorded.filed_nowhere": lambda db: recorded.filed_nowhere(db, ["a" * 64]),
    "recorded.being_made": recorded.being_made,
    "recorded.still_wanted": lambda db: recorded.still_wanted(db, [RECORDED]),
    "recorded.still_sent_so": lambda db: recorded.still_sent_so(db, [RECORDED]),
    "recorded.still_filed_so": lambda db: recorded.still_filed_so(db, [RECORDED]),
    "recorded.are_ours_now": lambda db: recorded.are_ours_now(db, [(RECORDED, MADE)]),
    "recorded.missing_on_disk": lambda db: recorded.missing_on_disk(db, [PLACEMENT], NOW),
    "recorded.missing_on_drive": lambda db: recorded.missing_on_drive(db, [PLACEMENT], NOW),
    "recorded.doubted_on_drive": lambda db: recorded.doubted_on_drive(db, [PLACEMENT], NOW),
    "recorded.is_ours_now": lambda db: recorded.is_ours_now(db, [(PLACEMENT, MADE)]),
    "placements.adopt_photo": lambda db: placements.adopt_photo(db, EVENT_PHOTO, FOLDER),
    # pages
    "photo_pages.page": lambda db: photo_pages.page(db, Which(DEFAULT_EVENT, PhotoState.FILED, None, "dsc"), 10**9, 50),
    "photo_pages.page by words": lambda db: photo_pages.page(db, Which(words="dsc"), None, 50),
    "photo_pages.page by name": lambda db: photo_pages.page(db, Which(), 1000, 50, order="name"),
    "photo_pages.page by when taken": lambda db: photo_pages.page(db, Which(), 1000, 50, order="taken"),
    # cameras' clocks, and names that are given
    "clocks.due": lambda db: clocks.due(db, NOW),
    "clocks.before_newest": lambda db: clocks.before_newest(db, DEFAULT_EVENT, 10),
    "clocks.times": lambda db: clocks.times(db, DEFAULT_EVENT, PHOTO),
    "clocks.photos_of_cameras": lambda db: clocks.photos_of_cameras(db, DEFAULT_EVENT),
    "clocks.whom": lambda db: clocks.whom(db, DEFAULT_EVENT, PHOTO),
    "clocks.record": lambda db: clocks.record(db, DEFAULT_EVENT, [Clock("Canon #1", 3, 60.0, "people")]),
    "bursts.link": lambda db: bursts.link(db, PHOTO),
    "bursts.link_again": lambda db: bursts.link_again(db, [PHOTO]),
    "given_names.give": lambda db: given_names.give(db, [EVENT_PHOTO], [FOLDER], lambda _: "a", candidates),
    "given_names.was_filed_as": lambda db: given_names.was_filed_as(db, DEFAULT_EVENT, SHA256, "a.jpg", candidates),
    "given_names.was_filed_as of a shot": lambda db: db.execute(given_names.SHOT, (EVENT_PHOTO,)),
    "photo_pages.page by state": lambda db: photo_pages.page(db, Which(), 1000, 50, order="state"),
    "photo_pages.page of a person by name": lambda db: photo_pages.page(
        db, Which(person=PersonId("p")), 1000, 50, order="name"
    ),
    "photo_pages.page of a person": lambda db: photo_pages.page(db, Which(person=PersonId("p")), None, 50),
    "figures.together": lambda db: figures.together(db, None, 200),
    "figures.moments": lambda db: figures.moments(db, DEFAULT_EVENT, 12),
    "photo_pages.files_of_person": lambda db: photo_pages.files_of_person(db, PersonId("p")),
    "photo_pages.count": lambda db: photo_pages.count(db, Which(person=PersonId("p"))),
    "counts.people_of_photos": lambda db: counts.people_of_photos(db, [EVENT_PHOTO]),
    "disk_queue.files_of_ours": disk_queue.files_of_ours,
    "removed_events.forget_some": lambda db: removed_events.forget_some(db, DEFAULT_EVENT),
    "removed_events.forget_all_but": lambda db: removed_events.forget_all_but(db, [DEFAULT_EVENT], [], []),
    "by_event.event_facts": lambda db: by_event.event_facts(db, NOW),
    "counts.files_of_source": lambda db: counts.files_of_source(db, SourceId("s")),
    "troubles.heal_outlived": lambda db: troubles.heal_outlived(db, NOW),
    "troubles.tell_if_still": lambda db: troubles.tell_if_still(
        db, Subject("folder-astray:People/Mia", "Mia"), VenueError("t", "d", "r"), NOW
    ),
    "photos.is_in_an_event": lambda db: photos.is_in_an_event(db, PHOTO),
    "photos.heal_troubles": lambda db: photos.heal_troubles(db, EVENT_PHOTO, NOW),
}


@pytest.mark.parametrize("name", QUERIES)
def test_no_large_table_is_read_from_end_to_end(name: str, venue: Path) -> None:
    assert scans(venue, QUERIES[name], LARGE) == []


ABOUT_ALL = {  # what is asked about every placement, and not about one photo's
    "counts.refused_photos",
    "by_event.of_account",
    "counts.bytes_left",
    "counts.removals_due",
    "drive_queue.all_wanted",
    "folders.adopt_all",
    "placements.forget_removals",
    "placements.try_again",
}


@pytest.mark.parametrize("name", [name for name in QUERIES if name.split()[0] not in ABOUT_ALL])
def test_nobody_goes_through_all_that_is_wanted_for_one_photo(name: str, venue: Path) -> None:
    assert through_all_wanted(venue, QUERIES[name]) == []


ABOUT_EVENTS = {  # what is asked about all photos of an event, once in a while or by hand
    "forgotten.blurred_here",
    "forgotten.blurred_there",
    "renditions.follow",
    "matches.planned_in_event",
    "kept_faces.of_event",
    "kept_faces.unknown_before",
    "removed_events.forget_some",
    "twins.joined",
    "twins.moved_with",
    "photos.of_events",
    "photos.on_the_way_into",
    "photos.on_the_way_out_of",
    "clocks.before_newest",
    "clocks.times",
    "clocks.photos_of_cameras",
    "clocks.whom",
    "clocks.record",
}


@pytest.mark.parametrize("name", [name for name in QUERIES if name.split()[0] not in ABOUT_EVENTS])
def test_nobody_goes_through_a_whole_event_for_one_photo_or_page(name: str, venue: Path) -> None:
    assert through_a_whole_event(venue, QUERIES[name]) == []


def test_the_helper_sees_a_scan(venue: Path) -> None:
    db = sqlite3.connect(venue, factory=Db)
    db.row_factory = sqlite3.Row
    assert scans_of(db, "SELECT * FROM placement p WHERE p.disk_mtime_ns = 5", LARGE) == ["SCAN p"]
    assert scans_of(db, "SELECT * FROM sighting WHERE reason = 'x'", LARGE) == ["SCAN sighting"]
    assert scans_of(db, "SELECT id FROM placement WHERE id = 5", LARGE) == []
    db.close()


def test_all_queries_of_the_busy_rooms_are_tried_here() -> None:
    tried = {name.split()[0] for name in QUERIES}
    rooms = [disk_queue, disk_folders, drive_queue, drive_folders, placements, counts, by_event]
    left_out = {
        "counts.plural": "no query",
        "counts.counted": "no query",
        "drive_queue.reset_account": "changes every row, when the account is another one",
        "drive_queue.reset_placements": "the same, of an account's or an event's folders",
        "placements.drop_absent": "part of want",
        "drive_folders.numbered": "no query",
        "placements.made_in": "no query",
        "placements.made_columns": "no query",
        **dict.fromkeys(("recorded.wanted", "recorded.made_on_disk"), "verification, which compares everything"),
        "recorded.unfinished": "verification, which compares everything",
        **dict.fromkeys(("recorded.settled", "recorded.paths_on_disk"), "verification, which compares everything"),
        "drive_folders.places": "verification, which compares everything",
        "drive_folders.begin_trashing": "drive_folders.empty once more, of one folder",
        "drive_folders.begin_renaming": "asked.begin, and one folder by its id",
    }
    there = {
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for module in rooms
        for name, value in vars(module).items()
        if callable(value) and not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
        if not isinstance(value, type)
    }
    assert there - tried - set(left_out) == set()


def test_a_router_and_a_sender_find_their_next_work_at_once(venue: Path) -> None:
    """Measured, too: a plan can use an index and still read all of it."""
    db = sqlite3.connect(venue, factory=Db)
    db.row_factory = sqlite3.Row
    for name in ("disk_queue.due", "drive_queue.due", "faces.due", "disk_queue.next_due_at", "faces.next_due_at"):
        assert min(timeit.repeat(lambda name=name: QUERIES[name](db), number=1, repeat=5)) < 0.1, name
    db.close()


def test_originals_that_were_put_away_are_not_gone_through_to_find_more(venue: Path) -> None:
    """It is asked each time that something was filed."""
    db, steps = sqlite3.connect(venue, isolation_level=None, factory=Db), [0]

    def count() -> None:
        steps[0] += 1

    db.execute("BEGIN")
    db.execute("UPDATE event_photo SET state = 'filed'")
    assert len(sightings.filed_originals(db, 64)) == 64
    db.execute("UPDATE OR REPLACE sighting SET folder = '' WHERE state = 'photo'")
    db.set_progress_handler(count, 100)
    assert sightings.filed_originals(db, 64) == []
    db.set_progress_handler(None, 0)
    db.execute("ROLLBACK")
    db.close()
    assert steps[0] < 20, "hundreds of the database's own steps"


@pytest.mark.parametrize("whose", ["a quiet event", "another account"])
def test_what_may_not_be_sent_is_passed_over_by_its_index_alone(venue: Path, whose: str) -> None:
    """Each time that a queue looks: of an event of which nothing is sent, or that is to go to another Drive."""
    db, steps = sqlite3.connect(venue, isolation_level=None, factory=Db), [0]
    db.row_factory = sqlite3.Row
    waiting = db.value("SELECT COUNT(*) FROM placement WHERE drive_due = 1")
    quiet, account = ([DEFAULT_EVENT], "") if whose == "a quiet event" else ([], "ben@example.com")

    def count() -> None:
        steps[0] += 1

    db.set_progress_handler(count, 1)
    assert drive_queue.due(db, MayGo(NOW, 8, quiet=quiet, account=account)) == []
    db.set_progress_handler(None, 0)
    assert steps[0] < 20 * waiting, "two looks at the index"
    db.close()
