"""A metered line: small copies first, originals later, so much a day; and nobody is told that it is safe before."""

from __future__ import annotations

import re
import signal
import time
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from agent.model import Outlook
from tests.faces import raws
from tests.faces.films import film
from tests.venue.house import House, wait_for
from tests.venue.metrics import numbers
from tests.venue.photographer import Photographer
from tests.venue.pictures import FACES, padded, scene, variant
from tests.venue.tellers import agree
from tests.venue.test_renditions import LARGE, set_, sides
from tests.venue.weddings import wedding

pytestmark = pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0", VENUESYNC_DRIVE__METERED_LONG_SIDE="640")

GUEST = FACES / "one_guest.jpg"
SMALL, MB = 640, 1_000_000
ANA, PLACE = "People/Ana/Solo/A.jpg", "Unsorted/No Faces/B.jpg"


def photo(path: Path, number: int, size: int = MB) -> Path:
    """Of `size` bytes, that nobody is on; its small copy has some 20 kB."""
    return padded(scene(path, number, LARGE), size, number)


def safe_line(house: House) -> Any:
    status = house.json("status")
    agree(status)
    return status["safe_to_leave"]


def stands(house: House, code: str, seconds: float = 40) -> Any:
    """Once nothing moves by itself any more."""
    wait_for(lambda: (one := safe_line(house))["code"] == code and one["outlook"] != Outlook.WAITS, seconds, code)
    return safe_line(house)


def sent(house: House) -> int:
    """Bytes that Drive got."""
    return int(house.emulator.requests()["bytes_in"])


def metered(house: House, to: str) -> None:
    done = house.run("metered", to)
    assert done.returncode == 0, done.stderr


def lose_ledger(house: House) -> None:
    for file in (house.root / ".venuesync").glob("ledger*"):
        file.unlink()


def ids(house: House) -> dict[str, str]:
    return {one["id"]: one["path"] for one in house.emulator.files() if not one["trashed"]}


@pytest.mark.slow
def test_small_copies_go_first_and_originals_take_their_places(house: House, tmp_path: Path) -> None:
    """A kill, a lost ledger, `verify`, `retry` and `resync` send nothing meanwhile; a new person's come by copying."""
    metered(house, "on")
    assert house.run("enroll", "Ana", str(GUEST)).returncode == 0
    set_(house, "all_photos", "true")
    house.drop(padded(variant(GUEST, tmp_path / "a.jpg", 1), MB, 7), "A.jpg")
    house.drop(photo(tmp_path / "b.jpg", 2), "B.jpg")
    with Image.open(GUEST) as picture:
        (tmp_path / "r.nef").write_bytes(raws.nef(picture) + bytes(MB))
    house.drop(tmp_path / "r.nef", "R.NEF")
    house.drop(film(tmp_path / "v.mp4", [(None, 3)]), "V.mp4")
    house.start()
    told = stands(house, "metered")
    assert told["reason"] == ("2 photos are on Drive only as small copies, 2 wait for a line that is not metered")
    assert "venuesync metered off" in told["remedy"]
    assert "events set NAME long_side 640, and quality 80" in told["remedy"]
    assert (told["safe"], told["outlook"]) == (False, Outlook.NEEDS_YOU)
    everything = {ANA, PLACE, "All Photos/A.jpg", "All Photos/B.jpg"}
    assert house.on_drive().keys() == everything
    assert {max_side for max_side in sides(house).values()} <= {SMALL, *small_guest(house)}
    assert sent(house) < MB / 2
    status = house.json("status")
    assert (status["photos"]["only_small"], status["uploads"]["for_line"], status["errors"]) == (2, 4, 0)
    assert (status["drive"]["metered"], status["uploads"]["bytes_left"]) == (True, 0)
    done = house.until_done()
    assert (done.returncode, told["reason"] in done.stderr) == (1, True), done
    compared = house.run("verify")
    assert compared.returncode == 1
    assert compared.stdout.count("a line that is not metered: venuesync metered off") == 8
    house.assert_invariants()
    found = numbers(house)
    assert found.all("only_small_photos") == [2]
    assert found.all("line_waiting_placements") == [4]
    assert found.all("metered") == [1]

    before, there = sent(house), ids(house)
    assert house.run("retry", "--all").returncode == 0
    assert house.run("resync", "default").returncode == 0
    house.kill()
    house.start()
    stands(house, "metered")
    assert house.stop() == 0
    lose_ledger(house)
    house.start()
    wait_for(lambda: safe_line(house)["reason"] == told["reason"], 60, "a lost ledger is learned anew")
    assert ids(house) == there
    assert sent(house) - before < 50_000
    house.assert_invariants()

    metered(house, "off")
    assert house.until_done().returncode == 0
    house.assert_same_tree(4)
    assert house.json("status")["safe_to_leave"]["reason"] == "all 4 photos verified on Drive"
    assert house.json("status")["photos"]["only_small"] == 0
    house.assert_invariants()
    metered(house, "on")
    assert stands(house, "safe")["safe"], "what is there stays there"
    house.assert_same_tree(4)


