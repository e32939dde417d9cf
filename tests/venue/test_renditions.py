"""Photos made smaller for Drive: what goes up, what stays here, and that nobody is told otherwise."""

from __future__ import annotations

import shutil
import time
from io import BytesIO
from pathlib import Path
from threading import Event, Thread

import pytest
from PIL import Image, ImageCms

from agent.filing import blurring
from tests.faces import raws
from tests.venue.house import House, wait_for
from tests.venue.pictures import FACES, scene, variant

pytestmark = pytest.mark.settings(VENUESYNC_PEOPLE__GUEST_AFTER="0")

GUEST = FACES / "one_guest.jpg"
LARGE = (1600, 1000)


def pictures(house: House) -> dict[str, Image.Image]:
    """What lies on Drive, opened."""
    found: dict[str, Image.Image] = {}
    with house.emulator.client() as drive:
        for one in house.emulator.files():
            if one.get("md5Checksum") and not one["trashed"]:
                data = drive.get(f"/drive/v3/files/{one['id']}", params={"alt": "media"}).raise_for_status().content
                found[one["path"].removeprefix("venuesync/")] = Image.open(BytesIO(data))
    return found


def sides(house: House) -> dict[str, int]:
    return {path: max(picture.size) for path, picture in pictures(house).items()}


def smaller(house: House) -> set[str]:
    """What was made for Drive and is no larger than wanted."""
    there = [one for one in house.emulator.files() if not one["trashed"]]
    made = {one["path"] for one in there if one["appProperties"].get("venuesync_made") == "640 90"}
    return {
        path.removeprefix("default/")
        for path, side in sides(house).items()
        if f"venuesync/{path}" in made and side <= 640
    }


def set_(house: House, key: str, value: str, event: str = "default") -> None:
    done = house.run("events", "set", event, key, value)
    assert done.returncode == 0, done.stderr


def from_a_phone(path: Path) -> Path:
    """A photo that was held upright, says where it was taken, and has a profile of its own."""
    exif = Image.Exif()
    exif[0x0112] = 6  # turned
    exif[0x010F] = "Phone"
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (52.0, 31.0, 12.0)
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    picture = Image.linear_gradient("L").resize(LARGE).convert("RGB")
    picture.save(path, "JPEG", exif=exif, icc_profile=profile)
    return path


@pytest.mark.slow
def test_an_event_s_photos_are_made_smaller_and_the_originals_stay(house: House, tmp_path: Path) -> None:
    """On amid the evening, and off again; moved to an event of originals; a lost ledger sends nothing anew."""
    assert house.run("enroll", "Ana", str(GUEST)).returncode == 0
    assert house.run("events", "add", "Party").returncode == 0
    house.drop(variant(GUEST, tmp_path / "a.jpg", 1), "A.jpg")
    house.drop(scene(tmp_path / "b.jpg", 2, LARGE), "B.jpg")
    house.start()
    both = {"People/Ana/Solo/A.jpg", "Unsorted/No Faces/B.jpg"}
    wait_for(lambda: house.on_drive().keys() == both, 30, "both are on Drive")
    wait_for(lambda: house.on_disk().keys() == both, 30, "and on disk, which does not come first")
    originals = house.on_disk()
    assert house.on_drive() == originals

    set_(house, "long_side", "640")
    wait_for(lambda: smaller(house) == both, 30, "what was there is made smaller")
    house.until_done()
    assert house.on_disk() == originals
    assert house.json("status")["safe_to_leave"]["reason"] == (
        "all 2 photos verified on Drive, originals of default only here"
    )
    house.assert_invariants()

    with house.api() as api:
        placed = [one for id in (1, 2) for one in api.get(f"/photos/{id}").raise_for_status().json()["placements"]]
    assert [one["long_side"] for one in placed] == [640, 640]

    house.drop(from_a_phone(tmp_path / "c.jpg"), "C.jpg")
    wait_for(lambda: len(house.on_drive()) == 3, 30, "what is new is there")
    [phone] = [one for path, one in pictures(house).items() if path.endswith("C.jpg")]
    assert (phone.size, phone.format, dict(phone.getexif())) == ((400, 640), "JPEG", {})
    assert phone.info["icc_profile"]

    number = next(str(one["id"]) for one in house.json("photos") if one["name"] == "B.jpg")
    assert house.run("photos", "move", number, "--event", "Party").returncode == 0
    there = "venuesync/Party/Unsorted/No Faces/B.jpg"
    wait_for(lambda: there in house.on_drive(), 30, "it is in the other event")
    house.until_done()
    assert sides(house)["Party/Unsorted/No Faces/B.jpg"] == LARGE[0]
    assert house.run("undo").returncode == 0
    wait_for(lambda: house.on_drive().keys() == both | {"Unsorted/No Faces/C.jpg"}, 30, "it is back")
    house.until_done()
    assert smaller(house) == both | {"Unsorted/No Faces/C.jpg"}
    house.assert_invariants()
    assert not list((house.root / ".venuesync/renditions").iterdir()), "what is there is not kept here"

    house.stop()
    for store in (house.root / ".venuesync").glob("ledger*"):
        store.unlink()
    ids = {one["id"] for one in house.emulator.files()}
    house.start()
    house.until_done()
    assert {one["id"] for one in house.emulator.files()} == ids
    assert house.run("verify", "--repair").returncode == 0, "the empty folders of Party go, and nothing else"
    house.assert_invariants()

    set_(house, "long_side", "")
    wait_for(lambda: LARGE[0] in sides(house).values(), 30, "the originals go there after all")
    house.until_done()
    house.assert_same_tree(3)
    house.assert_invariants()


