"""Paused: uploads alone, or everything; and it stays so whatever becomes of the agent."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene, variant

SEEN = 20.0  # seconds for a photo to be taken in


@pytest.mark.slow
def test_with_everything_paused_photos_are_counted_and_nothing_else_is_done(house: House, tmp_path: Path) -> None:
    """Not looked at, not filed, not sent, nobody grouped; through a restart and a kill; then all of it."""
    house.start()
    assert "Everything is paused" in house.run("pause", "all").stdout
    face = FACES / "one_guest.jpg"
    for number in range(3):
        house.drop(variant(face, tmp_path / f"face-{number}.jpg", number), f"face-{number}.jpg")
    house.drop(scene(tmp_path / "scene.jpg", 1), "scene.jpg")
    assert_standing(house, 4)
    assert house.stop() == 0
    house.start()
    house.drop(scene(tmp_path / "second.jpg", 2), "second.jpg")
    assert_standing(house, 5)
    house.kill()
    house.start()
    assert_standing(house, 5)
    asked = house.until_done(60)
    assert (asked.returncode, asked.stderr.strip()) == (
        1,
        "Not done: everything is paused, 5 photos wait here. Go on: venuesync resume all",
    )
    house.run("resume", "all")
    done = house.until_done()
    assert done.returncode == 0, done.stderr
    house.assert_same_tree(5)
    assert [one["name"] for one in house.json("people")] == ["Guest 01"]


def test_until_done_ends_where_a_folder_is_missing_too(house: House, tmp_path: Path) -> None:
    """It went on for ever: the folder was waited for, and nothing goes on until somebody resumes it all the same."""
    card = tmp_path / "card"
    card.mkdir()
    house.environ["VENUESYNC_INCOMING__FOLDERS"] = str(card)
    house.start()
    assert house.run("pause", "all").returncode == 0
    house.drop(scene(tmp_path / "scene.jpg", 1), "scene.jpg")
    wait_for(lambda: house.json("status")["photos"]["waiting"] == 1, SEEN, "it is taken in")
    card.rmdir()
    wait_for(lambda: house.json("status")["watcher"]["state"] == "degraded", 60, "the card is missed")
    asked = house.until_done(60)
    assert (asked.returncode, asked.stderr.strip()) == (
        1,
        "Not done: everything is paused, 1 photo waits here. Go on: venuesync resume all",
    )


def assert_standing(house: House, photos: int) -> None:
    """So many photos are known, and for as long as it would have taken nothing becomes of them."""
    wait_for(lambda: house.json("status")["photos"]["waiting"] == photos, SEEN, "they are taken in")
    end = time.monotonic() + 2.0
    while time.monotonic() < end:
        status = house.json("status")
        assert status["photos"] == {
            "seen": photos,
            "waiting": photos,
            **dict.fromkeys(
                ("filed", "unsorted", "failed", "held", "dismissed", "skipped", "verified", "only_small"), 0
            ),
        }
        assert (status["faces"]["found"], status["paused"]["all"]) == (0, True)
        told = status["safe_to_leave"]
        assert (told["code"], told["reason"]) == (
            "paused",
            f"everything is paused, {photos} photos wait here",
        )
        time.sleep(0.2)
    assert house.on_disk() == {}
    assert house.on_drive() == {}
    assert not list(house.root.glob("People/*"))
    check = house.run("status", "--check")
    assert (check.returncode, check.stdout.strip()) == (1, f"needs you; not yet: {told['reason']}")
    assert "Paused    everything" in house.run("status").stdout


def test_a_photo_whose_file_is_written_once_more_is_one_photo(house: House, tmp_path: Path) -> None:
    house.start()
    house.run("pause", "all")
    house.drop(scene(tmp_path / "one.jpg", 1), "one.jpg")
    wait_for(lambda: house.json("status")["photos"]["waiting"] == 1, SEEN, "it is taken in")
    written, told = house.root / "Incoming/one.jpg", set[tuple[str, int]]()
    for _ in range(20):
        written.write_bytes(written.read_bytes())
        status = house.json("status")
        told.add((status["safe_to_leave"]["reason"], sum(status["queue"].values())))
    assert told == {("everything is paused, 1 photo waits here", 1)}


@pytest.mark.slow
def test_with_uploads_paused_all_else_goes_on(house: House, tmp_path: Path) -> None:
    house.start()
    house.run("pause")
    house.drop(scene(tmp_path / "one.jpg", 1), "one.jpg")
    wait_for(lambda: house.json("status")["photos"]["unsorted"] == 1, SEEN, "it is filed")
    told = house.json("status")["safe_to_leave"]
    assert (told["code"], told["reason"]) == ("uploads_paused", "uploads are paused, 1 photo waits here")
    assert (len(house.on_disk()), house.on_drive()) == (1, {})
    house.run("resume")
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], SEEN, "it is sent")
    house.assert_same_tree(1)


@pytest.mark.slow
def test_a_pause_while_drive_is_away_holds_when_it_is_back(house: House, tmp_path: Path) -> None:
    """What waited for the line does not begin with its return: somebody said stop meanwhile."""
    house.start()
    wait_for(lambda: house.json("status")["drive"]["state"] == "online", SEEN, "it is reached")
    house.emulator.outage(600)
    house.drop(scene(tmp_path / "one.jpg", 1), "one.jpg")
    wait_for(lambda: house.json("status")["safe_to_leave"]["code"] == "drive_offline", SEEN, "the line is away")
    house.run("pause", "all")
    house.emulator.outage(0)
    house.run("sync")
    wait_for(lambda: house.json("status")["drive"]["state"] == "online", SEEN, "it is back")
    time.sleep(2)
    assert house.on_drive() == {}
    house.run("resume", "all")
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], SEEN, "it is sent")


@pytest.mark.slow
def test_two_switches_at_once_are_both_thrown(house: House) -> None:
    """Neither keeps what the other one switched as it was before."""
    house.start()
    with house.api() as api, ThreadPoolExecutor(2) as at_once:
        for _ in range(10):
            for verb in ("pause", "resume"):
                lanes = ("all", "uploads")
                asked = [at_once.submit(api.post, f"/commands/{verb}", json={"what": lane}) for lane in lanes]
                assert [one.result().status_code for one in asked] == [200, 200]
                now = api.get("/status").json()["paused"]
                assert (now["all"], now["uploads"]) == (verb == "pause", verb == "pause")


def test_until_done_ends_where_uploads_are_paused_and_drive_is_away(house: House, tmp_path: Path) -> None:
    """It waited for the line, for ever: nothing is sent before somebody resumes it, line or no line."""
    house.drop(scene(tmp_path / "scene.jpg", 1), "scene.jpg")
    assert house.run("pause").returncode == 0
    house.emulator.outage(60)
    asked = house.until_done(40)
    assert (asked.returncode, asked.stderr.strip()) == (
        1,
        "Not done: uploads are paused, 1 photo waits here. Go on: venuesync resume",
    )