def small_guest(house: House) -> set[int]:
    """The guest's picture is small as it is."""
    with Image.open(GUEST) as picture:
        return {max(picture.size)} if max(picture.size) < SMALL else set()


def test_a_photo_of_no_more_bytes_than_a_small_copy_goes_as_it_is(house: House, tmp_path: Path) -> None:
    """What was made of it had as many and more, and both crossed the line."""
    metered(house, "on")
    few = scene(tmp_path / "s.jpg", 5)
    house.drop(few, "S.jpg")
    house.start()
    assert stands(house, "safe")["reason"] == "1 photo verified on Drive"
    assert [one["size"] for one in house.emulator.files() if one["size"]] == [few.stat().st_size]
    house.assert_invariants()


@pytest.mark.slow
def test_metered_to_and_fro_and_killed_amid(house: House, tmp_path: Path) -> None:
    """Each photo is there once in each of its folders in the end, as it was said last."""
    assert house.run("enroll", "Ana", str(GUEST)).returncode == 0
    set_(house, "all_photos", "true")
    for number in range(5):
        house.drop(padded(variant(GUEST, tmp_path / f"{number}.jpg", number), MB // 2, number), f"A{number}.jpg")
    for number in range(5, 12):
        house.drop(photo(tmp_path / f"{number}.jpg", number, MB // 2), f"B{number}.jpg")
    metered(house, "on")
    house.start()
    for to in ("off", "on", "off", "on"):
        wait_for(lambda: len(house.on_drive()) > 3, 30, "some are there")
        metered(house, to)
        house.kill()
        house.start()
    house.drop(photo(tmp_path / "12.jpg", 12, MB // 2), "B12.jpg")  # the others may be there whole by now
    wait_for(lambda: house.json("status")["photos"]["seen"] == 13, 60, "one more is known")
    stands(house, "metered", 60)
    house.assert_invariants()
    assert house.run("verify").returncode == 1, "some wait for another line"
    metered(house, "off")
    assert house.until_done().returncode == 0
    house.assert_same_tree(13)
    house.assert_invariants()
    assert house.run("verify").returncode == 0


@pytest.mark.slow
def test_who_is_content_with_small_ones_says_so(house: House, tmp_path: Path) -> None:
    """As the remedy says it, and not a byte goes; an event that is smaller anyway owes nothing; and back again."""
    metered(house, "on")
    assert house.run("events", "add", "Tiny").returncode == 0
    set_(house, "long_side", "640", "Tiny")
    house.start()
    house.drop(photo(tmp_path / "b.jpg", 2), "B.jpg")
    tiny = house.root / "Events/Tiny/Incoming/T.jpg"
    tiny.write_bytes(photo(tmp_path / "t.jpg", 3).read_bytes())
    wait_for(lambda: "1 photo is on Drive only as a small copy" in safe_line(house)["reason"], 40, "one is owed")
    before, there = sent(house), ids(house)
    set_(house, "quality", "80")
    set_(house, "long_side", "640")
    told = stands(house, "safe")
    assert told["reason"] == "all 2 photos verified on Drive, originals of default, Tiny only here"
    assert (ids(house), sent(house) - before < 20_000) == (there, True)
    house.assert_invariants()

    set_(house, "long_side", "1000")
    stands(house, "metered")
    assert sides(house)["default/Unsorted/No Faces/B.jpg"] == SMALL
    metered(house, "off")
    assert house.until_done().returncode == 0
    assert sides(house)["default/Unsorted/No Faces/B.jpg"] == 1000
    house.assert_invariants()


@pytest.mark.slow
def test_decisions_move_small_copies_and_send_nothing(house: House, tmp_path: Path) -> None:
    """Enrolled, undone, withdrawn and back: by copies and moves, as ever."""
    metered(house, "on")
    house.drop(padded(variant(GUEST, tmp_path / "a.jpg", 1), MB, 7), "A.jpg")
    house.start()
    stands(house, "metered")
    before = sent(house)
    assert house.run("enroll", "Ana", str(GUEST)).returncode == 0
    wait_for(lambda: house.on_drive().keys() == {ANA}, 30, "it is hers")
    stands(house, "metered")
    assert house.run("undo").returncode == 0
    wait_for(lambda: house.on_drive().keys() == {"Unsorted/Unknown/A.jpg"}, 30, "it is nobody's")
    assert house.run("redo").returncode == 0
    wait_for(lambda: house.on_drive().keys() == {ANA}, 30, "it is hers again")
    number = str(house.json("photos")[0]["id"])
    assert house.run("photos", "withdraw", number).returncode == 0
    wait_for(lambda: not house.on_drive(), 30, "it is nowhere")
    assert house.run("undo").returncode == 0
    wait_for(lambda: house.on_drive().keys() == {ANA}, 30, "it is there")
    stands(house, "metered")
    assert sent(house) - before < 100_000
    house.assert_invariants()
    metered(house, "off")
    assert house.until_done().returncode == 0
    house.assert_same_tree(1)
    house.assert_invariants()


@pytest.mark.slow
def test_photos_of_a_source_are_copied_at_once(house: House, anna: Photographer, tmp_path: Path) -> None:
    """Drive makes them of what lies there: that costs no line."""
    house.emulator.grant("drive")
    metered(house, "on")
    folder = anna.folder("Anna", share=True)
    anna.put(photo(tmp_path / "1.jpg", 1), "DSC_1.jpg", folder)
    house.start()
    house.emulator.forget_requests()
    wedding(house, folder)
    assert house.until_done().returncode == 0
    assert sent(house) < MB / 2
    assert house.emulator.requests()["methods"]["files.copy"] == 1
    house.assert_invariants()


@pytest.mark.slow
def test_a_day_s_budget(house: House, tmp_path: Path) -> None:
    """Kept over a kill and a clock that is set back; lifted by the settings, by the command, and by midnight."""
    offset = tmp_path / "offset"
    offset.write_text("0")
    house.environ["VENUESYNC_CLOCK_OFFSET"] = str(offset)
    config = house.root / "config.toml"
    config.write_text("[drive]\ndaily_mb = 3\n[faces]\nworkers = 1\n")
    for number in range(5):
        house.drop(photo(tmp_path / f"{number}.jpg", number, 1_100_000), f"B{number}.jpg")
    agent = house.start()
    told = stands(house, "day_spent")
    assert told["reason"] == "the day's 3 MB are used up, 3 photos wait here"
    assert told["outlook"] == Outlook.NEEDS_YOU
    assert 2 * MB < sent(house) <= 3 * MB
    done = house.until_done()
    assert (done.returncode, told["reason"] in done.stderr) == (1, True), done
    assert "the day's 3 MB are used up" in house.json("status")["drive"]["detail"]
    assert house.json("status")["errors"] == 0
    (told,) = re.findall(r"([\d.]+) of 3 MB sent today", house.run("status").stdout)
    assert told == f"{house.json('limit')['sent_mb']:g}", "as `limit` tells it"

    house.kill()
    offset.write_text(str(-86_400))
    agent = house.start()
    stands(house, "day_spent")
    assert sent(house) <= 3 * MB
    offset.write_text("0")
    stands(house, "day_spent")
    offset.write_text(str(86_400))
    wait_for(lambda: sent(house) > 4 * MB, 30, "another day")
    stands(house, "day_spent")

    config.write_text("[drive]\ndaily_mb = 4\n[faces]\nworkers = 1\n")
    agent.send_signal(signal.SIGHUP)
    assert house.until_done().returncode == 0
    house.assert_same_tree(5)
    house.drop(photo(tmp_path / "l.jpg", 9, 3 * MB), "L.jpg")
    stands(house, "day_spent")
    assert house.run("limit", "--day", "0").returncode == 0
    assert house.until_done().returncode == 0
    house.assert_same_tree(6)
    house.assert_invariants()


@pytest.mark.slow
def test_a_wait_that_ends_with_its_agent_names_what_works_without_one(house: House, tmp_path: Path) -> None:
    """`limit --day 0`, which it named, found no agent; nor did midnight."""
    house.environ["VENUESYNC_DRIVE__DAILY_MB"] = "2"
    for number in range(3):
        house.drop(photo(tmp_path / f"{number}.jpg", number, 1_100_000), f"B{number}.jpg")
    done = house.until_done()
    assert done.returncode == 1
    assert "limit --day" not in done.stderr and "midnight" not in done.stderr
    assert "the day's 2 MB are used up" in done.stderr and "VENUESYNC_DRIVE__DAILY_MB=0" in done.stderr
    house.environ["VENUESYNC_DRIVE__DAILY_MB"] = "0"
    assert house.until_done().returncode == 0
    house.assert_same_tree(3)


@pytest.mark.slow
def test_a_day_that_is_over_is_no_reason_though_nothing_can_be_sent(house: House, tmp_path: Path) -> None:
    """Drive is away as midnight comes."""
    offset = tmp_path / "offset"
    offset.write_text("0")
    house.environ |= {"VENUESYNC_CLOCK_OFFSET": str(offset), "VENUESYNC_DRIVE__DAILY_MB": "2"}
    for number in range(2):
        house.drop(photo(tmp_path / f"{number}.jpg", number, 1_100_000), f"B{number}.jpg")
    house.start()
    stands(house, "day_spent")
    house.emulator.outage(600)
    wait_for(lambda: house.json("status")["drive"]["state"] == "offline", 40, "Drive is away")
    assert safe_line(house)["code"] == "day_spent"
    offset.write_text(str(86_400))
    told = lambda: safe_line(house)["reason"]  # noqa: E731
    wait_for(lambda: told() == "Drive is offline, 1 photo waits here", 40, f"another day: {told()}")
    assert "used up" not in house.json("status")["drive"]["detail"]
    house.emulator.outage(0)
    assert house.until_done().returncode == 0


@pytest.mark.slow
def test_a_large_file_goes_as_far_as_the_day_lasts_and_on_from_there(house: House, tmp_path: Path) -> None:
    """And what is to take a small copy's place is not taken away before it can be sent whole."""
    house.environ["VENUESYNC_DRIVE__DAILY_MB"] = "12"
    house.environ["VENUESYNC_DRIVE__UP_MBPS"] = "80"
    metered(house, "on")
    house.drop(photo(tmp_path / "b.jpg", 2, 6 * MB), "B.jpg")
    house.drop(photo(tmp_path / "c.jpg", 3, 6 * MB), "C.jpg")
    house.start()
    assert "2 photos are on Drive only as small copies" in stands(house, "metered")["reason"]
    metered(house, "off")
    stands(house, "day_spent")
    assert sorted(size > 5 * MB for size in sizes(house)) == [False, True]
    assert house.run("limit", "--day", "20").returncode == 0
    assert house.until_done().returncode == 0
    house.assert_same_tree(2)
    before = sent(house)
    house.drop(photo(tmp_path / "l.jpg", 4, 24 * MB), "L.jpg")
    stands(house, "day_spent")
    assert sent(house) - before < 9 * MB
    house.kill()
    house.environ["VENUESYNC_DRIVE__DAILY_MB"] = "0"
    house.start()
    assert house.until_done().returncode == 0
    assert sent(house) - before < 26 * MB, "it went on from there"
    house.assert_same_tree(3)
    house.assert_invariants()


@pytest.mark.slow
def test_what_waits_for_midnight_half_sent_holds_nothing_else_up_and_is_no_standstill(
    house: House, tmp_path: Path
) -> None:
    """As many large files as go at once: the queue found these alone, began none, and was ended as it stood still."""
    house.environ |= {"VENUESYNC_DRIVE__DAILY_MB": "14", "VENUESYNC_DRIVE__UP_MBPS": "80"}
    house.environ |= {"VENUESYNC_DRIVE__UPLOADS": "3", "VENUESYNC_STANDSTILL_AFTER": "4"}
    house.drop(scene(tmp_path / "first.jpg", 1), "FIRST.jpg")
    house.start()
    wait_for(lambda: len(house.on_drive()) == 1, 30, "the first is on Drive")
    for number in range(4):
        house.drop(photo(tmp_path / f"{number}.jpg", number, 12 * MB), f"L{number}.jpg")
    stands(house, "day_spent")
    (first,) = [one["id"] for one in house.json("photos") if one["name"] == "FIRST.jpg"]
    assert house.run("photos", "withdraw", str(first)).returncode == 0
    wait_for(lambda: "Unsorted/No Faces/FIRST.jpg" not in house.on_drive(), 20, "withdrawn")
    time.sleep(10)
    assert house.json("errors")["open"] == []
    assert house.run("limit", "--day", "0").returncode == 0
    assert house.until_done().returncode == 0
    assert len(house.on_drive()) == 4


@pytest.mark.slow
@pytest.mark.parametrize("may_copy", [True, False], ids=["copied by Drive", "read only"])
def test_photos_of_a_source_on_a_day_that_is_spent(
    house: House, anna: Photographer, tmp_path: Path, may_copy: bool
) -> None:
    """What Drive copies costs no line: it waited for midnight, and the queue was ended as it stood still."""
    house.environ |= {"VENUESYNC_DRIVE__DAILY_MB": "1", "VENUESYNC_STANDSTILL_AFTER": "4"}
    house.environ["VENUESYNC_SYNC__INTERVAL"] = "1"
    if may_copy:
        house.emulator.grant("drive")
    house.drop(photo(tmp_path / "first.jpg", 9, 900_000), "FIRST.jpg")
    folder = anna.folder("Anna", share=True)
    for number in range(4):
        anna.put(photo(tmp_path / f"{number}.jpg", number, 3 * MB), f"S{number}.jpg", folder)
    house.start()
    wait_for(lambda: house.json("status")["photos"]["verified"] == 1, 30, "the day is spent")
    wedding(house, folder)
    if may_copy:
        assert house.until_done().returncode == 0
    else:
        stands(house, "day_spent")
        time.sleep(10)
    assert house.json("status")["photos"]["verified"] == (5 if may_copy else 1)
    assert house.json("status")["drive"]["today"]["sent"] < MB
    assert house.json("errors")["open"] == []


@pytest.mark.slow
def test_small_copies_go_where_the_day_has_no_room_for_originals(house: House, tmp_path: Path) -> None:
    """And they stay, in guests' folders, when the line is not metered any more and the day is over."""
    house.environ["VENUESYNC_DRIVE__DAILY_MB"] = "2"
    metered(house, "on")
    for number in range(3):
        house.drop(photo(tmp_path / f"{number}.jpg", number, 5 * MB), f"B{number}.jpg")
    house.start()
    assert stands(house, "metered")["reason"] == "3 photos are on Drive only as small copies"
    there = ids(house)
    metered(house, "off")
    told = stands(house, "day_spent")
    assert told["reason"] == "the day's 2 MB are used up, 3 photos are on Drive only as small copies"
    assert house.until_done().returncode == 1
    assert (ids(house), sent(house) < MB) == (there, True)
    house.assert_invariants()
    assert house.run("limit", "--day", "0").returncode == 0
    assert house.until_done().returncode == 0
    house.assert_same_tree(3)
    house.assert_invariants()


def sizes(house: House) -> list[int]:
    return [int(one["size"]) for one in house.emulator.files() if one.get("md5Checksum") and not one["trashed"]]


@pytest.mark.slow
def test_one_under_way_is_broken_off_when_the_line_becomes_metered(house: House, tmp_path: Path) -> None:
    house.environ["VENUESYNC_DRIVE__UP_MBPS"] = "16"
    house.drop(photo(tmp_path / "l.jpg", 4, 24 * MB), "L.jpg")
    house.start()
    wait_for(lambda: house.json("status")["drive"]["today"]["sent"] > MB, 30, "it is under way")
    metered(house, "on")
    assert stands(house, "metered")["reason"] == "1 photo is on Drive only as a small copy"
    assert sent(house) < 12 * MB
    house.assert_invariants()
    assert house.run("limit", "--up", "0").returncode == 0
    metered(house, "auto")
    assert house.until_done().returncode == 0
    house.assert_same_tree(1)
    house.assert_invariants()


@pytest.mark.slow
def test_what_drive_copies_from_another_event_waits_for_no_other_day(house: House, tmp_path: Path) -> None:
    house.environ["VENUESYNC_DRIVE__DAILY_MB"] = "3"
    metered(house, "on")
    assert house.run("events", "add", "Wedding").returncode == 0
    shot = photo(tmp_path / "b.jpg", 2, 2 * MB)
    house.start()
    house.drop(shot, "B.jpg")
    (house.root / "Events/Wedding/Incoming/B.jpg").write_bytes(shot.read_bytes())
    wait_for(lambda: len(sizes(house)) == 2 and safe_line(house)["code"] == "metered", 40, "small in both")
    assert house.run("events", "set", "Wedding", "send", "false").returncode == 0
    metered(house, "off")
    wait_for(lambda: sorted(size > MB for size in sizes(house)) == [False, True], 40, "whole in one")
    assert house.run("events", "set", "Wedding", "send", "true").returncode == 0
    assert house.until_done().returncode == 0
    assert [size > MB for size in sizes(house)] == [True, True]
    assert sent(house) < 3 * MB
    house.assert_invariants()


@pytest.mark.slow
def test_newer_photos_that_the_day_has_no_room_for_keep_none_back_that_it_has_room_for(
    house: House, tmp_path: Path
) -> None:
    house.environ |= {"VENUESYNC_DRIVE__DAILY_MB": "3", "VENUESYNC_DRIVE__UPLOADS": "1"}
    metered(house, "on")
    house.start()
    for number, size in enumerate([1, 4, 4]):
        house.drop(photo(tmp_path / f"{number}.jpg", number, size * MB), f"B{number}.jpg")
        wait_for(lambda: len(sizes(house)) == number + 1, 40, "small on Drive")  # noqa: B023 - called at once
    metered(house, "off")
    assert stands(house, "day_spent")["reason"] == (
        "the day's 3 MB are used up, 2 photos are on Drive only as small copies"
    )
    assert sorted(size >= MB for size in sizes(house)) == [False, False, True]
    house.assert_invariants()
