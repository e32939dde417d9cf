"""Photos that change, are replaced or go at their source while they are fetched, or since."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from pathlib import Path

import pytest

from tests.making import contents_below
from tests.venue.house import House, wait_for
from tests.venue.photographer import Photographer
from tests.venue.pictures import padded, scene
from tests.venue.test_sources import media_asked
from tests.venue.weddings import filed, look, of_annas_folder, queued, sent, wedding

pytestmark = pytest.mark.settings(VENUESYNC_SYNC__INTERVAL="1")


@pytest.mark.slow
def test_changed_content_is_a_new_photo_or_takes_its_place(house: House, anna: Photographer, tmp_path: Path) -> None:
    folder = anna.folder("Anna", share=True)
    photo = anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
    house.start()
    wedding(house, folder)
    wait_for(lambda: len(sent(house)) == 1, 20, "it is on Drive")
    house.emulator.forget_requests()
    anna.describe(photo, "lovely")
    house.emulator.post("view", {"file_id": photo})
    look(house)
    time.sleep(1)
    assert not house.emulator.requests()["methods"].get("files.get", 0), "neither costs a download"
    anna.replace(photo, scene(tmp_path / "2.jpg", 2))
    look(house)
    wait_for(lambda: len(filed(house)) == 2, 20, "kept: one more photo")
    house.run("events", "set", "Wedding", "gone", "remove")
    anna.replace(photo, scene(tmp_path / "3.jpg", 3))
    look(house)
    wanted = {(tmp_path / f"{number}.jpg").read_bytes() for number in (1, 3)}

    top = house.root / "Events/Wedding"

    def contents() -> set[bytes]:
        return {content for path, content in contents_below(top).items() if Path(path).name.startswith("DSC_")}

    wait_for(lambda: filed(house) == sent(house) and contents() == wanted, 20, "it takes the place of the one before")
    assert len(filed(house)) == 2


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_SYNC__GONE="remove", VENUESYNC_DRIVE__DOWN_MBPS="0.1")
def test_what_changes_while_it_is_fetched_is_fetched_as_it_is_then(
    tmp_path: Path, house: House, anna: Photographer
) -> None:
    """Replaced, or deleted: by then the old bytes are on their way, over a slow line."""
    root = of_annas_folder(house, anna)
    slow = [padded(scene(tmp_path / f"{number}.jpg", number), 200_000, number) for number in range(2)]
    with house.api() as api:
        files = [anna.put(one, f"{what}.jpg", root) for one, what in zip(slow, ("replaced", "deleted"), strict=True)]
        api.post("/commands/sync", json={})
        wait_for(lambda: media_asked(house) == 2, 20, "both are on their way")
        later = scene(tmp_path / "later.jpg", 3, (160, 120)).read_bytes()
        anna.replace(files[0], later)
        anna.delete(files[1])
        api.post("/commands/sync", json={})
        wait_for(lambda: api.get("/events/Wedding").json()["runs"][0]["gone"] == 1, 10, "the feed told of it")
        assert house.json("status")["downloads"]["active"] > 0, "they still are"
        api.post("/commands/limit", json={"down_mbps": 0})
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "all is here")
    assert [(house.root / "Events/Wedding" / one).read_bytes() for one in filed(house)] == [later]


@pytest.mark.slow
def test_a_photo_that_lies_nowhere_here_any_more_is_fetched_again(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    root = anna.folder("Anna", share=True)
    anna.put(scene(tmp_path / "1.jpg", 1), "DSC_1.jpg", root)
    house.start()
    wedding(house, root)
    wait_for(lambda: len(sent(house)) == 1, 20, "it is on Drive")
    assert house.stop() == 0
    top = house.root / "Events/Wedding"
    [path] = filed(house)
    for one in (top / path, *(house.root / ".venuesync/downloads").rglob("*.jpg")):
        one.unlink()
    house.run("verify", "--repair")
    assert house.until_done().returncode == 0
    assert (top / path).read_bytes() == (tmp_path / "1.jpg").read_bytes()
    assert house.json("errors")["open"] == []


@pytest.mark.settings(VENUESYNC_SYNC__GONE="remove")
def test_a_photo_replaced_and_deleted_before_anybody_fetched_it_goes_with_the_file(
    tmp_path: Path, house: House, anna: Photographer
) -> None:
    """Drive refuses the bytes before the feed tells why: until then nothing is taken away, and it is not safe."""
    root = anna.folder("Anna", share=True)
    file = anna.put(scene(tmp_path / "first.jpg", 1), "first.jpg", root)
    house.start()
    wedding(house, root)
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 20, "it is here")
    with house.api() as api:
        api.post("/commands/pause", json={"what": "all"})
        anna.replace(file, scene(tmp_path / "second.jpg", 2))
        api.post("/commands/sync", json={})
        wait_for(lambda: queued(house) == 1, 10, "the feed told of the second")
        house.emulator.lag(changes_ms=3600_000)
        anna.delete(file)
        asked = media_asked(house)
        api.post("/commands/resume", json={"what": "all"})
        wait_for(lambda: media_asked(house) > asked, 10, "its bytes were asked for")
        assert not house.json("status")["safe_to_leave"]["safe"]
        house.emulator.lag()
        api.post("/commands/sync", json={})
    wait_for(lambda: filed(house) == set() == sent(house), 20, "it is gone here, too")


@pytest.mark.slow
def test_photos_replaced_before_drive_tells_of_it_are_fetched_once_it_does(
    tmp_path: Path, house: House, anna: Photographer
) -> None:
    """Longer or shorter than they are known to be: neither damaged, nor a line that breaks off, nor given up."""
    root = anna.folder("Anna", share=True)
    later = [scene(tmp_path / f"later{n}.jpg", n, size) for n, size in enumerate(((640, 480), (64, 48)))]
    house.start()
    wedding(house, root)
    with house.api() as api:
        api.post("/commands/pause", json={"what": "all"})
        files = [anna.put(scene(tmp_path / f"{n}.jpg", n, (320, 240)), f"{n}.jpg", root) for n in range(2)]
        api.post("/commands/sync", json={})
        wait_for(lambda: queued(house) == 2, 10, "they are known as they were")
        house.emulator.lag(list_ms=3600_000, changes_ms=3600_000)
        for file, one in zip(files, later, strict=True):
            anna.replace(file, one)
        api.post("/commands/resume", json={"what": "all"})
        for count in (2, 4, 6):
            wait_for(lambda count=count: media_asked(house) >= count or fetched(house), 20, "they were asked for")
            status = house.json("status")
            assert (status["drive"]["state"], status["downloads"]["failed"]) == ("online", 0)
        house.emulator.faults([{"method": "files.get_media", "delay_ms": 4000, "times": 2}])
        asked = media_asked(house)
        wait_for(lambda: media_asked(house) >= asked + 2 or fetched(house), 30, "they are asked for once more")
        house.emulator.lag()
        api.post("/commands/sync", json={})
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "all is here")
    assert {path.read_bytes() for path in later} == {
        (house.root / "Events/Wedding" / one).read_bytes() for one in filed(house)
    }
    assert house.json("errors")["open"] == []
    assert "offline" not in (house.root / ".venuesync/logs/agent.log").read_text()


def fetched(house: House) -> bool:
    """All that is known: where their folder was looked at once more just then, that told of their new bytes."""
    downloads = house.json("status")["downloads"]
    return not downloads["queued"] + downloads["active"]


@pytest.mark.slow
def test_a_withdrawal_is_taken_back_though_what_was_fetched_is_old(
    house: House, anna: Photographer, tmp_path: Path
) -> None:
    """It may be the only file that holds the photo: no other one was kept then."""
    folder = anna.folder("From Anna", share=True)
    anna.put(scene(tmp_path / "1.jpg", 1), "A.jpg", folder)
    house.start()
    wedding(house, folder)
    lies = {"Unsorted/No Faces/A.jpg"}
    wait_for(lambda: filed(house) == sent(house) == lies, 30, "it is filed and sent")
    assert house.until_done().returncode == 0
    [number] = [str(one["id"]) for one in house.json("photos")]
    assert house.run("photos", "withdraw", number).returncode == 0
    wait_for(lambda: filed(house) == sent(house) == set(), 30, "it is withdrawn")
    assert house.stop() == 0
    with closing(sqlite3.connect(house.root / ".venuesync/ledger.sqlite")) as db, db:
        db.execute("UPDATE source_file SET done_at = done_at - 8 * 86400")
        db.execute("UPDATE event_photo SET arrived_at = arrived_at - 8 * 86400")
        db.execute("UPDATE job SET next_at = 0, last_at = NULL WHERE name = 'cleanup'")
    house.start()
    wait_for(lambda: tidied_up(house), 30, "the night's work is done")
    assert house.run("undo").returncode == 0
    wait_for(lambda: filed(house) == sent(house) == lies, 30, "it is back")


def tidied_up(house: House) -> bool:
    [job] = [one for one in house.json("events", "show", "Wedding")["jobs"] if one["name"] == "cleanup"]
    return job["last_at"] is not None
