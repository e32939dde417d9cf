"""What another event has, and lies in this one's folders alone: this one is not removed before that is settled."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.ledger import Ledger, moved_photos
from agent.ledger.sqlite.rows import Db
from agent.model import DEFAULT_EVENT, EventId, PhotoId
from tests.making import photo_row, solo_and_group, take_in, want

PARTY = EventId("party")


@pytest.mark.parametrize("lies", ["in a folder of the event", "in Incoming"])
@pytest.mark.parametrize(
    ("state", "counted"),
    [("waiting", 1), ("held", 1), ("failed", 1), ("filed", 0), ("dismissed", 0), ("withdrawn", 0), ("superseded", 0)],
)
def test_a_photo_that_another_event_may_file_yet_is_on_its_way_out_of_the_one_it_lies_in(
    state: str, counted: int, lies: str, ledger: Ledger, tmp_path: Path
) -> None:
    """One that failed there, as a face on it could not be blurred, was nowhere by `retry` once this event was gone."""

    def moved(db: Db) -> int:
        if lies == "in Incoming":
            (tmp_path / "DSC_1.jpg").write_bytes(b"a photo")
            one = take_in(db, tmp_path / "DSC_1.jpg")
        else:
            one = photo_row(db, "DSC_1.jpg")
            want(db, one, *solo_and_group(db))
            db.execute("UPDATE placement SET disk = 'there', wanted = 0")
        photo = PhotoId(db.value("SELECT photo FROM event_photo WHERE id = ?", (one,)))
        moved_photos.move_in(db, PARTY, photo, "DSC_1.jpg", DEFAULT_EVENT, 1.0)
        db.execute("UPDATE event_photo SET state = CASE event WHEN ? THEN ? ELSE 'moved' END", (PARTY, state))
        return moved_photos.on_the_way_out_of(db, DEFAULT_EVENT)

    assert ledger.submit(moved).result() == counted


def test_what_failed_in_another_event_and_lies_there_too_keeps_no_event(ledger: Ledger, tmp_path: Path) -> None:
    def both(db: Db) -> int:
        for event in (DEFAULT_EVENT, PARTY):
            path = tmp_path / event / "DSC_1.jpg"
            path.parent.mkdir()
            path.write_bytes(b"a photo")
            take_in(db, path, event)
        db.execute("UPDATE event_photo SET state = 'failed'")
        return moved_photos.on_the_way_out_of(db, DEFAULT_EVENT)

    assert ledger.submit(both).result() == 0


@pytest.mark.parametrize("lies", ["in a folder of the event", "in Incoming", "in both events"])
@pytest.mark.parametrize("state", ["withdrawn", "dismissed", "filed"])
def test_what_another_event_could_have_back_by_a_file_of_this_one_alone_is_known(
    state: str, lies: str, ledger: Ledger, tmp_path: Path
) -> None:
    """One that was set aside there could not be brought back once this event was gone: no file was known to hold it."""

    def moved(db: Db) -> list[tuple[str, ...]]:
        if lies == "in a folder of the event":
            one = photo_row(db, "DSC_1.jpg")
            want(db, one, solo_and_group(db)[0])
            db.execute("UPDATE placement SET disk = 'there', wanted = 0")
        else:
            paths = [tmp_path / event / "DSC_1.jpg" for event in (DEFAULT_EVENT, PARTY)]
            for path in paths:
                path.parent.mkdir()
                path.write_bytes(b"a photo")
            one = take_in(db, paths[0])
            if lies == "in both events":
                take_in(db, paths[1], PARTY)
        photo = PhotoId(db.value("SELECT photo FROM event_photo WHERE id = ?", (one,)))
        moved_photos.move_in(db, PARTY, photo, "DSC_1.jpg", DEFAULT_EVENT, 1.0)
        db.execute("UPDATE event_photo SET state = CASE event WHEN ? THEN ? ELSE 'moved' END", (PARTY, state))
        found = moved_photos.withdrawn_with(db, DEFAULT_EVENT)
        return [(row["event"], row["name"], row["path"]) for row in found]

    in_incoming = str(tmp_path / DEFAULT_EVENT / "DSC_1.jpg")
    path = "People/Mia/Solo/DSC_1.jpg" if lies == "in a folder of the event" else in_incoming
    kept = [] if state == "filed" or lies == "in both events" else [(PARTY, "DSC_1.jpg", path)]
    assert ledger.submit(moved).result() == kept