@pytest.mark.slow
def test_a_watermark_lies_on_what_goes_to_drive(house: House, tmp_path: Path) -> None:
    """In the lower right corner. One that was changed or taken away is said, and nothing goes up without it."""
    mark = tmp_path / "logo.png"
    Image.new("RGBA", (200, 100), (255, 0, 0, 255)).save(mark)
    grey = tmp_path / "grey.png"
    Image.new("RGB", LARGE, (90, 90, 90)).save(grey)
    refused = house.run("events", "set", "default", "watermark", str(GUEST))
    assert (refused.returncode, "no whole PNG" in refused.stderr) == (2, True)
    set_(house, "watermark", str(mark))
    set_(house, "long_side", "800")
    house.drop(grey, "GREY.png")
    house.start()
    wait_for(lambda: house.on_drive().keys() == {"Unsorted/No Faces/GREY.png.jpg"}, 30, "it is on Drive, as a JPEG")
    [shown] = pictures(house).values()
    assert shown.size == (800, 500)
    assert shown.getpixel((760, 470)) == pytest.approx((254, 0, 0), abs=8)
    assert shown.getpixel((20, 20)) == pytest.approx((90, 90, 90), abs=4)
    house.until_done()
    house.assert_invariants()

    Image.new("RGBA", (200, 100), (0, 0, 255, 255)).save(mark)
    house.drop(scene(tmp_path / "b.jpg", 2, LARGE), "B.jpg")
    [told] = wait_for(lambda: house.json("errors")["open"], 60, "somebody is told")
    assert told["title"] == "Photo cannot be made smaller for Drive"
    assert f"{mark} is another one than was set" in told["detail"]
    assert "Unsorted/No Faces/B.jpg" not in house.on_drive()
    assert not house.json("status")["safe_to_leave"]["safe"]

    set_(house, "watermark", str(mark))
    wait_for(lambda: len(house.on_drive()) == 2, 30, "set anew, it goes up")
    house.until_done()
    assert house.json("errors")["open"] == []
    house.assert_invariants()


@pytest.mark.slow
def test_changed_to_and_fro_and_killed_amid_it_all_ends_as_it_was_said_last(house: House, tmp_path: Path) -> None:
    """Photos in several folders, some under way: each is there once, as it was wanted last, and nothing else."""
    assert house.run("enroll", "Ana", str(GUEST)).returncode == 0
    set_(house, "all_photos", "true")
    for number in range(6):
        house.drop(variant(GUEST, tmp_path / f"{number}.jpg", number), f"A{number}.jpg")
    for number in range(6, 12):
        house.drop(scene(tmp_path / f"{number}.jpg", number, LARGE), f"B{number}.jpg")
    house.start()
    for value in ("640", "0", "700", "640"):
        wait_for(lambda: len(house.on_drive()) > 3, 30, "some are there")
        set_(house, "long_side", value)
        house.kill()
        house.start()
    house.until_done()
    everything = {f"{folder}/A{number}.jpg" for number in range(6) for folder in ("People/Ana/Solo", "All Photos")}
    everything |= {
        f"{folder}/B{number}.jpg" for number in range(6, 12) for folder in ("Unsorted/No Faces", "All Photos")
    }
    assert smaller(house) == everything == set(house.on_drive()) == set(house.on_disk())
    house.assert_invariants()
    assert house.run("verify").returncode == 0
    assert not list((house.root / ".venuesync/renditions").glob("*.jpg"))  # what a kill left unfinished goes at night


@pytest.mark.slow
def test_what_was_under_way_as_another_size_is_marked_as_what_is_wanted_now(house: House, tmp_path: Path) -> None:
    """A photo that is small already has the same bytes as either; the mark is what a lost ledger is learned from."""

    def marked() -> list[str]:
        return [one["appProperties"].get("venuesync_made") for one in house.emulator.files() if not one["trashed"]]

    set_(house, "long_side", "640")
    house.drop(scene(tmp_path / "small.jpg", 1, (500, 300)), "SMALL.jpg")
    house.start()
    assert house.until_done().returncode == 0
    house.emulator.faults({"method": "files.create", "times": None, "after_commit": True, "delay_ms": 20_000})
    set_(house, "long_side", "700")
    wait_for(lambda: "700 90" in marked(), 30, "it is there as another one; the answer is on its way")
    set_(house, "long_side", "640")
    house.kill()
    house.emulator.clear_faults()
    house.start()
    assert house.until_done().returncode == 0
    assert "700 90" not in marked()
    assert smaller(house) == {"Unsorted/No Faces/SMALL.jpg"}


