"""Somebody is forgotten and blurred: by the pixels of what is filed, here and on Drive; all else stays as it was."""

from __future__ import annotations

import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest
from PIL import Image

from agent.jobs.backups import back_up_ledger, back_up_people
from agent.workspace import find_workspace
from tests.faces import raws
from tests.faces.films import film
from tests.venue.blurred import (
    GIVEN,
    HIS,
    JONAS,
    boxes,
    detail,
    evening,
    forget,
    is_blurred,
    lose_ledger,
    nowhere,
    on_drive,
    pixels,
)
from tests.venue.house import House, wait_for
from tests.venue.manifest import md5 as md5_of
from tests.venue.pictures import variant
from tests.venue.test_forget import TOGETHER, sha256
from tests.venue.test_people_commands import of, ok
from tests.venue.test_verify import api as on_drives_own_way

pytestmark = [
    pytest.mark.timeout(300),
    pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0", VENUESYNC_PEOPLE__FORGOTTEN="blur"),
]


@pytest.mark.slow
def test_her_face_is_seen_nowhere_and_all_else_is_as_it_was(house: House) -> None:
    evening(house)
    hers, his = boxes(house, "Mia"), boxes(house, "Jonas")
    originals = {path: path.read_bytes() for path in (house.root / "Incoming").rglob("*.jpg")}
    house.start()
    before = {one["id"]: one["path"] for one in house.emulator.files() if one["path"].endswith("Group/IMG_2.jpg")}
    done = forget(house)
    assert (done["blurred"], done["unblurred"], done["held"]["blur"]) == (3, [], True)
    assert {Path(one).name for one in done["held"]["originals"]} == {"IMG_0.jpg", "IMG_1.jpg", "IMG_2.jpg"}
    is_blurred((house.root / HIS).read_bytes(), TOGETHER, hers, his)
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "all is sent")
    assert {*house.on_disk()} == {HIS, "Unsorted/Unknown/IMG_0.jpg", "Unsorted/Unknown/IMG_1.jpg"}
    assert house.on_disk() == house.on_drive()
    is_blurred(on_drive(house)[HIS], TOGETHER, hers, his)
    assert not {*before} & {one["id"] for one in house.emulator.files()}, "what lay there is gone for good"
    for photo in (TOGETHER, *of("mia_lindqvist")[1:]):
        nowhere(house, photo)
    assert {path: path.read_bytes() for path in originals} == originals
    kept = house.root / ".venuesync" / "withdrawn"
    assert sha256(TOGETHER) in {one.name for one in kept.iterdir()}, "a card may be erased"
    with house.api() as api:
        number = next(row["id"] for row in house.json("photos") if row["name"] == "IMG_2.jpg")
        small = pixels(api.get(f"/photos/{number}/thumbnail").raise_for_status().content)
        zoom = small.shape[1] / pixels(TOGETHER.read_bytes()).shape[1]
        left, top, right, bottom = (round(edge * zoom) for edge in hers[0])
        assert detail(small, (left, top, right, bottom)) < 12
        (face,) = [one["face_id"] for one in house.json("photos", "faces", str(number)) if one["name"] is None]
        cut = pixels(api.get(f"/faces/{face}").raise_for_status().content)
        assert np.abs(np.diff(cut, axis=1)).mean() < 2, "a picture of that face is made of what is filed"
    ok(house, "people", "export", "Jonas", str(house.root / "his.zip"))
    with ZipFile(house.root / "his.zip") as archive:
        assert archive.read("Photos/Group/IMG_2.jpg") == (house.root / HIS).read_bytes()
    assert "originals of 3 with faces blurred only here" in house.json("status")["safe_to_leave"]["reason"]
    house.assert_invariants()
    assert house.run("verify").returncode == 0

    assert house.stop() == 0
    ids = {one["id"] for one in house.emulator.files()}
    lying = house.on_disk()
    lose_ledger(house)
    house.start()
    assert house.until_done().returncode == 0
    assert house.on_disk() == lying == house.on_drive(), "after a lost ledger nothing is doubled, nothing seen"
    assert {one["id"] for one in house.emulator.files()} == ids
    assert house.run("verify", "--repair").returncode == 0
    assert house.on_disk() == lying
    house.assert_invariants()


