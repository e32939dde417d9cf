"""The numbers people see add up: each photo in one state and one step, each placement counted once."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest

from agent.errors import VenueError
from agent.ledger import Ledger, by_event, counts, drive_queue, troubles
from agent.ledger.troubles import Subject
from agent.model import DEFAULT_EVENT, HERE, FolderKind, PhotoState
from tests.making import folder_row, photo_row, solo_and_group, want

OUT = (PhotoState.HELD, PhotoState.DISMISSED, PhotoState.WITHDRAWN, PhotoState.MOVED)  # in no folder: never verified
DRIVE = ("absent", "reserved", "sending", "there", "removed", "trashed")
NOW = 1000.0


def test_wanted_placements_are_queued_or_verified_or_failed_and_each_is_one(ledger: Ledger) -> None:
    states = list(product(DRIVE, (0, 1), (0, 1)))

    def fill(db: Any) -> None:
        folder = folder_row(db)
        for number, (drive, failed, wanted) in enumerate(states):
            photo = photo_row(db, f"{number}.jpg")
            want(db, photo, folder)
            db.execute(
                "UPDATE placement SET drive = ?, drive_failed = ?, wanted = ? WHERE event_photo = ?",
                (drive, failed, wanted, photo),
            )

    ledger.submit(fill).result()
    found = ledger.submit(counts.uploads).result()
    wanted_there = [drive for drive, _, wanted in states if wanted and drive != "removed"]
    assert found["queued"] + found["verified"] + found["failed"] == len(wanted_there)
    assert (found["verified"], found["failed"], found["queued"]) == (2, 4, 4)


def test_a_photos_bytes_are_left_once_and_not_where_drive_can_copy_them(ledger: Ledger) -> None:
    def fill(db: Any) -> None:
        solo, group = solo_and_group(db)
        unknown = folder_row(db)
        for name in ("two folders.jpg", "one there.jpg", "one.jpg"):
            photo = photo_row(db, name)
            want(db, photo, *([solo, group] if name != "one.jpg" else [unknown]))
            if name == "one there.jpg":
                db.execute("UPDATE placement SET drive = 'there' WHERE event_photo = ? AND folder = ?", (photo, solo))

    ledger.submit(fill).result()
    assert ledger.submit(counts.bytes_left).result() == len("two folders.jpg") + len("one.jpg")


def test_photos_seen_are_the_sum_of_all_states_that_are_shown(ledger: Ledger) -> None:
    def fill(db: Any) -> None:
        for number, state in enumerate(state for state in PhotoState for _ in range(2)):
            photo = photo_row(db, f"{number}.jpg")
            db.execute("UPDATE event_photo SET state = ? WHERE id = ?", (state, photo))

    ledger.submit(fill).result()
    found = ledger.submit(counts.photos).result()
    assert found.pop("seen") == sum(found.values()) == 2 * (len(PhotoState) - 3)
    assert not found.keys() & {"superseded", "withdrawn", "moved"}
    assert ledger.submit(counts.photos_of_events).result() == {"default": 12}


@pytest.mark.parametrize(
    ("jpeg", "raw", "counted"),
    [
        ("waiting", "waiting", "waiting"),
        ("filed", "waiting", "waiting"),
        ("unsorted", "failed", "failed"),
        ("waiting", "filed", "waiting"),
        ("filed", "filed", "filed"),
        ("withdrawn", "withdrawn", None),
    ],
)
def test_the_two_files_of_a_shot_are_one_photo_and_done_when_both_are(
    jpeg: str, raw: str, counted: str | None, ledger: Ledger
) -> None:
    def fill(db: Any) -> None:
        solo, _ = solo_and_group(db)
        main, twin = photo_row(db, "DSC_1.jpg"), photo_row(db, "DSC_1.nef")
        db.execute("UPDATE event_photo SET twin_of = ? WHERE id = ?", (main, twin))
        db.execute("UPDATE photo SET look = 'done'")
        for one, state in ((main, jpeg), (twin, raw)):
            want(db, one, solo)
            db.execute("UPDATE event_photo SET state = ?, filed_at = ? WHERE id = ?", (state, NOW, one))
        db.execute("UPDATE placement SET drive = 'there' WHERE event_photo = ?", (main,))
        db.execute("UPDATE event_photo SET verified_at = 5 WHERE id = ?", (main,))

    ledger.submit(fill).result()
    found = ledger.submit(counts.photos).result()
    assert found.pop("seen") == sum(found.values()) == (counted is not None)
    assert [state for state, number in found.items() if number] == ([counted] if counted else [])
    assert ledger.submit(counts.verified_photos).result() == 0, "the other file is not there"
    sending = sum(found.get(state, 0) for state in ("filed", "unsorted"))
    depths = ledger.submit(counts.depths, NOW, sending).result()
    assert sum(step.count for step in depths.values()) <= 1 + (jpeg != raw)
    assert ledger.submit(counts.photos_of_events).result() == ({"default": 1} if counted else {})
    (mia,) = ledger.submit(counts.people).result().values()
    assert (mia["solo"], mia["on_drive"]) == (1, 0)
    ledger.submit(lambda db: db.execute("UPDATE placement SET drive = 'there'")).result()
    (mia,) = ledger.submit(counts.people).result().values()
    assert (mia["solo"], mia["on_drive"]) == (1, 1)


@pytest.mark.parametrize(
    ("jpeg", "raw", "counted"),
    [
        ("there", "there", (1, 0)),
        ("there", "removed", (1, 0)),
        ("removed", "there", (1, 0)),
        ("removed", "removed", (0, 1)),
        ("there", "absent", (0, 0)),
        ("sending", "removed", (0, 0)),
        ("there", None, (1, 0)),
        ("removed", None, (0, 1)),
        ("absent", None, (0, 0)),
    ],
)
def test_a_shot_of_which_nothing_is_to_go_to_drive_is_only_here(
    jpeg: str, raw: str | None, counted: tuple[int, int], ledger: Ledger
) -> None:
    """One of which a file is there and the other stays here is on Drive."""

    def fill(db: Any) -> None:
        solo, _ = solo_and_group(db)
        main = photo_row(db, "DSC_1.jpg")
        want(db, main, solo)
        db.execute("UPDATE placement SET drive = ?", (jpeg,))
        if raw is not None:
            twin = photo_row(db, "DSC_1.nef")
            db.execute("UPDATE event_photo SET twin_of = ? WHERE id = ?", (main, twin))
            want(db, twin, solo)
            db.execute("UPDATE placement SET drive = ? WHERE event_photo = ?", (raw, twin))

    ledger.submit(fill).result()
    (mia,) = ledger.submit(counts.people).result().values()
    assert (mia["solo"], (mia["on_drive"], mia["only_here"])) == (1, counted)


@pytest.mark.parametrize(
    ("jpeg", "raw", "counted"),
    [
        ("filed", "filed", {"filed": 1}),
        ("filed", "waiting", {"waiting": 1}),
        ("moved", "waiting", {"waiting": 1}),
        ("moved", "failed", {"failed": 1}),
        ("dismissed", "filed", {"filed": 1}),
        ("dismissed", "dismissed", {"dismissed": 1}),
        ("failed", "filed", {"filed": 1}),
        ("held", "filed", {"filed": 1}),
        ("failed", "waiting", {"waiting": 1}),
        ("held", "waiting", {"waiting": 1}),
    ],
)
def test_of_a_shot_that_is_done_by_one_file_the_other_is_not_overlooked(
    jpeg: str, raw: str, counted: dict[str, int], ledger: Ledger
) -> None:
    """With several accounts, beside a file that was moved into another event, or set aside: it was safe without it."""

    def fill(db: Any) -> None:
        solo, _ = solo_and_group(db)
        main, twin = photo_row(db, "DSC_1.jpg"), photo_row(db, "DSC_1.nef")
        db.execute("UPDATE event_photo SET twin_of = ? WHERE id = ?", (main, twin))
        want(db, twin, solo)
        for one, state, verified in ((main, jpeg, 5.0), (twin, raw, None)):
            db.execute("UPDATE event_photo SET state = ?, verified_at = ? WHERE id = ?", (state, verified, one))

    ledger.submit(fill).result()
    found = ledger.submit(counts.photos).result()
    assert {state: number for state, number in found.items() if number and state != "seen"} == counted
    here = ledger.submit(lambda db: counts.photos(db, drive=False)).result()
    assert here["dismissed"] == (jpeg == "dismissed"), "where nothing is sent, nothing waits for that"
    unsent = found["filed"] - ledger.submit(counts.verified_photos).result()
    assert unsent == counted.get("filed", 0)
    one = ledger.submit(by_event.of_account, "", [DEFAULT_EVENT], [], NOW).result()
    assert (one.waiting, one.unsent) == (found["waiting"], unsent)
    assert ledger.submit(by_event.event_facts, NOW).result().unsent == ({"default": 1} if unsent else {})
    ledger.submit(lambda db: db.execute("UPDATE placement SET drive_failed = 1") and None).result()
    assert ledger.submit(counts.refused_photos).result() == unsent


@pytest.mark.parametrize("state", ["filed", "unsorted"])
def test_a_jpeg_that_is_still_to_be_sent_counts_though_its_raw_was_set_aside(state: str, ledger: Ledger) -> None:
    """Such a shot was one set aside at once: it was said to be safe with the JPEG on its way to Drive, or refused."""

    def fill(db: Any) -> None:
        solo, _ = solo_and_group(db)
        main, twin = photo_row(db, "DSC_1.jpg"), photo_row(db, "DSC_1.nef")
        db.execute("UPDATE event_photo SET twin_of = ?, state = 'dismissed' WHERE id = ?", (main, twin))
        db.execute("UPDATE event_photo SET state = ? WHERE id = ?", (state, main))
        want(db, main, solo)

    def unsent() -> int:
        found = ledger.submit(counts.photos).result()
        assert found["seen"] == 1
        return found["filed"] + found["unsorted"] - ledger.submit(counts.verified_photos).result()

    ledger.submit(fill).result()
    assert unsent() == 1
    assert ledger.submit(by_event.of_account, "", [DEFAULT_EVENT], [], NOW).result().unsent == 1
    assert ledger.submit(lambda db: counts.photos(db, drive=False)).result()["dismissed"] == 1
    ledger.submit(lambda db: db.execute("UPDATE placement SET drive_failed = 1") and None).result()
    assert ledger.submit(counts.refused_photos).result() == 1
    ledger.submit(
        lambda db: db.execute("UPDATE event_photo SET verified_at = 5 WHERE twin_of IS NULL") and None
    ).result()
    assert unsent() == 0
    assert ledger.submit(counts.photos).result()["dismissed"] == 1, "and once it is there, the other one is named"


@pytest.mark.parametrize("state", ["waiting", "failed"])
def test_a_raw_of_which_drive_is_to_have_nothing_hides_no_photo_that_is_to_be_sent(state: str, ledger: Ledger) -> None:
    """Of such a RAW nothing is left to be sent before it is filed: its JPEG counted as verified, in another's place."""

    def fill(db: Any) -> None:
        main, twin, other = photo_row(db, "DSC_1.jpg"), photo_row(db, "DSC_1.nef"), photo_row(db, "DSC_2.jpg")
        db.execute("UPDATE event_photo SET state = 'filed' WHERE id IN (?, ?)", (main, other))
        db.execute("UPDATE event_photo SET twin_of = ?, state = ? WHERE id = ?", (main, state, twin))
        db.execute("UPDATE event_photo SET verified_at = 5 WHERE id <> ?", (other,))

    ledger.submit(fill).result()
    found = ledger.submit(counts.photos).result()
    assert (found["seen"], found["filed"], found[state]) == (2, 1, 1)
    assert ledger.submit(counts.verified_photos).result() == 0, "one is not done, the other not sent"
    assert ledger.submit(by_event.of_account, "", [DEFAULT_EVENT], [], NOW).result().unsent == 1