@pytest.mark.slow
def test_where_nothing_can_be_written_it_is_said_and_tried_again(house: House, tmp_path: Path) -> None:
    """What cannot be looked at is in no folder, and so nothing is made of it; raw files and their JPEGs both go up."""
    set_(house, "long_side", "640")
    picture = Image.linear_gradient("L").resize(LARGE).convert("RGB")
    (tmp_path / "raw").write_bytes(raws.nef(picture))
    picture.save(tmp_path / "jpg", "JPEG")
    (tmp_path / "cut").write_bytes((tmp_path / "jpg").read_bytes()[:9000])
    house.drop(tmp_path / "raw", "DSC_1.NEF")
    house.drop(tmp_path / "jpg", "DSC_1.JPG")
    house.drop(tmp_path / "cut", "CUT.jpg")
    kept = house.root / ".venuesync/renditions"
    kept.write_text("in the way of the folder")
    house.start()
    title = "Photo cannot be made smaller for Drive"
    said = wait_for(lambda: [one for one in house.json("errors")["open"] if one["title"] == title], 60, "it is said")
    assert "renditions" in said[0]["detail"], said
    kept.unlink()
    assert house.run("retry", "--all").returncode == 0
    both = {"Unsorted/No Faces/DSC_1.NEF.jpg", "Unsorted/No Faces/DSC_1.JPG"}
    wait_for(lambda: set(house.on_drive()) == both, 60, "they go up once it can be made")
    assert sides(house) == {f"default/{path}": 640 for path in both}
    assert set(house.on_disk()) == {"Unsorted/No Faces/DSC_1.NEF", "Unsorted/No Faces/DSC_1.JPG"}
    house.until_done()
    house.assert_invariants()


@pytest.mark.slow
def test_what_was_made_and_goes_before_it_is_sent_is_made_again(house: House, tmp_path: Path) -> None:
    """So it is while somebody is being forgotten. Each is taken away once."""
    set_(house, "long_side", "640")
    made, over, gone = house.root / ".venuesync" / "renditions", Event(), set[str]()

    def take_away() -> None:
        while not over.is_set():
            for one in [*made.glob("*.jpg")] if made.is_dir() else []:
                if one.name not in gone:
                    gone.add(one.name)
                    one.unlink(missing_ok=True)
            time.sleep(0.0005)

    hands = Thread(target=take_away)
    hands.start()
    try:
        house.start()
        for number in range(4):
            house.drop(scene(tmp_path / f"{number}.jpg", number, LARGE), f"DSC_{number}.jpg")
        paths = {f"Unsorted/No Faces/DSC_{number}.jpg" for number in range(4)}
        wait_for(lambda: smaller(house) == paths, 60, "all are on Drive")
    finally:
        over.set()
        hands.join()
    assert gone
    log = (house.root / ".venuesync" / "logs" / "agent.log").read_text()
    assert "upload.refused" not in log, log
    assert house.json("errors") == {"open": [], "healed": [], "healed_today": 0}


def test_it_is_written_though_its_folder_goes_just_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever forgets somebody removes it with all that is in it, on a thread of its own."""
    path, write_whole = tmp_path / "renditions" / "a.jpg", blurring.write_whole

    def amid(path: Path, data: bytes) -> None:
        monkeypatch.setattr(blurring, "write_whole", write_whole)
        shutil.rmtree(path.parent)
        write_whole(path, data)

    monkeypatch.setattr(blurring, "write_whole", amid)
    blurring.write(path, b"a picture")
    assert [one.name for one in path.parent.iterdir()] == ["a.jpg"]
    assert path.read_bytes() == b"a picture"


@pytest.mark.parametrize(
    ("key", "value", "accepted"),
    [
        ("long_side", "12", "640 to 8000 pixels"),
        ("long_side", "9000", "640 to 8000 pixels"),
        ("long_side", "-2560", "640 to 8000 pixels"),
        ("long_side", "²", "640 to 8000 pixels"),
        ("long_side", "large", "640 to 8000 pixels"),
        ("quality", "101", "50 to 100"),
        ("quality", "9" * 400, "50 to 100"),
        ("watermark", "/no/such.png", "cannot be read"),
        ("watermark", ".", "cannot be read"),
    ],
)
def test_what_cannot_be_is_refused(house: House, key: str, value: str, accepted: str) -> None:
    done = house.run("events", "set", "default", "--", key, value)
    assert (done.returncode, accepted in done.stderr) == (2, True), done.stderr