@pytest.mark.slow
def test_what_shows_her_in_drive_s_trash_goes_though_the_ledger_that_knew_it_is_lost(house: House) -> None:
    evening(house)
    number = str(next(row["id"] for row in house.json("photos") if row["name"] == "IMG_2.jpg"))
    ok(house, "photos", "withdraw", number)
    assert house.until_done().returncode == 0
    md5 = md5_of(TOGETHER.read_bytes())
    assert [one["trashed"] for one in house.emulator.files() if one.get("md5Checksum") == md5] == [True, True]
    lose_ledger(house)
    house.start()
    ok(house, "undo")
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is sent anew")
    assert forget(house)["blurred"] == 3
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is sent")
    nowhere(house, TOGETHER)
    house.assert_invariants()


# ---- one after the other, smaller, moved, withdrawn, merged


@pytest.mark.slow
def test_a_second_one_on_the_same_photo_is_blurred_too_and_an_event_s_size_and_watermark_hold(
    house: House, tmp_path: Path
) -> None:
    evening(house)
    hers, his = boxes(house, "Mia"), boxes(house, "Jonas")
    ok(house, "events", "set", "default", "all_photos", "true")
    house.start()
    forget(house)
    everybody = "All Photos/IMG_2.jpg"
    wait_for(lambda: house.on_drive() == house.on_disk() and everybody in house.on_drive(), 30, "all is sent")
    is_blurred(on_drive(house)[everybody], TOGETHER, hers, his)
    first = {one["id"] for one in house.emulator.files() if one["path"].endswith("IMG_2.jpg")}
    forget(house, "Jonas")
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "all is sent again")
    is_blurred((house.root / everybody).read_bytes(), TOGETHER, [*hers, *his])
    is_blurred(on_drive(house)[everybody], TOGETHER, [*hers, *his])
    assert not first & {one["id"] for one in house.emulator.files()}, "on which he was still to be seen"
    house.assert_invariants()

    mark = tmp_path / "logo.png"
    Image.new("RGBA", (200, 100), (255, 0, 0, 255)).save(mark)
    ok(house, "events", "set", "default", "watermark", str(mark))
    ok(house, "events", "set", "default", "long_side", "960")

    def small() -> bool:
        return all(max(pixels(one).shape) <= 960 for one in on_drive(house).values())

    wait_for(small, 30, "Drive has it smaller")
    assert house.until_done().returncode == 0
    made = pixels(on_drive(house)[everybody])
    half = [tuple(edge // 2 for edge in box) for box in (*hers, *his)]
    assert max(detail(made, (one[0], one[1], one[2], one[3])) for one in half) < 3
    assert made[600, 900] == pytest.approx((254, 0, 0), abs=12)
    is_blurred((house.root / everybody).read_bytes(), TOGETHER, [*hers, *his])
    house.assert_invariants()
    ok(house, "events", "set", "default", "long_side", "")
    wait_for(lambda: house.on_drive() == house.on_disk(), 30, "it is as large as it was")
    assert house.until_done().returncode == 0
    house.assert_invariants()


@pytest.mark.slow
def test_what_is_done_with_the_photo_and_with_others_afterwards_goes_on_as_ever(house: House) -> None:
    """Withdrawn and back, moved to another event and back, renamed, merged, removed by hand and filed again."""
    evening(house)
    hers, his = boxes(house, "Mia"), boxes(house, "Jonas")
    ok(house, "events", "add", "Party")
    for original in house.incoming.iterdir():  # the card is empty
        original.unlink()
    house.start()
    forget(house)
    house.until_done()
    number = str(next(row["id"] for row in house.json("photos") if row["name"] == "IMG_2.jpg"))

    ok(house, "photos", "withdraw", number)
    wait_for(lambda: HIS not in {*house.on_disk(), *house.on_drive()}, 30, "it is out of all folders")
    ok(house, "undo")
    wait_for(lambda: HIS in house.on_disk() and house.on_disk() == house.on_drive(), 30, "it is back")
    is_blurred((house.root / HIS).read_bytes(), TOGETHER, hers, his)

    ok(house, "photos", "move", number, "--event", "Party")
    there = house.root / "Events/Party/Unsorted/Unknown/IMG_2.jpg"
    wait_for(there.exists, 30, "it is in the other event")
    is_blurred(there.read_bytes(), TOGETHER, hers, his)
    house.until_done()
    ok(house, "events", "add", "Gala")
    again = next(row["id"] for row in house.json("photos", "--event", "Party") if row["name"] == "IMG_2.jpg")
    ok(house, "photos", "move", str(again), "--event", "Gala")
    further = house.root / "Events/Gala/Unsorted/Unknown/IMG_2.jpg"
    wait_for(further.exists, 30, "it is in a third one")
    is_blurred(further.read_bytes(), TOGETHER, hers, his)
    house.until_done()
    ok(house, "undo")
    wait_for(there.exists, 30, "it is in the other event again")
    house.until_done()
    ok(house, "undo")
    wait_for(lambda: HIS in house.on_disk() and house.on_disk() == house.on_drive(), 30, "it is back")

    ok(house, "people", "rename", "Jonas", "Jo")
    moved = HIS.replace("Jonas", "Jo")
    wait_for(lambda: moved in house.on_disk() and house.on_disk() == house.on_drive(), 30, "his folder is renamed")
    (house.root / moved).unlink()
    wait_for(lambda: any(row["kind"] == "removed" for row in house.json("activity")), 30, "that is seen")
    ok(house, "retry", "--all")
    wait_for((house.root / moved).exists, 30, "it is filed again")
    is_blurred((house.root / moved).read_bytes(), TOGETHER, hers, his)
    ok(house, "enroll", "Nils", str(of("hassan_darwish")[0]))
    ok(house, "people", "merge", "Jo", "Nils")
    last = HIS.replace("Jonas", "Nils")
    wait_for(lambda: last in house.on_disk() and house.on_disk() == house.on_drive(), 30, "they are one")
    is_blurred(on_drive(house)[last], TOGETHER, hers, his)
    assert house.until_done().returncode == 0
    nowhere(house, TOGETHER)
    assert house.run("verify").returncode == 0


def test_what_was_blurred_is_filed_again_where_all_its_folders_were_removed(house: House) -> None:
    """A folder is made again, and what lies in it: of the photo that was kept, as the card is empty."""
    evening(house)
    hers, his = boxes(house, "Mia"), boxes(house, "Jonas")
    for original in house.incoming.iterdir():
        original.unlink()
    house.start()
    forget(house)
    assert house.until_done().returncode == 0
    there = house.on_disk().keys()
    assert house.stop() == 0
    for folder in ("People", "Unsorted"):
        shutil.rmtree(house.root / folder)
    house.start()
    wait_for(lambda: house.on_disk().keys() == there, 60, "all is filed again")
    is_blurred((house.root / HIS).read_bytes(), TOGETHER, hers, his)
    assert house.until_done().returncode == 0
    nowhere(house, TOGETHER)


@pytest.mark.slow
def test_what_was_blurred_stays_so_whatever_is_set_later_or_put_back_from_before(house: House, tmp_path: Path) -> None:
    """Until an operator says of that very face whose it is."""
    evening(house)
    hers, his = boxes(house, "Mia"), boxes(house, "Jonas")
    kept = {path: path.read_bytes() for path in copies(house)}
    assert {path.name.partition("-")[0] for path in kept} == {"people", "ledger"}
    house.start()
    forget(house)
    house.until_done()
    left = [path.read_bytes() for path in (house.root / ".venuesync/backups").iterdir()]  # new ones, of the same second
    assert len(left) == 2
    assert not {*kept.values()} & {*left}
    assert house.stop() == 0
    house.environ["VENUESYNC_PEOPLE__FORGOTTEN"] = "stay"
    house.start()
    assert house.until_done().returncode == 0
    is_blurred((house.root / HIS).read_bytes(), TOGETHER, hers, his)
    house.assert_invariants()
    assert house.stop() == 0
    for path, data in kept.items():  # somebody had copies of them elsewhere
        path.write_bytes(data)
        ok(house, "restore", path.name)
    house.start()
    ok(house, "held", "approve", "--all")
    assert house.until_done().returncode == 0
    assert house.run("verify", "--repair").returncode == 0
    assert house.until_done().returncode == 0
    is_blurred((house.root / HIS).read_bytes(), TOGETHER, hers, his)
    is_blurred(on_drive(house)[HIS], TOGETHER, hers, his)
    nowhere(house, TOGETHER)
    house.assert_invariants()

    rows = house.json("photos")
    number = str(next(row["id"] for row in rows if row["name"] == "IMG_2.jpg"))
    face = next(one["face_id"] for one in house.json("photos", "faces", number) if tuple(one["box"]) == hers[0])
    ok(house, "enroll", "Mia", face)
    wait_for(lambda: md5_of(TOGETHER.read_bytes()) in house.on_disk().values(), 30, "she is shown again")
    assert house.until_done().returncode == 0
    assert house.on_disk() == house.on_drive()
    house.assert_invariants()


def copies(house: House) -> list[Path]:
    space = find_workspace(house.root, house.environ)
    people = back_up_people(space)
    back_up_ledger(space, 0)
    assert people is not None
    return [*space.backups.iterdir()]


# ---- what cannot be blurred, what is no JPEG, what stays here


@pytest.mark.slow
def test_a_video_is_named_and_left_and_what_is_no_jpeg_is_one_in_its_place(house: House, tmp_path: Path) -> None:
    ok(house, "enroll", "Mia", str(GIVEN))
    ok(house, "enroll", "Jonas", str(JONAS))
    with Image.open(TOGETHER) as picture:
        picture.save(tmp_path / "a.png")
        (tmp_path / "a.nef").write_bytes(raws.nef(picture.convert("RGB")))
        picture.save(tmp_path / "b.jpg", quality=96)
    house.drop(tmp_path / "a.png", "A.png")
    house.drop(tmp_path / "b.jpg", "DSC_1.JPG")
    house.drop(tmp_path / "a.nef", "DSC_1.NEF")
    house.drop(film(tmp_path / "v.mp4", [(TOGETHER, 4)], (960, 640)), "MVI_1.MP4")
    ok(house, "events", "set", "default", "exclude", "*.png")
    assert house.until_done().returncode == 0
    (path,) = [path for path in house.on_disk() if path.endswith("Jonas/Group/A.png")]
    hers, his = boxes(house, "Mia", tmp_path / "a.png"), boxes(house, "Jonas", tmp_path / "a.png")
    house.start()
    told = house.run("people", "forget", "Mia", "--yes")
    assert told.returncode == 5, told.stdout + told.stderr
    assert "blurred on 2 photos" in told.stdout
    assert "NOT BLURRED, shows them still  MVI_1.MP4" in told.stdout
    assert house.until_done().returncode == 0
    his_files = {"A.png.jpg", "DSC_1.JPG", "DSC_1.NEF.jpg", "MVI_1.MP4"}
    assert {path.rpartition("/")[2] for path in house.on_disk() if "/Jonas/" in path} == his_files
    is_blurred((house.root / f"{path}.jpg").read_bytes(), tmp_path / "a.png", hers, his)
    is_blurred((house.root / "People/Jonas/Group/DSC_1.NEF.jpg").read_bytes(), TOGETHER, hers, his)
    assert not [path for path in house.on_drive() if "A.png" in path], "it stays here by the event's rule"
    house.assert_invariants()
    lying = house.on_disk()
    assert house.stop() == 0
    lose_ledger(house)
    house.start()
    assert house.until_done().returncode == 0
    assert house.on_disk() == lying
    house.assert_invariants()


@pytest.mark.slow
def test_a_photo_that_waits_for_a_yes_is_filed_blurred_and_without_drive_all_is_done_here(
    house: House, tmp_path: Path
) -> None:
    house.environ["VENUESYNC_DRIVE__ENABLED"] = "false"
    ok(house, "enroll", "Mia", str(GIVEN))
    ok(house, "enroll", "Jonas", str(JONAS))
    house.drop(TOGETHER, "IMG_2.jpg")
    house.drop(of("mia_lindqvist")[1], "IMG_0.jpg")
    house.start()
    wait_for(lambda: HIS in house.on_disk(), 30, "all is filed")
    hers, his = boxes(house, "Mia"), boxes(house, "Jonas")
    ok(house, "events", "set", "default", "review", "true")
    house.drop(variant(TOGETHER, tmp_path / "c.jpg", 1), "IMG_3.jpg")
    wait_for(lambda: house.json("status")["photos"]["held"] == 1, 30, "it waits")
    assert forget(house)["blurred"] == 2
    is_blurred((house.root / HIS).read_bytes(), TOGETHER, hers, his)
    nowhere(house, TOGETHER)
    ok(house, "held", "approve", "--all")
    wait_for(lambda: "People/Jonas/Group/IMG_3.jpg" in house.on_disk(), 30, "it is filed, too")
    is_blurred((house.root / "People/Jonas/Group/IMG_3.jpg").read_bytes(), tmp_path / "c.jpg", hers, his)
    for original in house.incoming.iterdir():  # the card is erased
        original.unlink()
    kept = {one.name for one in (house.root / ".venuesync" / "withdrawn").iterdir()}
    assert {sha256(TOGETHER), sha256(tmp_path / "c.jpg")} <= kept


@pytest.mark.slow
def test_a_word_at_the_command_goes_before_the_setting(house: House) -> None:
    evening(house)
    before = house.on_disk()[HIS]
    hers, his = boxes(house, "Mia"), boxes(house, "Jonas")
    house.start()
    told = ok(house, "people", "forget", "Mia", "--yes", "--stay")
    assert "blurred" not in told
    assert house.on_disk()[HIS] == before
    done = house.json("people", "forget", "Jonas", "--yes", "--blur")
    assert done["blurred"] == 1
    house.until_done()
    is_blurred((house.root / "Unsorted/Unknown/IMG_2.jpg").read_bytes(), TOGETHER, his, hers)
    house.assert_invariants()


@pytest.mark.slow
def test_two_photos_that_look_the_same_stay_two_after_a_lost_ledger(house: House, tmp_path: Path) -> None:
    """What lies in their places has the same bytes, and each is its own photo's."""
    evening(house)
    twin = tmp_path / "twin.jpg"
    twin.write_bytes(TOGETHER.read_bytes() + b"sent twice")
    house.drop(twin, "IMG_7.jpg")
    house.start()
    wait_for(lambda: "People/Jonas/Group/IMG_7.jpg" in house.on_drive(), 60, "both are sent")
    forget(house)
    assert house.until_done().returncode == 0
    there = house.on_disk()
    assert house.stop() == 0
    lose_ledger(house)
    assert house.until_done().returncode == 0
    assert house.on_disk() == there
    house.assert_invariants()


# ---- killed, without a line, while Drive lags


@pytest.mark.slow
def test_what_was_made_of_a_photo_is_kept_for_none_where_it_is_taken_out(house: House) -> None:
    """Its last file is kept by what it is: else a lost ledger would find a further photo there."""
    house.start()
    evening(house)
    forget(house)
    (house.root / "Unsorted/Unknown").mkdir(parents=True, exist_ok=True)
    os.link(house.root / HIS, house.root / "Unsorted/Unknown/IMG_2.jpg")
    assert house.run("verify", "--repair").returncode == 0
    assert not (house.root / "Unsorted/Unknown/IMG_2.jpg").exists()
    kept = {one.name for one in (house.root / ".venuesync/withdrawn").glob("[!.]*")}
    assert sha256(TOGETHER) in kept <= {sha256(path) for path in house.incoming.iterdir()}


@pytest.mark.slow
@pytest.mark.parametrize("after", [0.5, 0.9])  # `make crash` kills at every step of it
def test_killed_at_any_moment_it_is_carried_through_by_the_next(house: House, after: float) -> None:
    evening(house)
    hers, his = boxes(house, "Mia"), boxes(house, "Jonas")
    house.start()
    with ThreadPoolExecutor(1) as pool:
        asked = pool.submit(house.run, "people", "forget", "Mia", "--yes")
        time.sleep(after)
        house.kill()
        asked.result()
    if {row["name"] for row in house.json("people")} == {"Mia", "Jonas"}:
        ok(house, "people", "forget", "Mia", "--yes")
    if after == 0.9:
        lose_ledger(house)
    house.start()
    assert house.until_done().returncode == 0
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 30, "all is done")
    is_blurred((house.root / HIS).read_bytes(), TOGETHER, hers, his)
    is_blurred(on_drive(house)[HIS], TOGETHER, hers, his)
    nowhere(house, TOGETHER)
    house.assert_invariants()
    assert house.run("verify", "--repair").returncode == 0
    house.assert_invariants()


@pytest.mark.slow
def test_without_a_line_this_machine_is_done_and_drive_follows_though_its_lists_lag(house: House) -> None:
    evening(house)
    hers, his = boxes(house, "Mia"), boxes(house, "Jonas")
    house.emulator.lag(list_ms=5_000, changes_ms=2_000)
    house.start()
    house.emulator.outage(6)
    done = house.json("people", "forget", "Mia", "--yes")
    assert done["searched"]["found"] == []
    is_blurred((house.root / HIS).read_bytes(), TOGETHER, hers, his)
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "Drive has followed")
    is_blurred(on_drive(house)[HIS], TOGETHER, hers, his)
    nowhere(house, TOGETHER)
    house.assert_invariants()