@pytest.mark.parametrize(
    ("state", "goes", "counted"), [("filed", True, 0), ("filed", False, 1), ("dismissed", False, 0), (None, False, 1)]
)
def test_a_shot_of_which_one_file_is_on_drive_or_set_aside_is_no_photo_that_is_only_here(
    state: str | None, goes: bool, counted: int, ledger: Ledger
) -> None:
    """A RAW that came first stays here by a rule, its JPEG goes to Drive: all was safe, `0 photos verified`."""

    def fill(db: Any) -> None:
        folder = folder_row(db)
        main = photo_row(db, "DSC_1.cr3")
        want(db, main, folder)
        if state is not None:
            twin = photo_row(db, "DSC_1.jpg")
            want(db, twin, folder)
            db.execute("UPDATE event_photo SET twin_of = ? WHERE id = ?", (main, twin))
            db.execute("UPDATE event_photo SET state = ? WHERE id = ?", (state, twin))
        db.execute("UPDATE event_photo SET state = 'filed' WHERE id = ?", (main,))
        db.execute("UPDATE event_photo SET verified_at = 5 WHERE state = 'filed'")
        db.execute("UPDATE placement SET made_as = ? WHERE event_photo = ? OR NOT ?", (HERE, main, goes))

    ledger.submit(fill).result()
    _, photos = ledger.submit(drive_queue.count_left_here).result()
    assert photos == counted
    assert ledger.submit(counts.verified_photos).result() == (state != "dismissed")


