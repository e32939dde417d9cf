"""Files in Incoming and the photos they are: one by content, another when overwritten, superseded if gone too soon."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any

import pytest

from agent.errors import UsageError, VenueError
from agent.ledger import Ledger, faces, photos, sightings, superseded, troubles
from agent.ledger.sightings import Arrival, FileFacts, Sighting
from agent.ledger.troubles import Subject
from agent.model import DEFAULT_EVENT, EventId, PhotoState
from agent.workspace import find_workspace
from tests.making import content, folder_row, of, rows, want

FACTS = FileFacts(5, 6, 7)
WEDDING = EventId("wedding")


class Incoming:
    """What lies at which path, as intake tells the ledger."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def do(self, work: Any, *values: Any) -> Any:
        return self.ledger.submit(work, *values).result()

    def drop(self, path: str, data: bytes, event: EventId = DEFAULT_EVENT) -> Arrival:
        seen = Sighting(path, event, os.path.dirname(path), FACTS)  # noqa: PTH120 - paths are texts here
        return self.do(sightings.record_photo_at, seen, content(data), time.time(), sightings.shown(Path(path).name))

    def filed(self) -> None:
        """Every photo is where it belongs."""

        def file(db: Any) -> None:
            folder = folder_row(db)
            for row in db.execute("SELECT id FROM event_photo WHERE state = 'waiting'").fetchall():
                want(db, row["id"], folder)
                db.execute("UPDATE placement SET disk = 'there' WHERE event_photo = ?", (row["id"],))
                photos.settle_states(db, {row["id"]}, 1.0)

        self.do(file)

    def states(self) -> list[tuple[str, str]]:
        found = rows(self.ledger, "SELECT name, state FROM event_photo ORDER BY id")
        return [(row["name"], row["state"]) for row in found]


@pytest.fixture
def incoming(ledger: Ledger) -> Incoming:
    return Incoming(ledger)


def test_the_same_bytes_under_two_names_are_one_photo(incoming: Incoming) -> None:
    first, second = incoming.drop("/in/a.jpg", b"one"), incoming.drop("/in/b.jpg", b"one")
    assert (first.photo, first.new, second.new) == (second.photo, True, False)
    assert incoming.states() == [("a.jpg", "waiting")]
    paths = [path for path, _ in incoming.do(sightings.originals, first.photo)]
    assert sorted(paths) == ["/in/a.jpg", "/in/b.jpg"]


def test_who_came_last_is_looked_at_first_whoever_is_taken_in_after_it(incoming: Incoming) -> None:
    for name, came_at in (("newest", 9.0), ("older", 7.0), ("newer", 8.0)):
        seen = Sighting(f"/in/{name}", DEFAULT_EVENT, "/in", FACTS, came_at)
        incoming.do(sightings.record_photo_at, seen, content(name.encode()), time.time(), name)
    assert [row["name"] for row in incoming.do(faces.due, [], 0.0, 3)] == ["newest", "newer", "older"]


def test_who_was_known_as_gone_and_comes_again_comes_now(incoming: Incoming) -> None:
    def come(name: str, came_at: float, event: EventId = DEFAULT_EVENT) -> None:
        seen = Sighting(f"/{event}/{name}", event, f"/{event}", FACTS, came_at)
        incoming.do(sightings.record_photo_at, seen, content(name.encode()), time.time(), name)

    def in_order() -> list[str]:
        return [row["name"] for row in incoming.do(faces.due, [], 0.0, 9)]

    incoming.do(superseded.known_as_gone, DEFAULT_EVENT, content(b"on Drive"), "on Drive", 1.0)
    come("taken away", 2.0)
    incoming.do(sightings.forget_paths, [f"/{DEFAULT_EVENT}/taken away"], 3.0)
    come("burst", 5.0)
    come("taken away", 6.0)
    come("on Drive", 7.0)
    assert in_order() == ["on Drive", "taken away", "burst"]
    come("burst", 8.0, WEDDING)  # to another event: somebody waits for it there since now
    assert in_order() == ["burst", "on Drive", "taken away"]
    come("taken away", 9.0)  # it is here and was: nobody brought it anew
    assert in_order() == ["burst", "on Drive", "taken away"]


