"""Photos that wait for a yes on a metered line: nothing of them goes before, then small copies do, and away again."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from PIL import Image

from tests.venue.blurred import HIS, boxes, detail, is_blurred, nowhere, on_drive, pixels
from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, padded, variant
from tests.venue.test_forget import TOGETHER
from tests.venue.test_metered import MB, SMALL, lose_ledger, metered, photo, safe_line, sent, stands
from tests.venue.test_people_commands import of, ok
from tests.venue.test_renditions import set_, sides
from tests.venue.test_review import held, waits
from tests.venue.witness import Witness

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0", VENUESYNC_DRIVE__METERED_LONG_SIDE="640"),
]

GUEST = FACES / "one_guest.jpg"
ANA, PLACE, ALL = "People/Ana/Solo/A.jpg", "Unsorted/No Faces/B.jpg", "All Photos/B.jpg"


def ever(house: House) -> set[str]:
    """Names of all files that Drive has of ours, in its trash, too."""
    return {one["name"] for one in house.emulator.files() if one.get("md5Checksum")}


def said_no(house: House, *names: str) -> None:
    """Whoever says what must hold is told."""
    house.expected.withdrawn = [one.sha256 for one in house.expected.photos if one.name in names]


def approve(house: House, name: str) -> None:
    ok(house, "photos", "approve", held(house)[name])


@pytest.mark.slow
def test_nothing_goes_before_a_yes_then_small_copies_do_and_are_taken_away_again(house: House, tmp_path: Path) -> None:
    """Over a kill, a lost ledger and the line's turning; in a day's budget that has room for one original."""
    house.environ["VENUESYNC_DRIVE__DAILY_MB"] = "3"
    ok(house, "enroll", "Ana", str(GUEST))
    set_(house, "review", "true")
    set_(house, "all_photos", "true")
    metered(house, "on")
    house.drop(padded(variant(GUEST, tmp_path / "a.jpg", 1), 2 * MB, 7), "A.jpg")
    house.drop(photo(tmp_path / "b.jpg", 2, 2 * MB), "B.jpg")
    house.drop(photo(tmp_path / "c.jpg", 3, 2 * MB), "C.jpg")
    house.start()
    with Witness(house.root, house.emulator.url, house.expected) as witness:
        waits(house, 3)
        told = stands(house, "held")
        assert "3" in told["reason"]
        status = house.json("status")
        assert (status["photos"]["only_small"], status["uploads"]["for_line"]) == (0, 0)
        metered(house, "off")  # not on a line that costs nothing either
        house.kill()
        house.start()
        time.sleep(1.5)
        waits(house, 3)
        metered(house, "on")
        assert (ever(house), house.on_disk(), sent(house) < 20_000) == (set(), {}, True)
        assert house.until_done().returncode == 1

        approve(house, "B.jpg")
        wait_for(lambda: house.on_drive().keys() == {PLACE, ALL}, 30, "its small copies are there")
        assert {*sides(house).values()} == {SMALL}
        told = stands(house, "metered")
        assert told["reason"] == "1 photo is on Drive only as a small copy"
        waits(house, 2)
        approve(house, "A.jpg")
        wait_for(lambda: ANA in house.on_drive(), 30, "so is hers")
        assert ever(house) == {"A.jpg", "B.jpg"}
        there = house.on_drive()
        ok(house, "photos", "withdraw", held(house)["C.jpg"])
        said_no(house, "C.jpg")
        told = stands(house, "metered")
        assert told["reason"] == "2 photos are on Drive only as small copies"
        assert (sent(house) < MB / 2, ever(house)) == (True, {"A.jpg", "B.jpg"})
        house.assert_invariants()

        # what was said yes to waits again, and its small copies go; a lost ledger knows what was said
        ok(house, "undo")
        ok(house, "undo")
        said_no(house)
        waits(house, 2)
        wait_for(lambda: house.on_drive().keys() == {PLACE, ALL}, 30, "hers are taken back")
        stands(house, "metered")
        house.kill()
        lose_ledger(house)
        house.start()
        waits(house, 2)
        wait_for(lambda: safe_line(house)["reason"] == "1 photo is on Drive only as a small copy", 60, "learned anew")
        assert house.on_drive() == {path: there[path] for path in (PLACE, ALL)}
        house.assert_invariants()

        # rejected: away for good, whatever the line is; approved: whole, once the line is free, as far as the day goes
        approve(house, "A.jpg")
        wait_for(lambda: house.on_drive() == there, 30, "hers are there again")
        number = next(str(one["id"]) for one in house.json("photos") if one["name"] == "A.jpg")
        ok(house, "photos", "withdraw", number)
        ok(house, "held", "reject", "--all")
        said_no(house, "A.jpg", "C.jpg")
        wait_for(lambda: house.on_drive().keys() == {PLACE, ALL}, 30, "withdrawn: its small copy is, too")
        stands(house, "metered")
        assert not witness.safe, "nobody was told that it is safe"
    metered(house, "off")
    assert house.until_done().returncode == 0
    house.assert_same_tree(1)
    assert ever(house) == {"A.jpg", "B.jpg"}, "nothing of what was never approved"
    assert sent(house) < 3 * MB, "into its second folder by Drive, though the day has no room for it twice"
    assert witness.false == []
    house.assert_invariants()


@pytest.mark.slow
def test_who_is_forgotten_meanwhile_is_blurred_on_the_small_copy_and_on_what_takes_its_place(
    house: House, tmp_path: Path
) -> None:
    """One photo lies on Drive as a small copy, one waits for a yes."""
    house.environ["VENUESYNC_PEOPLE__FORGOTTEN"] = "blur"
    ok(house, "enroll", "Mia", str(of("mia_lindqvist")[0]))
    ok(house, "enroll", "Jonas", str(of("jonas_lindqvist")[0]))
    set_(house, "review", "true")
    metered(house, "on")
    house.drop(TOGETHER, "IMG_2.jpg")
    other = variant(TOGETHER, tmp_path / "o.jpg", 1)
    house.drop(other, "IMG_3.jpg")
    house.start()
    waits(house, 2)
    hers, his = boxes(house, "Mia"), boxes(house, "Jonas")
    approve(house, "IMG_2.jpg")
    wait_for(lambda: HIS in on_drive(house), 30, "a small copy of one")
    seen = {one["id"] for one in house.emulator.files() if one.get("md5Checksum")}
    ok(house, "people", "forget", "Mia", "--yes")
    wait_for(lambda: not seen & {one["id"] for one in house.emulator.files()}, 30, "what shows her is gone for good")
    approve(house, "IMG_3.jpg")
    theirs = {HIS, HIS.replace("2", "3")}
    wait_for(lambda: on_drive(house).keys() == theirs, 40, "small copies of both, as they are now")
    for path, was in zip(sorted(theirs), (TOGETHER, other), strict=True):
        small = pixels(on_drive(house)[path])
        assert max(small.shape[:2]) == SMALL
        with Image.open(was) as picture:
            zoom = SMALL / max(picture.size)
            reduced = picture.convert("RGB").resize(small.shape[1::-1])
        reduced.save(tmp_path / "reduced.png")
        expected = pixels((tmp_path / "reduced.png").read_bytes())
        for box in hers:
            small_box = tuple(round(one * zoom) for one in box)
            assert detail(small, small_box) < 0.4 * detail(expected, small_box)  # type: ignore[arg-type]
        for box in his:
            small_box = tuple(round(one * zoom) for one in box)
            assert detail(small, small_box) > 0.7 * detail(expected, small_box)  # type: ignore[arg-type]
    assert not stands(house, "metered")["safe"]
    nowhere(house, TOGETHER)
    metered(house, "off")
    assert house.until_done().returncode == 0
    is_blurred(on_drive(house)[HIS], TOGETHER, hers, his)
    is_blurred(on_drive(house)[HIS.replace("2", "3")], other, hers, his)
    nowhere(house, TOGETHER)
    nowhere(house, other)
    house.assert_invariants()