def test_what_an_event_has_still_to_send_is_told_alike_whatever_is_asked(ledger: Ledger) -> None:
    """With sending off for an event, a shot whose RAW had failed stood for a photo that another event was sending."""
    ways = [
        (state, verified) for state in PhotoState for verified in (None, 5.0) if state not in OUT or verified is None
    ]

    def otherwise(db: Any) -> list[object]:
        main, twin = photo_row(db, "DSC_1.jpg"), photo_row(db, "DSC_1.nef")
        db.execute("UPDATE event_photo SET twin_of = ? WHERE id = ?", (main, twin))
        found: list[object] = []
        for jpeg, raw in product(ways, ways):
            for one, (state, verified) in ((main, jpeg), (twin, raw)):
                db.execute("UPDATE event_photo SET state = ?, verified_at = ? WHERE id = ?", (state, verified, one))
            photos = counts.photos(db)
            unsent = photos["filed"] + photos["unsorted"] - counts.verified_photos(db)
            of_events = by_event.event_facts(db, NOW).unsent
            account = by_event.of_account(db, "", [DEFAULT_EVENT], [], NOW).unsent
            if unsent not in (0, 1) or of_events != ({"default": 1} if unsent else {}) or account != unsent:
                found.append((jpeg, raw, unsent, of_events, account))
        return found

    assert ledger.submit(otherwise).result() == []