def test_seen_twice_at_its_path_nothing_is_new(incoming: Incoming) -> None:
    first = incoming.drop("/in/a.jpg", b"one")
    assert incoming.drop("/in/a.jpg", b"one") == Arrival(first.photo, False, None, [])


def test_the_same_bytes_in_two_events_are_planned_and_counted_in_each(incoming: Incoming) -> None:
    first, second = incoming.drop("/in/a.jpg", b"one"), incoming.drop("/w/a.jpg", b"one", WEDDING)
    assert (first.photo, second.new) == (second.photo, True)
    assert incoming.do(of, first.photo) != incoming.do(of, first.photo, WEDDING)
    assert len(rows(incoming.ledger, "SELECT * FROM photo")) == 1


# ---- overwritten in place


def test_overwritten_before_it_was_filed_the_first_is_superseded(incoming: Incoming) -> None:
    first = incoming.drop("/in/a.jpg", b"one")
    second = incoming.drop("/in/a.jpg", b"two")
    assert (second.new, second.replaced) == (True, first.photo)
    assert [(was.name, was.state) for was in second.superseded] == [("a.jpg", PhotoState.WAITING)]
    assert incoming.states() == [("a.jpg", "superseded"), ("a.jpg", "waiting")]


def test_overwritten_after_it_was_filed_the_filed_one_stays(incoming: Incoming) -> None:
    first = incoming.drop("/in/a.jpg", b"one")
    incoming.filed()
    second = incoming.drop("/in/a.jpg", b"two")
    assert (second.replaced, second.superseded) == (first.photo, [])
    assert incoming.states() == [("a.jpg", "unsorted"), ("a.jpg", "waiting")]


def test_overwritten_where_another_copy_lies_nothing_is_superseded(incoming: Incoming) -> None:
    incoming.drop("/in/a.jpg", b"one")
    incoming.drop("/in/copy.jpg", b"one")
    assert incoming.drop("/in/a.jpg", b"two").superseded == []
    assert incoming.states() == [("a.jpg", "waiting"), ("a.jpg", "waiting")]


def test_overwritten_with_what_is_no_photo_the_first_is_superseded(incoming: Incoming) -> None:
    incoming.drop("/in/a.jpg", b"one")
    seen = Sighting("/in/a.jpg", DEFAULT_EVENT, "/in", FACTS)
    assert len(incoming.do(sightings.record_other, seen, "skipped", "no photo", 1.0)) == 1
    assert incoming.states() == [("a.jpg", "superseded")]


# ---- a broken transfer that is resumed


def test_a_failed_photo_whose_transfer_is_resumed_is_superseded_and_its_trouble_over(incoming: Incoming) -> None:
    half = incoming.drop("/in/a.jpg", b"half")
    incoming.do(photos.fail, half.photo)
    subject = Subject("photo:1", "a.jpg", event_photo=incoming.do(of, half.photo))
    incoming.do(troubles.open_trouble, subject, VenueError("Photo cut short"), 1.0)
    whole = incoming.drop("/in/a.jpg", b"half and half")
    assert [was.state for was in whole.superseded] == [PhotoState.FAILED]
    assert incoming.states() == [("a.jpg", "superseded"), ("a.jpg", "waiting")]
    assert incoming.do(troubles.opened) == []


def test_the_half_that_comes_once_more_is_looked_at_again(incoming: Incoming) -> None:
    half = incoming.drop("/in/a.jpg", b"half")
    incoming.do(photos.fail, half.photo)
    incoming.drop("/in/a.jpg", b"half and half")
    again = incoming.drop("/in/b.jpg", b"half")
    assert (again.photo, again.new) == (half.photo, True)
    assert incoming.do(photos.look_of, half.photo) == "due"
    assert incoming.states() == [("b.jpg", "waiting"), ("a.jpg", "waiting")]


# ---- taken away