@pytest.mark.slow
@pytest.mark.parametrize("line", ["metered", "spent"])
def test_no_line_and_no_budget_keeps_her_face_on_drive(house: House, line: str) -> None:
    """Nothing may be sent: what shows her goes all the same; what takes its place comes when it may, small first."""
    house.environ["VENUESYNC_DRIVE__METERED_LONG_SIDE"] = "640"
    evening(house)
    hers, his = boxes(house, "Mia"), boxes(house, "Jonas")
    house.start()
    if line == "metered":
        ok(house, "metered", "on")
    else:
        ok(house, "limit", "--day", "0.000001")
    ok(house, "people", "forget", "Mia", "--yes")
    wait_for(
        lambda: not [one for one in on_drive(house).values() if pixels(one).shape == pixels_of(TOGETHER)], 40, "gone"
    )
    nowhere(house, TOGETHER)
    is_blurred((house.root / HIS).read_bytes(), TOGETHER, hers, his)
    if line == "metered":
        wait_for(lambda: HIS in on_drive(house), 40, "a small copy lies there")
        assert max(pixels(on_drive(house)[HIS]).shape[:2]) == 640
        ok(house, "metered", "off")
    else:
        time.sleep(2)
        assert HIS not in on_drive(house)
        ok(house, "limit", "--off")
    wait_for(lambda: house.json("status")["safe_to_leave"]["safe"], 60, "all is sent")
    is_blurred(on_drive(house)[HIS], TOGETHER, hers, his)
    nowhere(house, TOGETHER)
    house.assert_invariants()