def test_shots_of_two_files_that_are_done_are_counted_without_a_look_at_each(ledger: Ledger) -> None:
    asked = 0

    def count(db: Any, shots: int) -> int:
        nonlocal asked
        for number in range(shots):
            main, twin = photo_row(db, f"{shots}-{number}.jpg"), photo_row(db, f"{shots}-{number}.nef")
            db.execute("UPDATE event_photo SET twin_of = ? WHERE id = ?", (main, twin))
        db.execute("UPDATE event_photo SET state = 'filed', filed_at = 5, verified_at = 5")
        for one, state in zip(range(2), ("waiting", "filed"), strict=True):  # of two shots the second file is not there
            name = f"{shots}-{one}.nef"
            db.execute("UPDATE event_photo SET state = ?, verified_at = NULL WHERE name = ?", (state, name))
        asked = 0
        db.set_progress_handler(tick, 1)
        assert counts.verified_photos(db) == counts.photos(db)["seen"] - 2
        assert counts.photos(db)["waiting"] == 1
        db.set_progress_handler(None, 0)
        return asked

    def tick() -> int:
        nonlocal asked
        asked += 1
        return 0

    few = ledger.submit(count, 20).result()
    assert ledger.submit(count, 200).result() <= 1.5 * few


@pytest.mark.parametrize("drive", [True, False])
def test_a_photo_on_its_way_is_in_one_step(drive: bool, ledger: Ledger) -> None:
    ways = {
        "growing": ("due", NOW + 5, "waiting", None),
        "waits for a look": ("due", 0.0, "waiting", None),
        "looked at": ("done", 0.0, "waiting", None),
        "filed": ("done", 0.0, "filed", None),
        "unsorted": ("done", 0.0, "unsorted", None),
        "whole": ("done", 0.0, "filed", 5.0),
        "failed": ("failed", 0.0, "failed", None),
        "set aside": ("failed", 0.0, "dismissed", None),
        "gone": ("failed", 0.0, "superseded", None),
    }

    def fill(db: Any) -> None:
        for name, (look, after, state, verified) in ways.items():
            photo = photo_row(db, name)
            db.execute("UPDATE photo SET look = ?, look_after = ? WHERE id = ?", (look, after, photo))
            db.execute(
                "UPDATE event_photo SET state = ?, verified_at = ?, since_at = ? WHERE id = ?",
                (state, verified, float(photo), photo),
            )

    ledger.submit(fill).result()
    photos = ledger.submit(counts.photos).result()
    sending = photos["filed"] + photos["unsorted"] - ledger.submit(counts.verified_photos).result()
    depths = ledger.submit(counts.depths, NOW, sending if drive else 0).result()
    assert {step: (depth.count, depth.oldest_at) for step, depth in depths.items()} == {
        "arriving": (1, 1.0),
        "faces": (1, 2.0),
        "filing": (1, 3.0),
        "uploading": (2, 4.0) if drive else (0, None),
    }
    assert ledger.submit(counts.verified_photos).result() == 1


def test_people_are_counted_in_photos_wanted(ledger: Ledger) -> None:
    def fill(db: Any) -> None:
        solo, group = solo_and_group(db)
        for number in range(5):
            photo = photo_row(db, f"{number}.jpg")
            want(db, photo, solo if number < 2 else group)
            db.execute("UPDATE event_photo SET filed_at = ? WHERE id = ?", (float(number), photo))
        db.execute("UPDATE placement SET drive = 'there' WHERE id IN (1, 3)")
        db.execute("UPDATE placement SET wanted = 0 WHERE id = 5")

    ledger.submit(fill).result()
    assert ledger.submit(counts.people).result() == {
        "p-mia": {"solo": 2, "group": 2, "on_drive": 2, "only_here": 0, "last": 3.0}
    }


