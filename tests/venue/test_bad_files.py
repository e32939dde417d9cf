"""Files that are known to be bad: asked to look again, the agent says nothing twice and keeps since when it is so."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.venue.house import House, wait_for
from tests.venue.pictures import scene
from tests.venue.test_refusing_disk import ORDINARY, safe


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("setpriv") is None, reason="there is no setpriv here")
def test_bad_files_are_no_news_however_often_one_looks(tmp_path: Path, house: House) -> None:
    """Cut short, empty, no picture, not to be read: `sync`, `resync` and `retry` change neither word nor time."""
    house.wrapped = ORDINARY
    later = tmp_path / "clock"
    later.write_text("3600")  # by the agent's clock nothing changed within the last hour: nothing is still arriving
    house.environ["VENUESYNC_CLOCK_OFFSET"] = str(later)
    whole = scene(tmp_path / "a.jpg", 1).read_bytes()
    put(house, "cut.jpg", whole[:5000])
    put(house, "empty.jpg", b"")
    put(house, "no picture.jpg", b"\xff\xd8\xff\xe0" + b"x" * 3000)
    put(house, "locked.jpg", whole + b"locked").chmod(0)
    house.start()
    wait_for(lambda: len(told(house)) == 4, 60, "all four are told")
    before, lines = told(house), house.json("activity")
    for command in ("sync",), ("resync", "default"), ("retry", "--all"):
        done = house.run(*command)
        assert done.returncode == 0, done.stderr
        wait_for(lambda: house.json("status")["photos"]["failed"] == 3, 30, "looked at again")
        assert told(house) == before, command
    assert house.json("activity") == lines
    assert house.json("errors")["healed"] == []

    (house.incoming / "locked.jpg").chmod(0o644)
    put(house, "cut.jpg", whole + b"cut")
    assert house.run("errors", "dismiss", *ids(house, "photo_empty")).returncode == 0
    (house.incoming / "no picture.jpg").unlink()
    house.run("sync")
    wait_for(lambda: safe(house), 30, "what was mended is over")
    assert told(house) == {}
    assert {one["kind"] for one in house.json("errors")["healed"]} == {"photo_cut_short", "permission_denied"}


def put(house: House, name: str, data: bytes) -> Path:
    path = house.incoming / name
    path.write_bytes(data)
    return path


def ids(house: House, kind: str) -> list[str]:
    return [str(number) for one in house.json("errors")["open"] if one["kind"] == kind for number in one["ids"]]


def told(house: House) -> dict[str, Any]:
    """File -> since when it is in trouble, and by what title."""
    return {name: (one["title"], one["first_at"]) for one in house.json("errors")["open"] for name in one["subjects"]}


@pytest.mark.slow
def test_what_was_set_aside_and_is_withdrawn_is_set_aside_no_more_until_that_is_undone(
    tmp_path: Path, house: House
) -> None:
    """It was said to be withdrawn, and stayed among what was set aside."""
    later = tmp_path / "clock"
    later.write_text("3600")
    house.environ["VENUESYNC_CLOCK_OFFSET"] = str(later)
    whole = scene(tmp_path / "a.jpg", 1)
    house.drop(whole, "DSC_1.jpg")
    put(house, "cut.jpg", whole.read_bytes()[:5000])
    house.start()
    wait_for(lambda: told(house), 60, "it is told")
    assert house.run("errors", "dismiss", *ids(house, "photo_cut_short")).returncode == 0

    def counted(out: int) -> bool:
        now = house.json("status")
        return (now["photos"]["seen"], now["photos"]["dismissed"], now["safe_to_leave"]["set_aside"]) == (
            2 - out,
            1 - out,
            1 - out,
        )

    wait_for(lambda: counted(0), 20, "it is set aside")
    (cut,) = [row["id"] for row in house.json("photos", "--state", "dismissed")]
    for words, out in ((("photos", "withdraw", str(cut)), 1), (("undo",), 0), (("redo",), 1), (("undo",), 0)):
        assert house.run(*words).returncode == 0
        wait_for(lambda out=out: counted(out), 20, " ".join(words))
        assert len(house.json("errors", "--dismissed")) == 1 - out
    assert house.stop() == 0


def test_a_tiff_of_the_large_kind_is_a_photo(house: House, tmp_path: Path) -> None:
    """Uncompressed, as programs that stitch or stack write them."""
    made = tmp_path / "made.tif"
    with Image.open(scene(tmp_path / "made.jpg", 1)) as picture:
        picture.save(made, big_tiff=True)
    assert made.read_bytes()[:4] == b"II+\0"
    house.drop(made, "panorama.tif")
    assert house.until_done().returncode == 0
    assert list(house.on_disk()) == list(house.on_drive()) == ["Unsorted/No Faces/panorama.tif"]


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
@pytest.mark.parametrize("said", ["copied", "moved", "withdrawn and taken back"])
def test_a_bad_file_is_waited_for_in_no_event(tmp_path: Path, house: House, said: str) -> None:
    """It failed before: it fails in another event, too, and again where it is back, and is told there."""
    whole = scene(tmp_path / "a.jpg", 1).read_bytes()
    put(house, "cut.jpg", whole[:5000])
    assert house.run("events", "add", "Party").returncode == 0
    assert house.until_done().returncode == 5
    number = ids(house, "photo_cut_short")[0]
    if said == "copied":
        (house.root / "Events/Party/Incoming/cut.jpg").write_bytes(whole[:5000])
    elif said == "moved":
        assert house.run("photos", "move", number, "--event", "Party").returncode == 0
    else:
        assert house.run("photos", "withdraw", number).returncode == 0
        assert house.run("undo").returncode == 0
    done = house.until_done()
    assert done.returncode == 5, done.stderr
    counted = house.json("status")["photos"]
    failed = 2 if said == "copied" else 1
    assert (counted["waiting"], counted["failed"]) == (0, failed)
    assert len(ids(house, "photo_cut_short")) == failed


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_each_empty_file_is_named_and_what_was_set_aside_is_no_word_for_another(tmp_path: Path, house: House) -> None:
    """They have the same bytes, none, and are no copies: a disk that fills up leaves many of them."""
    for name in ("A.jpg", "B.jpg"):
        put(house, name, b"")
    house.drop(scene(tmp_path / "a.jpg", 1), "whole.jpg")
    assert house.until_done().returncode == 5
    assert empty(house) == ("A.jpg, B.jpg: The file is empty: 0 bytes", 1)
    shutil.copyfile(scene(tmp_path / "b.jpg", 2), house.incoming / "A.jpg")
    assert house.until_done().returncode == 5
    assert empty(house) == ("B.jpg: The file is empty: 0 bytes", 1)
    assert [one["subjects"] for one in house.json("errors")["open"]] == [["B.jpg"]]
    assert house.run("errors", "dismiss", *ids(house, "photo_empty")).returncode == 0
    assert house.until_done().returncode == 0
    put(house, "C.jpg", b"")
    assert house.until_done().returncode == 5
    assert empty(house) == ("B.jpg, C.jpg: The file is empty: 0 bytes", 1)


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_an_empty_file_that_went_is_named_no_more(house: House) -> None:
    """While the agent runs, and while none does; what was set aside of those that are left stays so."""
    for name in ("A.jpg", "B.jpg", "C.jpg", "D.jpg"):
        put(house, name, b"")
    house.start()
    wait_for(lambda: house.json("errors")["open"], 60, "they failed")
    assert empty(house) == ("A.jpg, B.jpg, C.jpg, D.jpg: The file is empty: 0 bytes", 1)
    (house.incoming / "A.jpg").unlink()
    wait_for(lambda: empty(house) == ("B.jpg, C.jpg, D.jpg: The file is empty: 0 bytes", 1), 20, "it went")
    assert house.stop() == 0
    (house.incoming / "B.jpg").unlink()
    house.start()
    wait_for(lambda: empty(house) == ("C.jpg, D.jpg: The file is empty: 0 bytes", 1), 40, "it went")
    assert house.run("errors", "dismiss", *ids(house, "photo_empty")).returncode == 0
    (house.incoming / "C.jpg").unlink()
    left = ["D.jpg: The file is empty: 0 bytes"]
    wait_for(lambda: [one["detail"] for one in house.json("errors", "--dismissed")] == left, 40, "it went")
    assert house.json("errors")["open"] == []


def empty(house: House) -> tuple[str, int]:
    [one] = house.json("errors")["open"]
    assert one["kind"] == "photo_empty"
    return one["detail"], house.json("status")["photos"]["failed"]


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_what_was_set_aside_stays_so_after_a_lost_ledger_and_no_other_empty_file_with_it(
    tmp_path: Path, house: House
) -> None:
    """In the agent's first life with the new ledger, and in all that follow."""
    house.environ["VENUESYNC_CLOCK_OFFSET"] = str(tmp_path / "clock")
    (tmp_path / "clock").write_text("3600")  # nothing is still arriving
    put(house, "cut.jpg", scene(tmp_path / "a.jpg", 1).read_bytes()[:5000])
    for name in ("A.jpg", "B.jpg"):
        put(house, name, b"")
    assert house.until_done().returncode == 5
    assert house.run("errors", "dismiss", *ids(house, "photo_empty"), *ids(house, "photo_cut_short")).returncode == 0
    lose_ledger(house)
    assert house.until_done().returncode == 0
    put(house, "C.jpg", b"")
    for lost in (False, False, True):
        if lost:
            lose_ledger(house)
        assert house.until_done().returncode == 5
        assert empty(house) == ("A.jpg, B.jpg, C.jpg: The file is empty: 0 bytes", 1)
    assert house.run("errors", "dismiss", *ids(house, "photo_empty")).returncode == 0
    lose_ledger(house)
    assert house.until_done().returncode == 0
    assert house.run("undo").returncode == 0
    assert house.until_done().returncode == 5


def lose_ledger(house: House) -> None:
    for one in (house.root / ".venuesync").glob("ledger*"):
        one.unlink()


@pytest.mark.slow
@pytest.mark.settings(VENUESYNC_DRIVE__ENABLED="false")
def test_a_broken_copy_of_a_video_is_an_error_as_that_of_a_photo_is(tmp_path: Path, house: House) -> None:
    """Nothing of it came, or zeros alone: it counted as no photo, and the card was to be erased."""
    later = tmp_path / "clock"
    later.write_text("3600")  # by the agent's clock nothing is still arriving
    house.environ["VENUESYNC_CLOCK_OFFSET"] = str(later)
    put(house, "C0001.MP4", b"")
    put(house, "C0002.MP4", bytes(300_000))
    put(house, "C0003.MOV", bytes(300_001))
    house.drop(scene(tmp_path / "a.jpg", 1), "whole.jpg")
    assert house.until_done().returncode == 5
    found = {name: title for name, (title, _) in told(house).items()}
    assert found == {
        "C0001.MP4": "Video is empty",
        "C0002.MP4": "Not a video inside",
        "C0003.MOV": "Not a video inside",
    }
    assert not house.json("status")["safe_to_leave"]["safe"]