def test_deleted_before_it_was_filed_it_is_superseded(incoming: Incoming) -> None:
    incoming.drop("/in/a.jpg", b"one")
    (was,) = incoming.do(sightings.forget_paths, ["/in/a.jpg", "/in/never seen.jpg"], 1.0)
    assert was.name == "a.jpg"
    assert incoming.states() == [("a.jpg", "superseded")]
    assert incoming.do(sightings.known_facts, "/in", "/in") == []


def test_deleted_after_it_was_filed_it_stays_filed(incoming: Incoming) -> None:
    incoming.drop("/in/a.jpg", b"one")
    incoming.filed()
    assert incoming.do(sightings.forget_paths, ["/in/a.jpg"], 1.0) == []
    assert incoming.states() == [("a.jpg", "unsorted")]


def test_deleted_and_brought_back_it_begins_anew(incoming: Incoming) -> None:
    first = incoming.drop("/in/a.jpg", b"one")
    incoming.do(sightings.forget_paths, ["/in/a.jpg"], 1.0)
    back = incoming.drop("/in/b.jpg", b"one")
    assert (back.photo, back.new) == (first.photo, True)
    assert incoming.states() == [("b.jpg", "waiting")]


def test_one_of_two_copies_deleted_changes_nothing(incoming: Incoming) -> None:
    incoming.drop("/in/a.jpg", b"one")
    incoming.drop("/in/b.jpg", b"one")
    assert incoming.do(sightings.forget_paths, ["/in/a.jpg"], 1.0) == []
    assert incoming.states() == [("a.jpg", "waiting")]


# ---- what is known of a folder


def test_a_folders_facts_are_its_own_and_doubt_changes_them(incoming: Incoming) -> None:
    incoming.drop("/in/a.jpg", b"one")
    incoming.drop("/in2/b.jpg", b"two")
    assert incoming.do(sightings.known_facts, "/in", "/in") == [("/in/a.jpg", FACTS)]
    incoming.do(sightings.doubt, ["/in/a.jpg"])
    assert incoming.do(sightings.known_facts, "/in", "/in") != [("/in/a.jpg", FACTS)]


def test_a_moved_original_is_known_where_it_went(incoming: Incoming) -> None:
    photo = incoming.drop("/in/a.jpg", b"one").photo
    incoming.do(sightings.move, "/in/a.jpg", "/Processed/a.jpg", photo)
    assert incoming.do(sightings.known_facts, "/in", "/in") == []
    assert [path for path, _ in incoming.do(sightings.originals, photo)] == ["/Processed/a.jpg"]


def test_a_moved_original_is_known_where_it_went_though_its_leaving_was_told_before(incoming: Incoming) -> None:
    photo = incoming.drop("/in/a.jpg", b"one").photo
    incoming.filed()
    assert incoming.do(sightings.forget_paths, ["/in/a.jpg"], 1.0) == []
    incoming.do(sightings.put_away, "/in/a.jpg", "/Processed/a.jpg", DEFAULT_EVENT, photo, 1.0)
    assert [path for path, _ in incoming.do(sightings.originals, photo)] == ["/Processed/a.jpg"]


NO_TEXT = "/in/caf\udce9/DSC_\udcff.jpg"  # Latin-1 from an old camera


def test_a_name_that_is_no_utf_8_is_known_by_its_very_bytes(incoming: Incoming) -> None:
    photo = incoming.drop(NO_TEXT, b"one").photo
    folder = os.path.dirname(NO_TEXT)  # noqa: PTH120
    assert incoming.do(sightings.known_facts, folder, folder) == [(sightings.to_text(NO_TEXT), FACTS)]
    assert incoming.do(sightings.known_among, folder, [NO_TEXT]) == {NO_TEXT: FACTS}
    assert [path for path, _ in incoming.do(sightings.originals, photo)] == [NO_TEXT]
    assert incoming.states() == [("DSC_?.jpg", "waiting")]
    assert len(incoming.do(sightings.forget_paths, [NO_TEXT], 1.0)) == 1


def test_a_workspace_whose_name_is_no_utf_8_is_refused_in_words(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no text"):
        find_workspace(tmp_path / "caf\udce9", {})