def pixels_of(photo: Path) -> tuple[int, ...]:
    return pixels(photo.read_bytes()).shape


@pytest.mark.slow
@pytest.mark.parametrize("later", [False, True])
def test_a_double_that_the_ledger_does_not_know_shows_her_nowhere(house: House, later: bool) -> None:
    """As after a lost ledger. It lay there still; and where it is ours only `later`, it went to the trash as it was."""
    evening(house)
    (his,) = [one for one in house.emulator.files() if one["path"].endswith(HIS)]
    ours, nobodys = his["appProperties"], dict.fromkeys(his["appProperties"])
    double = {"name": "IMG_2.jpg", "parents": [his["parent"]], "appProperties": ours}
    made = on_drives_own_way(house, "POST", f"files/{his['id']}/copy", double)["id"]
    if later:
        on_drives_own_way(house, "PATCH", f"files/{made}", {"appProperties": nobodys})
    assert house.run("people", "forget", "Mia", "--blur", "--yes").returncode in (0, 5)
    assert house.until_done().returncode == 0
    if later:
        on_drives_own_way(house, "PATCH", f"files/{made}", {"appProperties": ours})
        assert [one["kind"] for one in house.json("verify")["differences"]] == ["doubled"]
        assert house.run("verify", "--repair").returncode == 0
    nowhere(house, TOGETHER)