def test_where_a_photo_was_filed_is_told_by_name(ledger: Ledger) -> None:
    def fill(db: Any) -> list[list[str]]:
        solo, _ = solo_and_group(db)
        hers, nobodys, lost = (photo_row(db, f"{name}.jpg") for name in "abc")
        want(db, hers, solo)
        want(db, nobodys, folder_row(db, FolderKind.NO_FACES))
        found = counts.filed_under(db, [hers, nobodys, lost])
        return [found[one] for one in (hers, nobodys, lost)]

    assert ledger.submit(fill).result() == [["Mia"], ["No Faces"], []]


def test_how_long_photos_took_on_their_first_way(ledger: Ledger) -> None:
    """Drive may be quicker than the disk. Not of what was wanted elsewhere since, nor after a clock was set back."""
    ways: dict[str, tuple[float, float | None, float | None]] = {  # since, filed, on Drive, after the arrival
        "plain.jpg": (0, 2, 5),
        "on Drive first.jpg": (0, None, 3),
        "on its way.jpg": (0, 4, None),
        "renamed since.jpg": (9, 2, 12),
        "clock set back.jpg": (0, -7, -6),
    }

    def fill(db: Any) -> list[int]:
        photos = [photo_row(db, name) for name in (*ways, "twin.jpg")]
        for photo, way in zip(photos, (*ways.values(), (0, 2, 5)), strict=True):
            times = (NOW, *(None if one is None else NOW + one for one in way), photo)
            db.execute(
                "UPDATE event_photo SET arrived_at = ?, since_at = ?, filed_at = ?, verified_at = ? WHERE id = ?", times
            )
        db.execute("UPDATE event_photo SET twin_of = ? WHERE id = ?", (photos[0], photos[-1]))
        return photos

    photos = ledger.submit(fill).result()
    assert sorted(ledger.submit(counts.took, photos, counts.TO_BE_FILED).result()) == [2, 4]
    assert sorted(ledger.submit(counts.took, photos, counts.TO_BE_SENT).result()) == [0, 3]


def test_minutes_without_photos_are_zeros(ledger: Ledger) -> None:
    def fill(db: Any) -> None:
        for number, at in enumerate((600.0, 659.9, 660.0, 899.0)):
            photo = photo_row(db, f"{number}.jpg")
            db.execute("UPDATE event_photo SET filed_at = ?, verified_at = ? WHERE id = ?", (at, at, photo))

    ledger.submit(fill).result()
    for drive in (True, False):
        assert ledger.submit(counts.finished_per_minute, 899.5, 6, drive=drive).result() == [0, 2, 1, 0, 0, 1]


# ---- troubles


def test_the_same_trouble_is_one_and_counted(ledger: Ledger) -> None:
    told, again = VenueError("Photo cut short", "DSC_1.jpg ends early"), VenueError("Photo damaged", "at its end")
    subject = Subject("photo:1", "DSC_1.jpg")

    def happen(db: Any, error: VenueError, at: float) -> Any:
        troubles.open_trouble(db, subject, error, at)
        (row,) = troubles.opened(db)
        return row["title"], row["count"], row["first_at"], row["last_at"]

    assert ledger.submit(happen, told, 1.0).result() == ("Photo cut short", 1, 1.0, 1.0)
    assert ledger.submit(happen, again, 2.0).result() == ("Photo damaged", 2, 1.0, 2.0)
    assert ledger.submit(troubles.heal, subject.key, 3.0).result() is True
    assert ledger.submit(troubles.heal, subject.key, 3.0).result() is False
    assert ledger.submit(troubles.count_healed, 3.0).result() == 1
    assert ledger.submit(happen, told, 4.0).result() == ("Photo cut short", 1, 4.0, 4.0), "begun anew"


def test_all_but_the_named_ones_heal(ledger: Ledger) -> None:
    def happen(db: Any) -> list[str]:
        for key in ("photo:1", "photo:2", "photograph:1", "disk"):
            troubles.open_trouble(db, Subject(key, key), VenueError("x"), 1.0)
        troubles.heal_all_but(db, "photo:", ["photo:2"], 2.0)
        return sorted(row["key"] for row in troubles.opened(db))

    assert ledger.submit(happen).result() == ["disk", "photo:2", "photograph:1"]
